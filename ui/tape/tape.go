// Package tape keeps what a console saw in a file, and reads it back.
//
// A tape is gzip over JSON, one object a line: a Header, then lines of what changed since the line before. It can be read up to
// where it was cut off, and it holds what the screen shows: the first bytes of bodies, names and errors, never a password.
package tape

import (
	"reflect"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// format is the version of what is written.
const format = 1

// Header says what a tape is of.
type Header struct {
	Format  int       `json:"carousel"`
	Made    time.Time `json:"made"`
	Version string    `json:"version,omitempty"` // of the program that made it
	HasPool bool      `json:"pool"`              // workers were part of what it saw
	Sandbox bool      `json:"sandbox,omitempty"`
}

// stage is where the tape begins.
func (h *Header) stage() Stage { return Stage{HasPool: h.HasPool, Sandbox: h.Sandbox} }

// Stage is where a console was, which changes as it goes to another broker. A tape begins without a context, as its Header says.
type Stage struct {
	Context   string `json:"context,omitempty"` // the broker's name; "": it has none
	Colour    string `json:"colour,omitempty"`  // of that name
	Protected bool   `json:"protected,omitempty"`
	ReadOnly  bool   `json:"read_only,omitempty"`
	HasPool   bool   `json:"pool"`
	Sandbox   bool   `json:"sandbox,omitempty"`
}

// Frame is what one look found. Its slices are not kept by whoever it is handed to.
type Frame struct {
	At      time.Time
	Stage   *Stage // nil: as before
	Links   []broker.LinkState
	Queue   broker.Snapshot
	Pool    worker.Status
	Workers []worker.WorkerStatus
	Events  []worker.Event // since the frame before
	Missed  uint64         // events that were overwritten before they could be read
}

// line is what a frame changed. What is left out is as it was.
type line struct {
	At      int64                 `json:"t"` // ms since Header.Made; the first field, so that it is found without decoding the rest
	Stage   *Stage                `json:"s,omitempty"`
	Links   []link                `json:"l,omitempty"`
	Queue   *snapshot             `json:"q,omitempty"`
	Pool    *worker.Status        `json:"p,omitempty"`
	Workers []worker.WorkerStatus `json:"w,omitempty"` // rows that are new or changed
	Gone    []int                 `json:"x,omitempty"` // ids of rows that are not there any more
	Events  []worker.Event        `json:"e,omitempty"`
	Missed  uint64                `json:"m,omitempty"`
}

// fault is an error as it is written: its kind and its words.
type fault struct {
	Kind broker.Kind `json:"kind,omitempty"`
	Text string      `json:"text"`
}

func faultOf(err error) *fault {
	if err == nil {
		return nil
	}
	return &fault{broker.KindOf(err), err.Error()}
}

func (f *fault) err() error {
	if f == nil {
		return nil
	}
	return &broker.Fault{Kind: f.Kind, What: f.Text}
}

// link is a LinkState whose error can be written.
type link struct {
	broker.LinkState
	Err *fault `json:",omitempty"`
}

// source is a broker.Source whose error can be written.
type source struct {
	At  time.Time
	Err *fault `json:",omitempty"`
}

func sourceOf(s broker.Source) source { return source{s.At, faultOf(s.Err)} }
func (s *source) read() broker.Source { return broker.Source{At: s.At, Err: s.Err.err()} }

// snapshot is a Snapshot whose errors can be written: its own fields go before those of the same name.
type snapshot struct {
	broker.Snapshot
	AMQP, Totals, API source
}

func linksOf(states []broker.LinkState) []link {
	links := make([]link, len(states))
	for i, s := range states {
		links[i] = link{s, faultOf(s.Err)}
		links[i].LinkState.Err = nil
	}
	return links
}

func (l *link) state() broker.LinkState {
	s := l.LinkState
	s.Err = l.Err.err()
	return s
}

func snapshotOf(s broker.Snapshot) *snapshot {
	return &snapshot{s, sourceOf(s.AMQP), sourceOf(s.Totals), sourceOf(s.API)}
}

func (s *snapshot) read() broker.Snapshot {
	q := s.Snapshot
	q.AMQP, q.Totals, q.API = s.AMQP.read(), s.Totals.read(), s.API.read()
	return q
}

// steady is a worker's row without what time alone changes.
func steady(w worker.WorkerStatus) worker.WorkerStatus {
	w.BusyTime, w.UpTime = 0, 0
	return w
}

// age brings a row that was written a while ago up to date: what is in hand has gone on, and so has the worker.
func age(w worker.WorkerStatus, by time.Duration) worker.WorkerStatus {
	if w.HasTask {
		w.BusyTime += by
	}
	if w.State != worker.StatePaused && w.State != worker.StateHeld && w.State != worker.StateGone {
		w.UpTime += by
	}
	return w
}

// same reports whether two values are written alike.
func same(a, b any) bool { return reflect.DeepEqual(a, b) }
