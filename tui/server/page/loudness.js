/** How loud each person is heard here: a control for each, beside the devices. */
import { words } from './words.js';

export class Loudness {
  /** Rows by identity. @type {Map<string, {row: HTMLElement, name: HTMLElement}>} */
  #rows = new Map();

  /**
   * @param {HTMLElement} list Hidden while nobody is in it.
   * @param {(identity: string, share: number) => void} choose Hears somebody with this share of their sound, 0 to 1.
   */
  constructor(list, choose) {
    this.list = list;
    this.choose = choose;
  }

  /**
   * Somebody is here, or has another name.
   *
   * @param {string} identity
   * @param {string} name
   */
  show(identity, name) {
    const known = this.#rows.get(identity) ?? this.#make(identity);
    known.name.textContent = words.loudness(name);
    this.list.hidden = false;
  }

  /** @param {string} identity */
  remove(identity) {
    if (this.#rows.has(identity)) this.choose(identity, 1); // whoever comes back is as loud as anybody
    this.#rows.get(identity)?.row.remove();
    this.#rows.delete(identity);
    this.list.hidden = !this.#rows.size;
  }

  clear() {
    for (const identity of [...this.#rows.keys()]) this.remove(identity);
  }

  /** @param {string} identity */
  #make(identity) {
    const row = document.createElement('label');
    const name = document.createElement('span');
    const range = Object.assign(document.createElement('input'), { type: 'range', min: '0', max: '100', step: '5' });
    range.value = '100';
    const tell = () => range.setAttribute('aria-valuetext', words.percent(Number(range.value)));
    range.addEventListener('input', () => { tell(); this.choose(identity, Number(range.value) / 100); });
    tell();
    row.append(name, range);
    this.list.append(row);
    const made = { row, name };
    this.#rows.set(identity, made);
    return made;
  }
}
