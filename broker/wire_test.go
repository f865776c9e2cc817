package broker

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// onWire gives a test a wire, and the other end of its socket: a write there ends when it is read.
func onWire(t *testing.T, test func(t *testing.T, w *wire, far net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		w := newWire(near, true)
		test(t, w, far)
		_ = far.Close()
		_ = w.Close() // it may have been closed, and the socket with it
	})
}

// write hands text to the wire and expects it to be taken at once.
func write(t *testing.T, w *wire, text string) {
	t.Helper()
	n, err := w.Write([]byte(text))
	if n != len(text) || err != nil {
		t.Fatalf("wrote %d of %d, %v", n, len(text), err)
	}
}

// read expects that the next write to the socket is text.
func read(t *testing.T, far net.Conn, text string) {
	t.Helper()
	buf := make([]byte, len(text)+1)
	n, err := far.Read(buf)
	if got := string(buf[:n]); got != text || err != nil {
		t.Fatalf("the socket got %q, %v, want %q", got, err, text)
	}
}

func TestWireGathers(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		write(t, w, "one")
		synctest.Wait() // it is on its way, and nothing waits for more to come
		for _, text := range []string{"two ", "three ", "four"} {
			write(t, w, text)
		}
		read(t, far, "one")
		read(t, far, "two three four")
		write(t, w, "five")
		read(t, far, "five")
	})
}

// What the socket does not take is bounded: the writer waits, as it would for a socket.
func TestWireWaitsForTheSocket(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		w.limit = 2 * wireRoom
		sent := bytes.Repeat([]byte("0123456789"), 5*w.limit/10)
		written := make(chan error, 1)
		go func() {
			_, err := w.Write(sent)
			written <- err
		}()
		synctest.Wait()
		select {
		case <-written:
			t.Fatal("the wire took more than it has room for")
		default:
		}
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("%d bytes came otherwise than they were sent, %v", len(got), err)
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
	})
}

// A write that fails ends the connection both ways, with what it met.
func TestWireFails(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		w.limit = 2 * wireRoom
		reading := make(chan error, 1)
		go func() {
			_, err := w.Read(make([]byte, 1))
			reading <- err
		}()
		full := make(chan error, 1)
		go func() {
			for len(full) == 0 {
				if _, err := w.Write(make([]byte, w.limit)); err != nil {
					full <- err
				}
			}
		}()
		synctest.Wait()
		broken := errors.New("cable cut")
		w.fail(broken)
		for name, err := range map[string]error{"read": <-reading, "write that waits": <-full} {
			if err != broken {
				t.Errorf("the %s ended with %v", name, err)
			}
		}
		if _, err := w.Write([]byte("more")); err != broken {
			t.Errorf("a later write ended with %v", err)
		}
	})
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		_ = far.Close()
		write(t, w, "lost") // as into a socket's buffer
		synctest.Wait()
		if _, err := w.Write([]byte("more")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a later write ended with %v", err)
		}
	})
}

func TestWireCloses(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		write(t, w, "good")
		synctest.Wait()
		write(t, w, "bye")
		all := make(chan string, 1)
		go func() {
			text, _ := io.ReadAll(far)
			all <- string(text)
		}()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if got := <-all; got != "goodbye" {
			t.Errorf("%q was written before the end", got)
		}
		if _, err := w.Write([]byte("more")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a later write ended with %v", err)
		}
	})
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		write(t, w, "nobody reads this")
		began := time.Now()
		if err := w.Close(); err != nil || time.Since(began) > wirePatience {
			t.Errorf("closed after %v, %v", time.Since(began), err)
		}
	})
}

// The broker may be silent for so long, and is given all of it, nearly, after each read.
func TestWireHearsSilence(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		const silence = 16 * time.Second
		heard := make(chan error)
		go func() {
			for buf := make([]byte, 16); ; {
				_, err := w.Read(buf)
				heard <- err
				if err != nil {
					return
				}
			}
		}()
		synctest.Wait()
		w.hush(silence) // the read under way too
		for range 10 {
			time.Sleep(silence / 2)
			_, _ = far.Write([]byte("frame"))
			if err := <-heard; err != nil {
				t.Fatalf("a broker that was heard: %v", err)
			}
		}
		began := time.Now()
		if err := <-heard; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a silent broker: %v", err)
		}
		if took := time.Since(began); took > silence || took < silence*15/16 {
			t.Errorf("noticed after %v", took)
		}
	})
}

// Reads give every byte in its order, whatever the sizes that are asked for.
func TestWireReadsAhead(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		sent := bytes.Repeat([]byte("0123456789abcdef"), 3*wireAhead/16)
		go func() {
			_, _ = far.Write(sent[:100])
			_, _ = far.Write(sent[100:])
			_ = far.Close()
		}()
		var got []byte
		for i := 0; ; i++ {
			buf := make([]byte, []int{7, 4096, 60, 2 * wireAhead}[i%4])
			n, err := w.Read(buf)
			got = append(got, buf[:n]...)
			if err != nil {
				break
			}
		}
		if !bytes.Equal(got, sent) {
			t.Errorf("%d bytes came otherwise than the %d that were sent", len(got), len(sent))
		}
	})
}

// alone makes the wire believe that its writes have no company; the next look is far.
func alone(w *wire) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lonely, w.straight = wireLonely, 0
}

// Writes without company stop waking the goroutine that gathers: then they are on the socket when they return, and their own
// errors are theirs.
func TestWireWritesStraight(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		for range wireLonely {
			write(t, w, "gathered")
			synctest.Wait()
			read(t, far, "gathered")
			synctest.Wait()
		}
		var straight int
		for range 2 * wireLook {
			taken := make(chan struct{})
			go func() {
				write(t, w, "frame")
				close(taken)
			}()
			synctest.Wait()
			select {
			case <-taken: // the wire has it, nobody read yet
			default:
				straight++
			}
			read(t, far, "frame")
			<-taken
			synctest.Wait()
		}
		if want := 2 * (wireLook - 1); straight != want {
			t.Errorf("%d of %d writes went straight to the socket, want %d", straight, 2*wireLook, want)
		}
		_ = far.Close()
		if _, err := w.Write([]byte("frame")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a write to a broken socket returned %v", err)
		}
	})
}

// While one write goes straight, what others write is gathered behind it, and a large one waits for all of them.
func TestWireKeepsTheOrder(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		alone(w)
		large := bytes.Repeat([]byte("L"), wireLarge)
		go func() { _, _ = w.Write([]byte("one")) }()
		synctest.Wait() // on its way
		write(t, w, "two")
		write(t, w, "three")
		go func() { _, _ = w.Write(large) }()
		synctest.Wait() // it waits for what is on its way
		read(t, far, "one")
		got := make([]byte, len("twothree")+len(large))
		_, err := io.ReadFull(far, got)
		if err != nil || string(got) != "twothree"+string(large) {
			t.Fatalf("the socket got %.12q, %v", got, err)
		}
	})
}

func TestWireFindsCompany(t *testing.T) {
	onWire(t, func(t *testing.T, w *wire, far net.Conn) {
		alone(w)
		go func() { _, _ = w.Write([]byte("one")) }()
		synctest.Wait()
		write(t, w, "two ")
		write(t, w, "three")
		read(t, far, "one")
		read(t, far, "two three")
		synctest.Wait()
		write(t, w, "four") // the wire takes it: it does not wait for the socket
		read(t, far, "four")
	})
}
