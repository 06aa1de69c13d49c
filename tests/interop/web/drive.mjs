// Drives one Chromium page with livekit-client; JSON lines out, JSON commands in.
// Environment: CELLCALL_NODE_MODULES (folder with playwright-core and livekit-client),
// CELLCALL_CHROMIUM (the browser). Arguments: the page, a JSON object for its start().
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

const modules = process.env.CELLCALL_NODE_MODULES;
const { chromium } = createRequire(path.join(modules, 'x.js'))('playwright-core');
const files = {
  '/': ['text/html', new URL(process.argv[2], import.meta.url)],
  '/livekit-client.js': [
    'text/javascript', path.join(modules, 'livekit-client/dist/livekit-client.umd.js')],
};
const emit = (line) => console.log(JSON.stringify(line));

const server = http.createServer((request, response) => {
  const file = files[request.url.split('?')[0]];
  response.writeHead(file ? 200 : 404, { 'content-type': file ? file[0] : 'text/plain' });
  response.end(file ? fs.readFileSync(file[1]) : '');
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'cellcall-chromium-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CELLCALL_CHROMIUM,
  headless: true,
  permissions: ['camera', 'microphone'],
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--autoplay-policy=no-user-gesture-required',
    '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
    '--disable-features=WebRtcHideLocalIpsWithMdns',
  ],
});
const page = await context.newPage();
page.on('console', (line) => console.error(`[page ${line.type()}]`, line.text().slice(0, 800)));
page.on('pageerror', (error) => console.error('[page error]', String(error)));
await page.exposeFunction('emit', emit);
await page.exposeFunction('keep', (file, base64) => fs.appendFileSync(file, base64, 'base64'));
await page.goto(`http://127.0.0.1:${server.address().port}/`);

async function quit(code) {
  await context.close().catch(() => {});
  fs.rmSync(profile, { recursive: true, force: true });
  process.exit(code);
}
process.on('SIGTERM', () => quit(0));

try {
  await page.evaluate((options) => window.start(options), JSON.parse(process.argv[3]));
} catch (error) {
  console.error(String(error));
  await quit(1);
}
for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.op === 'quit') break;
  if (command.op === 'screenshot') await page.screenshot({ path: command.path });
  else await page.evaluate((told) => window.obey(told), command);
}
await page.evaluate(() => window.obey({ op: 'leave' })).catch(() => {});
await quit(0);
