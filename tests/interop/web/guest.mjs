// Opens a join link in Chromium and does there what a person does. JSON lines out: what is on the page,
// twice a second; each request and console line of it. JSON commands in. Arguments: the link, options.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { emit, modules, openBrowser } from './browser.mjs';

const [link, options] = [process.argv[2], JSON.parse(process.argv[3] ?? '{}')];
const { page, quit } = await openBrowser({ ignoreHTTPSErrors: true, ...options });
const bare = (url) => new URL(url).origin + new URL(url).pathname;
page.on('request', (one) => emit({ event: 'request', url: bare(one.url()) }));
page.on('websocket', (one) => emit({ event: 'request', url: bare(one.url()) }));
page.on('console', (line) => emit({ event: 'console', type: line.type(), text: line.text() }));
page.on('pageerror', (error) => emit({ event: 'console', type: 'error', text: String(error) }));
page.setDefaultTimeout(15_000);

// Runs in the page: what a person sees and hears there. Analysers stay with their elements.
const look = () => {
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
    preview: shown(document.querySelector('#preview')) ? colour(document.querySelector('#preview')) : null,
    tiles: [...document.querySelectorAll('#tiles li')].map((item) => {
      const video = item.querySelector('video');
      const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
      return {
        text: item.querySelector('p').textContent, speaks: item.classList.contains('speaks'),
        frames, picture: shown(video), width: video.videoWidth, rgb: shown(video) ? colour(video) : null,
      };
    }),
    sounds: Object.fromEntries([...document.querySelectorAll('audio')].map(
      (element) => [element.dataset.identity, hearing(element)])),
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

const acts = {
  click: ({ name }) => page.getByRole('button', { name, exact: true }).click(),
  fill: ({ label, text }) => page.getByLabel(label, { exact: true }).fill(text),
  check: ({ label, on }) => page.getByLabel(label).setChecked(on),
  key: ({ key }) => page.keyboard.press(key),
  focus: ({ element }) => page.evaluate((id) => document.getElementById(id).focus(), element),
  reload: () => page.reload(),
  async look({ width = 1280, height = 800, dark = false, calm = false }) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({
      colorScheme: dark ? 'dark' : 'light', reducedMotion: calm ? 'reduce' : 'no-preference' });
  },
  screenshot: ({ path: file }) => page.screenshot({ path: file }),
  async axe() {
    await page.evaluate(fs.readFileSync(path.join(modules, 'axe-core/axe.min.js'), 'utf8'));
    const found = await page.evaluate(() => axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    emit({ event: 'axe', passes: found.passes.length, violations: found.violations.map(
      ({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 120))]) });
  },
};

const response = await page.goto(link);
emit({ event: 'opened', status: response.status(), headers: response.headers() });
const report = async () => {
  const seen = await page.evaluate(look).catch(() => null); // while it is loading, nothing is seen
  if (seen) emit({ event: 'page', at: Date.now() / 1000, ...seen });
};
setInterval(report, 500);
for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.op === 'quit') break;
  try {
    await acts[command.op](command);
    emit({ event: 'done', id: command.id });
  } catch (error) {
    emit({ event: 'failed', id: command.id, why: String(error).slice(0, 400) });
  }
}
await quit(0);
