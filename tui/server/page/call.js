/**
 * One connection to one session: who is there, what they send, and what we send. It ends once, and knows
 * nothing of the page; `session.js` makes a new one when it is lost.
 */
import {
  CAMERA, CLIENT_INITIATED, DISCONNECTED, DUPLICATE_IDENTITY, PARTICIPANT_REMOVED, ROOM_DELETED, SCREEN,
  SERVER_SHUTDOWN, STAY_OUT, VIDEO, AUDIO,
} from './messages.js';
import { FileReader, filePackets } from './files.js';
import { Peers } from './peers.js';
import { decode, encode } from './protobuf.js';
import { Signal } from './signal.js';
import { TOPIC } from './terminal_rows.js';
import { chatPackets, TextReader } from './texts.js';

/** Layers of the camera's picture, the smallest first: LiveKit's names, sizes, bits a second. */
const LAYERS = [
  { rid: 'q', scaleResolutionDownBy: 2, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 600_000 },
];
const SCREEN_BITRATE = 2_500_000;
const UP_WITHIN_MS = 20_000;
const MOST_WAITING_BYTES = 65_536;

/**
 * @typedef {import('./protobuf.js').Message} Message
 * @typedef {import('./messages.js').Person} Person
 * @typedef {import('./messages.js').Track} Track
 * @typedef {import('./texts.js').Said} Said
 *
 * @typedef {object} End
 * @property {string} why One of `words.js`, or what the server said.
 * @property {boolean} again Whether joining again makes sense without being asked.
 *
 * @typedef {object} CallListener
 * @property {(person: Person) => void} person Somebody came or changed.
 * @property {(person: Person) => void} left
 * @property {(track: MediaStreamTrack, owner: Person, what: Track) => void} track
 * @property {(sid: string, speaks: boolean) => void} speaks Of the participant with this id.
 * @property {(said: Said) => void} said
 * @property {(from: string, message: Uint8Array) => void} rows About a shared terminal.
 * @property {(file: import('./files.js').SentFile) => void} sent Somebody sent a file.
 * @property {(sid: string) => void} mutedByHost One of our streams.
 * @property {(words: string) => void} refused
 * @property {(end: End) => void} ended
 *
 * @typedef {object} Publication What we send.
 * @property {string} sid
 * @property {RTCRtpSender} sender
 */

/** @type {Readonly<Record<number, string>>} */
const ENDINGS = {
  [CLIENT_INITIATED]: 'you left',
  [DUPLICATE_IDENTITY]: 'this link was opened somewhere else, and is used there now',
  [SERVER_SHUTDOWN]: 'the server was stopped',
  [PARTICIPANT_REMOVED]: 'the host removed you',
  [ROOM_DELETED]: 'the host ended it for everybody',
};

export class Call {
  /** Everybody else, by identity.
   * @type {Map<string, Person>} */
  people = new Map();
  /** @type {Person | undefined} */
  me;
  /** @type {Peers | undefined} */
  #peers;
  #texts = new TextReader();
  #files = new FileReader();
  /** What was announced and has no answer yet, by the track's id.
   * @type {Map<string, {done: (published: Message) => void, failed: (error: Error) => void}>} */
  #announced = new Map();
  /** Media that came before the server told whose it is, with its stream's id.
   * @type {Map<MediaStreamTrack, string>} */
  #unknown = new Map();
  /** What brings each track. @type {WeakMap<MediaStreamTrack, RTCRtpReceiver>} */
  #receivers = new WeakMap();
  #over = false;
  #requests = 0;
  #sequence = 0;
  /** What is being sealed or opened, one packet after another.
   * @type {Promise<void>} */
  #saying = Promise.resolve();
  /** @type {Promise<void>} */
  #hearing = Promise.resolve();
  /** @type {{done: () => void, failed: (error: Error) => void} | undefined} */
  #joining;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #late;

