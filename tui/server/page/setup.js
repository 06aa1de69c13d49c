/** Devices to choose, before the call and in it: three lists, and what is missing. */
import { words } from './words.js';

/** @typedef {import('./devices.js').Kind} Kind */

export class Setup {
  /**
   * @param {{missing: HTMLElement, audio: HTMLSelectElement, video: HTMLSelectElement, speaker: HTMLSelectElement}} parts
   * @param {import('./devices.js').Devices} devices
   * @param {object} listener
   * @param {(kind: Kind, id: string) => void} listener.choose
   * @param {(id: string) => void} listener.chooseSpeaker
   */
  constructor({ missing, audio, video, speaker }, devices, listener) {
    this.missing = missing;
    this.lists = { audioinput: audio, videoinput: video, audiooutput: speaker };
    this.devices = devices;
    audio.addEventListener('change', () => listener.choose('audio', audio.value));
    video.addEventListener('change', () => listener.choose('video', video.value));
    speaker.addEventListener('change', () => listener.chooseSpeaker(speaker.value));
    devices.watch(() => this.show());
  }

  /** Show what there is now, and what is missing and why; the latter is answered when it is news. */
  async show() {
    const found = await this.devices.list();
    for (const [kind, list] of Object.entries(this.lists)) {
      const mine = found.filter((one) => one.kind === kind);
      fill(list, mine, this.#chosen(kind));
      const row = list.closest('p');
      if (row) row.hidden = mine.length === 0;
    }
    const texts = this.devices.given ? [...this.devices.missing.values()] : [words.notEncrypted];
    // Set only when it is another one: an alert is read aloud each time it is set.
    const text = texts.join(' ');
    if (this.missing.textContent === text) return '';
    this.missing.textContent = text;
    return text;
  }

  /** @param {string} kind */
  #chosen(kind) {
    if (kind === 'audiooutput') return this.lists.audiooutput.value;
    return this.devices.chosen.get(kind === 'audioinput' ? 'audio' : 'video') ?? '';
  }
}

/**
 * @param {HTMLSelectElement} list
 * @param {MediaDeviceInfo[]} devices
 * @param {string} chosen
 */
function fill(list, devices, chosen) {
  const before = [...list.options].map(({ value }) => value).join();
  if (before === devices.map(({ deviceId }) => deviceId).join()) return;
  list.replaceChildren(...devices.map(({ deviceId, label }, number) => new Option(
    label || words.numbered(list.name, number + 1), deviceId, false, deviceId === chosen)));
}
