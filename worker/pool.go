// Package worker runs a pool of workers over a work queue: it takes tasks, gives them to a handler, settles each as the
// handler's outcome says, and keeps the books. It knows tasks and handlers, but neither AMQP nor screens: the broker is
// a Source, and a screen pulls from the Journal, Status and Workers.
package worker

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Pool takes tasks from a queue with a number of workers, each with a channel of its own, and settles them as its
// handler's outcomes say. Its methods may be called from any goroutine; those that steer it return at once and take
// effect as the workers come to it. None of them waits for the broker, except Drain.
//
// Who writes what: the steering methods, and a worker that must hold the pool, write the fields under mu; each worker's
// goroutine alone writes its row, its stint and the settlements of its deliveries; everybody may record in the journal.
// Locks are taken in the order Pool.mu, worker.mu, then row.mu or the journal's, and none is held during I/O.
type Pool struct {
	cfg     Config
	source  Source
	manner  atomic.Pointer[manner]
	opt     Options
	log     *slog.Logger
	journal *Journal
	kept    *Keepsake // nil: no tasks are kept
	slack   []byte    // Options.Slack; nobody looks into it

	inHand  atomic.Int64  // tasks that handlers have; the workers count
	keeping atomic.Int64  // of these, failed ones whose copies are under way
	taken   atomic.Int64  // of Options.MaxTasks; the workers count
	pings   atomic.Uint64 // how often Unresponsive has asked
	idle    chan struct{} // gets a value when inHand falls to 0 and none is in it

	work    context.Context // the handlers' context; set by Start before the first worker
	cut     context.CancelFunc
	closing chan struct{} // closed when the pool stops taking for good
	ended   chan struct{} // closed when every goroutine of the pool but its keeper has ended
	stuck   chan struct{} // gets a value when the pool holds for something that somebody must mend
	team    sync.WaitGroup

	mu       sync.Mutex
	phase    phase
	workers  []*worker // by id; ended ones stay for their figures
	alive    int       // workers that have not ended
	lastID   int
	target   int
	prefetch int
	paused   bool
	guard    bool // hand back foreign tasks
	held     string
	foreign  bool
	pause    pause
	past     Totals // of ended workers that are no longer listed
	auto     AutoscaleConfig
	autoWhy  string    // the newest reason of autoscaling
	byHand   time.Time // until when the number of workers that a person has set is left alone
	cuts     cuts      // of connections, by messages that cannot be decoded
}

// phase is how far a pool is in its life; it only grows.
type phase uint8

const (
	unstarted phase = iota
	working
	draining
	ended
)

// Options are what a pool needs to know beside its Config. The zero value of each field is a good one.
type Options struct {
	Queue       string        // for the sentences on screen; "": the source's own, where that is a broker's client
	HandlerName string        // Status.Handler
	Failure     FailureConfig // what becomes of failed tasks; the zero value: DefaultFailureConfig
	Guard       bool          // settle only tasks that carousel made, unless Config.Allows the queue
	MaxTasks    int           // how many tasks handlers are given, each try counted; then the pool drains. 0: any number
	Events      int           // how many events the journal keeps; 0: 16,384, about 3 MB
	Keep        int           // how many bytes of whole tasks are kept, to be looked at; 0: none
	Slack       int           // how many bytes more of garbage may lie before it is collected; 0: none. See UsualSlack
	Depth       func() Depth  // looks at the queue, and returns at once; nil: nobody does, so there is no autoscaling
	Log         *slog.Logger  // nil: none
}

const defaultEvents = 16384

// UsualSlack is an Options.Slack that spares a busy pool about a tenth of its CPU time. A pool has little on the heap, so the
// collector, which runs when as much garbage lies there again, runs often, and looks at the stacks of all workers each time.
// The pool reserves that many bytes and never touches them: they count as heap, and no memory is behind them but for the
// garbage that may lie the longer.
const UsualSlack = 32 << 20

