/** Files in data packets: LiveKit's byte streams, put together in memory and cut up again. */

const CHUNK_BYTES = 15_000;
const MOST_BYTES = 16_000_000;
const MOST_AT_ONCE = 4;
const TOPIC = 'lk.chat';

/** @typedef {import('./protobuf.js').Message} Message */

/**
 * @typedef {object} SentFile
 * @property {string} from The sender's identity.
 * @property {string} name As its sender calls it; the browser takes no folder from it.
 * @property {Blob} content
 */

/** Puts the pieces of others' files together; bounded in size and number. */
export class FileReader {
  /** @type {Map<string, {header: Message, parts: Uint8Array[], size: number}>} */
  #coming = new Map();

  /**
   * @param {Message} packet
   * @param {string} from The sender's identity.
   * @returns {SentFile | undefined} What is whole now.
   */
  take({ stream_header: header, stream_chunk: chunk, stream_trailer: trailer }, from) {
    const key = `${from} ${(header ?? chunk ?? trailer)?.stream_id}`;
    if (header) this.#begin(key, header);
    const coming = this.#coming.get(key);
    if (!coming || header) return undefined;
    if (trailer) {
      this.#coming.delete(key);
      const { name } = coming.header.byte_header;
      const whole = !trailer.reason && (!coming.header.total_length || coming.size === coming.header.total_length);
      // Never as what its sender says it is: the browser must save it, and not run it.
      const content = new Blob(/** @type {BlobPart[]} */ (coming.parts), { type: 'application/octet-stream' });
      return whole ? { from, name: name.split(/[/\\]/).pop() || 'file', content } : undefined;
    }
    const content = chunk.content ?? new Uint8Array();
    coming.size += content.length;
    if (chunk.chunk_index !== coming.parts.length || coming.size > MOST_BYTES) this.#coming.delete(key);
    else coming.parts.push(content.slice());
    return undefined;
  }

  /**
   * @param {string} key
   * @param {Message} header
   */
  #begin(key, header) {
    const { topic } = header;
    const other = topic !== TOPIC && (topic.startsWith('lk.') || topic.startsWith('cellcall.'));
    if (!header.byte_header || header.compression || other || header.total_length > MOST_BYTES) return;
    this.#coming.set(key, { header, parts: [], size: 0 });
    const [oldest] = this.#coming.keys();
    if (this.#coming.size > MOST_AT_ONCE) this.#coming.delete(oldest);
  }
}

/** Whether a file can be sent. @param {File} file */
export function fits(file) {
  return file.size > 0 && file.size <= MOST_BYTES;
}

/**
 * The packets of a file, in order.
 *
 * @param {File} file
 * @returns {AsyncGenerator<Message>}
 */
export async function* filePackets(file) {
  const stream_id = String(crypto.getRandomValues(new Uint32Array(4)).join('-'));
  yield { stream_header: {
    stream_id, timestamp: Date.now(), topic: TOPIC, mime_type: file.type, total_length: file.size,
    byte_header: { name: file.name },
  } };
  for (let at = 0; at < file.size; at += CHUNK_BYTES) {
    const content = new Uint8Array(await file.slice(at, at + CHUNK_BYTES).arrayBuffer());
    yield { stream_chunk: { stream_id, chunk_index: at / CHUNK_BYTES, content } };
  }
  yield { stream_trailer: { stream_id } };
}
