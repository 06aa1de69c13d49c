/**
 * LiveKit's sealed frames: `header | ciphertext | tag | IV (12) | 12 | key index`, AES-128-GCM. The header
 * stays readable: 1 byte of sound, 10 of a VP8 key picture, 3 of any other. IVs are random: everybody
 * shares the key, and with one key an IV must never come twice.
 */

const IV_BYTES = 12;
const TRAILER_BYTES = IV_BYTES + 2;
const TAG_BYTES = 16;

/**
 * @param {string} kind `audio` or `video`.
 * @param {Uint8Array<ArrayBuffer>} frame
 */
function headerOf(kind, frame) {
  if (kind === 'audio') return 1;
  return frame[0] & 1 ? 3 : 10; // RFC 6386, 9.1
}

/**
 * @param {readonly CryptoKey[]} keys The last one seals.
 * @param {string} kind
 * @param {Uint8Array<ArrayBuffer>} frame
 */
export async function sealFrame(keys, kind, frame) {
  const head = frame.slice(0, headerOf(kind, frame));
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const algorithm = { name: 'AES-GCM', iv, additionalData: head };
  const body = await crypto.subtle.encrypt(algorithm, keys[keys.length - 1], frame.slice(head.length));
  const sealed = new Uint8Array(head.length + body.byteLength + TRAILER_BYTES);
  sealed.set(head);
  sealed.set(new Uint8Array(body), head.length);
  sealed.set(iv, head.length + body.byteLength);
  sealed.set([IV_BYTES, keys.length - 1], sealed.length - 2);
  return sealed;
}

/**
 * What is in a sealed frame; undefined when no key of ours opens it.
 *
 * @param {readonly CryptoKey[]} keys By index.
 * @param {string} kind
 * @param {Uint8Array<ArrayBuffer>} frame
 */
export async function openFrame(keys, kind, frame) {
  const header = headerOf(kind, frame);
  const end = frame.length - TRAILER_BYTES;
  const key = keys[frame[frame.length - 1]];
  if (end < header + TAG_BYTES || frame[frame.length - 2] !== IV_BYTES || !key) return undefined;
  const head = frame.slice(0, header);
  const algorithm = { name: 'AES-GCM', iv: frame.slice(end, end + IV_BYTES), additionalData: head };
  try {
    const body = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, frame.slice(header, end)));
    const clear = new Uint8Array(header + body.length);
    clear.set(head);
    clear.set(body, header);
    return clear;
  } catch {
    return undefined;
  }
}