// filled is o with its zero values replaced.
func (o Options) filled(src Source) Options {
	if named, ok := src.(interface{ Queue() string }); ok && o.Queue == "" {
		o.Queue = named.Queue()
	}
	if o.Failure == (FailureConfig{}) {
		o.Failure = DefaultFailureConfig()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Events = cmp.Or(o.Events, defaultEvents)
	return o
}

// New returns a pool that takes nothing before Start. The config has passed Validate, but for figures that are 0: these are
// DefaultConfig's.
func New(cfg Config, src Source, h Handler, opt Options) *Pool {
	cfg, opt = cfg.filled(), opt.filled(src)
	p := &Pool{
		cfg: cfg, source: src, opt: opt,
		log:      opt.Log.With("queue", opt.Queue),
		journal:  NewJournal(opt.Events),
		kept:     newKeepsake(opt.Keep),
		slack:    make([]byte, opt.Slack),
		idle:     make(chan struct{}, 1),
		closing:  make(chan struct{}),
		ended:    make(chan struct{}),
		stuck:    make(chan struct{}, 1),
		target:   cfg.Count,
		prefetch: cfg.Prefetch,
		auto:     cfg.Autoscale.within(cfg.Max),
		guard:    opt.Guard && !cfg.Allows(opt.Queue),
	}
	p.auto.On = p.auto.On && opt.Depth != nil
	p.manner.Store(&manner{h, opt.HandlerName, opt.Failure})
	return p
}

// Start begins to take tasks, or holds when the handler's Check finds that it cannot work. When work ends, running handlers
// are cancelled, their tasks go back, and the pool ends. A pool starts once; a second call, or one after Drain, does nothing.
// Drain waits for what Start began.
func (p *Pool) Start(work context.Context) {
	var cannot error
	if c, ok := p.manner.Load().handler.(Checker); ok {
		cannot = c.Check()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase != unstarted {
		return
	}
	p.phase = working
	p.work, p.cut = context.WithCancel(work)
	if cannot != nil {
		p.holdFor(cannot.Error(), false)
	}
	p.hire(p.target)
	if p.opt.Depth != nil {
		p.team.Go(p.autoscale)
	}
	go p.keep()
}

// keep ends the pool when it drains or when its work context ends, whichever comes first. Drain waits for it.
func (p *Pool) keep() {
	select {
	case <-p.work.Done():
		p.stopTaking()
	case <-p.closing:
	}
	p.team.Wait()
	p.cut()
	p.mu.Lock()
	p.phase = ended
	p.mu.Unlock()
	close(p.ended)
}

// Drain stops taking and waits until the tasks in hand are finished and every worker has ended. When ctx ends first the
// rest is cancelled and handed back, and Drain returns ctx's error once the handlers have returned. It may be called
// several times; a pool that was never started ends at once.
func (p *Pool) Drain(ctx context.Context) error {
	if !p.stopTaking() {
		return nil
	}
	select {
	case <-p.ended:
		return nil
	case <-ctx.Done():
		p.cut()
		<-p.ended
		return ctx.Err()
	}
}

// stopTaking tells every worker to end after its task. It reports false when the pool was never started.
func (p *Pool) stopTaking() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.phase {
	case unstarted:
		p.phase = ended
		close(p.ended)
		return false
	case working:
		p.phase = draining
		p.endPause()
		close(p.closing)
		if p.Spent() {
			p.changed("draining: %d tasks were taken, as many as it was to take", p.opt.MaxTasks)
		} else {
			p.changed("draining: no more tasks are taken")
		}
		p.command()
	}
	return p.work != nil
}

// AwaitIdle blocks until no handler has a task, or ctx ends, whose error it returns. Tasks may be on their way all the
// same: the queue's own figures tell. The end of the last task is in the journal by then. One goroutine may wait at a
// time.
func (p *Pool) AwaitIdle(ctx context.Context) error {
	for p.inHand.Load() > 0 {
		select {
		case <-p.idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// taskEnded counts a task out of the handlers' hands.
func (p *Pool) taskEnded() {
	if p.inHand.Add(-1) > 0 {
		return
	}
	select {
	case p.idle <- struct{}{}:
	default: // the last signal was not taken yet; it serves for this one
	}
}

// hire starts n new workers. The caller holds mu.
func (p *Pool) hire(n int) {
	for range n {
		p.lastID++
		w := newWorker(p, p.lastID)
		p.workers = append(p.workers, w)
		p.alive++
		w.orders = p.ordersFor(w)
		p.team.Go(w.run)
	}
}

// retire takes a worker that has ended out of the count. Its row stays, unless there are more ended ones than the pool
// may have workers: then the oldest is forgotten but for its share of the totals.
func (p *Pool) retire(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.left = true
	p.alive--
	if len(p.workers)-p.alive <= p.cfg.Max {
		return
	}
	for i, old := range p.workers {
		if old.left {
			s := old.row.sample(time.Now())
			p.past.add(&s)
			p.workers = slices.Delete(p.workers, i, i+1)
			return
		}
	}
}

// changed notes in the journal what happened to the pool as a whole.
func (p *Pool) changed(format string, args ...any) {
	p.tell(slog.LevelInfo, fmt.Sprintf(format, args...))
}

// tell is changed for what somebody may have to do something about.
func (p *Pool) tell(level slog.Level, what string) {
	p.log.Log(context.Background(), level, "pool changed", "what", what)
	p.journal.Record(&Event{At: time.Now(), Kind: PoolChanged, Wait: -1, Err: what})
}
