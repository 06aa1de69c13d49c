/**
 * The two peer connections of a call: one sends our media, the other receives everybody else's.
 *
 * The trap is the order: offers of the publisher go out one after another, each after the answer to the
 * one before, and candidates that come before a description wait for it.
 */
import { PUBLISHER, SUBSCRIBER } from './messages.js';

/** @typedef {import('./protobuf.js').Message} Message */

export class Peers {
  /** @type {Record<number, RTCIceCandidateInit[]>} */
  #early = { [PUBLISHER]: [], [SUBSCRIBER]: [] };
  /** @type {Promise<void>} */
  #negotiated = Promise.resolve();
  /** @type {((answer: RTCSessionDescriptionInit) => void) | undefined} */
  #takeAnswer;
  /** @type {((error: Error) => void) | undefined} */
  #giveUp;
  #offers = 0;

  /**
   * @param {RTCIceServer[]} iceServers
   * @param {object} listener
   * @param {(message: Message) => void} listener.send To the server.
   * @param {(event: RTCTrackEvent) => void} listener.track Somebody's media.
   * @param {(bytes: Uint8Array) => void} listener.data A data packet.
   * @param {() => void} listener.up Media can flow from everybody to us.
   * @param {(why: string) => void} listener.broken
   */
  constructor(iceServers, listener) {
    this.listener = listener;
    this.up = this.#connection(PUBLISHER, iceServers);
    this.down = this.#connection(SUBSCRIBER, iceServers);
    this.reliable = this.up.createDataChannel('_reliable', { ordered: true });
    this.up.createDataChannel('_lossy', { ordered: false, maxRetransmits: 0 });
    this.down.ontrack = listener.track;
    this.down.ondatachannel = ({ channel }) => {
      channel.binaryType = 'arraybuffer';
      channel.onmessage = ({ data }) => listener.data(new Uint8Array(data));
    };
  }

  /** Offer what is to be sent now; resolves when the answer is in. */
  negotiate() {
    this.#negotiated = this.#negotiated.then(async () => {
      const { sdp = '' } = await this.up.createOffer();
      /** @type {Promise<RTCSessionDescriptionInit>} */
      const answered = new Promise((resolve, reject) => { [this.#takeAnswer, this.#giveUp] = [resolve, reject]; });
      answered.catch(() => {}); // it may fail before anybody waits for it
      await this.up.setLocalDescription({ type: 'offer', sdp });
      this.listener.send({ offer: { type: 'offer', sdp, id: ++this.#offers } });
      await this.up.setRemoteDescription(await answered);
      this.#addEarly(PUBLISHER);
    });
    return this.#negotiated;
  }

  /** @param {Message} message The server's answer to our offer. */
  answered({ sdp }) {
    this.#takeAnswer?.({ type: 'answer', sdp });
  }

  /** @param {Message} message The server's offer of what others send. */
  async answer({ sdp, id }) {
    await this.down.setRemoteDescription({ type: 'offer', sdp });
    this.#addEarly(SUBSCRIBER);
    const answer = await this.down.createAnswer();
    await this.down.setLocalDescription(answer);
    this.listener.send({ answer: { type: 'answer', sdp: answer.sdp ?? '', id } });
  }

  /** @param {Message} message One of the server's candidates. */
  candidate({ candidateInit, target }) {
    this.#early[target]?.push(JSON.parse(candidateInit));
    this.#addEarly(target);
  }

  /** Whoever waits for an answer hears that none comes. */
  close() {
    this.#giveUp?.(new Error('not connected'));
    this.up.close();
    this.down.close();
  }

  /**
   * @param {number} target
   * @param {RTCIceServer[]} iceServers
   */
  #connection(target, iceServers) {
    const peer = new RTCPeerConnection({ iceServers });
    peer.onicecandidate = ({ candidate }) => {
      if (candidate) this.listener.send({ trickle: { candidateInit: JSON.stringify(candidate), target } });
    };
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === 'failed') this.listener.broken('no sound or pictures get through');
      if (peer.connectionState === 'connected' && target === SUBSCRIBER) this.listener.up();
    };
    return peer;
  }

  /** @param {number} target */
  #addEarly(target) {
    const peer = target === PUBLISHER ? this.up : this.down;
    if (!peer.remoteDescription) return;
    for (const candidate of this.#early[target].splice(0)) {
      // One that this browser can't use (a kind of address it does not know) is one way less, no more.
      peer.addIceCandidate(candidate).catch(() => {});
    }
  }
}
