/** The page around a call: joins its parts, and is the only module that knows all of them. */
import { Refused, becomeGuest, check, refusal } from './access.js';
import { Captions } from './captions.js';
import { Chat } from './chat.js';
import { Controls } from './controls.js';
import { Devices } from './devices.js';
import { keep, takeLink } from './link.js';
import { Loudness } from './loudness.js';
import { AGENT, RECORDING, SCREEN, TRANSCRIPT } from './messages.js';
import { KINDS, OwnMedia } from './own_media.js';
import { Sealing, canSeal } from './sealing.js';
import { Session } from './session.js';
import { Setup } from './setup.js';
import { Terminals } from './terminals.js';
import { Tiles } from './tiles.js';
import { words } from './words.js';

/**
 * @typedef {import('./messages.js').Person} Person
 * @typedef {import('./call.js').Call} Call
 */

const NAME = 'cellcall name';
const link = takeLink(location, history);
const devices = new Devices();
const own = new OwnMedia(devices, () => show());
const sealing = new Sealing(link.key);
const tiles = new Tiles(part('tiles'), sealing, {
  want: (sid, width, height) => session?.call?.want(sid, width, height),
  silent: () => { part('hear').hidden = false; },
});
const terminals = new Terminals({
  place: (identity) => tiles.placeOfText(identity),
  began: (identity) => tell(words.sharesTerminal(nameOf(identity))),
  ask: (message) => session?.call?.sayOfRows(message),
});
const chat = new Chat(
  { panel: part('chat'), lines: part('messages'), form: part('write'), field: part('line'), file: part('file') },
  {
    say: (text) => session?.call?.say(text) ?? false, changed: () => show(), tell,
    send: async (file) => { await session?.call?.sendFile(file); },
  },
);
const captions = new Captions({ strip: part('captions'), aloud: part('caption') });
const loudness = new Loudness(part('loudness'), (identity, share) => tiles.hearWith(identity, share));
const setup = new Setup(
  { missing: part('missing'), audio: part('microphones'), video: part('cameras'), speaker: part('speakers') },
  devices,
  { choose: (kind, id) => own.choose(kind, id), chooseSpeaker: (id) => tiles.useSpeaker(id) },
);
const controls = new Controls(part('controls'), part('keys'), {
  mic: () => own.switch('audio', !own.isOn('audio')),
  cam: () => own.switch('video', !own.isOn('video')),
  share: () => own.share(!own.sharing).catch(({ name }) => tell(words.notShared(name))),
  hand: () => session?.call?.tell({ attributes: { hand: hand ? '' : String(Date.now()) } }),
  'chat-open': () => chat.toggle(),
  'setup-open': () => toggleSetup(),
  leave: () => session?.leave(),
});
/** @type {Session | undefined} */
let session;
/** What others were like when they were drawn last: nobody comes twice because we were away.
 * @type {Map<string, {hand: boolean, records: boolean, keeps: boolean, shares: boolean, name: string}>} */
let known = new Map();
/** Whether what comes is news, and not what was there when we came. */
let news = false;
/** When we raised our hand [Unix ms]; empty while it is down. */
let hand = '';

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @returns {T}
 */
function part(id) {
  return /** @type {T} */ (document.getElementById(id));
}

/** @param {string} text Said aloud by screen readers when they are free. */
function tell(text) {
  part('state').textContent = text;
}

async function open() {
  document.title = words.title(link.session, sealing.on);
  part('title').textContent = document.title;
  part('before').hidden = false;
  const field = /** @type {HTMLInputElement} */ (part('name'));
  field.value = localStorage.getItem(NAME) ?? '';
  if (!window.RTCPeerConnection) return refuse(words.noWebRtc);
  if (!link.session) return refuse(words.noSession);
  if (!link.token && !link.invitation) return refuse(words.noInvitation);
  if (sealing.on && !canSeal()) return refuse(words.cannotSeal);
  await sealing.begin();
  if (link.token) {
    try {
      const { name } = await check(link.server, link.token);
      field.value ||= name;
    } catch (error) {
      if (!link.invitation) return refuse(/** @type {Error} */ (error).message, !(error instanceof Refused));
      link.token = '';
    }
  }
  for (const kind of KINDS) await own.switch(kind, devices.given);
  return undefined;
}

/**
 * @param {string} text
 * @param {boolean} [passing] Whether trying again may help.
 */
function refuse(text, passing = false) {
  tell(text);
  /** @type {HTMLButtonElement} */ (part('join')).disabled = !passing;
}

