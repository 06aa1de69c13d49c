// Many participants in one process, for tests/bench/many.py: everybody has a microphone, some talk at
// a time and the others pause, some have a camera, and some watch those.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

const (
	turn      = 3 * time.Second
	joinEvery = 150 * time.Millisecond
	settle    = 5 * time.Second
)

type crowd struct {
	Tokens                     []string
	Talking, Cameras, Watching int
	Seconds                    float64
}

// What one participant got while it was counted.
type counts struct{ sound, soundLost, pictures atomic.Int64 }

type totals struct {
	sync.Mutex
	joinMs           []int64
	errors           []string
	gone, reconnects atomic.Int64
}

func (all *totals) fail(who int, what string, err error) {
	all.Lock()
	all.errors = append(all.errors, fmt.Sprintf("p%d %s: %v", who, what, err))
	all.Unlock()
}

func (mine *counts) watch(track *webrtc.TrackRemote, counting *atomic.Bool) {
	var newest uint16
	for known := false; ; {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		ahead := int16(packet.SequenceNumber - newest)
		if counting.Load() && len(packet.Payload) > 0 {
			switch {
			case track.Kind() == webrtc.RTPCodecTypeAudio:
				mine.sound.Add(1)
				if known && ahead != 1 { // late ones take back what was counted as lost
					mine.soundLost.Add(int64(max(ahead-1, -1)))
				}
			case packet.Marker:
				mine.pictures.Add(1)
			}
		}
		if !known || ahead > 0 {
			known, newest = true, packet.SequenceNumber
		}
	}
}

func (all *totals) join(url string, want crowd, who int, sent *sample, counting *atomic.Bool,
	mine *counts, over *atomic.Bool) *lksdk.Room {
	told := lksdk.NewRoomCallback()
	told.OnDisconnectedWithReason = func(lksdk.DisconnectionReason) {
		if !over.Load() {
			all.gone.Add(1)
		}
	}
	told.OnReconnecting = func() { all.reconnects.Add(1) }
	told.OnTrackSubscribed = func(track *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication,
		_ *lksdk.RemoteParticipant) {
		mine.watch(track, counting)
	}
	choose := func(track *lksdk.RemoteTrackPublication) {
		if track.Kind() == lksdk.TrackKindAudio || who < want.Watching {
			_ = track.SetSubscribed(true)
		}
	}
	told.OnTrackPublished = func(track *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant) {
		choose(track)
	}
	room := lksdk.NewRoom(told)
	began := time.Now()
	if err := room.JoinWithToken(url, want.Tokens[who], lksdk.WithAutoSubscribe(false)); err != nil {
		all.fail(who, "join", err)
		return nil
	}
	all.Lock()
	all.joinMs = append(all.joinMs, time.Since(began).Milliseconds())
	all.Unlock()
	for _, person := range room.GetRemoteParticipants() {
		for _, track := range person.TrackPublications() {
			choose(track.(*lksdk.RemoteTrackPublication))
		}
	}
	people := len(want.Tokens)
	speaks := func() bool { // who talks moves on by so many each turn
		turns := int(time.Now().UnixNano()/int64(turn)) % people
		return ((who-turns*want.Talking)%people+people)%people < want.Talking
	}
	all.publish(room, who, webrtc.MimeTypeOpus, sent.Audio, opusBlock,
		livekit.TrackSource_MICROPHONE, speaks)
	if who < want.Cameras {
		always := func() bool { return true }
		all.publish(room, who, sent.Mime, sent.Video, time.Second/fps,
			livekit.TrackSource_CAMERA, always)
	}
	return room
}

func (all *totals) publish(room *lksdk.Room, who int, mime string, frames [][]byte,
	each time.Duration, source livekit.TrackSource, when func() bool) {
	track, err := lksdk.NewLocalTrack(webrtc.RTPCodecCapability{MimeType: mime})
	must(err)
	options := &lksdk.TrackPublicationOptions{Name: source.String(), Source: source,
		VideoWidth: 320, VideoHeight: 240}
	if _, err := room.LocalParticipant.PublishTrack(track, options); err != nil {
		all.fail(who, source.String(), err)
		return
	}
	go push(track, frames, each, when)
}

// All join one after another; what comes is counted once they are all in.
func runCrowd(url, path string, sent *sample) {
	text, err := os.ReadFile(path)
	must(err)
	var want crowd
	must(json.Unmarshal(text, &want))
	all, got := &totals{}, make([]counts, len(want.Tokens))
	rooms := make([]*lksdk.Room, len(want.Tokens))
	var counting, over atomic.Bool
	var joining sync.WaitGroup
	for who := range want.Tokens {
		joining.Add(1)
		go func() {
			defer joining.Done()
			rooms[who] = all.join(url, want, who, sent, &counting, &got[who], &over)
		}()
		time.Sleep(joinEvery)
	}
	joining.Wait()
	time.Sleep(settle)
	emit("counting", nil)
	counting.Store(true)
	began := time.Now()
	time.Sleep(time.Duration(want.Seconds * float64(time.Second)))
	counting.Store(false)
	took := time.Since(began).Seconds()
	over.Store(true)
	each := []map[string]float64{}
	for who := range got {
		each = append(each, map[string]float64{
			"sound_per_s":    float64(got[who].sound.Load()) / took,
			"sound_lost":     float64(got[who].soundLost.Load()),
			"pictures_per_s": float64(got[who].pictures.Load()) / took})
	}
	emit("counted", map[string]any{"each": each, "join_ms": all.joinMs, "errors": all.errors,
		"gone": all.gone.Load(), "reconnects": all.reconnects.Load()})
	for _, room := range rooms {
		if room != nil {
			go room.Disconnect()
		}
	}
	time.Sleep(time.Second)
}
