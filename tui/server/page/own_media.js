/**
 * Our own microphone, camera and screen: on or off, and sent into the call of the moment.
 *
 * A microphone that is off stays open and sends silence, so that it is on again at once; a camera that is
 * off is closed, so that its light goes out.
 */
import { CAMERA, MICROPHONE, SCREEN, SCREEN_SOUND } from './messages.js';
import { words } from './words.js';

/**
 * @typedef {import('./devices.js').Kind} Kind
 * @typedef {import('./call.js').Call} Call
 * @typedef {import('./call.js').Publication} Publication
 * @typedef {{on: boolean, track?: MediaStreamTrack, sent?: Publication}} Own
 */

const SOURCES = { audio: MICROPHONE, video: CAMERA };
/** @type {readonly Kind[]} */
export const KINDS = ['audio', 'video'];

export class OwnMedia {
  /** @type {Record<Kind, Own>} */
  #own = { audio: { on: false }, video: { on: false } };
  /** @type {{track: MediaStreamTrack, source: number, sent?: Publication}[]} */
  #screen = [];
  /** @type {Call | undefined} */
  #call;
  /** One change after another, whatever is pressed meanwhile.
   * @type {Promise<void>} */
  #turn = Promise.resolve();

  /**
   * @param {import('./devices.js').Devices} devices
   * @param {() => void} changed What is on, or its track, is another one now.
   */
  constructor(devices, changed) {
    this.devices = devices;
    this.changed = changed;
  }

  /** @param {Kind} kind */
  isOn(kind) {
    return this.#own[kind].on;
  }

  get sharing() {
    return this.#screen.length > 0;
  }

  /** What our own tiles show: the camera's picture and the screen's. */
  get pictures() {
    return {
      camera: this.#own.video.on ? this.#own.video.track : undefined,
      screen: this.#screen.find(({ source }) => source === SCREEN)?.track,
    };
  }

  /**
   * Turn the microphone or camera on or off.
   *
   * @param {Kind} kind
   * @param {boolean} on
   * @returns {Promise<void>}
   */
  switch(kind, on) {
    return this.#then(async () => {
      const own = this.#own[kind];
      if (on && !own.track) await this.#open(kind);
      if (own.track) own.track.enabled = on;
      own.on = on && Boolean(own.track);
      if (kind === 'video' && !on) this.#close(kind);
      await this.#send(kind);
    });
  }

  /**
   * Use another device, on or off as it was.
   *
   * @param {Kind} kind
   * @param {string} id
   * @returns {Promise<void>}
   */
  choose(kind, id) {
    return this.#then(async () => {
      const own = this.#own[kind];
      this.devices.chosen.set(kind, id);
      if (!own.track) return;
      this.#close(kind);
      await this.#open(kind);
      if (own.track) /** @type {MediaStreamTrack} */ (own.track).enabled = own.on;
      own.on = own.on && Boolean(own.track);
      await this.#send(kind);
    });
  }

  /**
   * Share a screen, or share it no more.
   *
   * @param {boolean} on
   * @returns {Promise<void>}
   * @throws {DOMException} Nothing was chosen.
   */
  async share(on) {
    const tracks = on ? await this.devices.openScreen() : [];
    return this.#then(async () => {
      for (const { track, sent } of this.#screen.splice(0)) {
        track.stop();
        if (sent) await this.#call?.unpublish(sent);
      }
      for (const track of tracks) {
        const source = track.kind === 'video' ? SCREEN : SCREEN_SOUND;
        track.onended = () => { this.share(false); };
        this.#screen.push({ track, source });
      }
      await this.#sendScreen();
    });
  }

  /**
   * Send everything there is into a call that was just joined.
   *
   * @param {Call} call
   * @returns {Promise<void>}
   */
  sendInto(call) {
    return this.#then(async () => {
      this.#call = call;
      for (const kind of KINDS) {
        this.#own[kind].sent = undefined;
        await this.#send(kind);
      }
      for (const one of this.#screen) one.sent = undefined;
      await this.#sendScreen();
    });
  }

  /** @param {string} sid Of what the host muted. @returns {Kind | undefined} */
  mutedByHost(sid) {
    const kind = KINDS.find((one) => this.#own[one].sent?.sid === sid);
    if (kind) this.switch(kind, false);
    return kind;
  }

  /** Close every device; what was on is on again when the next call begins. */
  stop() {
    this.#call = undefined;
    for (const kind of KINDS) {
      this.#close(kind);
      this.#own[kind] = { on: false };
    }
    for (const { track } of this.#screen.splice(0)) track.stop();
    this.changed();
  }

  /** @param {() => Promise<void>} change */
  #then(change) {
    const done = this.#turn.then(change).catch((error) => {
      // What could not be sent because the call was lost is sent into the next one.
      if (!this.#call?.over) throw error;
    }).finally(this.changed);
    this.#turn = done.catch(() => {}); // whoever asked for it is told
    return done;
  }

  /** @param {Kind} kind */
  async #open(kind) {
    const track = await this.devices.open(kind);
    this.#own[kind].track = track;
    if (!track) return;
    track.onended = () => {
      this.devices.missing.set(kind, words.unplugged(kind));
      this.#own[kind].track = undefined;
      this.switch(kind, false);
    };
  }

  /** @param {Kind} kind */
  #close(kind) {
    this.#own[kind].track?.stop();
    this.#own[kind].track = undefined;
  }

  /** @param {Kind} kind */
  async #send(kind) {
    const own = this.#own[kind];
    if (!this.#call) return;
    if (!own.sent) {
      if (own.track) own.sent = await this.#call.publish(own.track, SOURCES[kind], { muted: !own.on });
      return;
    }
    if (own.sent.sender.track !== (own.track ?? null)) await own.sent.sender.replaceTrack(own.track ?? null);
    this.#call.setMuted(own.sent.sid, !own.on);
  }

  async #sendScreen() {
    for (const one of this.#screen) {
      if (this.#call && !one.sent) one.sent = await this.#call.publish(one.track, one.source);
    }
  }
}
