package ui

import (
	"errors"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// The whole program, once through every screen: each shows what there is, what happens elsewhere is told where one is, and
// leaving asks about what still runs.
func TestProgramThroughItsScreens(t *testing.T) {
	onStage(t, func(s *stage, _ *Options) { s.b.gate = make(chan struct{}) }, func(s *stage) {
		s.pool.mu.Lock()
		s.pool.add(worker.Event{At: time.Now(), Kind: worker.TaskFailed, Worker: 2, Task: task(1), Run: time.Second, Err: "no such file"})
		s.pool.mu.Unlock()
		s.give("2")
		s.see("a failed task", "no such file", "failed")
		s.give("/", "x", "y", "enter")
		s.see("a filter that nothing passes", "showing 0 of")
		s.give("esc", "esc")

		s.give("3")
		s.see("dead letters that nobody looked at", "2 dead letters wait for a decision")
		s.give("L")
		s.see("a look", "Letters 17", "all causes")

		s.give("4")
		s.see("queues", "Queues", "watched")
		s.links(broker.LinkConnecting, errors.New("connection reset"))
		s.see("a lost link, away from the board", "is lost", "connection reset")
		s.links(broker.LinkUp, nil)
		s.give("5")
		s.see("the fleet", "7 consumers on 3 connections")
		s.give("!")
		s.see("the events", "Events", "is lost", "is back")
		s.give("esc")

		s.give("e", "x", "ctrl+s")
		s.see("a batch that waits for its confirm", "Enqueue")
		s.give("esc", "1", "v")
		s.see("the verdict explained", "because")
		s.give("esc", "q")
		s.see("leaving", "3 tasks in hand", "A batch is being published")
		s.give("esc")
		close(s.b.gate)
		s.see("the end of the batch, told on the board", "confirmed")

		s.give("q", "enter")
		s.ends()
	})
}
