package worker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"carousel/broker"
)

// soakLedger holds what was said of every task of a soak: by its publish, what became of it; by handlers, that they have
// finished it, in a file as a real handler leaves its work behind. Its methods may be called from any goroutine.
type soakLedger struct {
	finished *os.File

	mu       sync.Mutex
	outcomes map[string]broker.Outcome
}

// unsent is the outcome of a publish that returned an error: it says that nothing was sent.
const unsent broker.Outcome = 0

func newSoakLedger(t *testing.T) *soakLedger {
	t.Helper()
	name := filepath.Join(t.TempDir(), "finished")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return &soakLedger{finished: file, outcomes: map[string]broker.Outcome{}}
}

func (l *soakLedger) published(id string, outcome broker.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outcomes[id] = outcome
}

// finish adds a line for a finished task, in one write.
func (l *soakLedger) finish(id string) error {
	_, err := l.finished.WriteString(id + "\n")
	return err
}

// balance is what the two sides of a ledger come to.
type balance struct {
	tasks      int      // that were published, whatever the outcome
	lost       []string // confirmed, and neither finished nor kept
	ghosts     []string // finished or kept, though their publish said that the broker does not have them
	duplicated int      // finished more than once
	unknown    int      // of unknown outcome …
	stored     int      // … and finished or kept all the same
	kept       int      // in a dead-letter queue
}

func (b balance) String() string {
	return fmt.Sprintf("lost %d, duplicated %d, unknown %d (%d of them handled), dead letters %d, tasks %d",
		len(b.lost), b.duplicated, b.unknown, b.stored, b.kept, b.tasks)
}

// balance compares the two sides. kept are the ids that were found in dead-letter queues.
func (l *soakLedger) balance(kept map[string]bool) (balance, error) {
	text, err := os.ReadFile(l.finished.Name())
	if err != nil {
		return balance{}, err
	}
	times := map[string]int{}
	for id := range strings.Lines(string(text)) {
		times[strings.TrimSuffix(id, "\n")]++
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := balance{tasks: len(l.outcomes), kept: len(kept)}
	for id, n := range times {
		if n > 1 {
			b.duplicated++
		}
		if _, ours := l.outcomes[id]; !ours {
			b.ghosts = append(b.ghosts, id)
		}
	}
	for id, outcome := range l.outcomes {
		there := times[id] > 0 || kept[id]
		switch {
		case outcome == broker.Unknown:
			b.unknown++
			if there {
				b.stored++
			}
		case outcome == broker.Confirmed && !there:
			b.lost = append(b.lost, id)
		case outcome != broker.Confirmed && there:
			b.ghosts = append(b.ghosts, id+" "+outcome.String())
		}
	}
	return b, nil
}

// The ledger is only worth something if it finds what is wrong.
func TestSoakLedgerFindsWhatIsMissing(t *testing.T) {
	l := newSoakLedger(t)
	for id, outcome := range map[string]broker.Outcome{
		"done": broker.Confirmed, "twice": broker.Confirmed, "dead": broker.Confirmed, "dropped": broker.Confirmed,
		"stored": broker.Unknown, "gone": broker.Unknown,
		"returned": broker.Returned, "rejected": broker.Rejected, "unsent": unsent, "unsent, yet there": unsent,
	} {
		l.published(id, outcome)
	}
	for _, id := range []string{"done", "twice", "stored", "twice", "unsent, yet there", "nobody's"} {
		if err := l.finish(id); err != nil {
			t.Fatal(err)
		}
	}
	got, err := l.balance(map[string]bool{"dead": true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.lost) != 1 || got.lost[0] != "dropped" {
		t.Errorf("lost %q, want the one that was dropped", got.lost)
	}
	if len(got.ghosts) != 2 {
		t.Errorf("ghosts %q, want the unsent one and the one that nobody published", got.ghosts)
	}
	if want := "lost 1, duplicated 1, unknown 2 (1 of them handled), dead letters 1, tasks 10"; got.String() != want {
		t.Errorf("the balance is %q, want %q", got, want)
	}
}