/** @param {SubmitEvent} event */
async function join(event) {
  event.preventDefault();
  const button = /** @type {HTMLButtonElement} */ (part('join'));
  const name = /** @type {HTMLInputElement} */ (part('name')).value.trim();
  localStorage.setItem(NAME, name);
  button.disabled = true;
  tell(words.joining);
  let media = link.server;
  try {
    link.token ||= await becomeGuest(link, name, () => tell(words.waiting));
    ({ media } = await check(link.server, link.token));
  } catch (error) {
    refuse(/** @type {Error} */ (error).message, true);
    return;
  }
  keep(history, { token: link.token });
  const mine = new Session(media, link.token, {
    call: {
      person, left,
      track: (track, owner, what) => { tiles.attach(track, owner, what); terminals.draw(owner.identity); },
      rows: (from, message) => terminals.take(from, message),
      speaks: (sid, speaks) => { tiles.speaks(sid, speaks); redraw(sid); },
      said: (said) => (said.caption ? captioned(said, said.caption) : chat.hear(nameOf(said.from), said.text)),
      sent: (file) => chat.hearFile(nameOf(file.from), file),
      mutedByHost: (sid) => { tell(own.mutedByHost(sid) === 'video' ? words.stoppedByHost : words.mutedByHost); },
      refused: (why) => tell(words.refused(why)),
      ended: () => {},
    },
    joined: (call) => joined(call, name),
    lost: (why, wait_s) => { news = false; tiles.clear(); terminals.clear(); tell(words.lost(why, wait_s)); },
    over,
    refusal: (session) => refusal(media, mine.token, session),
  }, sealing);
  session = mine;
  await mine.stay();
}

/**
 * @param {Call} call
 * @param {string} name As typed.
 */
async function joined(call, name) {
  const again = !part('call').hidden;
  const mine = /** @type {Person} */ (call.me);
  for (const identity of [...known.keys()].filter((one) => !call.people.has(one))) {
    known.delete(identity);
    loudness.remove(identity);
  }
  part('before').hidden = true;
  part('call').hidden = false;
  part('rekey').hidden = !sealing.on;
  if (hand || (name && name !== mine.name)) {
    mine.name = name || mine.name;
    call.tell({ name: mine.name, attributes: hand ? { hand } : {} });
  }
  const sealed = sealing.on ? ` ${words.isSealed}` : '';
  tell(again ? words.back : `${words.joined(link.session, call.people.size + 1)}${sealed}`);
  news = true;
  show();
  if (!again) controls.focus();
  await own.sendInto(call);
}

/** @param {string} why */
function over(why) {
  session = undefined;
  hand = '';
  news = false;
  known = new Map();
  showRecorders();
  own.stop();
  tiles.clear();
  terminals.clear();
  loudness.clear();
  part('rekey').hidden = true;
  captions.clear();
  if (chat.open) chat.toggle();
  part('call').hidden = true;
  part('before').hidden = false;
  part('before').append(part('setup'));
  part('setup').hidden = false;
  part('setup-open').setAttribute('aria-expanded', 'false');
  const button = /** @type {HTMLButtonElement} */ (part('join'));
  button.disabled = false;
  button.textContent = words.joinAgain;
  button.focus();
  tell(words.over(why));
}

/** @param {Person} person Somebody, or we ourselves. */
function person(person) {
  if (person === session?.call?.me) {
    hand = person.attributes.hand ?? '';
    show();
    return;
  }
  tiles.draw(person);
  loudness.show(person.identity, person.name || person.identity);
  const now = {
    hand: Boolean(person.attributes.hand), name: person.name || person.identity,
    shares: person.tracks.some(({ source }) => source === SCREEN),
    records: Boolean(person.attributes[RECORDING]), keeps: Boolean(person.attributes[TRANSCRIPT]),
  };
  terminals.follow(person.identity, now.shares);
  const before = known.get(person.identity);
  known.set(person.identity, now);
  if (now.records || now.keeps || before?.records || before?.keeps) showRecorders();
  // Whoever joins a recorded call is told, too.
  if (now.records && !before?.records) tell(words.records(now.name));
  if (now.keeps && !before?.keeps) tell(words.keeps(now.name));
  if (!news) return;
  if (!before) tell(words.came(now.name));
  else if (now.shares !== before.shares) tell(now.shares ? words.shares(now.name) : words.sharesNoMore(now.name));
  else if (before.records && !now.records) tell(words.recordsNoMore(now.name));
  else if (now.hand !== before.hand) tell(now.hand ? words.handUp(now.name) : words.handDown(now.name));
}

