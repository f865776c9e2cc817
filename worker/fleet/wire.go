package fleet

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// version is of the notices: a reader passes over others.
const version = 1

// Notice is what a process tells. Times are microseconds since 1970 by its own clock, durations microseconds; what is zero is
// left out.
type Notice struct {
	Version int    `json:"v"`
	ID      string `json:"id"` // of the process: never the same twice
	Seq     uint64 `json:"seq"`
	Sent    int64  `json:"sent"`
	Every   int64  `json:"every"` // another notice comes within this time
	Bye     bool   `json:"bye,omitempty"`

	About   *About   `json:"about,omitempty"`   // in beats
	Pool    *Pool    `json:"pool,omitempty"`    // in beats
	Workers []Worker `json:"workers,omitempty"` // in beats: all of them; else those that changed
	Tasks   []Task   `json:"tasks,omitempty"`   // that ended since the notice before
	Thinned uint64   `json:"thinned,omitempty"` // tasks that ended since the notice before, and are not in Tasks
	Notes   []Note   `json:"notes,omitempty"`   // what happened to the pool and its workers
	Answers []Answer `json:"answers,omitempty"` // to orders
}

// About is what does not change while a process lives.
type About struct {
	Host     string `json:"host"`
	PID      int    `json:"pid"`
	Version  string `json:"version,omitempty"`
	Queue    string `json:"queue"`
	Started  int64  `json:"started"`
	Console  bool   `json:"console,omitempty"`  // it has a screen
	Steering bool   `json:"steering,omitempty"` // it obeys orders
}

// Pool is the state of a process's pool.
type Pool struct {
	State    string `json:"state"` // as worker.PoolState says it
	Size     int    `json:"size"`
	Target   int    `json:"target"`
	Max      int    `json:"max,omitempty"`
	Prefetch int    `json:"prefetch"`
	Held     string `json:"held,omitempty"`
	InHand   int    `json:"in_hand,omitempty"`
	Handler  string `json:"handler,omitempty"`
	Auto     *Auto  `json:"auto,omitempty"` // nil: the process is of a version that does not tell
}

// Auto is what a pool does about its number of workers by itself, as worker.Autoscaling.
type Auto struct {
	On    bool   `json:"on"`
	Min   int    `json:"min,omitempty"`
	Max   int    `json:"max,omitempty"`
	Why   string `json:"why,omitempty"`
	Until int64  `json:"until,omitempty"`
}

// Worker is one worker's state and figures.
type Worker struct {
	ID        int    `json:"id"`
	Name      string `json:"n"`
	State     string `json:"s"` // as worker.State says it
	Since     int64  `json:"since,omitempty"`
	Err       string `json:"err,omitempty"`
	Tag       string `json:"tag,omitempty"`
	Task      *Task  `json:"task,omitempty"` // in hand
	Done      uint64 `json:"done,omitempty"`
	Failed    uint64 `json:"failed,omitempty"`
	Dead      uint64 `json:"dead,omitempty"`
	Unsettled uint64 `json:"unsettled,omitempty"`
	Returned  uint64 `json:"returned,omitempty"`
	Busy      int64  `json:"busy,omitempty"`
	Up        int64  `json:"up,omitempty"`
	Longest   int64  `json:"longest,omitempty"`
	RunP50    int64  `json:"r50"` // -1: none yet
	RunP99    int64  `json:"r99"`
	WaitP50   int64  `json:"w50"`
	WaitP99   int64  `json:"w99"`
}

// Task is a try of a task: one that ended, or the one in hand.
type Task struct {
	Worker      int    `json:"w,omitempty"`
	Kind        string `json:"k,omitempty"` // how it ended: a name of kinds; "" for the one in hand
	ID          string `json:"id"`
	Type        string `json:"t,omitempty"`
	Size        int    `json:"size,omitempty"` // bytes
	Attempt     int    `json:"try,omitempty"`
	Redelivered bool   `json:"again,omitempty"`
	Made        int64  `json:"made,omitempty"`
	Queued      int64  `json:"queued,omitempty"`
	At          int64  `json:"at"` // it ended; of the one in hand: it began
	Wait        int64  `json:"wait"`
	Run         int64  `json:"run,omitempty"`
	Next        int64  `json:"next,omitempty"`
	Err         string `json:"err,omitempty"`
}

// Note is an event of the journal that ends no task.
type Note struct {
	At     int64  `json:"at"`
	Kind   string `json:"k"`
	Worker int    `json:"w,omitempty"`
	Text   string `json:"text,omitempty"`
}

// Order asks a process to change its pool.
type Order struct {
	ID string `json:"id"`
	Do Act    `json:"do"`
	N  int    `json:"n,omitempty"`  // workers, or prefetch
	By string `json:"by,omitempty"` // who asks: "deploy@web-1"
}

// Act is what an order asks for.
type Act string

// The acts.
const (
	Pause    Act = "pause"
	Resume   Act = "resume"
	Scale    Act = "scale"    // to N workers
	Prefetch Act = "prefetch" // N tasks a worker
	Drain    Act = "drain"    // finish what is in hand, and end
)

// Answer says what became of an order.
type Answer struct {
	ID  string `json:"id"`
	Err string `json:"err,omitempty"` // why it was not done; "" when it was
}

// The bounds of a notice. What is beyond them is refused whole.
const (
	packedBytes   = 1 << 20 // as it comes
	unpackedBytes = 8 << 20
	packFrom      = 4 << 10 // smaller ones are not worth it
)

// packers compress. Each is worth keeping: it has a megabyte, and is used four times a second.
var packers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a valid one
	return z
}}

// encode writes v as JSON, compressed when it is long. Whoever it is from stands readably within its first bytes, where mine looks.
func encode(v any, from string) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil || len(raw) < packFrom {
		return raw, err
	}
	var b bytes.Buffer
	z := packers.Get().(*gzip.Writer)
	defer packers.Put(z)
	z.Reset(&b)
	z.Name = from       // in the header, which readers of every version pass over
	_, _ = z.Write(raw) // a Buffer takes everything
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// mine reports, without reading a notice, that it is from the process with this id.
func mine(body []byte, id string) bool {
	return id != "" && bytes.Contains(body[:min(len(body), 64)], []byte(id))
}

// decode reads what encode has written, from anyone.
func decode(body []byte, v any) error {
	if len(body) > packedBytes {
		return fmt.Errorf("%d bytes are more than a notice may have", len(body))
	}
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return err
		}
		if body, err = io.ReadAll(io.LimitReader(z, unpackedBytes+1)); err != nil {
			return err
		}
		if len(body) > unpackedBytes {
			return errors.New("it unpacks to more than a notice may have")
		}
	}
	return json.Unmarshal(body, v)
}
