/** The tiles: everybody's picture, with name and state in words, and everybody's sound. */
import { layOut } from './grid.js';
import { CAMERA, MICROPHONE, REACTION, RECORDING, SCREEN } from './messages.js';
import { words } from './words.js';

/**
 * @typedef {import('./messages.js').Person} Person
 * @typedef {import('./messages.js').Track} Track
 *
 * @typedef {object} Tile
 * @property {HTMLLIElement} item
 * @property {HTMLVideoElement} video
 * @property {HTMLElement} initial In place of a picture.
 * @property {HTMLElement} label
 * @property {string} sid Of the stream it shows; empty: none, or our own.
 * @property {string} asked The size the server was asked for last.
 */

const NO_SIZE = '0 0';

export class Tiles {
  /** By identity; a shared screen by identity and `#screen`.
   * @type {Map<string, Tile>} */
  #tiles = new Map();
  /** By the stream's id, and whose it is.
   * @type {Map<string, {element: HTMLAudioElement, identity: string}>} */
  #sounds = new Map();
  /** Ids of participants who speak.
   * @type {Set<string>} */
  #speaking = new Set();
  #speaker = '';
  /** The share of their sound that somebody is heard with, by identity; all of it where none is said.
   * @type {Map<string, number>} */
  #loudness = new Map();
  #sizes = new ResizeObserver(() => { layOut(this.list); this.#ask(); });

