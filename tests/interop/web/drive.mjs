// Drives one Chromium page with another client's library; JSON lines out, JSON commands in.
// Arguments: the page, a JSON object for its start(). CELLCALL_JITSI_MODULES: folder with npm's
// builds of lib-jitsi-meet and CometChat's SDK, for the pages that need them; CELLCALL_VOICE: a sound
// file for the pages that speak.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import readline from 'node:readline';
import { modules, openBrowser } from './browser.mjs';
import { emit } from './lines.mjs';

const files = {
  '/': ['text/html', new URL(process.argv[2], import.meta.url)],
  '/livekit-client.js': [
    'text/javascript', path.join(modules, 'livekit-client/dist/livekit-client.umd.js')],
  '/sealing.js': [
    'text/javascript', path.join(modules, 'livekit-client/dist/livekit-client.e2ee.worker.js')],
  '/media.js': ['text/javascript', new URL('media.js', import.meta.url)],
};
if (process.env.CELLCALL_VOICE) files['/voice.wav'] = ['audio/wav', process.env.CELLCALL_VOICE];
const jitsi = process.env.CELLCALL_JITSI_MODULES;
for (const [url, file] of Object.entries(jitsi ? {
  '/jquery.js': 'jquery/dist/jquery.js',
  '/lib-jitsi-meet.js': '@lyno/lib-jitsi-meet/lib-jitsi-meet.min.js',
  '/cometchat.js': '@cometchat/calls-sdk-javascript/pack/index.js',
} : {})) files[url] = ['text/javascript', path.join(jitsi, file)];

const server = http.createServer((request, response) => {
  const file = files[request.url.split('?')[0]];
  response.writeHead(file ? 200 : 404, { 'content-type': file ? file[0] : 'text/plain' });
  response.end(file ? fs.readFileSync(file[1]) : '');
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

const { page, quit } = await openBrowser();
await page.exposeFunction('emit', emit);
await page.exposeFunction('keep', (file, base64) => fs.appendFileSync(file, base64, 'base64'));
await page.goto(`http://127.0.0.1:${server.address().port}/`);

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
