package ui

import (
	"strconv"
	"strings"
)

// ring draws the last dispatches by worker number, the newest at the right. Workers that the newest one passed over
// because they had a task are named: skipped is not unfair.
func (d *dispatchPane) ring(label int) {
	d.p.put(d.t.dim, "ring")
	d.p.space(max(1, label-4))
	if len(d.past.ring) == 0 {
		d.p.put(d.t.dim, "no task has been dispatched yet")
		return
	}
	const noteCells = 22
	if d.p.left > 3*noteCells {
		d.p.foreignIn(d.t.dim, noteCells, d.passedOver())
	}
	n, cells := 0, 0
	for ; n < len(d.past.ring); n++ {
		more := digits(d.past.dispatched(n).worker) + 1
		if cells+more > d.p.left {
			break
		}
		cells += more
	}
	d.p.space(d.p.left - cells)
	for n--; n >= 0; n-- {
		id := d.past.dispatched(n).worker
		d.p.cell("", ' ')
		d.p.right(d.t.shade(id), 0, strconv.AppendInt(d.p.tmp[:0], int64(id), 10))
	}
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
	if len(d.past.ring) < 2 || len(d.shown) < 3 {
		return ""
	}
	newest, before := d.past.dispatched(0), d.past.dispatched(1)
	at := -1
	for i := range d.shown {
		if d.shown[i].ID == before.worker {
			at = i
		}
	}
	if at < 0 {
		return ""
	}
	var busy []string
	for step := 1; step < len(d.shown); step++ {
		w := &d.shown[(at+step)%len(d.shown)]
		if w.ID == newest.worker {
			break
		}
		if l := d.past.lanes[w.ID]; l != nil && l.busyAt(newest.at) {
			busy = append(busy, strconv.Itoa(w.ID))
		}
	}
	switch {
	case len(busy) == 0:
		return ""
	case len(busy) == 1:
		return "(" + busy[0] + " was busy)"
	case len(busy) <= 3:
		return "(" + strings.Join(busy, " ") + " were busy)"
	}
	return "(" + strconv.Itoa(len(busy)) + " were busy)"
}
