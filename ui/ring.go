package ui

import (
	"strconv"
	"strings"
	"time"

	"carousel/worker"
)

// ringLabel is the width of the word before the ring, with a gap.
const ringLabel = 5

// ringNote says whom the newest dispatch passed over. It stays long enough to be read.
type ringNote struct {
	text string
	at   time.Time
	turn int
}

// noteFor is the least time for which a note stays.
const noteFor = 2 * time.Second

// ring draws the last dispatches by worker number, the newest at the right, and behind them a pointer to whose turn is next. Workers
// that the newest one passed over because they had a task are named: skipped is not unfair.
func (d *dispatchPane) ring(label int) {
	d.p.put(d.t.dim, "ring")
	d.p.space(label - 4)
	if len(d.past.ring) == 0 {
		text := "no task has been dispatched yet"
		if !d.hasPool && len(d.shown) > 0 {
			text = "in which order workers elsewhere get their tasks is not known"
		}
		d.p.put(d.t.dim, text)
		return
	}
	next := d.nextTurn()
	room := d.p.left - width(next) - 1
	note := d.remember()
	if n := width(note); n > 0 && room > 2*n+8 {
		d.p.put(d.t.dim, note)
		room -= n + 1
	}
	n, cells := 0, 0
	for ; n < len(d.past.ring); n++ {
		more := digits(d.past.dispatched(n).worker) + 1
		if cells+more > room {
			break
		}
		cells += more
	}
	d.p.space(d.p.left - width(next) - 1 - cells)
	for n--; n >= 0; n-- {
		id := d.past.dispatched(n).worker
		d.p.cell("", ' ')
		d.p.right(d.t.shade(id), 0, strconv.AppendInt(d.p.tmp[:0], int64(id), 10))
	}
	d.p.space(1)
	d.p.put(d.t.accent, next)
}

// nextTurn points to the worker that gets the next task. RabbitMQ gives it to the head of the queue of ready consumers, and with a
// prefetch of 1 a worker joins that queue at its tail when its task has ended: who has been ready longest is next. Workers without a
// task so far are ahead of those with one, but in which order the broker heard of them is not known. Nothing is known where workers
// may hold several tasks, and where consumers of others stand in the same queue.
func (d *dispatchPane) nextTurn() string {
	var next *worker.WorkerStatus
	most, alive, fresh := 1, 0, 0
	own := d.ours()
	for i := range own {
		w := &own[i]
		most = max(most, digits(w.ID))
		if w.State != worker.StateGone {
			alive++
		}
		if w.State != worker.StateIdle {
			continue
		}
		isFresh := w.Done+w.Failed+w.Unsettled+w.Returned == 0
		if isFresh {
			fresh++
		}
		if next == nil || isFresh || fresh == 0 && w.Since.Before(next.Since) {
			next = w
		}
	}
	others := d.queue.Consumers.Known() && d.queue.Consumers.Value > int64(alive)
	text := "▸" + unknown + " is next"
	switch {
	case alive == 0:
		return ""
	case d.pool.Prefetch != 1 || others:
	case fresh > 1:
		text = "▸a new one"
	case next != nil:
		text = "▸" + strconv.Itoa(next.ID) + " is next"
	case d.pool.InHand > 0:
		text = "▸first free"
	default:
		text = "▸nobody"
	}
	return text + strings.Repeat(" ", max(0, max(11, 9+most)-width(text))) // or the ring would jump
}

// remember is the note on the newest dispatch, or the last one while that has not had its time.
func (d *dispatchPane) remember() string {
	if d.past.turns != d.note.turn && d.now.Sub(d.note.at) >= noteFor {
		text := d.passedOver()
		if text != d.note.text {
			d.note.at = d.now
		}
		d.note.text, d.note.turn = text, d.past.turns
	}
	return d.note.text
}

func digits(n int) int {
	count := 1
	for ; n >= 10; n /= 10 {
		count++
	}
	return count
}

// passedOver names the workers that stood in the ring between the last two dispatches and were busy at the time.
func (d *dispatchPane) passedOver() string {
	own := d.ours()
	if len(d.past.ring) < 2 || len(own) < 3 {
		return ""
	}
	newest, before := d.past.dispatched(0), d.past.dispatched(1)
	at := -1
	for i := range own {
		if own[i].ID == before.worker {
			at = i
		}
	}
	if at < 0 {
		return ""
	}
	var named []string
	busy := 0
	for step := 1; step < len(own); step++ {
		w := &own[(at+step)%len(own)]
		if w.ID == newest.worker {
			break
		}
		if l := d.past.lanes[w.ID]; l != nil && l.busyAt(newest.at) {
			if busy++; busy <= 3 {
				named = append(named, strconv.Itoa(w.ID))
			}
		}
	}
	switch {
	case busy == 0:
		return ""
	case busy == 1:
		return "(" + named[0] + " was busy)"
	case busy <= 3:
		return "(" + strings.Join(named, " ") + " were busy)"
	}
	return "(" + strconv.Itoa(busy) + " were busy)"
}
