// Opens join links in Debian's Firefox over WebDriver BiDi, which needs no driver beside it, and does
// there what a person does; the lines are those of guest.mjs. Argument: the first link.
// Environment: CELLCALL_NODE_MODULES (folder with puppeteer-core), CELLCALL_FIREFOX (the browser).
import { createRequire } from 'node:module';
import path from 'node:path';
import { emit, follow } from './lines.mjs';

const modules = process.env.CELLCALL_NODE_MODULES;
const puppeteer = createRequire(path.join(modules, 'x.js'))('puppeteer-core');

const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: process.env.CELLCALL_FIREFOX,
  headless: true,
  acceptInsecureCerts: true,
  extraPrefsFirefox: {
    'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true,
    'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0,
    // A sound device of its own: without one an AudioContext never begins, and look() hears nothing.
    'media.cubeb.force_mock_context': true,
    'media.peerconnection.ice.obfuscate_host_addresses': false,
    // Devices on plain http, too: what is asked here is Firefox's media, with either server.
    'media.devices.insecure.enabled': true, 'media.getusermedia.insecure.enabled': true,
  },
});
const quit = async (code) => {
  await browser.close().catch(() => {});
  process.exit(code);
};
process.on('SIGTERM', () => quit(0));
const page = await browser.newPage();
page.setDefaultTimeout(15_000);
page.on('console', (line) => emit({ event: 'console', type: line.type(), text: line.text() }));
page.on('pageerror', (error) => emit({ event: 'console', type: 'error', text: String(error) }));

const acts = {
  click: ({ name }) => page.locator(`::-p-aria([name="${name}"][role="button"])`).click(),
  fill: ({ label, text }) => page.locator(`::-p-aria([name="${label}"][role="textbox"])`).fill(text),
  key: ({ key }) => page.keyboard.press(key),
  async open({ link }) {
    const response = await page.goto(link);
    emit({ event: 'opened', status: response.status(), headers: response.headers() });
  },
};

await acts.open({ link: process.argv[2] });
await follow(page, acts);
await quit(0);
