/** What people say, as text below the tiles: the newest lines, and those before them on scrolling up. */

const MOST_LINES = 200;

/**
 * @typedef {object} Caption
 * @property {string} label Whose words, and who wrote them if that was somebody else.
 * @property {string} segment Of the same name: a better guess at the same words.
 * @property {string} text
 * @property {boolean} final
 */

export class Captions {
  /** Lines that may still change, by their segment.
   * @type {Map<string, HTMLElement>} */
  #open = new Map();

  /** Every line is read aloud as it is final, and no guess before it.
   *
   * @param {{strip: HTMLElement, aloud: HTMLElement}} parts */
  constructor({ strip, aloud }) {
    this.strip = strip;
    this.aloud = aloud;
  }

  /** @param {Caption} caption */
  hear({ label, segment, text, final }) {
    if (!text.trim()) return;
    const key = `${label} ${segment}`;
    const line = this.#open.get(key) ?? this.#add(key);
    const who = Object.assign(document.createElement('b'), { textContent: `${label}: ` });
    line.replaceChildren(who, text);
    if (final) {
      this.#open.delete(key);
      this.aloud.textContent = `${label}: ${text}`;
    }
    this.strip.hidden = false;
    this.strip.scrollTop = this.strip.scrollHeight;
  }

  clear() {
    this.#open.clear();
    this.strip.replaceChildren();
    this.strip.hidden = true;
  }

  /** @param {string} key */
  #add(key) {
    const line = document.createElement('p');
    this.#open.set(key, line);
    this.strip.append(line);
    if (this.strip.childElementCount > MOST_LINES) {
      const [oldest] = this.#open.entries();
      if (oldest[1] === this.strip.firstElementChild) this.#open.delete(oldest[0]);
      this.strip.firstElementChild?.remove();
    }
    return line;
  }
}
