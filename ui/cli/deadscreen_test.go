package cli

import (
	"strings"
	"testing"
)

// Dead letters on a real terminal and a broker: they are counted without a look, looked at on request, replayed and fail again,
// known as such, and discarded. A replay that leaving cuts short is told of, and nothing of it is lost.
func TestDeadLettersOnATerminal(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	r.put(t, 5, 0)
	config := writeConfig(t, "[handler.simulate]\nfail = 1.0\n[failure]\nattempts = 1\n")
	s := startFor(t, r.url, "--management", r.management, "--config", config)
	s.until("dead letters (5)")
	s.press("d")
	s.until("5 dead letters wait for a decision.")
	s.until("Enter or L looks at them") // the cost is stated
	s.press("L")
	s.until("Letters 5")
	s.press("R")
	s.until("5 letters → task_queue")
	s.until("Just now the queue has 5 letters")
	s.press("\r")
	s.until("All 5 letters replayed.")
	s.until("dead letters (5)") // each has failed again
	s.press("L")
	s.until("↻ again")
	s.press("\r X") // one marked
	s.until("Type the queue's name")
	s.press("task_queue.dead\r")
	s.until("1 letter discarded.")
	s.until("dead letters (4)")
	s.press("aR")
	s.until("4 letters → task_queue")
	s.until("Just now the queue has 4 letters")
	s.press("\t\t\t0.01\x13") // one in 100 s
	s.until("at this rate")
	s.press("q")
	s.until("A replay of dead letters is running")
	s.press("y")
	s.end(exitDone)
	if said := s.said(); !strings.Contains(said, "the replay was given up: ") {
		t.Errorf("the end does not tell of it:\n%s", said[max(0, len(said)-500):])
	}
}
