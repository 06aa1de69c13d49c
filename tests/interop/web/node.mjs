// A participant made of LiveKit's SDK for Node: publishes, reports, obeys, as rust_peer.py says.
// It cannot mute. Argument: a JSON object of url, token, colour, tone. CELLCALL_RTC_NODE: its folder of modules.
import path from 'node:path';
import readline from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(path.join(process.env.CELLCALL_RTC_NODE, 'here.js')));
const {
  AudioFrame, AudioSource, AudioStream, LocalAudioTrack, LocalVideoTrack, Room,
  TrackKind, TrackPublishOptions, TrackSource, VideoBufferType, VideoFrame, VideoSource, VideoStream,
  dispose,
} = require('@livekit/rtc-node');
const [FPS, RATE, WIDTH, HEIGHT] = [15, 48_000, 320, 240];
const { url, token, colour, tone } = JSON.parse(process.argv[2]);
const emit = (event, values = {}) => console.log(JSON.stringify({ event, ...values }));
const received = {};
const of = (identity) =>
  received[identity] ??= { frames: 0, rgb: null, width: 0, height: 0, hz: null, dbfs: null };

async function watchVideo(track, mine) {
  for await (const { frame } of new VideoStream(track)) {
    mine.frames += 1;
    [mine.width, mine.height] = [frame.width, frame.height];
    if (mine.frames % 5 !== 1) continue;
    const { data } = frame.convert(VideoBufferType.RGBA);
    const values = [[], [], []];
    for (let at = 0; at < data.length; at += 4 * 97) values.forEach((list, c) => list.push(data[at + c]));
    mine.rgb = values.map((list) => list.sort((a, b) => a - b)[list.length >> 1]);
  }
}

// The tone is read from how often it crosses zero.
async function watchAudio(track, mine) {
  let crossed = 0, count = 0, power = 0, before = 0;
  for await (const { data } of new AudioStream(track, RATE, 1)) {
    for (const sample of data) {
      if (sample >= 0 && before < 0) crossed += 1;
      before = sample;
      power += (sample / 32768) ** 2;
    }
    count += data.length;
    if (count < RATE / 2) continue;
    mine.hz = (crossed * RATE) / count;
    mine.dbfs = 10 * Math.log10(Math.max(power / count, 1e-12));
    crossed = count = power = 0;
  }
}

const room = new Room();
room.on('trackSubscribed', (track, _publication, person) => {
  const watch = track.kind === TrackKind.KIND_VIDEO ? watchVideo : watchAudio;
  watch(track, of(person.identity));
});
room.on('participantDisconnected', ({ identity }) => emit('left', { identity }));
room.on('connectionStateChanged', (state) => emit('state', { state, at: Date.now() / 1000 }));
room.registerTextStreamHandler('lk.chat', async (reader, { identity }) =>
  emit('chat', { identity, text: await reader.readAll() }));
await room.connect(url, token, { autoSubscribe: true, dynacast: true });
const me = room.localParticipant;
emit('connected', { others: [...room.remoteParticipants.keys()] });

const pictures = new VideoSource(WIDTH, HEIGHT);
const picture = new Uint8Array(WIDTH * HEIGHT * 4);
const paint = Uint8Array.from([...Buffer.from(colour, 'hex'), 255]);
for (let at = 0; at < picture.length; at += 4) picture.set(paint, at);
setInterval(() => pictures.captureFrame(
  new VideoFrame(picture, WIDTH, HEIGHT, VideoBufferType.RGBA)), 1000 / FPS);
const sound = new AudioSource(RATE, 1);
(async () => {
  for (let at = 0; ; at += RATE / 100) {
    const block = Int16Array.from({ length: RATE / 100 }, (_, i) =>
      8000 * Math.sin((2 * Math.PI * tone * (at + i)) / RATE));
    await sound.captureFrame(new AudioFrame(block, RATE, 1, block.length));
  }
})();
const microphone = LocalAudioTrack.createAudioTrack('microphone', sound);
await me.publishTrack(LocalVideoTrack.createVideoTrack('camera', pictures),
  new TrackPublishOptions({ source: TrackSource.SOURCE_CAMERA, simulcast: false }));
await me.publishTrack(microphone, new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }));
emit('published');

setInterval(() => {
  const people = {};
  for (const [identity, person] of room.remoteParticipants) {
    people[identity] = {
      ...of(identity),
      attributes: { ...person.attributes },
      muted: Object.fromEntries([...person.trackPublications.values()].map(
        (track) => [TrackSource[track.source], track.muted])),
    };
  }
  emit('report', { at: Date.now() / 1000, people });
}, 500);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.op === 'say') await me.sendText(command.text, { topic: 'lk.chat' });
  else if (command.op === 'attributes') await me.setAttributes(command.values);
  else if (command.op === 'quit') break;
}
await room.disconnect();
await dispose();
process.exit(0);
