/** Shared terminals: text in their tiles, which can be selected, enlarged and read aloud. */
import { ASK, ScreenSoFar, isEnd, parse, piecesOf } from './terminal_rows.js';
import { words } from './words.js';

const ASKS = 6;
const ASK_AGAIN_MS = 1000;
/** Of one sender: reading costs the page. */
const BYTES_PER_S = 60_000;
const BURST_BYTES = 400_000;
/** WCAG 2.2, 1.4.3. */
const CONTRAST = 4.5;
/** As in `join.css`. @type {Colour} */
const INK = [229, 229, 229];
/** @type {Colour} */
const PAPER = [12, 12, 12];

/**
 * @typedef {import('./terminal_rows.js').Colour} Colour
 *
 * @typedef {object} Terminal
 * @property {ScreenSoFar} screen
 * @property {HTMLElement | undefined} element
 * @property {string[]} drawn
 * @property {number} asks
 * @property {number} budget Bytes that may still come.
 * @property {number} filled When that was counted [ms].
 */

export class Terminals {
  /** By the identity of who shares.
   * @type {Map<string, Terminal>} */
  #terminals = new Map();

  /**
   * @param {object} listener
   * @param {(identity: string) => HTMLElement | undefined} listener.place The tile of a share.
   * @param {(identity: string) => void} listener.began
   * @param {(message: Uint8Array) => void} listener.ask
   */
  constructor(listener) {
    this.listener = listener;
    setInterval(() => this.#askAgain(), ASK_AGAIN_MS);
  }

  /**
   * Somebody shares something, or nothing any more.
   *
   * @param {string} identity
   * @param {boolean} shares
   */
  follow(identity, shares) {
    if (!shares) this.forget(identity);
    else if (!this.#terminals.has(identity)) {
      this.#terminals.set(identity, {
        screen: new ScreenSoFar(), element: undefined, drawn: [], asks: 0, budget: BURST_BYTES, filled: Date.now(),
      });
      this.#askAgain();
    }
  }

  /**
   * A message of somebody's.
   *
   * @param {string} identity
   * @param {Uint8Array} raw
   */
  take(identity, raw) {
    const terminal = this.#terminals.get(identity);
    if (!terminal) return;
    if (isEnd(raw)) {
      this.forget(identity);
      return;
    }
    const now = Date.now();
    terminal.budget = Math.min(BURST_BYTES, terminal.budget + ((now - terminal.filled) / 1000) * BYTES_PER_S);
    terminal.filled = now;
    try {
      if (raw.length > terminal.budget) throw new Error('too much at once');
      terminal.budget -= raw.length;
      if (terminal.screen.take(parse(raw))) {
        terminal.asks = 0;
        this.draw(identity);
      }
    } catch {
      terminal.screen.lost = true; // refused; a whole one is asked for
    }
  }

  /** Whether text is shown for somebody's share. @param {string} identity */
  has(identity) {
    return Boolean(this.#terminals.get(identity)?.element);
  }

  /** @param {string} identity */
  draw(identity) {
    const terminal = this.#terminals.get(identity);
    if (!terminal || !terminal.screen.columns) return;
    const place = this.listener.place(identity);
    if (!place) return;
    let { element } = terminal;
    if (!element || element.parentElement !== place) {
      element?.remove();
      element = Object.assign(document.createElement('div'), { className: 'terminal', tabIndex: 0 });
      element.setAttribute('role', 'region');
      place.prepend(element);
      const began = !terminal.element;
      Object.assign(terminal, { element, drawn: [] });
      element.setAttribute('aria-label', words.terminal);
      if (began) this.listener.began(identity);
    }
    const { rows, columns } = terminal.screen;
    element.style.setProperty('--cells', String(columns));
    element.style.setProperty('--rows', String(rows.length));
    while (element.childElementCount > rows.length) element.lastElementChild?.remove();
    while (element.childElementCount < rows.length) element.append(document.createElement('div'));
    rows.forEach((row, y) => {
      if (row !== terminal.drawn[y]) drawRow(/** @type {HTMLElement} */ (element.children[y]), row);
    });
    terminal.drawn = [...rows];
  }

  /** @param {string} identity */
  forget(identity) {
    this.#terminals.get(identity)?.element?.remove();
    this.#terminals.delete(identity);
  }

  clear() {
    for (const identity of [...this.#terminals.keys()]) this.forget(identity);
  }

  #askAgain() {
    const missing = [...this.#terminals.values()].filter(({ screen, asks }) => screen.lost && asks < ASKS);
    for (const one of missing) one.asks += 1;
    if (missing.length) this.listener.ask(ASK);
  }
}

/** WCAG 2.2, relative luminance. @param {Colour} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * The ink, lighter or darker as far as the paper makes it necessary: others chose it for theirs.
 *
 * @param {Colour} ink
 * @param {Colour} paper
 * @returns {number[]}
 */
function legible(ink, paper) {
  const behind = luminance(paper);
  const towards = behind < 0.18 ? 255 : 0;
  for (let step = 0; step < 10; step += 1) {
    const mixed = /** @type {Colour} */ (ink.map((one) => Math.round(one + ((towards - one) * step) / 10)));
    const [low, high] = [luminance(mixed), behind].sort((a, b) => a - b);
    if ((high + 0.05) / (low + 0.05) >= CONTRAST) return mixed;
  }
  return [towards, towards, towards];
}

/**
 * @param {HTMLElement} element
 * @param {string} row
 */
function drawRow(element, row) {
  element.replaceChildren(...piecesOf(row).map(({ text, style }) => {
    const span = Object.assign(document.createElement('span'), { textContent: text });
    const front = style.ink ?? INK;
    const back = style.paper ?? PAPER;
    const [ink, paper] = style.reverse ? [back, front] : [front, back];
    if (ink !== INK || paper !== PAPER) span.style.color = `rgb(${legible(ink, paper).join()})`;
    if (paper !== PAPER) span.style.backgroundColor = `rgb(${paper.join()})`;
    if (style.bold) span.style.fontWeight = 'bold';
    if (style.italic) span.style.fontStyle = 'italic';
    if (style.dim) span.style.fontWeight = '300';
    const lines = [style.underline ? 'underline' : '', style.strike ? 'line-through' : ''];
    span.style.textDecoration = lines.join(' ').trim();
    return span;
  }));
}
