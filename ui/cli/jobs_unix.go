//go:build unix

package cli

import (
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// jobs follows the shell's job control for the console. bubbletea's own way of being suspended waits for ever where
// nobody can continue the process.
type jobs struct {
	suspend   chan struct{}
	continued chan struct{}
	back      chan os.Signal // SIGCONT, for halt

	stops chan os.Signal
	done  chan struct{}
	lent  atomic.Bool // another program has the terminal
	watch sync.WaitGroup
}

// watchJobs takes SIGTSTP over, until end.
func watchJobs() *jobs {
	j := &jobs{
		suspend: make(chan struct{}, 1), continued: make(chan struct{}, 1), back: make(chan os.Signal, 1),
		stops: make(chan os.Signal, 1), done: make(chan struct{}),
	}
	signal.Notify(j.stops, syscall.SIGTSTP)
	conts := make(chan os.Signal, 1)
	signal.Notify(conts, syscall.SIGCONT)
	j.watch.Go(func() {
		defer signal.Stop(conts)
		for {
			to := j.suspend
			select {
			case <-j.stops:
			case <-conts:
				to = j.continued
			case <-j.done:
				return
			}
			if j.lent.Load() {
				if to == j.suspend {
					_ = syscall.Kill(0, syscall.SIGCONT) // nobody would take the terminal over: the other program has it back
				}
				continue
			}
			select {
			case to <- struct{}{}:
			default: // the one before was not taken yet, and says the same
			}
		}
	})
	return j
}

// end gives SIGTSTP back.
func (j *jobs) end() {
	signal.Stop(j.stops)
	close(j.done)
	j.watch.Wait()
}

// lend runs use, while another program of our group has the terminal. Whoever stops that program with Ctrl+Z finds it
// continued at once: were it stopped without us, the shell would not come forward, and were we stopped with it, the tasks in
// hand would be nobody's.
func (j *jobs) lend(use func() error) error {
	j.lent.Store(true)
	defer j.lent.Store(false)
	return use()
}

// haltPatience is how long a process that was told to stop, and runs, waits to see whether it was continued.
const haltPatience = 500 * time.Millisecond

// halt stops the process with its whole group, as a terminal would, and returns true when it goes on. The kernel does not
// stop a group that nobody could continue, such as a container's first process; then it returns false after a moment.
func (j *jobs) halt() bool {
	signal.Notify(j.back, syscall.SIGCONT)
	defer signal.Stop(j.back)
	// Once Go has caught SIGTSTP it never lets it stop the process again. SIGTTIN it leaves to the kernel, who treats the two
	// alike.
	if err := syscall.Kill(0, syscall.SIGTTIN); err != nil {
		return false
	}
	// Steps, for one long wait would be over at once after a long stop, before the signal is seen.
	for range 10 {
		select {
		case <-j.back:
			return true
		case <-time.After(haltPatience / 10):
		}
	}
	return false
}

// stayAtPost keeps the crash monitor going while the others of its group are stopped, or told to quit with a report of where
// they are (Ctrl+\), and lets it restore a terminal that the shell has taken back already.
func stayAtPost() { signal.Ignore(syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGQUIT) }
