package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"carousel/broker"
	"carousel/ui/tape"
	"carousel/worker"
	"carousel/worker/fleet"
	"carousel/worker/lab"
)

// Config is the [console] table.
type Config struct {
	Theme string `toml:"theme"` // "auto", "dark", "light" or "contrast"; auto follows COLORFGBG, and is dark without it
	Mouse bool   `toml:"mouse"` // clicks and wheel; the terminal's own selection then needs Shift
	FPS   int    `toml:"fps"`   // frames a second while something moves
	ASCII bool   `toml:"ascii"` // draw with ASCII characters only

	Clipboard bool    `toml:"clipboard"` // y and Y write to the terminal's clipboard (OSC 52)
	History   int     `toml:"history"`   // batches that the enqueue form remembers over runs; 0: none
	Colours   Colours `toml:"colours"`   // over the theme's
}

// DefaultConfig is what an empty [console] table means.
func DefaultConfig() Config { return Config{Theme: "auto", FPS: 20, History: 50} }

// mostHistory bounds Config.History.
const mostHistory = 500

// Validate reports every mistake at once, each with the name of its key as the config file spells it.
func (c Config) Validate() error {
	var errs []error
	switch c.Theme {
	case "auto", "dark", "light", "contrast":
	default:
		errs = append(errs, fmt.Errorf("console.theme: %q is not known; allowed are \"auto\", \"dark\", \"light\" and \"contrast\"", c.Theme))
	}
	if c.FPS < 1 || c.FPS > 60 {
		errs = append(errs, fmt.Errorf("console.fps: %d is out of range; allowed are 1 to 60", c.FPS))
	}
	if c.History < 0 || c.History > mostHistory {
		errs = append(errs, fmt.Errorf("console.history: %d is out of range; allowed are 0 to %d", c.History, mostHistory))
	}
	return errors.Join(append(errs, c.Colours.validate())...)
}

// Broker is what the console needs of a broker client; *broker.Client is the real one. Links and Snapshot return copies
// at once, Reconnect only gives the order; the others do I/O and are called from goroutines of their own.
type Broker interface {
	Links() []broker.LinkState
	Snapshot() broker.Snapshot
	Reconnect()
	EnsureQueue(ctx context.Context) (broker.QueueInfo, error)
	Inspect(ctx context.Context) (broker.QueueInfo, error)
	Purge(ctx context.Context) (int, error)
	Enqueue(ctx context.Context, b broker.Batch, p *broker.Progress) error
}

// Pool is what the console needs of a worker pool; *worker.Pool is the real one. Drain waits and is called from a
// goroutine of its own. The others lock for a moment and never wait for the broker; those that steer are called on the
// program's goroutine, so that they happen in the order of the keys.
type Pool interface {
	Status() worker.Status
	Workers(buf []worker.WorkerStatus) []worker.WorkerStatus
	Resize(n int) error
	SetPrefetch(n int) error
	Autoscale(on bool) error
	Pause()
	Resume()
	PauseWorker(id int) error
	ResumeWorker(id int) error
	Crash(id int) error
	Allow()
	Retry()
	Drain(ctx context.Context) error
}

// Journal is where the pool's events are read; *worker.Journal is the real one.
type Journal interface {
	Since(cursor uint64, buf []worker.Event) (events []worker.Event, next, missed uint64)
}

// Keepsake is where whole tasks are looked up; *worker.Keepsake is the real one. Its methods return at once.
type Keepsake interface {
	Task(id string) (broker.Task, bool) // as it was last given to a worker, while it is kept; shared, and only read
	Said(id string) []worker.Said       // at its last tries, oldest first; shared, and only read
	Budget() int                        // bytes of tasks that are kept
}

// DeadLetters is what the console needs to work on dead letters; *broker.Client is the real one. Every method does I/O and is
// called from a goroutine of its own.
type DeadLetters interface {
	LookCost(ctx context.Context, queue string) (broker.LookCost, error)
	Letters(ctx context.Context, queue string, limit int) (broker.Letters, error)
	Replay(ctx context.Context, r broker.Replay, p *broker.ReplayProgress) error
	Discard(ctx context.Context, queue string, pick func(*broker.Letter) bool, p *broker.ReplayProgress) error
}

// Admin is what the console needs to work beyond its own queue; *broker.Client is the real one. Every method does I/O and is
// called from a goroutine of its own.
type Admin interface {
	Queues(ctx context.Context, q broker.QueueQuery) (broker.QueuePage, error)
	CreateQueue(ctx context.Context, q broker.QueueSpec) error
	InspectQueue(ctx context.Context, name string) (broker.QueueInfo, error)
	PurgeQueue(ctx context.Context, name string) (int, error)
	DeleteQueue(ctx context.Context, name string) (int, error)
	Fleet(ctx context.Context) (broker.Fleet, error)
	CloseConnection(ctx context.Context, name, reason string) error
}