  /**
   * @param {URL} server
   * @param {string} token
   * @param {CallListener} listener
   * @param {import('./sealing.js').Sealing} sealing
   */
  constructor(server, token, listener, sealing) {
    this.listener = listener;
    this.sealing = sealing;
    sealing.changed = (identity) => {
      const person = this.people.get(identity);
      if (person) this.listener.person(person);
    };
    this.signal = new Signal(server, token, {
      message: (message) => this.#obey(message),
      closed: (why) => this.#end({ why, again: true }),
    });
  }

  /** Whether it has ended. */
  get over() {
    return this.#over;
  }

  /**
   * Resolves when media can flow; what comes before it ends the call instead.
   *
   * @returns {Promise<void>}
   */
  join() {
    this.signal.open();
    this.#late = setTimeout(() => this.#end({ why: 'no sound or pictures get through', again: true }), UP_WITHIN_MS);
    return new Promise((done, failed) => { this.#joining = { done, failed }; });
  }

  /**
   * Send a track.
   *
   * @param {MediaStreamTrack} track
   * @param {number} source One of `TrackSource`.
   * @param {{muted?: boolean}} options
   * @returns {Promise<Publication>}
   */
  async publish(track, source, { muted = false } = {}) {
    const peers = this.#open();
    const { width = 640, height = 360 } = track.getSettings();
    const video = track.kind === 'video';
    const encodings = encodingsOf(source, width);
    /** @type {Promise<Message>} */
    const accepted = new Promise((done, failed) => { this.#announced.set(track.id, { done, failed }); });
    this.signal.send({ add_track: {
      cid: track.id, source, muted, type: video ? VIDEO : AUDIO, name: NAMES[source],
      ...this.sealing.announced(video ? VIDEO : AUDIO),
      ...(video && {
        width, height, simulcast_codecs: [{ codec: 'vp8', cid: track.id }],
        layers: encodings.map(({ scaleResolutionDownBy: by = 1, maxBitrate }, quality) => ({
          quality: encodings.length === 1 ? 2 : quality,
          width: Math.round(width / by), height: Math.round(height / by), bitrate: maxBitrate,
        })),
      }),
    } });
    const { sid } = (await accepted).track;
    const transceiver = peers.up.addTransceiver(track, {
      direction: 'sendonly', ...(video && { sendEncodings: encodings }),
    });
    if (video) prefer(transceiver, /vp8|rtx/i);
    // livekit-server answers RED with RED, though told not to, and nobody could open that.
    else if (this.sealing.on) prefer(transceiver, /opus/i);
    this.sealing.sendThrough(transceiver.sender);
    await peers.negotiate();
    return { sid, sender: transceiver.sender };
  }

  /**
   * Send a track no more.
   *
   * @param {Publication} publication
   */
  async unpublish({ sender }) {
    const peers = this.#open();
    peers.up.removeTrack(sender);
    peers.up.getTransceivers().find((one) => one.sender === sender)?.stop();
    await peers.negotiate();
  }

  /**
   * @param {string} sid Of what we send.
   * @param {boolean} muted
   */
  setMuted(sid, muted) {
    this.signal.send({ mute: { sid, muted } });
  }

  /**
   * Change what others are told of us.
   *
   * @param {{name?: string, attributes?: Record<string, string>}} change
   */
  tell({ name, attributes = {} }) {
    this.signal.send({ update_metadata: { name: name ?? this.me?.name, attributes, request_id: ++this.#requests } });
  }

  /**
   * Say something in the chat; false when it can't be sent now.
   *
   * @param {string} text
   */
  say(text) {
    const channel = this.#peers?.reliable;
    if (channel?.readyState !== 'open') return false;
    for (const packet of chatPackets(text)) this.#queue(channel, packet);
    this.#saying.catch(({ message }) => this.listener.refused(message));
    return true;
  }

  /**
   * Say something about shared terminals, if that can be done now.
   *
   * @param {Uint8Array} message
   */
  sayOfRows(message) {
    const channel = this.#peers?.reliable;
    if (channel?.readyState !== 'open') return;
    this.#queue(channel, { user: { payload: message, topic: TOPIC } });
    this.#saying.catch(() => {}); // it is said again
  }

  /**
   * Send a file. Little of it waits in the channel at any moment, so that what is said meanwhile gets through.
   *
   * @param {File} file
   */
  async sendFile(file) {
    const channel = this.#peers?.reliable;
    for await (const packet of filePackets(file)) {
      while (channel && channel.readyState === 'open' && channel.bufferedAmount > MOST_WAITING_BYTES) {
        await new Promise((resolve) => { setTimeout(resolve, 20); });
      }
      if (channel?.readyState !== 'open') throw new Error('there is no connection now');
      this.#queue(channel, packet);
      await this.#saying;
    }
  }

  /**
   * @param {RTCDataChannel} channel
   * @param {Message} packet
   */
  #queue(channel, packet) {
    if (!this.sealing.on) this.#send(channel, packet);
    else this.#saying = this.#saying.then(async () => this.#send(channel, await this.sealing.seal(packet)));
  }

  /**
   * @param {RTCDataChannel} channel
   * @param {Message} packet
   */
  #send(channel, packet) {
    channel.send(encode('Data', { ...packet, sequence: ++this.#sequence, participant_sid: this.me?.sid }));
  }

  /**
   * How large a stream of somebody else is shown here; 0 by 0 when it is not.
   *
   * @param {string} sid
   * @param {number} width
   * @param {number} height
   */
  want(sid, width, height) {
    this.signal.send({ track_setting: {
      track_sids: [sid], disabled: !width, width: Math.round(width), height: Math.round(height),
    } });
  }

  /** Leave. Idempotent. */
  leave() {
    this.signal.send({ leave: { reason: CLIENT_INITIATED, action: STAY_OUT } });
    this.#end({ why: ENDINGS[CLIENT_INITIATED], again: false });
  }

  /** @param {Message} message */
  #obey(message) {
    if (message.join) this.#begin(message.join);
    if (message.offer) this.#peers?.answer(message.offer).catch((error) => this.#failed(error));
    if (message.answer) this.#peers?.answered(message.answer);
    if (message.trickle) this.#peers?.candidate(message.trickle);
    for (const person of message.update?.participants ?? []) this.#person(person);
    if (message.track_published) this.#accepted(message.track_published);
    for (const { sid, active } of message.speakers_changed?.speakers ?? []) this.listener.speaks(sid, active);
    if (message.mute?.muted) this.listener.mutedByHost(message.mute.sid);
    if (message.refresh_token) this.signal.token = message.refresh_token;
    if (message.request_response?.reason) this.listener.refused(message.request_response.message);
    if (message.leave) {
      const { reason, action } = message.leave;
      const meant = ENDINGS[reason];
      // A time-out, say, is no end that anybody wanted, whatever the server says should come of it.
      const again = meant === undefined || action !== STAY_OUT;
      this.#end({ why: meant ?? `the server ended it (reason ${reason})`, again });
    }
  }

  /** @param {Message} join */
  #begin(join) {
    const servers = join.ice_servers.filter((/** @type {Message} */ one) => one.urls.length);
    this.#peers = new Peers(servers, {
      send: (message) => this.signal.send(message),
      track: ({ track, receiver, streams: [stream] }) => {
        this.#receivers.set(track, receiver);
        this.sealing.receiveThrough(receiver, ''); // at once: nothing may be decoded that is not opened
        this.#track(track, stream?.id ?? '');
      },
      data: (bytes) => this.#data(decode('Data', bytes)),
      up: () => this.#up(),
      broken: (why) => this.#end({ why, again: true }),
    });
    this.me = join.participant;
    this.signal.session = join.room?.sid ?? '';
    for (const person of join.other_participants) this.#person(person);
    this.signal.ping(join.ping_interval || 5);
    // Without anything to send, too: chat goes over this connection.
    this.#peers.negotiate().catch((error) => this.#failed(error));
  }

  #up() {
    clearTimeout(this.#late);
    this.#joining?.done();
    this.#joining = undefined;
  }

  /** @param {Error} error */
  #failed(error) {
    if (!this.#over) this.#end({ why: error.message, again: true });
  }

  /** @param {End} end */
  #end(end) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#late);
    this.signal.close();
    this.#peers?.close();
    for (const { failed } of this.#announced.values()) failed(new Error('not connected'));
    const joining = this.#joining;
    if (joining) joining.failed(Object.assign(new Error(end.why), { end }));
    else this.listener.ended(end);
  }

  #open() {
    if (this.#over || !this.#peers) throw new Error('not connected');
    return this.#peers;
  }

  /** @param {Message} published */
  #accepted(published) {
    this.#announced.get(published.cid)?.done(published);
    this.#announced.delete(published.cid);
  }

  /** @param {Message} told A `Person`. */
  #person(told) {
    const person = /** @type {Person} */ (told);
    if (person.identity === this.me?.identity) this.me = person;
    else if (person.state === DISCONNECTED) {
      this.people.delete(person.identity);
      this.listener.left(person);
      return;
    } else this.people.set(person.identity, person);
    this.listener.person(person);
    for (const [track, id] of [...this.#unknown]) {
      this.#unknown.delete(track);
      this.#track(track, id);
    }
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {string} id Of its stream: the participant's, a bar, and the stream's own.
   */
  #track(track, id) {
    const { owner, what } = this.#ownerOf(track, id);
    if (!owner || !what) {
      this.#unknown.set(track, id);
      return;
    }
    const receiver = this.#receivers.get(track);
    if (receiver) this.sealing.receiveThrough(receiver, owner.identity);
    this.listener.track(track, owner, what);
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {string} id
   */
  #ownerOf(track, id) {
    const [owner_sid, sid] = id.split('|');
    const owner = [...this.people.values()].find((one) => one.sid === owner_sid);
    // livekit-server groups a person's streams (`PA_|camera`): then the track's id says which.
    return { owner, what: owner?.tracks.find((one) => one.sid === sid || one.sid === track.id) };
  }

  /** @param {Message} packet */
  #data(packet) {
    const from = packet.participant_identity;
    this.#hearing = this.#hearing.then(async () => {
      const opened = await this.sealing.open(packet, from);
      const rows = opened?.user;
      if (rows?.topic === TOPIC) this.listener.rows(from, rows.payload ?? new Uint8Array());
      const said = opened && this.#texts.take(opened, from);
      if (said) this.listener.said(said);
      const file = opened && this.#files.take(opened, from);
      if (file) this.listener.sent(file);
    }).catch((error) => console.error(error));
  }
}

/** @type {Readonly<Record<number, string>>} */
const NAMES = { 1: 'camera', 2: 'microphone', 3: 'screen', 4: 'screen sound' };

/**
 * @param {number} source
 * @param {number} width Of the picture.
 * @returns {RTCRtpEncodingParameters[]}
 */
function encodingsOf(source, width) {
  if (source === SCREEN) return [{ maxBitrate: SCREEN_BITRATE }];
  if (source === CAMERA && width >= 480) return LAYERS;
  return [LAYERS[LAYERS.length - 1]];
}

/**
 * @param {RTCRtpTransceiver} transceiver
 * @param {RegExp} codecs
 */
function prefer(transceiver, codecs) {
  const all = RTCRtpSender.getCapabilities(transceiver.sender.track?.kind ?? '')?.codecs ?? [];
  transceiver.setCodecPreferences?.(all.filter(({ mimeType }) => codecs.test(mimeType)));
}
