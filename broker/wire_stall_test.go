package broker

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// A socket that takes nothing holds nobody up for longer than a moment, however much was written and whatever way it went, and
// every byte comes in its order once the socket takes something again.
func TestWireStalls(t *testing.T) {
	for name, first := range map[string]int{"small": 100, "large": 4 * wireLarge} {
		t.Run(name, func(t *testing.T) {
			onWire(t, func(t *testing.T, w *wire, far net.Conn) {
				alone(w)
				sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<20/16)
				began, rest := time.Now(), sent
				for size := first; len(rest) > 0; size = min(len(rest), 1+rand.IntN(3*wireLarge)) {
					write(t, w, string(rest[:size]))
					rest = rest[size:]
				}
				if took := time.Since(began); took > wireStall {
					t.Errorf("writing took %v", took)
				}
				got := make([]byte, len(sent))
				for part := got; len(part) > 0; part = part[min(len(part), len(got)/20):] { // the socket stalls again and again
					time.Sleep(wireStall * 3 / 2)
					if _, err := io.ReadFull(far, part[:min(len(part), len(got)/20)]); err != nil {
						t.Fatal(err)
					}
				}
				if !bytes.Equal(got, sent) {
					t.Error("the bytes came otherwise than they were sent")
				}
				synctest.Wait()
				if kept := cap(w.gathered) + cap(w.spare); kept > 2*wireKeep {
					t.Errorf("the wire still has room for %d bytes", kept)
				}
			})
		})
	}
}

// A TLS connection whose write was interrupted is of no use any more: there everything is gathered, and no write has a deadline.
func TestWireOverTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		w := newWire(near, false)
		alone(w)
		sent := bytes.Repeat([]byte("0123456789abcdef"), 8*wireRoom/16)
		began := time.Now()
		for rest := sent; len(rest) > 0; rest = rest[min(len(rest), wireLarge+7):] {
			write(t, w, string(rest[:min(len(rest), wireLarge+7)]))
		}
		if took := time.Since(began); took > wireStall {
			t.Errorf("writing took %v", took)
		}
		time.Sleep(10 * wireStall)
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("the bytes came otherwise than they were sent, %v", err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Close does not wait for a socket that stalls, and nothing of it outlives Close.
func TestWireClosesStalled(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		alone(w)
		write(t, w, "taken in the end")
		write(t, w, "gathered")
		began := time.Now()
		if err := w.Close(); err != nil || time.Since(began) > wirePatience {
			t.Errorf("closed after %v, %v", time.Since(began), err)
		}
		if _, err := w.Write([]byte("more")); err == nil || errors.Is(err, io.ErrShortWrite) {
			t.Errorf("a later write returned %v", err)
		}
	})
}
