package ui

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// The link goes while somebody writes a task. What was written stays, sending says why it cannot be, and does when the link is back.
func TestProgramLosesItsBrokerOverTheForm(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		s.give("e", "%resize cat")
		s.see("the form", "Enqueue", "resize cat")
		s.links(broker.LinkConnecting, errors.New("connection reset"))
		s.b.mu.Lock()
		s.b.err = &broker.Fault{Kind: broker.Unreachable, What: "cannot publish", Why: "the link is down"}
		s.b.mu.Unlock()
		s.see("the link is lost", "is lost", "resize cat")
		s.give("ctrl+s")
		s.see("sending without a link", "the link is down")
		s.b.mu.Lock()
		s.b.err = nil
		s.b.mu.Unlock()
		s.links(broker.LinkUp, nil)
		s.after(toastFor)
		s.see("the link is back", "● up", "enter back to the form")
		s.give("enter", "ctrl+s")
		s.see("sending again", "confirmed")
		if len(s.b.sent) != 2 || string(s.b.sent[1].Body) != "resize cat" {
			t.Errorf("sent %v", s.b.sent)
		}
		s.leave()
	})
}

// Leaving cuts a batch short, whose rest is not sent, and the last word tells.
func TestProgramLeavesABatch(t *testing.T) {
	onStage(t, func(s *stage, _ *Options) { s.b.gate = make(chan struct{}) }, func(s *stage) {
		s.give("e", "%x", "ctrl+s")
		s.see("a batch under way", "Enqueue")
		s.give("esc", "q")
		s.see("leaving", "A batch is being published", "enter quit")
		s.give("enter")
		s.ends()
		if parting := s.app.parting(); !strings.Contains(parting, "batch") {
			t.Errorf("the last word is %q", parting)
		}
	})
}

// Leaving cuts a replay short: what was replayed is gone from the queue, the rest is where it was.
func TestProgramLeavesAReplay(t *testing.T) {
	onStage(t, func(s *stage, _ *Options) { s.dead.gate = make(chan struct{}) }, func(s *stage) {
		s.give("3", "L", "R", "ctrl+s")
		s.see("a replay under way", "Replay")
		s.give("q")
		s.see("leaving", "A replay of dead letters is running", "the rest stays")
		s.give("enter")
		s.ends()
		if n := len(s.dead.sent) + len(s.dead.letters); n != 17 || len(s.dead.letters) == 17 {
			t.Errorf("%d letters were sent, and %d are left", len(s.dead.sent), len(s.dead.letters))
		}
		if parting := s.app.parting(); !strings.Contains(parting, "replay") {
			t.Errorf("the last word is %q", parting)
		}
	})
}

// Leaving on the way to another queue finishes what is in hand, and nothing begins to work there.
func TestProgramLeavesOnItsWay(t *testing.T) {
	var closed, began atomic.Int32
	onStage(t, func(s *stage, o *Options) {
		s.pool.drained = make(chan struct{})
		o.Switch = otherSession(&closed, &began)
	}, func(s *stage) {
		s.give("4", "W", "enter")
		s.see("on the way", "To billing.invoices: 3 tasks in hand", "to finish")
		s.give("1", "q")
		s.see("leaving", "3 tasks in hand")
		s.give("enter")
		s.see("leaving goes first", "Leaving: 3 tasks in hand")
		close(s.pool.drained)
		s.ends()
		if closed.Load() > 1 || began.Load() != 0 { // what is not closed by the end is the caller's to close
			t.Errorf("the other session was closed %d times, and began to work %d times", closed.Load(), began.Load())
		}
	})
}

// The console goes to another queue and back to work there, while tasks are in hand here.
func TestProgramGoesToAnotherQueue(t *testing.T) {
	var closed, began atomic.Int32
	onStage(t, func(s *stage, o *Options) {
		s.pool.drained = make(chan struct{})
		o.Switch = otherSession(&closed, &began)
	}, func(s *stage) {
		s.give("4", "W", "enter")
		s.see("on the way", "To billing.invoices")
		close(s.pool.drained)
		s.see("there", "Now on billing.invoices, with 2 workers", "What was in hand of task_queue was finished", "▸1 board")
		if closed.Load() != 0 || began.Load() != 1 {
			t.Errorf("the other session was closed %d times, and began to work %d times", closed.Load(), began.Load())
		}
		s.leave()
	})
}

// A console that is read-only says so, shows all, and changes nothing whatever is pressed.
func TestProgramIsReadOnly(t *testing.T) {
	onStage(t, func(_ *stage, o *Options) { o.ReadOnly, o.Pool, o.Journal = true, nil, nil }, func(s *stage) {
		s.see("the board", "[read-only]", "carousel only watches")
		for _, k := range []string{"e", "+", "-", " ", "p", "P", "x", "s", "r"} {
			s.give(k)
			s.see(k+" on the board", "▸1 board")
			s.give("esc")
		}
		s.give("3", "L")
		s.see("a look at dead letters", "read-only")
		for place, keys := range map[string][]string{"3": {"R", "X", "c"}, "4": {"c", "P", "D", "W"}, "5": {"X"}} {
			s.give(place)
			s.give(keys...)
			s.after(time.Second)
			s.give("esc")
		}
		s.give("1", "q")
		s.ends()
		acts := slices.DeleteFunc(slices.Concat(s.b.asked, s.dead.asked, s.admin.asked, s.pool.asked), func(act string) bool {
			verb, _, _ := strings.Cut(act, " ")
			return slices.Contains([]string{"queues", "fleet", "inspect", "cost"}, verb)
		})
		if len(acts) > 0 {
			t.Errorf("asked %q", acts)
		}
	})
}

// What is pasted on a screen does nothing; in a field it is text, of which no more than a field takes.
func TestProgramTakesAPaste(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		paste := func(text string) { s.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true}) }
		paste("qyqyPX")
		s.see("a paste on the board", "▸1 board", "w01")
		s.give("e")
		paste("first line\nsecond \x1b[2Jline")
		s.see("a paste in the form", "Enqueue", "second")
		paste(strings.Repeat("x", maxPaste+1))
		s.see("a long one", "The paste was cut at 32 768 characters")
		if len(s.pool.asked)+len(s.b.asked) > 0 {
			t.Errorf("asked %q and %q", s.pool.asked, s.b.asked)
		}
		s.leave()
	})
}

// The console is suspended once its workers hold nothing, even when that is asked before its first look, and goes on where it was.
func TestProgramIsSuspended(t *testing.T) {
	halted := 0
	onStage(t, func(s *stage, o *Options) {
		o.Input, s.keys = io.Pipe() // to be let go of, and taken again
		o.Halt = func() bool { halted++; return true }
	}, func(s *stage) {
		s.give("ctrl+z")
		s.see("with tasks in hand", "Suspending: 3 tasks in hand")
		if halted > 0 {
			s.t.Fatal("it was stopped with tasks in hand")
		}
		s.pool.rest()
		s.after(time.Second) // bubbletea takes its time to let go of a keyboard
		s.see("after it goes on", "▸1 board")
		if halted != 1 || !slices.Equal(s.pool.asked, []string{"pause", "resume"}) {
			t.Errorf("stopped %d times, asked %q", halted, s.pool.asked)
		}
		s.leave()
	})
}
