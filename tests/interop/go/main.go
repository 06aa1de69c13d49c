// A participant made of LiveKit's Go SDK: publishes, reports, obeys, as rust_peer.py says.
//
// It has no codec: `media.json` brings the packets it sends (`{"mime", "video", "audio"}`, lists of
// base64), and a report has the last second of Opus packets and the newest key picture of everybody.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
	"github.com/pion/webrtc/v4/pkg/media/samplebuilder"
)

const (
	fps       = 15
	opusBlock = 20 * time.Millisecond
)

// What came from one participant; sound since the last report.
type received struct {
	Frames  int      `json:"frames"`
	Picture []byte   `json:"picture"`
	Opus    [][]byte `json:"opus"`
}

// What is sent, again and again.
type sample struct {
	Mime         string
	Video, Audio [][]byte
}

type command struct {
	Op     string            `json:"op"`
	Text   string            `json:"text"`
	Values map[string]string `json:"values"`
	Muted  bool              `json:"muted"`
}

var (
	mutex  sync.Mutex
	people = map[string]*received{}
)

func of(identity string) *received {
	if people[identity] == nil {
		people[identity] = &received{}
	}
	return people[identity]
}

func emit(event string, values map[string]any) {
	line := map[string]any{"event": event}
	for name, value := range values {
		line[name] = value
	}
	text, err := json.Marshal(line)
	must(err)
	fmt.Println(string(text))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func watchAudio(track *webrtc.TrackRemote, identity string) {
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if len(packet.Payload) == 0 {
			continue
		}
		mutex.Lock()
		mine := of(identity)
		mine.Opus = append(mine.Opus, packet.Payload)
		if len(mine.Opus) > 50 {
			mine.Opus = mine.Opus[1:]
		}
		mutex.Unlock()
	}
}

// A key picture is asked for until there is one.
func watchVideo(track *webrtc.TrackRemote, person *lksdk.RemoteParticipant) {
	var depacketizer rtp.Depacketizer = &codecs.VP8Packet{}
	builder := samplebuilder.New(64, depacketizer, 90_000)
	var asked time.Time
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		builder.Push(packet)
		for sample := builder.Pop(); sample != nil; sample = builder.Pop() {
			mutex.Lock()
			mine := of(person.Identity())
			mine.Frames++
			if len(sample.Data) > 0 && sample.Data[0]&1 == 0 {
				mine.Picture = sample.Data
			}
			missing := mine.Picture == nil
			mutex.Unlock()
			if missing && time.Since(asked) > time.Second {
				asked = time.Now()
				person.WritePLI(track.SSRC())
			}
		}
	}
}

func push(track *lksdk.LocalTrack, frames [][]byte, each time.Duration, when func() bool) {
	ticker := time.NewTicker(each)
	for count := 0; ; count++ {
		if !when() {
			<-ticker.C
			continue
		}
		sample := media.Sample{Data: frames[count%len(frames)], Duration: each}
		if track.WriteSample(sample, nil) != nil {
			return
		}
		<-ticker.C
	}
}

func publish(room *lksdk.Room, mime string, frames [][]byte, each time.Duration,
	source livekit.TrackSource) *lksdk.LocalTrackPublication {
	track, err := lksdk.NewLocalTrack(webrtc.RTPCodecCapability{MimeType: mime})
	must(err)
	options := &lksdk.TrackPublicationOptions{Name: source.String(), Source: source,
		VideoWidth: 320, VideoHeight: 240}
	publication, err := room.LocalParticipant.PublishTrack(track, options)
	must(err)
	go push(track, frames, each, func() bool { return true })
	return publication
}

func report(room *lksdk.Room) {
	for range time.Tick(500 * time.Millisecond) {
		mutex.Lock()
		told := map[string]any{}
		for _, person := range room.GetRemoteParticipants() {
			muted := map[string]bool{}
			for _, track := range person.TrackPublications() {
				muted["SOURCE_"+track.Source().String()] = track.IsMuted()
			}
			mine := *of(person.Identity())
			told[person.Identity()] = map[string]any{"frames": mine.Frames,
				"picture": mine.Picture, "opus": mine.Opus, "muted": muted,
				"attributes": person.Attributes()}
		}
		now := float64(time.Now().UnixMilli()) / 1000
		emit("report", map[string]any{"at": now, "people": told})
		mutex.Unlock()
	}
}

func main() {
	url, token := flag.String("url", "", ""), flag.String("token", "", "")
	path := flag.String("media", "", "what it sends")
	many := flag.String("crowd", "", "be many: see crowd.go")
	flag.Parse()
	text, err := os.ReadFile(*path)
	must(err)
	var sent sample
	must(json.Unmarshal(text, &sent))
	if *many != "" {
		runCrowd(*url, *many, &sent)
		return
	}

	told := lksdk.NewRoomCallback()
	told.OnTrackSubscribed = func(track *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication,
		person *lksdk.RemoteParticipant) {
		if track.Kind() == webrtc.RTPCodecTypeVideo {
			watchVideo(track, person)
		} else {
			watchAudio(track, person.Identity())
		}
	}
	told.OnParticipantDisconnected = func(person *lksdk.RemoteParticipant) {
		emit("left", map[string]any{"identity": person.Identity()})
	}
	told.OnDisconnectedWithReason = func(reason lksdk.DisconnectionReason) {
		emit("state", map[string]any{"state": string(reason)})
	}
	room := lksdk.NewRoom(told)
	must(room.RegisterTextStreamHandler("lk.chat",
		func(reader *lksdk.TextStreamReader, identity string) {
			emit("chat", map[string]any{"identity": identity, "text": reader.ReadAll()})
		}))
	must(room.JoinWithToken(*url, *token, lksdk.WithAutoSubscribe(true)))
	emit("connected", nil)
	publish(room, sent.Mime, sent.Video, time.Second/fps, livekit.TrackSource_CAMERA)
	microphone := publish(room, webrtc.MimeTypeOpus, sent.Audio, opusBlock,
		livekit.TrackSource_MICROPHONE)
	emit("published", nil)
	go report(room)

	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var wanted command
		must(json.Unmarshal(lines.Bytes(), &wanted))
		switch wanted.Op {
		case "say":
			room.LocalParticipant.SendText(wanted.Text, lksdk.StreamTextOptions{Topic: "lk.chat"})
		case "attributes":
			room.LocalParticipant.SetAttributes(wanted.Values)
		case "mute":
			microphone.SetMuted(wanted.Muted)
		case "quit":
			room.Disconnect()
			return
		}
	}
}
