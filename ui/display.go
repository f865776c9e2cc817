package ui

import (
	"bytes"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"carousel/ui/spool"
)

// RestoreScreen leaves the alternate screen, and undoes what the console switches on: hidden cursor, colours, mouse, and
// bracketed paste. The first byte ends a sequence that was cut short.
const RestoreScreen = "\x18\x1b[?1049l\x1b[?25h\x1b[0m\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l"

// screenPatience is how long the end of the console waits for a terminal to take what was drawn last.
const screenPatience = 2 * time.Second

// display is a terminal that is written in the background. The event loop would stand still while it writes, and with it every
// key and every order to stop, where a terminal takes nothing, such as a stalled ssh. Meanwhile the App keeps its frame, so that
// what waits stays short.
type display struct {
	*os.File // bubbletea asks it for the size
	frames   frames
	spool    *spool.Writer
	gone     atomic.Bool // the terminal was given up
}

func newDisplay(terminal *os.File) *display {
	s := &display{File: terminal}
	s.spool = spool.New((*slowly)(s), spool.Options{})
	s.frames.out = s.spool
	return s
}

// Write and WriteString keep bubbletea off the file's own.
func (s *display) Write(text []byte) (int, error)       { return s.frames.Write(text) }
func (s *display) WriteString(text string) (int, error) { return s.frames.WriteString(text) }

// ReadFrom keeps io.Copy off the file's own.
func (s *display) ReadFrom(from io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{s.spool}, from)
}

// settle waits until the terminal has taken everything, or gives it up: what it has not shown yet is thrown away, so that
// there is room to leave it in order.
func (s *display) settle() {
	patience := time.NewTimer(screenPatience)
	defer patience.Stop()
	select {
	case <-s.spool.Quiet():
		return
	case <-patience.C:
	}
	s.gone.Store(true)
	discardOutput(s.File)
	patience.Reset(screenPatience / 10)
	select {
	case <-s.spool.Quiet():
		_, _ = s.File.WriteString(RestoreScreen) // nobody is left to tell
	case <-patience.C: // there is no room even now; what is stuck ends with the process
	}
}

// slowly writes to a display's terminal piece by piece, and stops when it is given up.
type slowly display

// chunk is less than what a terminal has room for when its output was discarded.
const chunk = 512

func (s *slowly) Write(text []byte) (n int, err error) {
	for n < len(text) && err == nil && !s.gone.Load() {
		var m int
		m, err = s.File.Write(text[n:min(len(text), n+chunk)])
		n += m
	}
	return n, err
}

// keyboard is the terminal as bubbletea reads it. When it is gone, bubbletea would end at once, with the tasks in hand; so
// its end is told to the App instead.
type keyboard struct {
	*os.File
	once  sync.Once
	ended chan struct{} // closed at the end of input
	held  []byte        // the beginning of what the mouse sent; Read alone uses it
}

func newKeyboard(terminal *os.File) *keyboard {
	return &keyboard{File: terminal, ended: make(chan struct{})}
}

// gone reports whether the input has ended. It may be called of no keyboard.
func (k *keyboard) gone() bool {
	if k == nil {
		return false
	}
	select {
	case <-k.ended:
		return true
	default:
		return false
	}
}

// Read turns every end of input into io.EOF. Half an event of the mouse, which bubbletea would take for the keys it is spelled with, is
// held until the rest has come; then Read may return no bytes and no error.
func (k *keyboard) Read(p []byte) (int, error) {
	n := copy(p, k.held)
	if k.held = k.held[n:]; n == len(p) {
		return n, nil
	}
	m, err := k.File.Read(p[n:])
	if n += m; err != nil {
		k.once.Do(func() { close(k.ended) })
		return n, io.EOF
	}
	whole := n - unfinished(p[:n], n == len(p))
	k.held = append(k.held[:0], p[whole:n]...)
	return whole, nil
}

// longestEvent is more bytes than an event of the mouse has: ESC [ < button ; column ; row M.
const longestEvent = 32

// unfinished is how many bytes at the end of input are the beginning of an event of the mouse. Of its first two bytes, which Escape
// begins with too, that is said only where more is there to be read.
func unfinished(input []byte, more bool) int {
	at := bytes.LastIndexByte(input, 0x1b)
	tail := input[max(0, at):]
	switch {
	case at < 0 || len(tail) >= longestEvent:
		return 0
	case len(tail) < len("\x1b[<"):
		if !more || len(tail) == 2 && tail[1] != '[' {
			return 0
		}
		return len(tail)
	case string(tail[:3]) == "\x1b[<" && len(bytes.Trim(tail[3:], "0123456789;")) == 0:
		return len(tail)
	}
	return 0
}
