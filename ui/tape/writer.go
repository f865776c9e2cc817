package tape

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"sync/atomic"
	"time"

	"carousel/broker"
	"carousel/ui/spool"
	"carousel/worker"
)

// A tape has a line every quarter of a second at most: events keep their own times, and figures are not older than that on
// the screen either. Events that wait for a disk which does not keep up are kept up to maxWaiting, then the oldest are counted as
// missed.
const (
	lineEvery  = 250 * time.Millisecond
	maxWaiting = 50_000
)

// Writer writes a tape in the background, so that nobody waits for the disk. Record is called by one goroutine at a time.
type Writer struct {
	made  time.Time
	spool *spool.Writer
	file  *os.File
	zip   *gzip.Writer
	fault atomic.Pointer[string]

	seen    time.Time // of the newest frame
	last    time.Time // of the newest line
	begun   bool
	stage   Stage
	links   []broker.LinkState
	queue   broker.Snapshot
	pool    worker.Status
	rows    map[int]worker.WorkerStatus // as they were written
	waiting []worker.Event
	missed  uint64
}

// Create begins a tape in a file that must not be there yet; only its owner may read it. name is for errors.
func Create(path string, h Header) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	h.Format = format
	w := &Writer{made: h.Made, file: f, zip: gzip.NewWriter(f), rows: map[int]worker.WorkerStatus{}, stage: h.stage()}
	w.spool = spool.New((*zipped)(w), spool.Options{Fail: func(err error) {
		text := err.Error()
		var op *os.PathError
		if errors.As(err, &op) {
			text = op.Err.Error()
		}
		w.fault.Store(&text)
	}})
	w.put(h)
	return w, nil
}

// zipped is a Writer as its spool writes it: what is written can be read back at once, also when nothing follows.
type zipped Writer

func (z *zipped) Write(text []byte) (int, error) {
	n, err := z.zip.Write(text)
	if err == nil {
		err = z.zip.Flush()
	}
	return n, err
}

// Record keeps a frame. It returns at once, and keeps nothing of the frame's slices.
func (w *Writer) Record(f Frame) {
	w.seen = f.At
	w.waiting = append(w.waiting, f.Events...)
	w.missed += f.Missed
	if over := len(w.waiting) - maxWaiting; over > 0 {
		w.waiting = append(w.waiting[:0], w.waiting[over:]...)
		w.missed += uint64(over)
	}
	if f.At.Sub(w.last) < lineEvery || w.spool.Behind() {
		return
	}
	w.last = f.At
	l := line{At: f.At.Sub(w.made).Milliseconds(), Events: w.waiting, Missed: w.missed}
	if f.Stage != nil && *f.Stage != w.stage {
		w.stage = *f.Stage
		l.Stage = f.Stage
	}
	if !w.begun || !same(w.links, f.Links) {
		w.links = append(w.links[:0], f.Links...)
		l.Links = linksOf(f.Links)
	}
	if !w.begun || !same(w.queue, f.Queue) {
		w.queue = f.Queue // its slices are replaced, never written to
		l.Queue = snapshotOf(f.Queue)
	}
	if !w.begun || w.pool != f.Pool {
		w.pool = f.Pool
		l.Pool = &f.Pool
	}
	l.Workers, l.Gone = w.changed(f.Workers)
	w.begun = true
	w.put(l)
	w.waiting, w.missed = w.waiting[:0], 0
}

// changed are the rows that differ from those written last, and the ids of those that are gone.
func (w *Writer) changed(workers []worker.WorkerStatus) (rows []worker.WorkerStatus, gone []int) {
	there := make(map[int]bool, len(workers))
	for _, row := range workers {
		there[row.ID] = true
		if old, known := w.rows[row.ID]; !known || steady(old) != steady(row) {
			w.rows[row.ID] = row
			rows = append(rows, row)
		}
	}
	for id := range w.rows {
		if !there[id] {
			delete(w.rows, id)
			gone = append(gone, id)
		}
	}
	return rows, gone
}

func (w *Writer) put(v any) {
	text, err := json.Marshal(v)
	if err != nil { // a number that JSON does not have, such as an infinite rate
		text := "a line could not be encoded"
		w.fault.Store(&text)
		return
	}
	_, _ = w.spool.Write(append(text, '\n')) // it never fails; what went wrong is in fault
}

// Fault says why the tape is not written any more; "" when it is. It may be called from any goroutine.
func (w *Writer) Fault() string {
	if text := w.fault.Load(); text != nil {
		return *text
	}
	return ""
}

// Settle blocks until all that was recorded is written, or refused.
func (w *Writer) Settle() { <-w.spool.Quiet() }

// Close writes what waits, for at most patience, and closes the file. Nothing may be recorded after it.
func (w *Writer) Close(patience time.Duration) error {
	if len(w.waiting) > 0 || w.missed > 0 {
		w.put(line{At: w.seen.Sub(w.made).Milliseconds(), Events: w.waiting, Missed: w.missed})
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.spool.Quiet():
	case <-timer.C:
		return errors.New("the disk did not take it all in time")
	}
	if err := w.zip.Close(); err != nil {
		return err
	}
	return w.file.Close()
}
