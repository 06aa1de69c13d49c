// Opens a join link in Chromium and does there what a person does. JSON lines out: what is on the page,
// twice a second; each request and console line of it. JSON commands in. Arguments: the link, options.
import fs from 'node:fs';
import path from 'node:path';
import { modules, openBrowser } from './browser.mjs';
import { emit, follow } from './lines.mjs';

const [link, options] = [process.argv[2], JSON.parse(process.argv[3] ?? '{}')];
const { page, quit } = await openBrowser({ ignoreHTTPSErrors: true, ...options });
const bare = (url) => new URL(url).origin + new URL(url).pathname;
page.on('request', (one) => emit({ event: 'request', url: bare(one.url()) }));
page.on('websocket', (one) => emit({ event: 'request', url: bare(one.url()) }));
page.on('console', (line) => emit({ event: 'console', type: line.type(), text: line.text() }));
page.on('pageerror', (error) => emit({ event: 'console', type: 'error', text: String(error) }));
page.setDefaultTimeout(15_000);

const acts = {
  click: ({ name }) => page.getByRole('button', { name, exact: true }).click(),
  fill: ({ label, text }) => page.getByLabel(label, { exact: true }).fill(text),
  check: ({ label, on }) => page.getByLabel(label).setChecked(on),
  key: ({ key }) => page.keyboard.press(key),
  send: ({ label, file }) => page.getByLabel(label).setInputFiles(file),
  async save({ name, path: file }) {
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name }).click();
    await (await coming).saveAs(file);
  },
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
await follow(page, acts);
await quit(0);
