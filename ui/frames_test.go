package ui

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carousel/ui/spool"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/hinshun/vt10x"
	"pgregory.net/rapid"
)

// Whatever frames follow on each other, and whatever orders come between them, the terminal shows the last one; and only what is new
// in it was written.
func TestTerminalShowsTheLastFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const w, h = 12, 5
		screen, written := vt10x.New(vt10x.WithSize(w, h)), &strings.Builder{}
		f := &frames{out: written}
		lines, before := make([]string, h), make([]string, h)
		whole := true
		for range rapid.IntRange(1, 8).Draw(t, "frames") {
			if rapid.IntRange(0, 4).Draw(t, "order") == 0 {
				_, _ = f.WriteString(ansi.SetModeAltScreenSaveCursor)
				_, _ = f.WriteString(ansi.EraseEntireScreen)
				whole = true
			}
			for y := range lines {
				lines[y] = fmt.Sprintf("%*s", w, rapid.SampledFrom([]string{"", "a", "b │", "twelve cells"}).Draw(t, "line"))
			}
			_, _ = screen.Write([]byte(written.String()))
			written.Reset()
			f.show(strings.Join(lines, "\n"))
			_, _ = screen.Write([]byte(written.String()))
			for y, want := range lines {
				shown, _, _ := strings.Cut(strings.Join(strings.Split(screen.String(), "\n")[y:], "\n"), "\n")
				if shown != want {
					t.Fatalf("line %d shows %q, want %q", y, shown, want)
				}
				moved := strings.Contains(written.String(), fmt.Sprintf("\x1b[%d;1H%s", y+1, want))
				if changed := whole || want != before[y]; changed && !moved || !changed && moved && strings.TrimSpace(want) != "" {
					t.Fatalf("line %d %q, before %q: written %q", y, want, before[y], written.String())
				}
			}
			copy(before, lines)
			whole = false
		}
		written.Reset()
		if _, _ = f.Write([]byte("bubbletea's own")); written.Len() > 0 {
			t.Fatalf("written %q", written.String())
		}
	})
}

// What happens while the terminal takes nothing is on it as soon as it does, without the next look.
func TestLateFrameFollowsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newTestApp(t, 100, 30, busyBroker(), busyPool(1))
		terminal := &slowTerminal{open: make(chan struct{})}
		a.display = &display{spool: spool.New(terminal, spool.Options{})}
		a.display.frames.out = a.display.spool
		s := &onScreen{App: a, frames: &a.display.frames}
		s.Update(keyOf("v")) // the frame is on its way
		_, first := s.Update(keyOf("?"))
		_, second := s.Update(keyOf("x"))
		if first == nil || second != nil || s.frames.shown == "" {
			t.Fatal("who waits for the terminal is not one")
		}
		ready := make(chan tea.Msg, 1)
		go func() { ready <- msgOf(first) }()
		time.Sleep(time.Hour)
		select {
		case msg := <-ready:
			t.Fatalf("%T before the terminal was ready", msg)
		default:
		}
		close(terminal.open)
		s.Update(<-ready)
		<-a.display.spool.Quiet()
		if s.late || !strings.Contains(terminal.text.String(), "esc closes") {
			t.Errorf("late %v, written %q", s.late, terminal.text.String())
		}
	})
}

// slowTerminal takes nothing before it is open, and keeps what it took.
type slowTerminal struct {
	open chan struct{}
	text strings.Builder
}

func (s *slowTerminal) Write(p []byte) (int, error) {
	<-s.open
	return s.text.Write(p)
}

// msgOf is the message of a Cmd, or of the one in a batch that has any.
func msgOf(cmd tea.Cmd) tea.Msg {
	msg := cmd()
	batch, many := msg.(tea.BatchMsg)
	if !many {
		return msg
	}
	for _, c := range batch {
		if c != nil {
			return msgOf(c)
		}
	}
	return nil
}
