/** The worker through which every frame goes: seals what we send, opens what others send. */
import { openFrame, sealFrame } from './frames.js';

/** So many frames in a row that can't be opened mean another key, and not a damaged frame. */
const REFUSALS = 10;

/**
 * @typedef {object} Way What happens to the frames of one sender or receiver.
 * @property {readonly CryptoKey[]} keys By index; the last one seals.
 * @property {string} kind `audio` or `video`.
 * @property {number} receiver Whose they are, for what is told of them; 0: we send them.
 */

/** Keys that were taken up later; they are for every way.
 * @type {readonly CryptoKey[] | undefined} */
let newer;
self.addEventListener('message', ({ data }) => { newer = data.keys; });

/** @param {Event & {transformer?: any}} event */
function begin({ transformer }) {
  const { readable, writable, options } = transformer;
  const { keys: first, kind, receiver } = /** @type {Way} */ (options);
  let refused = 0;
  const transform = async (/** @type {any} */ frame, /** @type {TransformStreamDefaultController} */ out) => {
    const bytes = new Uint8Array(frame.data);
    if (!bytes.length) return; // nothing is in it to be sealed, and unsealed it may be anybody's
    const keys = newer ?? first;
    const done = receiver ? await openFrame(keys, kind, bytes) : await sealFrame(keys, kind, bytes);
    if (receiver) {
      const were = refused;
      refused = done ? 0 : refused + 1;
      if (refused === REFUSALS || (done && were >= REFUSALS)) self.postMessage({ receiver, opens: Boolean(done) });
    }
    if (!done) return;
    frame.data = done.buffer;
    out.enqueue(frame);
  };
  readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable).catch(() => {});
}

self.addEventListener('rtctransform', begin);
