package fleet

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// FirstID is the first id of a worker elsewhere: those of the pool here are below.
const FirstID = 1 << 24

// WatchOptions say whom a Watcher hears, and how.
type WatchOptions struct {
	Queue  string
	Self   string                            // id of this process's own Reporter, which is passed over; "": it has none
	By     string                            // who gives orders: "deploy@web-1"
	Listen func(keys ...string) (Ear, error) // does I/O, and does not wait for the link
	Voice  Voice                             // for orders; nil: none are given
	Events int                               // how many events the journal keeps; 0: 16,384
	Log    *slog.Logger                      // nil: none
}

// Watcher knows the processes elsewhere that work on the queue, from what they tell. Its methods may be called from any
// goroutine, and lock for a moment only, but for Run and Order.
type Watcher struct {
	o       WatchOptions
	log     *slog.Logger
	journal *worker.Journal

	speaking sync.Mutex // Voice is used by one goroutine at a time

	mu      sync.Mutex // guards what follows
	hosts   []*host    // by machine and process id
	next    int        // the next worker's id
	deaf    error      // why nothing is heard
	turned  time.Time  // when deaf became so
	refused uint64     // notices that could not be read, or were beyond the bounds
	asked   map[string]chan Answer
}

// NewWatcher returns one that knows nobody before Run.
func NewWatcher(o WatchOptions) *Watcher {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Watcher{
		o: o, log: o.Log, journal: worker.NewJournal(cmp.Or(o.Events, 16384)), next: FirstID, asked: map[string]chan Answer{},
	}
}

// Run listens until ctx ends, and finds a new listener whenever one is lost.
func (w *Watcher) Run(ctx context.Context) {
	open := func() (Ear, error) { return w.o.Listen(hostKey(w.o.Queue)) }
	listening(ctx, open, w.listens, func(n broker.Notice) { w.hear(n.Body, n.At) })
}

// listens notes why there is no listener, nil when there is one.
func (w *Watcher) listens(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if (err == nil) != (w.deaf == nil) {
		w.turned = time.Now()
	}
	w.deaf = err
}

// silence is for how long a host has been silent though it could have been heard, and the moment up to which it was.
func (w *Watcher) silence(h *host, now time.Time) (time.Duration, time.Time) {
	from := h.Heard
	switch {
	case w.deaf != nil && w.turned.Before(now):
		now = w.turned
	case w.turned.After(from):
		from = w.turned
	}
	if now.Before(h.Heard) {
		now = h.Heard
	}
	return max(0, now.Sub(from)), now
}

// Deaf is why nothing is heard at the moment; nil while there is a listener.
func (w *Watcher) Deaf() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.deaf
}

// Refused is how many notices could not be used: unreadable, or beyond the bounds.
func (w *Watcher) Refused() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refused
}

// Journal is what happened at the workers elsewhere, by our clock.
func (w *Watcher) Journal() *worker.Journal { return w.journal }

func (w *Watcher) hear(body []byte, came time.Time) {
	if mine(body, w.o.Self) { // all of them come to us as well, and most have hundreds of tasks
		return
	}
	var n Notice
	err := decode(body, &n)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil || n.Version != version || n.ID == "" || len(n.ID) > textMost || n.Sent <= 0 {
		w.refused++
		return
	}
	if n.ID == w.o.Self { // says somebody else
		return
	}
	h := w.find(&n, came)
	if h == nil {
		return
	}
	h.hear(&n, came, func() int { w.next++; return w.next - 1 }, w.journal.Record)
	for _, a := range n.Answers[:min(len(n.Answers), notesMost)] {
		if asked := w.asked[a.ID]; asked != nil {
			delete(w.asked, a.ID)
			asked <- Answer{ID: a.ID, Err: clean(a.Err)} // it has room for one
		}
	}
}

// find is the host that a notice is from, a new one where it says what it is; nil when that is not known yet.
func (w *Watcher) find(n *Notice, came time.Time) *host {
	for _, h := range w.hosts {
		if h.ID == n.ID {
			return h
		}
	}
	w.hosts = slices.DeleteFunc(w.hosts, func(h *host) bool { return h.forgotten(came) })
	if n.About == nil || n.About.Queue != w.o.Queue || n.Bye {
		return nil // its next beat says
	}
	if len(w.hosts) >= hostsMost {
		w.refused++
		return nil
	}
	h := &host{Host: Host{ID: clean(n.ID), Machine: cmp.Or(clean(n.About.Host), "unknown"), PID: n.About.PID}}
	w.christen(h)
	w.hosts = append(w.hosts, h)
	slices.SortFunc(w.hosts, func(a, b *host) int {
		return cmp.Or(cmp.Compare(a.Machine, b.Machine), cmp.Compare(a.PID, b.PID), cmp.Compare(a.Name, b.Name))
	})
	return h
}