  /**
   * @param {HTMLElement} list
   * @param {import('./sealing.js').Sealing} sealing
   * @param {object} listener
   * @param {(sid: string, width: number, height: number) => void} listener.want How large a stream is shown.
   * @param {() => void} listener.silent The browser plays no sound before it is asked to.
   */
  constructor(list, sealing, listener) {
    this.list = list;
    this.sealing = sealing;
    this.listener = listener;
    this.#sizes.observe(list);
    document.addEventListener('visibilitychange', () => this.#ask());
  }

  /**
   * Show what `person` is like now.
   *
   * @param {Person} person
   * @param {boolean} [mine]
   */
  draw(person, mine = false) {
    const name = person.name || person.identity;
    const tile = this.#tile(person.identity, name);
    const is = stateOf(person, mine, this.sealing);
    const speaks = this.#speaking.has(person.sid);
    tile.item.classList.toggle('speaks', speaks);
    tile.item.classList.toggle('mine', mine);
    tile.item.dataset.participant = person.sid;
    tile.label.textContent = [name, ...is.words, ...(speaks ? [words.speaking] : [])].join(', ');
    tile.initial.textContent = initialOf(name);
    this.#show(tile, is.camera);
    if (!person.tracks.some(({ source }) => source === SCREEN)) this.#remove(screenKey(person.identity));
    const here = new Set(person.tracks.map(({ sid }) => sid));
    for (const [sid, { identity }] of this.#sounds) {
      if (identity === person.identity && !here.has(sid)) this.#silence(sid);
    }
    this.#ask();
  }

  /**
   * Our own pictures.
   *
   * @param {Person} me
   * @param {{camera?: MediaStreamTrack, screen?: MediaStreamTrack}} pictures
   */
  drawMine(me, { camera, screen }) {
    const tile = this.#tile(me.identity, me.name);
    setPicture(tile.video, camera);
    this.draw(me, true);
    this.#show(tile, Boolean(camera));
    if (screen) {
      const shared = this.#tile(screenKey(me.identity), words.screenOf(me.name || me.identity));
      shared.item.classList.add('screen');
      setPicture(shared.video, screen);
      this.#show(shared, true);
    } else this.#remove(screenKey(me.identity));
  }

  /**
   * Show or play a stream of `owner`.
   *
   * @param {MediaStreamTrack} track
   * @param {Person} owner
   * @param {Track} what
   */
  attach(track, owner, what) {
    if (this.sealing.shuts(what)) return; // without the key it would be noise
    if (track.kind === 'audio') {
      this.#play(track, owner.identity, what.sid);
      return;
    }
    const name = owner.name || owner.identity;
    const isScreen = what.source === SCREEN;
    const tile = isScreen
      ? this.#tile(screenKey(owner.identity), words.screenOf(name)) : this.#tile(owner.identity, name);
    tile.item.classList.toggle('screen', isScreen);
    tile.sid = what.sid;
    tile.asked = '';
    setPicture(tile.video, track);
    if (isScreen) this.#show(tile, true);
    else this.draw(owner);
    layOut(this.list);
    this.#ask();
  }

  /**
   * @param {string} sid Of a participant.
   * @param {boolean} speaks
   */
  speaks(sid, speaks) {
    if (speaks) this.#speaking.add(sid);
    else this.#speaking.delete(sid);
  }

  /**
   * The tile of a share that is text, of which no pictures are needed any more.
   *
   * @param {string} identity
   */
  placeOfText(identity) {
    const tile = this.#tiles.get(screenKey(identity));
    if (!tile) return undefined;
    if (!tile.item.classList.contains('text')) {
      tile.item.classList.add('text');
      this.#show(tile, false);
      this.#ask();
    }
    return tile.item;
  }

  /** @param {string} identity */
  remove(identity) {
    this.#remove(identity);
    this.#remove(screenKey(identity));
    for (const [sid, sound] of this.#sounds) if (sound.identity === identity) this.#silence(sid);
  }

  clear() {
    for (const key of [...this.#tiles.keys()]) this.#remove(key);
    for (const sid of [...this.#sounds.keys()]) this.#silence(sid);
    this.#speaking.clear();
  }

  /** Play what the browser held back; to be called by a click. */
  hear() {
    for (const { element } of this.#sounds.values()) element.play().catch(() => this.listener.silent());
  }

  /** @param {string} id Of the loudspeaker; empty: the usual one. */
  useSpeaker(id) {
    this.#speaker = id;
    for (const { element } of this.#sounds.values()) element.setSinkId?.(id).catch(() => {});
  }

  /**
   * @param {string} identity
   * @param {number} share 0 to 1.
   */
  hearWith(identity, share) {
    this.#loudness.set(identity, share);
    for (const sound of this.#sounds.values()) if (sound.identity === identity) sound.element.volume = share;
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {string} identity
   * @param {string} sid
   */
  #play(track, identity, sid) {
    this.#silence(sid);
    const element = document.createElement('audio');
    element.srcObject = new MediaStream([track]);
    element.dataset.identity = identity;
    element.volume = this.#loudness.get(identity) ?? 1;
    if (this.#speaker) element.setSinkId?.(this.#speaker).catch(() => {});
    document.body.append(element);
    this.#sounds.set(sid, { element, identity });
    element.play().catch(() => this.listener.silent());
  }

  /** @param {string} sid */
  #silence(sid) {
    const sound = this.#sounds.get(sid);
    if (!sound) return;
    sound.element.srcObject = null;
    sound.element.remove();
    this.#sounds.delete(sid);
  }

  /**
   * @param {string} key
   * @param {string} name
   */
  #tile(key, name) {
    const known = this.#tiles.get(key);
    if (known) return known;
    const item = document.createElement('li');
    const video = Object.assign(document.createElement('video'), {
      autoplay: true, playsInline: true, muted: true, hidden: true,
    });
    const initial = Object.assign(document.createElement('span'), { className: 'initial' });
    initial.setAttribute('aria-hidden', 'true');
    const label = Object.assign(document.createElement('p'), { textContent: name });
    item.append(video, initial, label);
    if (key.endsWith('#screen') && 'requestFullscreen' in video) {
      const whole = Object.assign(document.createElement('button'), { type: 'button', textContent: words.whole });
      whole.addEventListener('click', () => { video.requestFullscreen().catch(() => {}); });
      item.append(whole);
    }
    const tile = { item, video, initial, label, sid: '', asked: '' };
    this.#tiles.set(key, tile);
    this.list.append(item);
    this.#sizes.observe(item);
    layOut(this.list);
    return tile;
  }

  /**
   * @param {Tile} tile
   * @param {boolean} picture
   */
  #show({ item, video, initial }, picture) {
    const text = item.classList.contains('text');
    const shown = picture && !text && Boolean(video.srcObject);
    video.hidden = !shown;
    initial.hidden = shown || text;
  }

  /** @param {string} key */
  #remove(key) {
    const tile = this.#tiles.get(key);
    if (!tile) return;
    this.#sizes.unobserve(tile.item);
    tile.item.remove();
    this.#tiles.delete(key);
    layOut(this.list);
  }

  /** Tell the server how large each picture is shown, and that those nobody sees need not come. */
  #ask() {
    for (const tile of this.#tiles.values()) {
      if (!tile.sid) continue;
      const seen = !document.hidden && !tile.video.hidden;
      const by = window.devicePixelRatio;
      const size = seen ? `${tile.video.clientWidth * by} ${tile.video.clientHeight * by}` : NO_SIZE;
      if (size === tile.asked) continue;
      tile.asked = size;
      const [width, height] = size.split(' ').map(Number);
      this.listener.want(tile.sid, width, height);
    }
  }
}

/** @param {string} identity */
function screenKey(identity) {
  return `${identity}#screen`;
}

/**
 * @param {HTMLVideoElement} video
 * @param {MediaStreamTrack | undefined} track
 */
function setPicture(video, track) {
  const [now] = /** @type {MediaStream | null} */ (video.srcObject)?.getTracks() ?? [];
  if (now !== track) video.srcObject = track ? new MediaStream([track]) : null;
}

/**
 * @param {Person} person
 * @param {boolean} mine
 * @param {import('./sealing.js').Sealing} sealing
 */
function stateOf(person, mine, sealing) {
  const of = (/** @type {number} */ source) => person.tracks.find((one) => one.source === source);
  const open = (/** @type {number} */ source) => of(source)?.muted === false;
  const reaction = words.reactions[(person.attributes[REACTION] ?? '').split(' ')[0]];
  const camera = of(CAMERA);
  const seal = mine ? (sealing.on ? 'sealed' : '') : sealing.stateOf(person);
  return {
    camera: open(CAMERA) && camera !== undefined && (mine || !sealing.shuts(camera)),
    words: [
      ...(mine ? [words.you] : []),
      ...(roleOf(person) === 'moderator' ? [words.host] : []),
      ...(open(MICROPHONE) ? [] : [words.muted]),
      ...(open(CAMERA) ? [] : [words.noCamera]),
      ...(person.attributes.hand ? [words.hand] : []),
      ...(reaction ? [reaction] : []),
      ...(person.attributes[RECORDING] ? [words.recorder] : []),
      ...(seal ? [words.sealing[seal]] : []),
    ],
  };
}

/** @param {Person} person */
function roleOf({ metadata }) {
  try {
    return JSON.parse(metadata || '{}')?.role;
  } catch {
    return undefined; // an application's own
  }
}

/** @param {string} name */
function initialOf(name) {
  return [...name.trim()][0]?.toLocaleUpperCase() ?? '?';
}
