/**
 * The devices of this machine: which there are, which were chosen, and why one can't be had.
 *
 * Each kind is asked for alone: asked for together, a missing camera costs the microphone, too.
 */
import { words } from './words.js';

/** @typedef {'audio' | 'video'} Kind */

const WANTED = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: 640, height: 360, frameRate: 15 },
};

export class Devices {
  /** What is missing, in words, by kind.
   * @type {Map<Kind, string>} */
  missing = new Map();
  /** Device ids, by kind; the browser's choice where there is none.
   * @type {Map<Kind, string>} */
  chosen = new Map();

  /** Whether this browser gives devices to this page at all. */
  get given() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  /** Whether a screen can be shared: not from phones. */
  get screens() {
    return Boolean(navigator.mediaDevices?.getDisplayMedia);
  }

  /**
   * Open a device; undefined when there is none to be had, which `missing` then explains.
   *
   * @param {Kind} kind
   * @returns {Promise<MediaStreamTrack | undefined>}
   */
  async open(kind) {
    const id = this.chosen.get(kind);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        [kind]: { ...WANTED[kind], ...(id && { deviceId: { exact: id } }) },
      });
      this.missing.delete(kind);
      return stream.getTracks()[0];
    } catch (error) {
      const { name } = /** @type {DOMException} */ (error);
      if (id && ['OverconstrainedError', 'NotFoundError'].includes(name)) {
        this.chosen.delete(kind); // it is gone: another one is better than none
        return this.open(kind);
      }
      this.missing.set(kind, words.missing(kind, name));
      return undefined;
    }
  }

  /**
   * Let a screen be chosen, with its sound where the browser can.
   *
   * @returns {Promise<MediaStreamTrack[]>}
   * @throws {DOMException} Nothing was chosen.
   */
  async openScreen() {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: 8, width: { max: 1920 }, height: { max: 1080 } }, audio: true,
    });
    return stream.getTracks();
  }

  /** Those there are now. Before one was opened they have no names, and are left out.
   *
   * @returns {Promise<MediaDeviceInfo[]>}
   */
  async list() {
    if (!this.given) return [];
    return (await navigator.mediaDevices.enumerateDevices()).filter(({ label }) => label);
  }

  /** @param {() => void} then When one was plugged in or out. */
  watch(then) {
    navigator.mediaDevices?.addEventListener?.('devicechange', then);
  }
}
