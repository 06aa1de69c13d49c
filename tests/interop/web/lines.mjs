// How a browser's program and its test talk: a JSON object a line, either way.
import readline from 'node:readline';
import { look } from './look.mjs';

export const emit = (line) => console.log(JSON.stringify(line));

// Tells twice a second what `page` shows, and does what the lines ask for, until "quit".
export async function follow(page, acts) {
  setInterval(async () => {
    const seen = await page.evaluate(look).catch(() => null); // while it is loading, nothing is seen
    if (seen) emit({ event: 'page', at: Date.now() / 1000, ...seen });
  }, 500);
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
}
