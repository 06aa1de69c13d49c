/**
 * The buttons of the call, and a letter for each. The letters can be switched off (WCAG 2.1.4), and are
 * plain letters wherever one types.
 */
import { words } from './words.js';

/** By the button's id; the letters are those of cellcall in a terminal. */
const KEYS = new Map([['m', 'mic'], ['v', 'cam'], ['r', 'hand'], ['c', 'chat-open'], ['l', 'leave']]);

/**
 * @typedef {object} Shown What the buttons say.
 * @property {boolean} microphone
 * @property {boolean} camera
 * @property {boolean} screen
 * @property {boolean} hand
 * @property {boolean} chat Whether it is open.
 * @property {number} unread
 * @property {boolean} given Whether the browser gives devices.
 * @property {boolean} screens Whether it can share a screen.
 */

export class Controls {
  /**
   * @param {HTMLElement} bar
   * @param {HTMLInputElement} keys Whether the letters act.
   * @param {Record<string, () => void>} deeds By the button's id.
   */
  constructor(bar, keys, deeds) {
    this.bar = bar;
    for (const [id, deed] of Object.entries(deeds)) this.#button(id).addEventListener('click', deed);
    document.addEventListener('keydown', (event) => {
      if (!keys.checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
      if (/** @type {HTMLElement} */ (event.target).closest('input, select, textarea')) return;
      const button = this.#button(KEYS.get(event.key.toLowerCase()) ?? '');
      if (!button || button.disabled || button.offsetParent === null) return;
      event.preventDefault();
      button.click();
    });
    keys.addEventListener('change', () => this.#tellKeys(keys.checked));
    this.#tellKeys(keys.checked);
  }

  /** @param {Shown} shown */
  show({ microphone, camera, screen, hand, chat, unread, given, screens }) {
    this.#set('mic', microphone ? words.microphone.on : words.microphone.off, microphone, !given);
    this.#set('cam', camera ? words.camera.on : words.camera.off, camera, !given);
    this.#set('share', screen ? words.screen.on : words.screen.off, screen, !screens);
    this.#set('hand', hand ? words.raise.on : words.raise.off, hand, false);
    const open = this.#button('chat-open');
    open.textContent = words.chat(unread);
    open.setAttribute('aria-expanded', String(chat));
    open.classList.toggle('new', unread > 0);
  }

  /** Where the keyboard begins. */
  focus() {
    const first = this.#button('mic');
    (first.disabled ? this.#button('hand') : first).focus();
  }

  /**
   * The words say what is so; that and the look are all: a pressed state beside changing words would be
   * read as the opposite of one of them.
   *
   * @param {string} id
   * @param {string} text
   * @param {boolean} on
   * @param {boolean} disabled
   */
  #set(id, text, on, disabled) {
    const button = this.#button(id);
    if (button.textContent !== text) button.textContent = text;
    button.classList.toggle('on', on);
    button.disabled = disabled;
  }

  /** @param {boolean} act */
  #tellKeys(act) {
    for (const [key, id] of KEYS) {
      const button = this.#button(id);
      if (act) button.setAttribute('aria-keyshortcuts', key);
      else button.removeAttribute('aria-keyshortcuts');
      button.title = act ? `Key ${key}` : '';
    }
  }

  /** @param {string} id */
  #button(id) {
    return /** @type {HTMLButtonElement} */ (id && this.bar.querySelector(`#${id}`));
  }
}
