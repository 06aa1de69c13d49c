/**
 * A session that we stay in until somebody ends it: a lost connection is joined again, with longer and
 * longer waits, and what is sent is sent again.
 */
import { Call } from './call.js';

const FIRST_WAIT_S = 1;
const LONGEST_WAIT_S = 20;
/** Before the first join a person waits; so many tries, and they are told. */
const FIRST_TRIES = 3;

/**
 * @typedef {import('./call.js').CallListener} CallListener
 * @typedef {import('./call.js').End} End
 *
 * @typedef {object} SessionListener
 * @property {CallListener} call
 * @property {(call: Call) => Promise<void>} joined For the first time and again.
 * @property {(why: string, wait_s: number) => void} lost It is tried again after so many seconds.
 * @property {(why: string) => void} over
 * @property {(session: string) => Promise<string>} refusal What the server says about our token, and
 *   about the session of this id, which we were in; empty: nothing.
 */

export class Session {
  /** @type {Call | undefined} */
  call;
  #left = false;
  #wasIn = false;
  /** The server's id of the session that we are in, or were in and lost. */
  #session = '';

  /**
   * @param {URL} server
   * @param {string} token
   * @param {SessionListener} listener
   * @param {import('./sealing.js').Sealing} sealing
   */
  constructor(server, token, listener, sealing) {
    this.sealing = sealing;
    this.server = server;
    this.token = token;
    this.listener = listener;
  }

  /** Join, and again after every loss. Resolves when that has come to an end. */
  async stay() {
    for (let failures = 0; !this.#left; failures += 1) {
      const end = await this.#once(() => { failures = 0; });
      if (this.#left) return;
      const refusal = end.again ? await this.listener.refusal(this.#session) : '';
      if (!end.again || refusal || (!this.#wasIn && failures + 1 >= FIRST_TRIES)) {
        this.#left = true;
        this.listener.over(refusal || end.why);
        return;
      }
      const wait_s = Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** failures);
      this.listener.lost(end.why, wait_s);
      await wait(wait_s);
    }
  }

  /** Leave for good. */
  leave() {
    if (this.#left) return;
    this.#left = true;
    this.call?.leave();
    this.listener.over('you left');
  }

  /**
   * One connection, from joining to its end.
   *
   * @param {() => void} joined
   * @returns {Promise<End>}
   */
  async #once(joined) {
    /** @type {(end: End) => void} */
    let ended = () => {};
    /** @type {Promise<End>} */
    const end = new Promise((resolve) => { ended = resolve; });
    const call = new Call(this.server, this.token, { ...this.listener.call, ended }, this.sealing);
    call.signal.session = this.#session;
    this.call = call;
    try {
      await call.join();
      this.#wasIn = true;
      this.#session = call.signal.session;
      joined();
      // What is lost while it begins must not wait for an answer that never comes.
      await Promise.race([this.listener.joined(call), end]);
    } catch (error) {
      const failure = /** @type {Error & {end?: End}} */ (error);
      if (failure.end) return failure.end;
      console.error(failure);
    }
    this.token = call.signal.token;
    return end;
  }
}

/** Sooner than `seconds` when the network is back. @param {number} seconds */
function wait(seconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, seconds * 1000);
    window.addEventListener('online', done);
    function done() {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      resolve(undefined);
    }
  });
}
