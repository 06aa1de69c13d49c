/** LiveKit's signalling, protocol 0: one websocket that carries protobuf messages both ways. */
import { decode, encode } from './protobuf.js';

const PROTOCOL = '15';
const OPEN_WITHIN_MS = 10_000;
/** A server that answers none of so many pings is gone. Counted, not timed: after a sleep, or a pause of
 * this page, what was answered long ago may still wait to be read. */
const SILENT_PINGS = 3;

/** @typedef {import('./protobuf.js').Message} Message */

export class Signal {
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #pinging;
  #unanswered = 0;

  /**
   * @param {URL} server
   * @param {string} token
   * @param {{message: (message: Message) => void, closed: (why: string) => void}} listener `closed`
   *   comes once, unless `close` was called before.
   */
  constructor(server, token, listener) {
    this.server = server;
    this.token = token;
    /** The server's id of the session that we are in, or were in and lost. */
    this.session = '';
    this.listener = listener;
  }

  /** Connect; what comes goes to the listener. */
  open() {
    const url = new URL('rtc', this.server);
    url.protocol = url.protocol.replace('http', 'ws');
    url.search = String(new URLSearchParams({
      access_token: this.token, auto_subscribe: '1', protocol: PROTOCOL, sdk: 'js', version: '0',
      ...(this.session && { again_in: this.session }),
    }));
    const socket = new WebSocket(url);
    const late = setTimeout(() => this.#closed('the server does not answer'), OPEN_WITHIN_MS);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => clearTimeout(late);
    socket.onmessage = ({ data }) => this.#heard(data);
    socket.onclose = ({ reason }) => {
      clearTimeout(late);
      this.#closed(reason || 'the server is not there');
    };
    this.#socket = socket;
  }

  /** @param {number} interval_s As the join response says. */
  ping(interval_s) {
    this.#pinging = setInterval(() => {
      if (this.#unanswered >= SILENT_PINGS) {
        this.#closed('the server has fallen silent');
        return;
      }
      this.#unanswered += 1;
      this.send({ ping_req: { timestamp: Date.now() } });
    }, interval_s * 1000);
  }

  /** @param {Message} message Of `SignalRequest`; lost when the websocket is not open. */
  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(encode('SignalRequest', message));
  }

  /** End it without a word to the listener. Idempotent. */
  close() {
    clearInterval(this.#pinging);
    this.listener = { message: () => {}, closed: () => {} };
    this.#socket?.close();
  }

  /** @param {ArrayBuffer} data */
  #heard(data) {
    this.#unanswered = 0;
    this.listener.message(decode('SignalResponse', new Uint8Array(data)));
  }

  /** @param {string} why */
  #closed(why) {
    const { closed } = this.listener;
    this.close();
    closed(why);
  }
}
