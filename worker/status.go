package worker

import "time"

// PoolState is what the pool as a whole is doing.
type PoolState uint8

// The states of a pool.
const (
	PoolStopped  PoolState = iota // not started, or every worker has ended
	PoolRunning                   // taking tasks
	PoolPaused                    // taking none, by request; tasks in hand finish
	PoolHeld                      // taking none, because of Status.Held
	PoolDraining                  // taking none any more; ends when the tasks in hand are finished
)

func (s PoolState) String() string {
	return [...]string{"stopped", "running", "paused", "held", "draining"}[s]
}

// State is what one worker is doing.
type State uint8

// The states of a worker.
const (
	StateConnecting State = iota // waiting for its channel
	StateIdle                    // has its channel, waits for a task
	StateRunning                 // a handler has a task
	StatePaused                  // takes no tasks, by request
	StateStopping                // will end after the task in hand
	StateHeld                    // cannot consume; Err says why (queue missing, no right, foreign task)
	StateGone                    // ended; its row stays for its figures
)

func (s State) String() string {
	return [...]string{"connecting", "idle", "running", "paused", "stopping", "held", "gone"}[s]
}

// Status is a copy of the pool's state at one moment.
type Status struct {
	State    PoolState
	Size     int         // workers alive, those that finish their last task included
	Target   int         // workers wanted
	Prefetch int         // for each worker
	Paused   bool        // by Pause; State may say something graver
	Held     string      // why the pool holds, one sentence; "" unless State is PoolHeld
	Foreign  bool        // held because of a task that carousel did not make; Allow or stay
	Rests    bool        `json:",omitzero"` // held for a time only; see Rest
	Until    time.Time   `json:",omitzero"` // when a pool that rests looks again; zero: one of its workers tries a task now
	InHand   int         // tasks that handlers have now, failed ones with a copy under way included
	Keeping  int         // of these, failed ones that wait for the confirm of their copy
	Auto     Autoscaling `json:",omitzero"`
	Handler  string      // Options.HandlerName
	Then     string      // Options.Failure.Then: what becomes of tasks that failed for good
}

// WorkerStatus is a copy of one worker's state and figures at one moment.
type WorkerStatus struct {
	ID     int    // from 1, never used twice in one pool
	Name   string // "w01"
	Host   string // of a pool elsewhere: its process, "web-1"; "" for this one
	State  State
	Since  time.Time // of State
	Paused bool      // by PauseWorker; State follows when the task in hand has ended
	Err    string    // why it is held or connecting; "" otherwise
	Tag    string    // consumer tag; "" without a channel

	Task    TaskRef   // the task in hand; only when HasTask
	HasTask bool      // State is StateRunning, or StateStopping with a task to finish
	Started time.Time // of the task in hand

	Done      uint64
	Failed    uint64        // tries that failed, whatever became of the task
	Dead      uint64        // tasks that failed for good: dead-lettered, or rejected
	Unsettled uint64        // tasks whose end could not be told to the broker; they run again
	Returned  uint64        // handed back untried or unfinished
	BusyTime  time.Duration // in handlers, the task in hand included
	UpTime    time.Duration // since the worker started, pauses and holds left out
	Longest   time.Duration // in a handler, of ended tries
	RunP50    time.Duration // of finished tries; -1: none yet. Up to half a second old, as the three below
	RunP99    time.Duration
	WaitP50   time.Duration // in the queue, where the task says when it was made; -1: none did yet
	WaitP99   time.Duration
}

// Totals are the figures of all workers a pool has had, summed.
type Totals struct {
	Done      uint64
	Failed    uint64
	Dead      uint64
	Unsettled uint64
	Returned  uint64
	BusyTime  time.Duration
	Longest   time.Duration // ended try; with BusyTime it gives the MakespanBound of a run
}

func (t *Totals) add(s *WorkerStatus) {
	t.Done += s.Done
	t.Failed += s.Failed
	t.Dead += s.Dead
	t.Unsettled += s.Unsettled
	t.Returned += s.Returned
	t.BusyTime += s.BusyTime
	t.Longest = max(t.Longest, s.Longest)
}