// christen names a new host as the screen does: by its machine, which has its process id too where several run there. One that
// was there alone gets its own then, so that the bare name never means one of several.
func (w *Watcher) christen(h *host) {
	h.Name = h.Machine
	for _, other := range w.hosts {
		if other.Machine != h.Machine {
			continue
		}
		if other.Name == other.Machine {
			other.rename(w.withPID(other))
		}
		h.Name = ""
	}
	if h.Name == "" {
		h.Name = w.withPID(h)
	}
}

// withPID is the host's name with its process id, and a number where that is taken: containers have small process ids.
func (w *Watcher) withPID(h *host) string {
	name := fmt.Sprintf("%s:%d", h.Machine, h.PID)
	for i := 2; slices.ContainsFunc(w.hosts, func(h *host) bool { return h.Name == name }); i++ {
		name = fmt.Sprintf("%s:%d-%d", h.Machine, h.PID, i)
	}
	return name
}

// Hosts appends the processes to buf[:0], by machine and process id, as they stand at now.
func (w *Watcher) Hosts(now time.Time, buf []Host) []Host {
	w.mu.Lock()
	defer w.mu.Unlock()
	buf = buf[:0]
	for _, h := range w.hosts {
		if !h.forgotten(now) {
			c := h.Host
			silent, _ := w.silence(h, now)
			c.State = h.state(silent)
			buf = append(buf, c)
		}
	}
	return buf
}

// Workers appends the workers of all processes to buf, by host and id, as they stand at now: those of a process that is lost,
// or has left, as gone. Those that ended are listed for a minute.
func (w *Watcher) Workers(now time.Time, buf []worker.WorkerStatus) []worker.WorkerStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.hosts {
		silent, now := w.silence(h, now)
		state := h.state(silent)
		for i := range h.rows {
			r := &h.rows[i]
			s := r.status
			switch {
			case s.State == worker.StateGone:
			case state == HostLost:
				s.State, s.Since, s.HasTask = worker.StateGone, h.Heard.Add(h.every+lostAfter), false
			default:
				s.UpTime += now.Sub(r.at)
				if s.HasTask {
					s.BusyTime += now.Sub(r.at)
				}
			}
			buf = append(buf, s)
		}
	}
	return buf
}

// answerWithin is how long a process may take to answer an order: it tells four times a second.
const answerWithin = 5 * time.Second

// Order asks a process to change its pool, and waits for its answer, at most five seconds. Its errors say what the process
// refused, or that it did not answer: then it is not known whether it obeyed.
func (w *Watcher) Order(ctx context.Context, id string, do Act, n int) error {
	w.mu.Lock()
	at := slices.IndexFunc(w.hosts, func(h *host) bool { return h.ID == id })
	if at < 0 {
		w.mu.Unlock()
		return errors.New("this process is not heard of any more")
	}
	name, steering := w.hosts[at].Name, w.hosts[at].Steering
	o := Order{ID: rand.Text(), Do: do, N: n, By: w.o.By}
	answer := make(chan Answer, 1)
	w.asked[o.ID] = answer
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.asked, o.ID)
		w.mu.Unlock()
	}()
	switch {
	case w.o.Voice == nil:
		return errors.New("this console gives no orders: it is read-only")
	case !steering:
		return fmt.Errorf("%s takes no orders; set fleet.steer = true in its config to allow them", name)
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if err := w.speak(ctx, name, orderKey(w.o.Queue, id), o); err != nil {
		return err
	}
	select {
	case a := <-answer:
		if a.Err != "" {
			return fmt.Errorf("%s says: %s", name, a.Err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s did not answer; it may have obeyed", name)
	}
}

func (w *Watcher) speak(ctx context.Context, name, key string, o Order) error {
	body, err := encode(o, "")
	if err != nil {
		return err
	}
	w.speaking.Lock()
	defer w.speaking.Unlock()
	heard, err := w.o.Voice.Announce(ctx, key, body)
	switch {
	case err != nil:
		return fmt.Errorf("the order to %s may not have come through: %w", name, err)
	case !heard:
		return fmt.Errorf("%s does not listen to orders at the moment", name)
	}
	return nil
}
