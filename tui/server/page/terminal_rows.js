/** A shared terminal's messages: rows of text with styles, and nothing else; anything else is refused. */

export const TOPIC = 'cellcall.terminal';
export const ASK = new TextEncoder().encode('1 ask');
const END = '1 end';
const MOST_BYTES = 14_000;
const MOST_COLUMNS = 500;
const MOST_ROWS = 200;
const MOST_MARKS = 8;
const HEAD = /^1 (key|rows|part) (\d{1,3}) (\d{1,3}) (\d{1,9}) (-1|\d{1,3}) (-1|\d{1,3})$/;
const ROW = /^(\d{1,3})\t([^\n\t\x1e]*)$/;
const STYLE = /\x1b\[([0-9;]{1,60})m/g;
/** Controls, directions, lines of their own; joiners are none of these. */
const REFUSED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u;
const MARK = /[\p{Mn}\p{Me}\u200c\u200d]/u;
/** @type {Readonly<Record<number, keyof Style>>} */
const ATTRIBUTES = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 7: 'reverse', 9: 'strike' };
/** The 16 colours that a reader's own terminal would choose. @type {readonly Colour[]} */
const BASE = [
  [0, 0, 0], [205, 49, 49], [13, 188, 121], [229, 229, 16], [36, 114, 200], [188, 63, 188], [17, 168, 205], [229, 229, 229],
  [102, 102, 102], [241, 76, 76], [35, 209, 139], [245, 245, 67], [59, 142, 234], [214, 112, 214], [41, 184, 219], [255, 255, 255],
];

/**
 * @typedef {[number, number, number]} Colour Red, green, blue.
 *
 * @typedef {object} Style
 * @property {Colour} [ink]
 * @property {Colour} [paper]
 * @property {boolean} [bold]
 * @property {boolean} [dim]
 * @property {boolean} [italic]
 * @property {boolean} [underline]
 * @property {boolean} [reverse]
 * @property {boolean} [strike]
 *
 * @typedef {{text: string, style: Style}} Piece
 *
 * @typedef {object} Update
 * @property {string} kind
 * @property {number} columns
 * @property {number} height
 * @property {number} serial
 * @property {[number, string][]} rows
 */

/**
 * @param {Uint8Array} raw
 * @returns {Update}
 */
export function parse(raw) {
  if (raw.length > MOST_BYTES) throw new Error('too long');
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  const at = text.indexOf('\n');
  const found = HEAD.exec(at < 0 ? text : text.slice(0, at));
  if (!found) throw new Error('no heading');
  const [columns, height, serial, x, y] = found.slice(2).map(Number);
  if (!columns || columns > MOST_COLUMNS || !height || height > MOST_ROWS) throw new Error('no size');
  if ((x < 0) !== (y < 0) || x >= columns || y >= height) throw new Error('no cursor');
  const body = at < 0 ? '' : text.slice(at + 1);
  return {
    kind: found[1], columns, height, serial,
    rows: body ? body.split('\x1e').map((part) => rowOf(part, columns, height)) : [],
  };
}

/**
 * @param {string} part
 * @param {number} columns
 * @param {number} height
 * @returns {[number, string]}
 */
function rowOf(part, columns, height) {
  const found = ROW.exec(part);
  if (!found || Number(found[1]) >= height) throw new Error('no row');
  let cells = 0;
  for (const { text } of piecesOf(found[2])) {
    let marks = 0;
    for (const character of text) {
      if (REFUSED.test(character)) throw new Error('no text');
      marks = MARK.test(character) ? marks + 1 : 0;
      cells += marks ? 0 : 1;
      if (marks > MOST_MARKS || cells > columns) throw new Error('too many cells');
    }
  }
  return [Number(found[1]), found[2]];
}

/**
 * The parts of a row that look the same.
 *
 * @param {string} row
 * @returns {Piece[]}
 */
export function piecesOf(row) {
  const pieces = [];
  /** @type {Style} */
  let style = {};
  let at = 0;
  for (const found of row.matchAll(STYLE)) {
    if (found.index > at) pieces.push({ text: row.slice(at, found.index), style });
    style = styleOf(found[1].split(';').map(Number));
    at = found.index + found[0].length;
  }
  if (row.length > at) pieces.push({ text: row.slice(at), style });
  return pieces;
}

/**
 * @param {number[]} numbers
 * @returns {Style}
 */
function styleOf([first, ...numbers]) {
  if (first !== 0) throw new Error('no style');
  /** @type {Record<string, Colour | boolean>} */
  const style = {};
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at];
    const name = ATTRIBUTES[number];
    if (name) style[name] = true;
    else {
      const base = (number >= 40 && number < 49) || number >= 100 ? 40 : 30;
      const [colour, more] = colourOf(number - base, numbers.slice(at + 1));
      style[base === 40 ? 'paper' : 'ink'] = colour;
      at += more;
    }
  }
  return style;
}

/**
 * @param {number} number
 * @param {number[]} rest
 * @returns {[Colour, number]} And how many more numbers it took.
 */
function colourOf(number, [kind, ...rest]) {
  const byte = (/** @type {number | undefined} */ one) => one !== undefined && one >= 0 && one < 256;
  if (number >= 0 && number < 8) return [BASE[number], 0];
  if (number >= 60 && number < 68) return [BASE[number - 52], 0];
  if (number === 8 && kind === 5 && byte(rest[0])) return [indexed(rest[0]), 2];
  if (number === 8 && kind === 2 && [0, 1, 2].every((at) => byte(rest[at]))) {
    return [[rest[0], rest[1], rest[2]], 4];
  }
  throw new Error('no style');
}

/** @param {number} number Of the palette of 256. @returns {Colour} */
function indexed(number) {
  if (number < 16) return BASE[number];
  const grey = (number - 232) * 10 + 8;
  if (number > 231) return [grey, grey, grey];
  const part = (/** @type {number} */ by) => {
    const step = Math.floor((number - 16) / by) % 6;
    return step ? step * 40 + 55 : 0;
  };
  return [part(36), part(6), part(1)];
}

/** A terminal as its messages build it up, in order. */
export class ScreenSoFar {
  columns = 0;
  /** @type {string[]} */
  rows = [];
  /** Whether a whole screen is needed: none has come, or something between went missing. */
  lost = true;
  #serial = 0;

  /**
   * @param {Update} update
   * @returns {boolean} Whether it was taken.
   */
  take({ kind, columns, height, serial, rows }) {
    if (kind === 'key') this.rows = Array(height).fill('');
    else if (this.lost || serial !== this.#serial + (kind === 'rows' ? 1 : 0)
      || columns !== this.columns || height !== this.rows.length) {
      this.lost = true;
      return false;
    }
    for (const [y, row] of rows) this.rows[y] = row;
    this.columns = columns;
    this.lost = false;
    this.#serial = serial;
    return true;
  }
}

/** @param {Uint8Array} raw Whether it says that there is no more. */
export function isEnd(raw) {
  return raw.length === END.length && new TextDecoder().decode(raw) === END;
}
