package fleet

import (
	"context"
	"crypto/rand"
	"log/slog"
	"math"
	"os"
	"sync/atomic"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// Voice publishes notices; *broker.Announcer is the real one. One goroutine uses it.
type Voice interface {
	// Announce reports whether anybody listens. It blocks for the broker's answer, for a few seconds at most.
	Announce(ctx context.Context, key string, body []byte) (heard bool, err error)
}

// Ear receives notices; *broker.Listener is the real one.
type Ear interface {
	Notices() <-chan broker.Notice // closed when it has ended
	Err() error                    // why it ended, once Notices is closed
	Close()
}

// Subject is the pool that a Reporter tells of; *worker.Pool is the real one. Its methods do not block.
type Subject interface {
	Status() worker.Status
	Workers(buf []worker.WorkerStatus) []worker.WorkerStatus
	Journal() *worker.Journal
	Pause()
	Resume()
	Resize(n int) error
	SetPrefetch(n int) error
}

// ReporterOptions say what is told, and by which way.
type ReporterOptions struct {
	Queue   string
	Version string
	Max     int  // Config.Max of the pool
	Console bool // the process has a screen
	Voice   Voice
	Listen  func(keys ...string) (Ear, error) // does I/O, and does not wait for the link
	Steer   bool                              // obey orders
	Drain   func()                            // what an order to drain does; it returns at once
	Log     *slog.Logger                      // nil: none
}

// Reporter tells consoles elsewhere of one pool, and obeys their orders where that is allowed. Its loop reads what the pool has
// recorded; no worker waits for it.
type Reporter struct {
	o    ReporterOptions
	id   string
	log  *slog.Logger
	from time.Time

	pool   Subject
	cursor uint64
	seq    uint64
	heard  bool
	told   map[int]told // what was said of each worker last
	failed string       // why the last notice could not be sent
	answer chan Answer
	rows   []worker.WorkerStatus
	events []worker.Event

	heardNow atomic.Bool
}

// told is what a console believes of a worker.
type told struct {
	state   worker.State
	started time.Time
	paused  bool
}

// NewReporter returns one for a pool. It says nothing before Run.
func NewReporter(pool Subject, o ReporterOptions) *Reporter {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Reporter{
		o: o, pool: pool, log: o.Log, id: rand.Text(), from: time.Now(), told: map[int]told{}, answer: make(chan Answer, 64),
	}
}

// ID is the process's name on the wire.
func (r *Reporter) ID() string { return r.id }

// Heard reports whether somebody listened a moment ago. It may be called from any goroutine.
func (r *Reporter) Heard() bool { return r.heardNow.Load() }

// Run tells until ctx ends, then says goodbye within a second. It blocks; the pool may have ended by then.
func (r *Reporter) Run(ctx context.Context) {
	orders := make(chan struct{})
	go func() {
		defer close(orders)
		if r.o.Steer {
			r.obey(ctx)
		}
	}()
	defer func() { <-orders }()
	tick := time.NewTicker(BatchEvery)
	defer tick.Stop()
	var beat time.Time // the last one
	for now := time.Now(); ; {
		if r.heard {
			if now.Sub(beat) >= BeatEvery || len(r.answer) > 0 { // who gave an order sees at once what came of it
				beat = now
				r.send(ctx, r.beat(now))
			} else if n := r.batch(now); n != nil {
				r.send(ctx, n)
			}
		} else if now.Sub(beat) >= KnockEvery {
			beat = now
			if r.send(ctx, r.knock(now)); r.heard {
				beat = time.Time{}
				continue // whoever is there need not wait
			}
		}
		select {
		case now = <-tick.C:
		case <-ctx.Done():
			r.leave()
			return
		}
	}
}

// leave says goodbye; whoever does not hear it notices the silence.
func (r *Reporter) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n := r.beat(time.Now())
	n.Bye = true
	r.send(ctx, n)
}

// notice begins one.
func (r *Reporter) notice(now time.Time, every time.Duration) *Notice {
	return &Notice{Version: version, ID: r.id, Sent: micros(now), Every: every.Microseconds()}
}

