// What a page sends and how it sees and hears what comes: one colour, one tone.
function colourStream(colour, width = 320, height = 180, fps = 8) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  let count = 0;
  setInterval(() => {
    context.fillStyle = `#${colour}`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = 'white';
    context.fillRect((count++ * 8) % width, 4, 6, 6);
  }, 1000 / fps);
  return canvas.captureStream(fps);
}

let sound;
function toneStream(hertz) {
  sound ??= new AudioContext();
  const tone = new OscillatorNode(sound, { frequency: hertz });
  const out = sound.createMediaStreamDestination();
  tone.connect(new GainNode(sound, { gain: 0.25 })).connect(out);
  tone.start();
  return out.stream;
}

// The page's devices give a known colour and tone instead of Chromium's test card.
function fakeDevices(colour, hertz) {
  navigator.mediaDevices.getUserMedia = async ({ audio, video }) => {
    const stream = new MediaStream();
    if (audio) toneStream(hertz).getTracks().forEach((track) => stream.addTrack(track));
    if (video) colourStream(colour).getTracks().forEach((track) => stream.addTrack(track));
    return stream;
  };
}

class Ear {
  constructor(track) {
    sound ??= new AudioContext();
    this.analyser = Object.assign(sound.createAnalyser(), { fftSize: 8192 });
    const stream = new MediaStream([track]);
    // Chromium brings a remote track's sound only while an element plays it.
    this.element = Object.assign(new Audio(), { srcObject: stream, muted: true });
    this.element.play().catch(() => {});
    sound.createMediaStreamSource(stream).connect(this.analyser);
  }

  hear() {
    const bins = new Float32Array(this.analyser.frequencyBinCount);
    this.analyser.getFloatFrequencyData(bins);
    let best = 1;
    bins.forEach((value, at) => { if (value > bins[best]) best = at; });
    return {
      hz: (best * sound.sampleRate) / this.analyser.fftSize, dbfs: Math.round(bins[best]),
    };
  }
}

const small = Object.assign(document.createElement('canvas'), { width: 16, height: 16 });
function colourIn(video) {
  const context = small.getContext('2d', { willReadFrequently: true });
  context.fillStyle = 'black';
  context.fillRect(0, 0, 16, 16);
  try { context.drawImage(video, 0, 0, 16, 16); } catch { return null; }
  const { data } = context.getImageData(8, 10, 1, 1);
  return [data[0], data[1], data[2]];
}

class Eye {
  constructor(stream) {
    this.frames = 0;
    this.element = Object.assign(document.createElement('video'), {
      srcObject: stream, muted: true, autoplay: true, playsInline: true, width: 160 });
    document.body.appendChild(this.element);
    this.element.play().catch(() => {});
    const next = () => {
      this.frames += 1;
      this.element.requestVideoFrameCallback(next);
    };
    this.element.requestVideoFrameCallback(next);
  }

  see() {
    const { videoWidth, videoHeight } = this.element;
    return {
      frames: this.frames, rgb: colourIn(this.element), width: videoWidth, height: videoHeight,
    };
  }
}
