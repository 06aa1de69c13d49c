// Runs in the page: what a person sees and hears there. Analysers stay with their elements.
export const look = () => {
  const shown = (element) => element && element.offsetParent !== null;
  const text = (selector) => document.querySelector(selector)?.textContent.trim() ?? '';
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  const colour = (video) => {
    if (!video.videoWidth) return null;
    const small = Object.assign(document.createElement('canvas'), { width: 16, height: 16 });
    const context = small.getContext('2d');
    context.drawImage(video, 0, 0, 16, 16);
    const { data } = context.getImageData(0, 0, 16, 16);
    return [0, 1, 2].map((c) => median([...data].filter((_, i) => i % 4 === c)));
  };
  window.listening ??= { audio: new AudioContext(), analysers: new WeakMap() };
  const { audio, analysers } = window.listening;
  const hearing = (element) => {
    const [track] = element.srcObject?.getTracks() ?? [];
    if (!track) return { hz: null, dbfs: null };
    if (!analysers.has(track)) {
      const made = new AnalyserNode(audio, { fftSize: 8192 });
      audio.createMediaStreamSource(new MediaStream([track])).connect(made);
      analysers.set(track, made);
    }
    const analyser = analysers.get(track);
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const best = bins.reduce((at, level, bin) => (bin > 0 && level > bins[at] ? bin : at), 1);
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
    return { hz: (best * audio.sampleRate) / analyser.fftSize, dbfs: 10 * Math.log10(Math.max(power, 1e-12)) };
  };
  return {
    address: location.href,
    heading: text('h1'),
    state: text('#state'),
    missing: text('#missing'),
    captions: text('#captions'),
    recording: text('#recording'),
    preview: shown(document.querySelector('#preview')) ? colour(document.querySelector('#preview')) : null,
    tiles: [...document.querySelectorAll('#tiles li')].map((item) => {
      const video = item.querySelector('video');
      const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
      return {
        text: item.querySelector('p').textContent, speaks: item.classList.contains('speaks'),
        frames, picture: shown(video), width: video.videoWidth, rgb: shown(video) ? colour(video) : null,
      };
    }),
    terminal: [...document.querySelectorAll('.terminal > div')].map((row) => row.textContent.trimEnd()),
    colours: [...document.querySelectorAll('.terminal span')].map((span) => span.style.color).filter(Boolean),
    sounds: Object.fromEntries([...document.querySelectorAll('audio')].map(
      (element) => [element.dataset.identity, { ...hearing(element), volume: element.volume }])),
    chat: [...document.querySelectorAll('#messages p')].map((line) => line.textContent),
    buttons: [...document.querySelectorAll('button')].filter(shown).map((button) => button.textContent.trim()),
    small: [...document.querySelectorAll('button, select, input')].filter(shown).filter((one) => {
      const target = (one.closest('label.box') ?? one).getBoundingClientRect();
      return target.height < 43.9 || target.width < 43.9;
    }).map((one) => one.id || one.textContent),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    focus: document.activeElement?.id ?? '',
  };
};
