package tape

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// maxLine bounds a line: a tape may come from anybody.
const maxLine = 64 << 20

// What is wrong with a file of which nothing can be played.
var (
	ErrNoTape  = errors.New("it is no recording that this carousel can play")
	ErrNothing = errors.New("it is empty, or damaged from its beginning: nothing of it can be read")
)

// Tape is a file that was recorded.
type Tape struct {
	Header
	Length  time.Duration // from the beginning to its last line
	Cut     bool          // it ends in the middle: whoever recorded it was killed
	Damaged bool          // a part of it, or all behind Length, is not what was written
	path    string
}

// Open looks through a tape. It blocks while it reads the whole file once. Its errors are those above, or the file system's.
func Open(path string) (*Tape, error) {
	t := &Tape{path: path}
	c, err := t.Play()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	t.Header = c.header
	for begun := false; ; {
		text, err := c.text()
		switch {
		case err == nil && !readable(text, begun):
			t.Damaged = true
		case err == nil:
			begun, t.Length = true, max(t.Length, atOf(text))
		default:
			t.Cut = err == io.ErrUnexpectedEOF
			t.Damaged = t.Damaged || err != io.EOF && !t.Cut
			if !begun {
				return nil, ErrNothing
			}
			return t, nil
		}
	}
}

// readable reports whether a line can be played. Once one was, it is enough that another one is JSON: to look at all of each
// would take as long as to play it.
func readable(text []byte, begun bool) bool {
	if begun {
		return json.Valid(text)
	}
	return json.Unmarshal(text, new(line)) == nil
}

// atOf reads the time that a line begins with.
func atOf(text []byte) time.Duration {
	digits, found := bytes.CutPrefix(text, []byte(`{"t":`))
	if !found {
		return 0
	}
	end := bytes.IndexAny(digits, ",}")
	ms, err := strconv.ParseInt(string(digits[:max(0, end)]), 10, 64)
	if err != nil || ms < 0 || ms > longest.Milliseconds() {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// longest is beyond any recording: a time in a tape may be any number.
const longest = 10 * 365 * 24 * time.Hour

// Player reads a tape's frames from its beginning. It is used by one goroutine at a time.
type Player struct {
	file   *os.File
	in     *bufio.Reader
	header Header
	ahead  []byte // a line that was read and is not due yet; nil: none
	ended  bool
	frame  Frame
	read   time.Time // of the newest line
}

// Play opens the tape at its beginning. The caller closes the Player.
func (t *Tape) Play() (*Player, error) {
	f, err := os.Open(t.path)
	if err != nil {
		return nil, err
	}
	p := &Player{file: f}
	unzipped, err := gzip.NewReader(f)
	if err == nil {
		p.in = bufio.NewReaderSize(unzipped, 64<<10)
		var text []byte
		if text, err = p.text(); err == nil {
			err = json.Unmarshal(text, &p.header)
		}
	}
	if err != nil || p.header.Format != format {
		f.Close()
		return nil, ErrNoTape
	}
	stage := p.header.stage()
	p.frame.Stage = &stage
	return p, nil
}

// Close closes the file.
func (p *Player) Close() { p.file.Close() }

// text reads a whole line, without its end. Its error is io.EOF at the end of the tape, another where it is cut.
func (p *Player) text() ([]byte, error) {
	var all []byte
	for {
		part, err := p.in.ReadSlice('\n')
		all = append(all, part...)
		switch {
		case err == nil:
			return all[:len(all)-1], nil
		case err == io.EOF && len(all) == 0:
			return nil, io.EOF
		case err == io.EOF:
			return nil, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(all) > maxLine:
			return nil, fmt.Errorf("a line is longer than %d MiB", maxLine>>20)
		}
	}
}

// Next returns the next frame that was made until then, counted from the beginning; false when there is none, or none yet. The
// frame is valid until the next call; its slices and its Stage, which is never nil, stay as they are.
func (p *Player) Next(until time.Duration) (*Frame, bool) {
	for {
		if p.ahead == nil {
			text, err := p.text()
			if err != nil { // what follows a cut cannot be read
				p.ended = true
				return nil, false
			}
			p.ahead = text
		}
		at := atOf(p.ahead)
		if at > until {
			return nil, false
		}
		var l line
		err := json.Unmarshal(p.ahead, &l)
		p.ahead = nil
		if err != nil {
			continue
		}
		return p.apply(&l, p.header.Made.Add(at)), true
	}
}

// Ended reports whether the last frame was read.
func (p *Player) Ended() bool { return p.ended }

// apply lays what a line changed over the frame before.
func (p *Player) apply(l *line, at time.Time) *Frame {
	f := &p.frame
	f.At = at
	if l.Stage != nil {
		f.Stage = l.Stage
	}
	if l.Links != nil {
		f.Links = make([]broker.LinkState, len(l.Links))
		for i := range l.Links {
			f.Links[i] = l.Links[i].state()
		}
	}
	if l.Queue != nil {
		f.Queue = l.Queue.read()
	}
	if l.Pool != nil {
		f.Pool = *l.Pool
	}
	p.rows(l, at)
	f.Events, f.Missed = l.Events, l.Missed
	return f
}

// rows brings the workers' rows up to date: those that were written now, and the others by the time that has passed.
func (p *Player) rows(l *line, at time.Time) {
	passed := max(0, at.Sub(p.read))
	p.read = at
	rows := make([]worker.WorkerStatus, 0, len(p.frame.Workers)+len(l.Workers)) // the ones before may be in use
	place := make(map[int]int, cap(rows))
	for _, row := range p.frame.Workers {
		if !slices.Contains(l.Gone, row.ID) {
			place[row.ID] = len(rows)
			rows = append(rows, age(row, passed))
		}
	}
	for _, row := range l.Workers {
		if i, known := place[row.ID]; known {
			rows[i] = row
			continue
		}
		place[row.ID] = len(rows)
		rows = append(rows, row)
	}
	p.frame.Workers = rows
}
