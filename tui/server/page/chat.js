/** The chat panel: messages, what is unread, and a field to write in. Text of others is only ever text. */
import { fits } from './files.js';
import { words } from './words.js';

const MOST_LINES = 500;

export class Chat {
  /** Messages that came while it was closed. */
  unread = 0;

  /**
   * @param {{panel: HTMLElement, lines: HTMLElement, form: HTMLFormElement, field: HTMLInputElement,
   *   file: HTMLInputElement}} parts
   * @param {object} listener
   * @param {(text: string) => boolean} listener.say Whether it was sent.
   * @param {(file: File) => Promise<void>} listener.send
   * @param {() => void} listener.changed Open, closed, or more unread.
   * @param {(words: string) => void} listener.tell
   */
  constructor({ panel, lines, form, field, file }, listener) {
    this.panel = panel;
    this.lines = lines;
    this.field = field;
    this.listener = listener;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#write();
    });
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? [];
      file.value = '';
      if (chosen) this.#send(chosen);
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
    this.#news(words.wrote(name, text));
  }

  /**
   * Somebody sent a file: a link saves it.
   *
   * @param {string} name
   * @param {import('./files.js').SentFile} file
   */
  hearFile(name, file) {
    const href = URL.createObjectURL(file.content);
    const text = words.file(file.name, file.content.size);
    this.#add(name, Object.assign(document.createElement('a'), { href, download: file.name, textContent: text }));
    this.#news(words.wrote(name, text));
  }

  /** @param {string} told */
  #news(told) {
    if (this.open) return;
    this.unread += 1;
    this.listener.tell(told);
    this.listener.changed();
  }

  /** @param {File} file */
  async #send(file) {
    if (!fits(file)) {
      this.listener.tell(words.tooLarge(file.name));
      return;
    }
    const text = words.file(file.name, file.size);
    this.listener.tell(words.sending(text));
    try {
      await this.listener.send(file);
    } catch (error) {
      this.listener.tell(words.fileNotSent(file.name, /** @type {Error} */ (error).message));
      return;
    }
    this.#add(words.your, text);
    this.listener.tell(words.sent(text));
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
   * @param {string | HTMLAnchorElement} text
   */
  #add(name, text) {
    const atEnd = this.lines.scrollHeight - this.lines.scrollTop - this.lines.clientHeight < 40;
    const line = document.createElement('p');
    const who = Object.assign(document.createElement('b'), { textContent: `${name}: ` });
    line.append(who, text);
    this.lines.append(line);
    if (this.lines.childElementCount > MOST_LINES) {
      const [link] = this.lines.firstElementChild?.getElementsByTagName('a') ?? [];
      if (link) URL.revokeObjectURL(link.href);
      this.lines.firstElementChild?.remove();
    }
    // Whoever reads further up is not taken away from there.
    if (atEnd) this.lines.scrollTop = this.lines.scrollHeight;
  }
}
