// Headless Chromium with fake devices and a profile of its own, for every page the tests open.
// Environment: CELLCALL_NODE_MODULES (folder with playwright-core), CELLCALL_CHROMIUM (the browser).
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

export const modules = process.env.CELLCALL_NODE_MODULES;
const { chromium } = createRequire(path.join(modules, 'x.js'))('playwright-core');

export async function openBrowser({ permissions = ['camera', 'microphone'], flags = [], ...more } = {}) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'cellcall-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CELLCALL_CHROMIUM,
    headless: true,
    permissions,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
      '--disable-features=WebRtcHideLocalIpsWithMdns', ...flags,
    ],
    ...more,
  });
  const page = await context.newPage();
  page.on('console', (line) => console.error(`[page ${line.type()}]`, line.text().slice(0, 800)));
  page.on('pageerror', (error) => console.error('[page error]', String(error)));
  const quit = async (code) => {
    await context.close().catch(() => {});
    fs.rmSync(profile, { recursive: true, force: true });
    process.exit(code);
  };
  process.on('SIGTERM', () => quit(0));
  return { page, quit };
}
