/** The chat panel: messages, what is unread, and a field to write in. Text of others is only ever text. */
import { words } from './words.js';

const MOST_LINES = 500;

export class Chat {
  /** Messages that came while it was closed. */
  unread = 0;

  /**
   * @param {{panel: HTMLElement, lines: HTMLElement, form: HTMLFormElement, field: HTMLInputElement}} parts
   * @param {object} listener
   * @param {(text: string) => boolean} listener.say Whether it was sent.
   * @param {() => void} listener.changed Open, closed, or more unread.
   * @param {(words: string) => void} listener.tell
   */
  constructor({ panel, lines, form, field }, listener) {
    this.panel = panel;
    this.lines = lines;
    this.field = field;
    this.listener = listener;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#write();
    });
  }

  get open() {
    return !this.panel.hidden;
  }

  toggle() {
    this.panel.hidden = this.open;
    if (this.open) {
      this.unread = 0;
      this.lines.scrollTop = this.lines.scrollHeight;
      this.field.focus();
    }
    this.listener.changed();
  }

  /**
   * Somebody wrote.
   *
   * @param {string} name
   * @param {string} text
   */
  hear(name, text) {
    this.#add(name, text);
    if (this.open) return;
    this.unread += 1;
    this.listener.tell(words.wrote(name, text));
    this.listener.changed();
  }

  #write() {
    const text = this.field.value.trim();
    if (!text) return;
    if (!this.listener.say(text)) {
      this.listener.tell(words.notSent);
      return;
    }
    this.#add(words.your, text);
    this.field.value = '';
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #add(name, text) {
    const atEnd = this.lines.scrollHeight - this.lines.scrollTop - this.lines.clientHeight < 40;
    const line = document.createElement('p');
    const who = Object.assign(document.createElement('b'), { textContent: `${name}: ` });
    line.append(who, text);
    this.lines.append(line);
    if (this.lines.childElementCount > MOST_LINES) this.lines.firstElementChild?.remove();
    // Whoever reads further up is not taken away from there.
    if (atEnd) this.lines.scrollTop = this.lines.scrollHeight;
  }
}
