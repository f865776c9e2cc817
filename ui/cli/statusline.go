package cli

import (
	"io"
	"sync"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// statusLine keeps one line at the bottom of a terminal, and lets other lines scroll by above it. It is a Writer for whole
// lines, such as a log's. Its methods may be called from any goroutine.
type statusLine struct {
	mu   sync.Mutex
	out  io.Writer
	line string // as shown now
}

const eraseLine = "\r\x1b[K"

// show replaces the status line; "" removes it.
func (s *statusLine) show(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := fileOf(s.out); f != nil {
		if width, _, err := term.GetSize(f.Fd()); err == nil {
			line = ansi.Truncate(line, width-1, "…") // a line that wraps could not be erased
		}
	}
	if line != s.line {
		s.line = line
		_, _ = io.WriteString(s.out, eraseLine+line) // a terminal that is gone must not stop the work
	}
}

// Write prints whole lines above the status line.
func (s *statusLine) Write(lines []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line == "" {
		return s.out.Write(lines)
	}
	text := append([]byte(eraseLine), lines...)
	if _, err := s.out.Write(append(text, s.line...)); err != nil {
		return 0, err
	}
	return len(lines), nil
}
