package ui

import (
	"time"

	"carousel/broker"
	"carousel/worker"
)

// Judge says in one line why a queue moves as it does, or why it does not: the board's last line, for a program without a
// screen. One goroutine uses it.
type Judge struct {
	scene   *scene
	links   func() []broker.LinkState
	queue   func() broker.Snapshot
	pool    Pool
	workers [2][]worker.WorkerStatus // by turns, as the scene keeps the one before
	turn    int
}

// NewJudge returns a judge of a queue and the pool that works it.
func NewJudge(b Broker, p Pool) *Judge {
	return &Judge{scene: newScene(true, false), links: b.Links, queue: b.Snapshot, pool: p}
}

// Verdict looks at the queue and the pool and judges. It may hold text from outside. It is meant to be asked once a second:
// much that it says follows from the looks before.
func (j *Judge) Verdict(now time.Time) string {
	j.turn = 1 - j.turn
	j.workers[j.turn] = j.pool.Workers(j.workers[j.turn][:0])
	j.scene.take(sample{now: now, links: j.links(), queue: j.queue(), pool: j.pool.Status(), workers: j.workers[j.turn]})
	if held := j.scene.pool.Held; held != "" { // without the keys that a screen has for it
		return sentence(held)
	}
	return j.scene.verdict.text
}
