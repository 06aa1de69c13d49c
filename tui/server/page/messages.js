/**
 * LiveKit's protobuf messages, as far as this page needs them.
 *
 * One line a message: its name, then `field=number:kind`. Kinds: `s` text, `b` bytes, `i` integer,
 * `t` boolean, `f` float, `m` map of texts, or a message's name; `*` repeats it. A test holds every
 * number and kind against livekit-protocol.
 */

const TABLE = `
SignalRequest offer=1:Sdp answer=2:Sdp trickle=3:Trickle add_track=4:AddTrack mute=5:Mute track_setting=7:TrackSetting leave=8:Leave update_metadata=15:Metadata ping_req=16:Ping
SignalResponse join=1:Join answer=2:Sdp offer=3:Sdp trickle=4:Trickle update=5:Update track_published=6:Published leave=8:Leave mute=9:Mute speakers_changed=10:Speakers refresh_token=16:s request_response=22:Answered
Sdp type=1:s sdp=2:s id=3:i
Trickle candidateInit=1:s target=2:i
AddTrack cid=1:s name=2:s type=3:i width=4:i height=5:i muted=6:t source=8:i layers=9:Layer* simulcast_codecs=10:Codec* disable_red=13:t encryption=14:i
Codec codec=1:s cid=2:s
Layer quality=1:i width=2:i height=3:i bitrate=4:i
Mute sid=1:s muted=2:t
TrackSetting track_sids=1:s* disabled=3:t width=5:i height=6:i
Leave can_reconnect=1:t reason=2:i action=3:i
Metadata metadata=1:s name=2:s attributes=3:m request_id=4:i
Ping timestamp=1:i
Join room=1:Room participant=2:Person other_participants=3:Person* ice_servers=5:Ice* ping_timeout=10:i ping_interval=11:i
Ice urls=1:s* username=2:s credential=3:s
Room sid=1:s name=2:s
Person sid=1:s identity=2:s state=3:i tracks=4:Track* metadata=5:s name=9:s kind=14:i attributes=15:m
Track sid=1:s type=2:i name=3:s muted=4:t width=5:i height=6:i source=9:i encryption=16:i
Update participants=1:Person*
Published cid=1:s track=2:Track
Speakers speakers=1:Speaker*
Speaker sid=1:s level=2:f active=3:t
Answered request_id=1:i reason=2:i message=3:s
Data user=2:User participant_identity=4:s transcription=7:Transcription chat_message=9:ChatMessage stream_header=13:Header stream_chunk=14:Chunk stream_trailer=15:Trailer sequence=16:i participant_sid=17:s encrypted_packet=18:Sealed
Transcription transcribed_participant_identity=2:s track_id=3:s segments=4:TranscriptionSegment*
TranscriptionSegment id=1:s text=2:s final=5:t
ChatMessage id=1:s timestamp=2:i message=4:s deleted=5:t
Sealed encryption_type=1:i iv=2:b key_index=3:i encrypted_value=4:b
SealedPayload user=1:User chat_message=3:ChatMessage stream_header=7:Header stream_chunk=8:Chunk stream_trailer=9:Trailer
User payload=2:b topic=4:s
Header stream_id=1:s timestamp=2:i topic=3:s mime_type=4:s total_length=5:i attributes=8:m text_header=9:TextHeader byte_header=10:ByteHeader inline_content=11:b compression=12:i
TextHeader operation_type=1:i
ByteHeader name=1:s
Chunk stream_id=1:s chunk_index=2:i content=3:b
Trailer stream_id=1:s reason=2:s attributes=3:m`;

/** @typedef {{key: string, number: number, kind: string, repeated: boolean}} Field */

/** The fields of each message, by its name.
 * @type {ReadonlyMap<string, readonly Field[]>} */
export const schema = new Map(TABLE.trim().split('\n').map((line) => {
  const [name, ...fields] = line.split(' ');
  return [name, fields.map((one) => {
    const [, key, number, kind, many] = /** @type {string[]} */ (one.match(/(\w+)=(\d+):(\w+)(\*?)/));
    return { key, number: Number(number), kind, repeated: many === '*' };
  })];
}));

/** `TrackType`. */
export const AUDIO = 0;
export const VIDEO = 1;

/** `TrackSource`. */
export const CAMERA = 1;
export const MICROPHONE = 2;
export const SCREEN = 3;
/** Attribute of what somebody shows just now: a word, and when it was shown. */
export const REACTION = 'cellcall.reaction';
/** Attribute of a moderator who has the server keep what is said in captions. */
export const TRANSCRIPT = 'cellcall.transcript';
/** Attribute of whoever records the call. */
export const RECORDING = 'cellcall.recording';
export const SCREEN_SOUND = 4;

/** `SignalTarget`: whose session description or candidate it is. */
export const PUBLISHER = 0;
export const SUBSCRIBER = 1;

/** `Encryption.Type`: end to end, with AES-GCM. */
export const GCM = 1;

/** `ParticipantInfo.Kind`: a program that takes part. */
export const AGENT = 4;

/** `ParticipantInfo.State`. */
export const DISCONNECTED = 3;

/** `LeaveRequest.Action`: what a client that is let go shall do. */
export const STAY_OUT = 0;

/** `DisconnectReason`, those that mean an end which nobody should undo by joining again. */
export const CLIENT_INITIATED = 1;
export const DUPLICATE_IDENTITY = 2;
export const SERVER_SHUTDOWN = 3;
export const PARTICIPANT_REMOVED = 4;
export const ROOM_DELETED = 5;

/**
 * @typedef {object} Track What the server tells of one stream.
 * @property {string} sid
 * @property {number} type
 * @property {number} source
 * @property {boolean} muted
 * @property {number} encryption 0: none.
 *
 * @typedef {object} Person What the server tells of one participant. Names are of others: only ever text.
 * @property {string} sid
 * @property {string} identity Unique in the session.
 * @property {string} name
 * @property {number} state
 * @property {number} kind
 * @property {string} metadata
 * @property {Track[]} tracks
 * @property {Record<string, string>} attributes
 */
