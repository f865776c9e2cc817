package broker

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The library's goroutine for heartbeats is held until the next beat, but not beyond the end. After a beat it goes its rounds first.
func TestWireHoldsHeartbeats(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		held := func() time.Duration {
			began := time.Now()
			if err := w.SetReadDeadline(began.Add(time.Hour)); err != nil {
				t.Error(err)
			}
			return time.Since(began)
		}
		rounds := func() {
			t.Helper()
			for range wireRounds {
				if took := held(); took != 0 {
					t.Fatalf("held for %v before its rounds were over", took)
				}
			}
		}
		if took := held(); took != 0 {
			t.Errorf("held for %v before heartbeats were agreed upon", took)
		}
		w.hush(1600 * time.Millisecond)
		for range 3 {
			if took := held(); took != 100*time.Millisecond {
				t.Errorf("held for %v; a sixteenth of the silence is 100ms", took)
			}
			rounds()
		}
		w.hush(time.Hour)
		if took := held(); took != wireStall/2 {
			t.Errorf("held for %v; a beat is %v at most", took, wireStall/2)
		}
		rounds()
		time.AfterFunc(50*time.Millisecond, func() { _ = w.Close() })
		if took := held(); took != 50*time.Millisecond {
			t.Errorf("held for %v when the wire ended after 50ms", took)
		}
	})
}

// However much the broker sends, its client's heartbeats keep coming: one in half the time agreed upon, and a sixteenth of what
// the wire allows for.
func TestHeartbeatsAmidFrames(t *testing.T) {
	const agreed = 10 * time.Second
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		beats := make(chan time.Time, 100)
		var all sync.WaitGroup
		all.Go(func() { hearBeats(far, beats) })
		all.Go(func() {
			_, _ = far.Write(greeting(agreed))
			for tick := time.NewTicker(agreed / 100); ; <-tick.C {
				if _, err := far.Write(frameOf(8, nil)); err != nil {
					tick.Stop()
					return
				}
			}
		})
		w := newWire(near, true)
		conn, err := amqp.Open(w, amqp.Config{Heartbeat: agreed, SASL: []amqp.Authentication{&amqp.PlainAuth{}}, Locale: "en_US"})
		must(t, err)
		w.hush(agreed * 3 / 2)
		last := time.Now()
		for range 20 {
			at := <-beats
			if gap := at.Sub(last); gap > agreed/2+agreed*3/2/16 {
				t.Errorf("a heartbeat after %v", gap)
			}
			last = at
		}
		_ = far.Close() // the library notices, and ends the wire
		<-w.ended
		all.Wait()
		if !conn.IsClosed() {
			t.Error("the connection outlived its socket")
		}
	})
}

// greeting is what a broker says until a connection is open: start, tune, open-ok.
func greeting(heartbeat time.Duration) (b []byte) {
	start := append([]byte{0, 10, 0, 10, 0, 9, 0, 0, 0, 0, 0, 0, 0, 5}, "PLAIN\x00\x00\x00\x05en_US"...)
	tune := []byte{0, 10, 0, 30, 0, 100, 0, 2, 0, 0, 0, byte(heartbeat / time.Second)}
	for _, method := range [][]byte{start, tune, {0, 10, 0, 41, 0}} {
		b = append(b, frameOf(1, method)...)
	}
	return b
}

// frameOf is a frame on channel 0: 1 for a method, 8 for a heartbeat.
func frameOf(kind byte, payload []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{kind, 0, 0}, uint32(len(payload)))
	return append(append(b, payload...), 0xCE)
}

// hearBeats tells when heartbeats come, until the socket ends.
func hearBeats(far net.Conn, beats chan<- time.Time) {
	header := make([]byte, 8) // of the protocol
	for _, err := io.ReadFull(far, header); err == nil; {
		if _, err = io.ReadFull(far, header[:7]); err != nil {
			return
		}
		_, err = io.CopyN(io.Discard, far, int64(binary.BigEndian.Uint32(header[3:]))+1)
		if header[0] == 8 {
			beats <- time.Now()
		}
	}
}
