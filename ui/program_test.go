package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// The whole program, once through every screen: each shows what there is, what happens elsewhere is told where one is, and
// leaving asks about what still runs.
func TestProgramThroughItsScreens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b, pool := busyBroker(), busyPool(3)
		pool.events, b.gate = nil, make(chan struct{})
		p := startProgram(t, ctx, Options{
			Config: DefaultConfig(), Broker: b, Pool: pool, Journal: pool, Dead: deadLetters(17), Admin: busyVHost(), DrainTimeout: time.Minute,
		}, 120, 36)
		see := func(when string, wants ...string) {
			t.Helper()
			s := p.after(400 * time.Millisecond)
			for _, want := range wants {
				if !strings.Contains(s, want) {
					t.Fatalf("%s: %q is not on the screen:\n%s", when, want, s)
				}
			}
		}
		give := func(keys ...string) {
			for _, k := range keys {
				p.Send(keyOf(k))
			}
		}
		links := func(status broker.LinkStatus, err error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			for i := range b.links {
				b.links[i].Status, b.links[i].Err, b.links[i].Since = status, err, time.Now()
				if status == broker.LinkUp {
					b.links[i].Generation++
				}
			}
		}

		pool.mu.Lock()
		pool.add(worker.Event{At: time.Now(), Kind: worker.TaskFailed, Worker: 2, Task: task(1), Run: time.Second, Err: "no such file"})
		pool.mu.Unlock()
		give("2")
		see("a failed task", "no such file", "failed")
		give("/", "x", "y", "enter")
		see("a filter that nothing passes", "showing 0 of")
		give("esc", "esc")

		give("3")
		see("dead letters that nobody looked at", "2 dead letters wait for a decision")
		give("L")
		see("a look", "Letters 17", "all causes")

		give("4")
		see("queues", "Queues", "watched")
		links(broker.LinkConnecting, errors.New("connection reset"))
		see("a lost link, away from the board", "is lost", "connection reset")
		links(broker.LinkUp, nil)
		give("5")
		see("the fleet", "7 consumers on 3 connections")
		give("!")
		see("the events", "Events", "is lost", "is back")
		give("esc")

		give("e", "x", "ctrl+s")
		see("a batch that waits for its confirm", "Enqueue")
		give("esc", "1", "v")
		see("the verdict explained", "because")
		give("esc", "q")
		see("leaving", "3 tasks in hand", "A batch is being published")
		give("esc")
		close(b.gate)
		see("the end of the batch, told on the board", "confirmed")

		give("q", "enter")
		if err := <-p.ended; err != nil {
			t.Error(err)
		}
		cancel()
		p.app.crew.dismiss()
	})
}
