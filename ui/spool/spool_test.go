package spool

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stuck is a writer that stands still until its gate is opened.
type stuck struct {
	gate chan struct{}
	err  error

	mu   sync.Mutex
	text strings.Builder
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.gate
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	return len(p), s.err
}

func lostLines(n int) []byte { return fmt.Appendf(nil, "(%d lost)\n", n) }

func TestNobodyWaitsForAWriterThatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &stuck{gate: make(chan struct{})}
		w := New(out, Options{Limit: 8, Lost: lostLines})
		if w.Behind() {
			t.Error("behind before anything was written")
		}
		fmt.Fprint(w, "one\n")
		synctest.Wait() // it is being written; the next ones wait
		for _, line := range []string{"two\n", "six\n", "ten\n", "ten\n"} {
			fmt.Fprint(w, line)
		}
		if !w.Behind() {
			t.Error("not behind a writer that is stuck")
		}
		quiet := w.Quiet()
		close(out.gate)
		<-quiet
		if got := out.text.String(); got != "one\ntwo\nsix\n(2 lost)\n" {
			t.Errorf("written: %q", got)
		}
		fmt.Fprint(w, "end\n")
		<-w.Quiet()
		if got := out.text.String(); got != "one\ntwo\nsix\n(2 lost)\nend\n" || w.Behind() {
			t.Errorf("written: %q", got)
		}
	})
}

func TestFailureIsToldOnceAndWritingGoesOn(t *testing.T) {
	out := &stuck{gate: make(chan struct{}), err: errors.New("disk full")}
	close(out.gate)
	var told []error
	w := New(out, Options{Fail: func(err error) { told = append(told, err) }})
	for range 3 {
		fmt.Fprint(w, "x")
		<-w.Quiet()
	}
	if len(told) != 1 || out.text.String() != "xxx" {
		t.Errorf("told %v, written %q", told, out.text.String())
	}
}

// What is written by many at once comes out whole, each writer's own in its order.
func TestOrder(t *testing.T) {
	out := &stuck{gate: make(chan struct{})}
	close(out.gate)
	w := New(out, Options{})
	var all sync.WaitGroup
	for writer := range 4 {
		all.Go(func() {
			for i := range 1000 {
				fmt.Fprintf(w, "%d %d\n", writer, i)
			}
		})
	}
	all.Wait()
	<-w.Quiet()
	next := [4]int{}
	for line := range strings.Lines(out.text.String()) {
		var writer, i int
		if _, err := fmt.Sscanf(line, "%d %d\n", &writer, &i); err != nil || i != next[writer] {
			t.Fatalf("line %q, %v; want %d of that writer", line, err, next[writer])
		}
		next[writer]++
	}
	if next != [4]int{1000, 1000, 1000, 1000} {
		t.Errorf("lines %v", next)
	}
}