// knock asks whether anybody is there. What happened meanwhile is nobody's news.
func (r *Reporter) knock(now time.Time) *Notice {
	_, r.cursor, _ = r.pool.Journal().Since(math.MaxUint64, nil)
	n := r.notice(now, KnockEvery)
	n.About = r.about()
	return n
}

func (r *Reporter) about() *About {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &About{
		Host: host, PID: os.Getpid(), Version: r.o.Version, Queue: r.o.Queue, Started: micros(r.from), Console: r.o.Console, Steering: r.o.Steer,
	}
}

// beat tells everything.
func (r *Reporter) beat(now time.Time) *Notice {
	n := r.notice(now, BeatEvery)
	n.About, n.Pool = r.about(), r.poolState(r.pool.Status())
	r.rows = r.pool.Workers(r.rows[:0])
	clear(r.told)
	for i := range r.rows {
		if s := &r.rows[i]; s.State != worker.StateGone {
			n.Workers = append(n.Workers, workerState(s))
			r.told[s.ID] = tellingOf(s)
		}
	}
	r.happened(n)
	return n
}

// briefly is how long a task is in hand before it is told of: one that ends sooner is told of by its end alone.
const briefly = 200 * time.Millisecond

// batch tells what changed, nil when nothing did.
func (r *Reporter) batch(now time.Time) *Notice {
	n := r.notice(now, BatchEvery+BeatEvery)
	r.rows = r.pool.Workers(r.rows[:0])
	for i := range r.rows {
		s := &r.rows[i]
		if is := tellingOf(s); is != r.told[s.ID] && (!s.HasTask || now.Sub(s.Started) >= briefly) {
			n.Workers = append(n.Workers, workerState(s))
			r.told[s.ID] = is
		}
	}
	r.happened(n)
	if len(n.Workers)+len(n.Tasks)+len(n.Notes)+len(n.Answers) == 0 && n.Thinned == 0 {
		return nil
	}
	return n
}

func tellingOf(s *worker.WorkerStatus) told {
	t := told{state: s.State, paused: s.Paused}
	if s.HasTask {
		t.started = s.Started
	}
	return t
}

// notesMost is how many events of the pool and its workers one notice has.
const notesMost = 100

// happened adds what the journal has since the last notice.
func (r *Reporter) happened(n *Notice) {
	var missed uint64
	r.events, r.cursor, missed = r.pool.Journal().Since(r.cursor, r.events[:0])
	n.Thinned = missed
	var ends []Task
	for i := range r.events {
		switch e := &r.events[i]; {
		case e.Kind.Ended():
			ends = append(ends, endOf(e))
		case e.Kind == worker.TaskStarted: // the row of the worker, or the end, tells
		case len(n.Notes) < notesMost:
			n.Notes = append(n.Notes, Note{At: micros(e.At), Kind: kinds[e.Kind], Worker: e.Worker, Text: clip(e.Err)})
		}
	}
	var left uint64
	n.Tasks, left = thin(ends, int(Rate*BatchEvery/time.Second))
	n.Thinned += left
	for {
		select {
		case a := <-r.answer:
			n.Answers = append(n.Answers, a)
			continue
		default:
		}
		return
	}
}

// send numbers a notice and sends it. One that fails is lost: its number tells those who listen that they missed something.
func (r *Reporter) send(ctx context.Context, n *Notice) {
	r.seq++
	n.Seq = r.seq
	body, err := encode(n, r.id)
	if err == nil {
		r.heard, err = r.o.Voice.Announce(ctx, hostKey(r.o.Queue), body)
	}
	r.heardNow.Store(r.heard)
	if err == nil {
		r.failed = ""
		return
	}
	switch kind := broker.KindOf(err); {
	case n.Bye || ctx.Err() != nil, kind == broker.LinkLost, kind == broker.Busy, kind == broker.Closed: // of those the link itself tells
	case err.Error() != r.failed:
		r.failed = err.Error()
		r.log.Warn("consoles elsewhere do not hear of this process", "error", err)
	}
}

// ListenOn listens for notices through a broker client.
func ListenOn(c *broker.Client) func(keys ...string) (Ear, error) {
	return func(keys ...string) (Ear, error) {
		l, err := c.Listen(Exchange, keys...)
		if err != nil {
			return nil, err // not l: a nil *broker.Listener in an Ear would not be nil
		}
		return l, nil
	}
}
