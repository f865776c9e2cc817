package worker

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// maxLastLine is how many bytes of the last line are kept; an event's error has room for no more.
const maxLastLine = reasonSize - 100

// lastLine is a writer that passes on what is written, and keeps the last line of it that is not blank. Its methods may be called
// from any goroutine.
type lastLine struct {
	to io.Writer

	mu   sync.Mutex // guards what follows: the reader of a pipe writes, a handler reads
	last string     // the last whole line
	line []byte     // the one being written, as far as there is room
}

// Write passes p on.
func (l *lastLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	for rest := p; len(rest) > 0; {
		end := bytes.IndexAny(rest, "\n\r")
		piece := rest
		if end >= 0 {
			piece = rest[:end]
		}
		l.line = append(l.line, piece[:min(len(piece), maxLastLine-len(l.line))]...)
		if end < 0 {
			break
		}
		if text := strings.TrimSpace(string(l.line)); text != "" {
			l.last = text
		}
		l.line, rest = l.line[:0], rest[end+1:]
	}
	l.mu.Unlock()
	return l.to.Write(p)
}

// String is the last line that is not blank; "" when there was none.
func (l *lastLine) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if text := strings.TrimSpace(string(l.line)); text != "" {
		return text
	}
	return l.last
}

// forget begins anew.
func (l *lastLine) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last, l.line = "", l.line[:0]
}
