/**
 * Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/) for the messages of
 * `messages.js`. Unknown fields are passed over; a message that is cut short is a `RangeError`.
 *
 * The trap is that proto3 leaves zeros out: whoever reads a message must find `false`, 0 and '' where
 * nothing came, or everybody would be muted.
 */
import { schema } from './messages.js';

/** @type {Readonly<Record<string, unknown>>} */
const ZERO = { i: 0, t: false, s: '', f: 0 };
const VARINT = 0;
const EIGHT_BYTES = 1;
const BYTES = 2;
const FOUR_BYTES = 5;
const toBytes = new TextEncoder();
const toText = new TextDecoder();

/** @typedef {Record<string, any>} Message Fields by name; integers up to 2^53. */

/**
 * @param {string} name Of the message.
 * @param {Message} value Fields that are missing are left out.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(name, value) {
  /** @type {Uint8Array[]} */
  const parts = [];
  for (const { key, number, kind, repeated } of fieldsOf(name)) {
    const given = value[key];
    if (given === undefined || (!repeated && given === ZERO[kind])) continue;
    if (kind === 'm') {
      for (const [one, text] of Object.entries(given)) parts.push(field(number, BYTES, entry(one, text)));
    } else {
      for (const one of repeated ? given : [given]) parts.push(encodeOne(number, kind, one));
    }
  }
  return joined(parts);
}

/**
 * @param {string} name Of the message.
 * @param {Uint8Array} bytes
 * @returns {Message} With every field of the table but messages and bytes that did not come.
 * @throws {RangeError} When it is cut short.
 */
export function decode(name, bytes) {
  /** @type {Message} */
  const value = {};
  const known = new Map();
  for (const one of fieldsOf(name)) {
    known.set(one.number, one);
    if (one.repeated) value[one.key] = [];
    else if (one.kind === 'm') value[one.key] = {};
    else if (one.kind in ZERO) value[one.key] = ZERO[one.kind];
  }
  for (const [number, raw] of rawFields(bytes)) {
    const one = known.get(number);
    if (one === undefined) continue;
    if (one.kind === 'm') {
      const pair = new Map([...rawFields(/** @type {Uint8Array} */ (raw))]);
      value[one.key][textOf(pair.get(1))] = textOf(pair.get(2));
      continue;
    }
    const read = decodeOne(one.kind, raw);
    if (one.repeated) value[one.key].push(read);
    else value[one.key] = read;
  }
  return value;
}

/** @param {string} name */
function fieldsOf(name) {
  const fields = schema.get(name);
  if (fields === undefined) throw new TypeError(`no message ${name}`);
  return fields;
}

/**
 * @param {number} number
 * @param {string} kind
 * @param {any} value
 */
function encodeOne(number, kind, value) {
  if (kind === 'i' || kind === 't') return field(number, VARINT, varint(Number(value)));
  if (kind === 's') return field(number, BYTES, toBytes.encode(value));
  if (kind === 'b') return field(number, BYTES, value);
  return field(number, BYTES, encode(kind, value));
}

/**
 * @param {string} kind
 * @param {number | Uint8Array} raw
 */
function decodeOne(kind, raw) {
  if (kind === 'i') return Number(raw);
  if (kind === 't') return Boolean(raw);
  const bytes = /** @type {Uint8Array} */ (raw);
  if (kind === 's') return toText.decode(bytes);
  if (kind === 'b') return bytes;
  if (kind === 'f') return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
  return decode(kind, bytes);
}

/** @param {number | Uint8Array | undefined} raw */
function textOf(raw) {
  return raw instanceof Uint8Array ? toText.decode(raw) : '';
}

/**
 * @param {string} key
 * @param {any} text
 */
function entry(key, text) {
  return joined([field(1, BYTES, toBytes.encode(key)), field(2, BYTES, toBytes.encode(text))]);
}

/**
 * @param {number} number
 * @param {number} wire
 * @param {Uint8Array} body
 */
function field(number, wire, body) {
  const length = wire === BYTES ? [varint(body.length)] : [];
  return joined([varint(number * 8 + wire), ...length, body]);
}

/** @param {number} value Not negative, at most 2^53. */
function varint(value) {
  const bytes = [];
  let rest = value;
  // Not with shifts: they work on 32 bits, and time stamps are longer.
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

/**
 * The fields of a message as numbers and bytes.
 *
 * @param {Uint8Array} bytes
 * @returns {Generator<[number, number | Uint8Array]>}
 */
function* rawFields(bytes) {
  let at = 0;
  const next = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= bytes.length) throw new RangeError('a message is cut short');
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = next();
    const number = Math.floor(tag / 8);
    if (tag % 8 === VARINT) {
      yield [number, next()];
      continue;
    }
    const length = lengthOf(tag % 8, next);
    if (!(at + length <= bytes.length)) throw new RangeError('a message is cut short');
    yield [number, bytes.subarray(at, at + length)];
    at += length;
  }
}

/**
 * @param {number} wire
 * @param {() => number} next
 */
function lengthOf(wire, next) {
  if (wire === BYTES) return next();
  if (wire === FOUR_BYTES) return 4;
  if (wire === EIGHT_BYTES) return 8;
  throw new RangeError(`wire type ${wire} is none`);
}