// Others are the processes elsewhere that work on the queue; *fleet.Watcher is the real one. Order does I/O and is called from a
// goroutine of its own; the others lock for a moment.
type Others interface {
	Hosts(now time.Time, buf []fleet.Host) []fleet.Host
	Workers(now time.Time, buf []worker.WorkerStatus) []worker.WorkerStatus // appends; their ids are from fleet.FirstID on
	Journal() *worker.Journal
	Order(ctx context.Context, id string, do fleet.Act, n int) error
	Deaf() error // why nothing is heard of them
}

// Options say what the console shows and steers.
type Options struct {
	Config  Config
	Broker  Broker
	Pool    Pool     // nil: watch only
	Journal Journal  // the pool's; nil without a pool
	Kept    Keepsake // the pool's; nil without a pool
	Dead    DeadLetters
	Admin   Admin
	Others  Others // nil: nobody listens to them
	// Trace switches RabbitMQ's firehose on for a queue. It blocks until ctx ends and everything is as it was at the latest; what it
	// opened and the console did not close ends with the above. nil: it stays off.
	Trace func(ctx context.Context, queue string) (Lens, error)
	Left  *LeftTracing // nil: none
	// Floor is where the lab measures, in queues of its own; nil: it only predicts.
	Floor lab.Floor
	// Context names the broker, and Contexts the other brokers that there are, for SwitchContext.
	Context  Context
	Contexts []ContextEntry
	Close    func() // ends what the above stand on, once the console has gone to another queue; nil: nothing
	Version  string
	// Templates is the file of the enqueue form's templates; "": there is no folder for one.
	Templates string
	// History is the folder of what the form has enqueued; "": there is none. It is made when something is kept.
	History  string
	Sandbox  bool     // the broker is carousel's own, in memory; the screen says so for as long as it is open
	ReadOnly bool     // keys that change the broker are dimmed
	Notices  []string // what to know from the start, a sentence each
	// Unasked says why workers start on a queue only after its name was typed, a clause; "": a yes will do. Nil: it always will.
	Unasked func(queue string) string

	// Record is given every look, one at a time, from a goroutine of its own; nil: nobody keeps them. Tape is played from
	// TapeStart at TapeSpeed in the place of Broker and Pool, which are not used then; nil: what is seen is now.
	Record    interface{ Record(tape.Frame) }
	Tape      *tape.Tape
	TapeStart time.Duration
	TapeSpeed float64

	// Greet says that this is somebody's first time: a hint shows which keys to begin with, until the first one. Greeted is then
	// called, from a goroutine of its own, so that the hint does not come again. nil: nobody remembers.
	Greet   bool
	Greeted func()

	// Switch opens another queue of the same broker and vhost, to be worked or only watched, once it has seen that the queue
	// is there; it blocks until ctx ends at the latest. What it opened and the console did not close is the caller's to close
	// after Run. nil: the console stays on its queue.
	Switch func(ctx context.Context, queue string, work bool) (Session, error)

	// SwitchContext opens the broker of one of Contexts, with a pool where one would be started at the start of a console, once
	// the broker has answered; the rest is as with Switch. nil: the console stays with its broker.
	SwitchContext func(ctx context.Context, name string) (Session, error)

	// Stop asks the console to leave in good order when it is closed: no more tasks are taken, those in hand finish within
	// DrainTimeout and are counted down on screen. nil: never.
	Stop         <-chan struct{}
	DrainTimeout time.Duration

	// Suspend asks, with each value, to stop the process in good order, as Ctrl+Z does: the pool is paused, the tasks in hand
	// finish within DrainTimeout or go back, the terminal is handed over, and Halt is called. Halt blocks until the process
	// goes on, and is false when it was not stopped because nobody could continue it. Continued tells, with each value, that the process was stopped by somebody else and goes on. nil: never.
	Suspend   <-chan struct{}
	Halt      func() bool
	Continued <-chan struct{}

	// Lend runs use, while another program has the terminal, and returns its error: whoever looks after the terminal and the
	// signals of its keys is to leave both alone meanwhile. nil: nobody does.
	Lend func(use func() error) error

	// Trouble is a sentence about what went wrong beside the broker and the pool, such as a log that cannot be written; ""
	// when nothing did. It returns at once. nil: nothing does.
	Trouble func() string

	// Guarded says that somebody outside puts the terminal in order after a panic and keeps its report. Otherwise bubbletea
	// does the first, and wipes the second.
	Guarded bool

	Input  io.Reader // nil: standard input
	Output io.Writer // nil: standard output
}