function showRecorders() {
  const people = [...known.values()];
  const record = words.recording(people.filter(({ records }) => records).map(({ name }) => name));
  const keep = words.keeping(people.filter(({ keeps }) => keeps).map(({ name }) => name));
  part('recording').textContent = [record, keep].filter(Boolean).join(' ');
  part('recording').hidden = !part('recording').textContent;
}

/** @param {Person} person */
function left({ identity, name }) {
  tiles.remove(identity);
  terminals.forget(identity);
  loudness.remove(identity);
  known.delete(identity);
  showRecorders();
  if (news) tell(words.left(name || identity));
}

/** @param {string} sid Of whoever began or stopped to speak. */
function redraw(sid) {
  const call = session?.call;
  const someone = [...(call?.people.values() ?? [])].find((one) => one.sid === sid);
  if (someone) tiles.draw(someone);
  else show();
}

/** @param {string} identity */
function nameOf(identity) {
  const { me, people } = session?.call ?? {};
  return (me?.identity === identity ? me.name : people?.get(identity)?.name) || identity;
}

/**
 * Somebody is saying something. Unless it was their own client that wrote it down, or an agent, the writer is named.
 *
 * @param {import('./texts.js').Said} said
 * @param {import('./texts.js').Spoken} spoken
 */
function captioned({ from, text }, { segment, track, speaker, final, program }) {
  const call = session?.call;
  const everybody = [...(call?.people.values() ?? []), ...(call?.me ? [call.me] : [])];
  const sender = everybody.find(({ identity }) => identity === from);
  const owner = everybody.find((one) => one.identity === speaker || one.tracks.some(({ sid }) => sid === track));
  const captioner = Boolean(sender?.attributes['cellcall.captioner']);
  const who = owner ?? (captioner ? undefined : sender);
  const foreign = !sender || (sender !== who && sender.kind !== AGENT);
  const writer = foreign ? nameOf(from) : program ? words.aProgram : '';
  captions.hear({ label: words.caption(who && nameOf(who.identity), writer), segment, text, final });
}

/** Seal with another key from now on. */
async function rekey() {
  const field = /** @type {HTMLInputElement} */ (part('new-key'));
  const taken = await sealing.take(field.value).catch(() => false);
  tell(taken ? words.keyTaken : words.keyUnfit);
  if (!taken) return;
  field.value = '';
  keep(history, { key: sealing.text });
}

function toggleSetup() {
  const shown = part('setup');
  if (shown.parentElement !== part('call')) part('controls').before(shown);
  else shown.hidden = !shown.hidden;
  part('setup-open').setAttribute('aria-expanded', String(!shown.hidden));
}

/** Everything that depends on what is on, unread or open now. */
function show() {
  const { camera, screen } = own.pictures;
  const me = session?.call?.me;
  if (me && news) tiles.drawMine(me, { camera, screen });
  const preview = /** @type {HTMLVideoElement} */ (part('preview'));
  const shown = part('before').hidden ? undefined : camera;
  const [now] = /** @type {MediaStream | null} */ (preview.srcObject)?.getTracks() ?? [];
  if (now !== shown) preview.srcObject = shown ? new MediaStream([shown]) : null;
  preview.hidden = !shown;
  for (const [kind, id] of /** @type {const} */ ([['audio', 'use-mic'], ['video', 'use-cam']])) {
    const box = /** @type {HTMLInputElement} */ (part(id));
    box.checked = own.isOn(kind);
    box.disabled = !devices.given;
  }
  document.title = words.unreadTitle(chat.unread, words.title(link.session, sealing.on));
  controls.show({
    microphone: own.isOn('audio'), camera: own.isOn('video'), screen: own.sharing, hand: Boolean(hand),
    chat: chat.open, unread: chat.unread, given: devices.given, screens: devices.screens,
  });
  setup.show().then((missing) => { if (missing && !part('call').hidden) tell(missing); });
}

part('before').addEventListener('submit', (event) => { join(/** @type {SubmitEvent} */ (event)); });
part('use-mic').addEventListener('change', () => own.switch('audio', !own.isOn('audio')));
part('use-cam').addEventListener('change', () => own.switch('video', !own.isOn('video')));
part('use-key').addEventListener('click', () => rekey());
part('chat-close').addEventListener('click', () => { chat.toggle(); part('chat-open').focus(); });
part('hear').addEventListener('click', () => { part('hear').hidden = true; tiles.hear(); });
// A tab that is closed leaves at once, instead of being missed some seconds later.
window.addEventListener('pagehide', () => session?.leave());
open();
