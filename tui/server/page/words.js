/** Everything this page says, in one place: another language is another module like this one. */

/** Why a device can't be had, by the name of the browser's error (W3C Media Capture, 10.2).
 * @type {Readonly<Record<string, string>>} */
const REASONS = {
  NotAllowedError: 'the browser was told not to give it; allow it beside the address, and switch it on again',
  NotFoundError: 'none was found',
  NotReadableError: 'another program is using it',
  OverconstrainedError: 'the chosen one is gone',
  AbortError: 'it stopped working',
  SecurityError: 'this browser does not give it to any page',
};

const DEVICES = { audio: 'Microphone', video: 'Camera' };

export const words = {
  title: (/** @type {string} */ session, /** @type {boolean} */ sealed) =>
    `Call ${session}${sealed ? ', sealed' : ''}`,
  unreadTitle: (/** @type {number} */ count, /** @type {string} */ title) => (count ? `(${count}) ${title}` : title),

  noInvitation: 'This link has no invitation in it. Ask whoever sent it for the whole link.',
  noSession: 'This address names no call. Ask whoever sent it for the whole link.',
  noWebRtc: 'This browser can’t do calls (it has no WebRTC). Use a current Firefox, Chromium, Edge or Safari.',
  notEncrypted: 'This address is not encrypted (http), so the browser gives it no microphone, camera or screen. '
    + 'You can watch, listen and write. Whoever runs the server can change that: cellcall serve --tls self-signed.',
  missing: (/** @type {'audio' | 'video'} */ kind, /** @type {string} */ error) =>
    `${DEVICES[kind]}: ${REASONS[error] ?? `it can’t be used (${error})`}.`,
  unplugged: (/** @type {'audio' | 'video'} */ kind) => `${DEVICES[kind]}: it is gone; switch it on again for another one.`,
  numbered: (/** @type {string} */ kind, /** @type {number} */ number) => `${kind} ${number}`,

  join: 'Join',
  joinAgain: 'Join again',
  joining: 'Joining…',
  waiting: 'The call is locked. A moderator was told that you are here: wait until somebody lets you in.',
  joined: (/** @type {string} */ session, /** @type {number} */ people) =>
    `You are in the call ${session}. ${people === 1 ? 'Nobody else is here yet.' : `${people} people.`}`,
  lost: (/** @type {string} */ why, /** @type {number} */ wait_s) =>
    `Connection lost: ${why}. Trying again${wait_s > 1 ? ` in ${wait_s} seconds` : ''}…`,
  back: 'Connected again.',
  over: (/** @type {string} */ why) => `You are not in the call: ${why}.`,
  refused: (/** @type {string} */ why) => `Not done: ${why}.`,

  came: (/** @type {string} */ name) => `${name} joined.`,
  left: (/** @type {string} */ name) => `${name} left.`,
  handUp: (/** @type {string} */ name) => `${name} raised a hand.`,
  handDown: (/** @type {string} */ name) => `${name} lowered their hand.`,
  shares: (/** @type {string} */ name) => `${name} shares a screen.`,
  sharesTerminal: (/** @type {string} */ name) => `${name} shares a terminal, as text in its tile.`,
  terminal: 'Terminal',
  sharesNoMore: (/** @type {string} */ name) => `${name} stopped sharing the screen.`,
  records: (/** @type {string} */ name) => `${name} records this call.`,
  recordsNoMore: (/** @type {string} */ name) => `${name} no longer records this call.`,
  keeps: (/** @type {string} */ name) => `${name} has the server keep what is said in captions.`,
  keeping: (/** @type {string[]} */ names) => (names.length ? `TRANSCRIPT: ${names.join(', ')}` : ''),
  recording: (/** @type {string[]} */ names) => (names.length ? `REC: ${names.join(', ')}` : ''),
  wrote: (/** @type {string} */ name, /** @type {string} */ text) => `${name} wrote: ${text}`,
  /** Whose words a caption has, and who wrote it, if somebody else did. */
  caption: (/** @type {string | undefined} */ speaker, /** @type {string} */ writer) => {
    if (!writer) return speaker ?? '';
    return speaker ? `${speaker}, written by ${writer}` : `Written by ${writer}`;
  },
  aProgram: 'a program',
  mutedByHost: 'A moderator muted you.',
  stoppedByHost: 'A moderator stopped your camera.',
  notSent: 'Not sent: there is no connection now. Your message is still in the field.',
  file: (/** @type {string} */ name, /** @type {number} */ size) =>
    `${name}, ${size < 1000 ? `${size} bytes` : size < 999_500 ? `${Math.round(size / 1000)} kB` : `${(size / 1e6).toFixed(1)} MB`}`,
  sending: (/** @type {string} */ file) => `Sending ${file}…`,
  sent: (/** @type {string} */ file) => `Sent: ${file}.`,
  tooLarge: (/** @type {string} */ name) => `${name} can’t be sent: a file has 1 byte to 16 MB.`,
  fileNotSent: (/** @type {string} */ name, /** @type {string} */ why) => `${name} was not sent: ${why}.`,
  notShared: (/** @type {string} */ why) => `No screen is shared: ${REASONS[why] ?? why}.`,
  notHeard: 'The browser holds the sound back.',

  you: 'you',
  your: 'You',
  host: 'moderator',
  muted: 'muted',
  noCamera: 'no camera',
  hand: 'hand up',
  reactions: /** @type {Readonly<Record<string, string>>} */ ({
    yes: '👍 thumbs up', no: '👎 thumbs down', clap: '👏 applause', laugh: '😂 laughter', heart: '💜 a heart',
    wow: '😮 astonished',
  }),
  recorder: 'records this call',
  speaking: 'speaking',
  sealing: {
    sealed: 'sealed', noKey: 'encrypted, you have no key', notSealed: 'not sealed, so not played',
    otherKey: 'has another key than you',
  },
  loudness: (/** @type {string} */ name) => `How loud ${name} is`,
  percent: (/** @type {number} */ percent) => `${percent} percent`,
  keyTaken: 'From now on what you send is sealed with the new key. Others need it, too.',
  keyUnfit: 'That is no key: one has 8 to 128 characters, and a call at most 16 of them.',
  isSealed: 'The call is sealed: only those who have its key can hear, see and read you.',
  cannotSeal: 'This call is sealed, which this browser can’t do here. It takes an https address, and a current '
    + 'Firefox, Chromium, Edge or Safari.',
  screenOf: (/** @type {string} */ name) => `${name}, screen`,
  whole: 'Full screen',

  microphone: { on: 'Microphone on', off: 'Microphone off' },
  camera: { on: 'Camera on', off: 'Camera off' },
  screen: { on: 'Stop sharing', off: 'Share screen' },
  raise: { on: 'Lower hand', off: 'Raise hand' },
  chat: (/** @type {number} */ unread) => (unread ? `Chat, ${unread} new` : 'Chat'),
};
