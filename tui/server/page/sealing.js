/**
 * End-to-end encryption of one call: its keys, what is sealed and opened with them, and who has them.
 * Nothing of a key leaves this browser. `seal_worker.js` does the frames, this module the data packets.
 */
import { AUDIO, GCM } from './messages.js';
import { decode, encode } from './protobuf.js';

const SALT = new TextEncoder().encode('LKFrameEncryptionKey');
const ROUNDS = 100_000;
/** Data packets that are known again. */
const PACKETS_KNOWN = 32_768;
/** Of one key, and keys of a call, as everywhere in cellcall. */
const [LEAST_CHARACTERS, MOST_CHARACTERS, MOST_KEYS] = [8, 128, 16];

/**
 * @typedef {import('./messages.js').Person} Person
 * @typedef {import('./messages.js').Track} Track
 * @typedef {import('./protobuf.js').Message} Message
 * @typedef {'' | 'sealed' | 'noKey' | 'notSealed' | 'otherKey'} State
 */

/** Whether this browser can seal a call; it needs https for that, too. */
export function canSeal() {
  return 'RTCRtpScriptTransform' in window && Boolean(crypto.subtle);
}

export class Sealing {
  /** By index; empty: the call is not sealed.
   * @type {CryptoKey[]} */
  #keys = [];
  /** @type {Worker | undefined} */
  #worker;
  /** Whose each receiver's media are now, by its number.
   * @type {{receiver: RTCRtpReceiver, identity: string}[]} */
  #receivers = [];
  /** What came of opening what somebody sent or wrote, where that was not possible.
   * @type {Map<string, State>} */
  #found = new Map();

  /** Who sent each data packet that was opened, by its IV: whoever gets one can send it again.
   * @type {Map<string, string>} */
  #senders = new Map();

  /** @param {string} text The keys, one a line; empty: the call is not sealed. */
  constructor(text) {
    this.text = text;
    /** Told whose state is another one now. @type {(identity: string) => void} */
    this.changed = () => {};
  }

  get on() {
    return this.text !== '';
  }

  /** Derive the keys, once; to be awaited before a call. */
  async begin() {
    if (!this.on || this.#keys.length) return;
    this.#keys = await Promise.all(linesOf(this.text).map(derive));
    this.#worker = new Worker(new URL('seal_worker.js', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data: { receiver, opens } }) => {
      this.#judge(this.#receivers[receiver - 1].identity, opens ? '' : 'otherKey');
    };
  }

  /**
   * Take up another key, which seals from now on; those before it go on opening. A link brings all of its keys.
   *
   * @param {string} given
   * @returns {Promise<boolean>} Whether it is one.
   */
  async take(given) {
    const fragment = given.includes('://') ? new URL(given).hash.slice(1) : '';
    const keys = fragment ? new URLSearchParams(fragment).getAll('key') : [...linesOf(this.text), given.trim()];
    const fits = keys.every(({ length }) => length >= LEAST_CHARACTERS && length <= MOST_CHARACTERS);
    if (!this.on || !fits || !keys.length || keys.length > MOST_KEYS) return false;
    this.#keys = await Promise.all(keys.map(derive));
    this.text = keys.join('\n');
    this.#worker?.postMessage({ keys: this.#keys });
    return true;
  }

  /** @param {RTCRtpSender} sender Before it sends anything. */
  sendThrough(sender) {
    if (this.#worker) sender.transform = this.#through(sender.track?.kind ?? '', 0);
  }

  /**
   * @param {RTCRtpReceiver} receiver
   * @param {string} identity Whose media it brings now; empty while that is not known.
   */
  receiveThrough(receiver, identity) {
    if (!this.#worker) return;
    const known = this.#receivers.find((one) => one.receiver === receiver);
    if (known) {
      known.identity = identity;
      return;
    }
    this.#receivers.push({ receiver, identity });
    receiver.transform = this.#through(receiver.track.kind, this.#receivers.length);
  }

  /**
   * @param {Message} packet
   * @returns {Promise<Message>}
   */
  async seal(packet) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const key = this.#keys[this.#keys.length - 1];
    const clear = /** @type {Uint8Array<ArrayBuffer>} */ (encode('SealedPayload', packet));
    const value = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, clear);
    return { encrypted_packet: {
      encryption_type: GCM, iv, key_index: this.#keys.length - 1, encrypted_value: new Uint8Array(value),
    } };
  }

  /**
   * What is in a data packet of somebody; undefined when it is not to be shown.
   *
   * @param {Message} packet
   * @param {string} identity
   * @returns {Promise<Message | undefined>}
   */
  async open(packet, identity) {
    const sealed = packet.encrypted_packet;
    if (!this.on && !sealed) return packet;
    const key = sealed && this.#keys[sealed.key_index];
    try {
      if (key) {
        const value = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.iv }, key, sealed.encrypted_value);
        const before = this.#sentBefore(sealed.iv, identity);
        if (before !== undefined && before !== identity) throw new Error("somebody else's words");
        this.#judge(identity, '');
        return before === undefined ? decode('SealedPayload', new Uint8Array(value)) : undefined;
      }
    } catch {
      // Another key, nobody's, or somebody else's words: which is said below.
    }
    if (identity) this.#judge(identity, this.on ? (sealed ? 'otherKey' : 'notSealed') : 'noKey');
    return undefined;
  }

  /** @param {Track} track Whether it is not to be played. */
  shuts(track) {
    return this.on !== (track.encryption === GCM);
  }

  /** @param {Person} person @returns {State} */
  stateOf({ identity, tracks }) {
    const found = this.#found.get(identity);
    if (found) return found;
    if (tracks.some((one) => this.shuts(one))) return this.on ? 'notSealed' : 'noKey';
    return this.on && tracks.length ? 'sealed' : '';
  }

  /** What a track is announced with. @param {number} type */
  announced(type) {
    return this.on ? { encryption: GCM, disable_red: type === AUDIO } : {};
  }

  /**
   * @param {string} kind
   * @param {number} receiver
   */
  #through(kind, receiver) {
    return new RTCRtpScriptTransform(/** @type {Worker} */ (this.#worker), { keys: this.#keys, kind, receiver });
  }

  /**
   * Who sent a packet with this IV that was opened before; undefined: it is new.
   *
   * @param {Uint8Array} iv
   * @param {string} identity Who sends it now.
   */
  #sentBefore(iv, identity) {
    const known = String(iv);
    const before = this.#senders.get(known);
    if (before !== undefined) return before;
    this.#senders.set(known, identity);
    for (const oldest of this.#senders.keys()) {
      if (this.#senders.size <= PACKETS_KNOWN) break;
      this.#senders.delete(oldest);
    }
    return undefined;
  }

  /**
   * @param {string} identity
   * @param {State} state
   */
  #judge(identity, state) {
    if ((this.#found.get(identity) ?? '') === state) return;
    if (state) this.#found.set(identity, state);
    else this.#found.delete(identity);
    this.changed(identity);
  }
}

/** @param {string} text */
function linesOf(text) {
  return text.split('\n').map((one) => one.trim()).filter(Boolean);
}

/** @param {string} key */
async function derive(key) {
  const material = await crypto.subtle.importKey(
    'raw', new TextEncoder().encode(key), 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'PBKDF2', salt: SALT, hash: 'SHA-256', iterations: ROUNDS },
    material, { name: 'AES-GCM', length: 128 }, false, ['encrypt', 'decrypt']);
}
