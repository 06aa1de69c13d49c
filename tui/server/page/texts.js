/** LiveKit's text streams in data packets: chat and captions, read and written in pieces. */

const CHUNK_BYTES = 15_000;
const MOST_BYTES = 16_000;
const MOST_STREAMS = 64;
const CHAT = 'lk.chat';
const CAPTIONS = 'lk.transcription';

/** @typedef {import('./protobuf.js').Message} Message */
/** @typedef {{header: Message, from: string, parts: Uint8Array[], size: number, cut: boolean}} Stream */

/**
 * @typedef {object} Said
 * @property {string} from The sender's identity.
 * @property {string} text
 * @property {Spoken} [caption] What more is known of what somebody is saying; chat has none.
 *
 * @typedef {object} Spoken
 * @property {string} segment What comes under the same name takes its place.
 * @property {string} track Whose words they are, as the sid of a track; empty: not said.
 * @property {string} [speaker] The same as an identity.
 * @property {boolean} final
 * @property {boolean} [program] The speaker's own client has a program write it.
 */

/**
 * The packets that say `text` in the chat.
 *
 * @param {string} text
 * @returns {Message[]}
 */
export function chatPackets(text) {
  const content = new TextEncoder().encode(text);
  const stream_id = String(crypto.getRandomValues(new Uint32Array(4)).join('-'));
  const header = {
    stream_id, timestamp: Date.now(), topic: CHAT, mime_type: 'text/plain',
    total_length: content.length, text_header: { operation_type: 0 },
  };
  const chunks = [];
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    chunks.push({ stream_chunk: {
      stream_id, chunk_index: chunks.length, content: content.subarray(at, at + CHUNK_BYTES),
    } });
  }
  return [{ stream_header: header }, ...chunks, { stream_trailer: { stream_id } }];
}

/** Puts the pieces of others' streams together. Bounded: the oldest stream goes when there are many. */
export class TextReader {
  /** @type {Map<string, Stream>} */
  #streams = new Map();

  /**
   * @param {Message} packet
   * @param {string} from The sender's identity.
   * @returns {Said | undefined} What is whole now, or so far where somebody is speaking.
   */
  take(packet, from) {
    const { stream_header: header, stream_chunk: chunk, stream_trailer: trailer } = packet;
    if (packet.chat_message && !packet.chat_message.deleted) {
      return { from, text: packet.chat_message.message };
    }
    if (packet.transcription) return older(packet.transcription, from);
    if (header) this.#begin(header, from);
    const key = `${from} ${(header ?? chunk ?? trailer)?.stream_id}`;
    const stream = this.#streams.get(key);
    if (!stream) return undefined;
    if (header?.inline_content) this.#add(key, stream, header.inline_content);
    if (chunk) this.#add(key, stream, chunk.content ?? new Uint8Array());
    if (!this.#streams.has(key)) return undefined; // too long
    const { total_length: total, topic, attributes, stream_id } = stream.header;
    const whole = Boolean(trailer || header?.inline_content || (total && stream.size >= total));
    if (!whole && (topic !== CAPTIONS || !chunk)) return undefined;
    if (whole) this.#streams.delete(key);
    const decoder = new TextDecoder();
    const text = stream.parts.map((one) => decoder.decode(one, { stream: true })).join('') + (stream.cut ? '…' : '');
    if (topic !== CAPTIONS) return { from, text };
    const said = { ...attributes, ...trailer?.attributes };
    return { from, text, caption: {
      segment: said['lk.segment_id'] || stream_id, track: said['lk.transcribed_track_id'] ?? '',
      final: whole && said['lk.transcription_final'] !== 'false', program: Boolean(said['cellcall.program']),
    } };
  }

  /**
   * @param {Message} header
   * @param {string} from
   */
  #begin(header, from) {
    if (!header.text_header || header.compression || ![CHAT, CAPTIONS].includes(header.topic)) return;
    this.#streams.set(`${from} ${header.stream_id}`, { header, from, parts: [], size: 0, cut: false });
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > MOST_STREAMS) this.#streams.delete(oldest);
  }

  /**
   * @param {string} key
   * @param {Stream} stream
   * @param {Uint8Array} content
   */
  #add(key, stream, content) {
    if (stream.cut) return;
    stream.size += content.length;
    stream.cut = stream.size > MOST_BYTES && stream.header.topic === CAPTIONS;
    if (stream.cut) return; // its beginning is shown
    stream.parts.push(content);
    if (stream.size > MOST_BYTES) this.#streams.delete(key);
  }
}

/**
 * The packet that was before text streams; of its segments the last.
 *
 * @param {Message} transcription
 * @param {string} from
 * @returns {Said | undefined}
 */
function older({ transcribed_participant_identity: speaker, segments }, from) {
  const last = segments?.[segments.length - 1];
  if (!last) return undefined;
  return { from, text: last.text.slice(0, MOST_BYTES), caption: {
    segment: last.id, track: '', speaker, final: last.final,
  } };
}
