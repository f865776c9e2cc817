package ui

import (
	"cmp"
	"slices"
	"time"

	"carousel/worker"
)

// about tells of a worker's block in one row. What matters least comes last; what does not fit is left out. tries is how the
// task's tries went, "" where it had no other.
func (d *dispatchPane) about(b *block, of int, tries string) {
	p, k := d.p, d.t.paints.fore[d.t.paints.of(b.mark(), of, false)]
	p.put(d.t.accent, "▸ ")
	p.id(d.t.strong, b.id)
	p.put(k, " "+outcome(b))
	add := func(k ink, text string) {
		if width(text)+3 <= p.left {
			p.put(d.t.dim, " · ")
			p.foreign(k, text)
		}
	}
	if ran := time.Duration(b.end - b.start); b.seq > 0 {
		add("", span(ran))
	} else {
		add("", string(appendElapsed(nil, ran)))
	}
	add(d.t.dim, "wait "+span(b.wait))
	if b.try > 1 {
		add(d.t.warn, "try "+tryName(b.try))
	} else {
		add(d.t.dim, "try 1")
	}
	if b.again {
		add(d.t.warn, "↻ redelivered")
	}
	if tries != "" {
		add("", "tries: "+tries)
	}
	add(d.t.dim, clock(time.Unix(0, b.start).In(d.now.Location())))
	if e := d.past.logWith(b.seq); e != nil && e.Err != "" {
		add(k, e.Err)
	}
}

// story is the tries of a task in one line, and when it was put together: it takes a walk over every lane.
type story struct {
	of   blockKey
	at   time.Time
	text string
}

// tries names the workers that the selected task was given to, in their order, each with how that ended; "" for a single try.
func (d *dispatchPane) tries(b *block) string {
	if d.story.of == d.block && d.now.Sub(d.story.at).Abs() < time.Second {
		return d.story.text
	}
	d.story = story{of: d.block, at: d.now}
	type try struct {
		start int64
		text  string
	}
	var all []try
	for i := range d.shown {
		w := &d.shown[i]
		for n := range d.count(w) {
			if t := d.nth(w, n); b.id != "" && t.id == b.id {
				all = append(all, try{t.start, w.Name + " " + string(signOf(t.mark()))})
			}
		}
	}
	if len(all) < 2 {
		return ""
	}
	slices.SortFunc(all, func(a, b try) int { return cmp.Compare(a.start, b.start) })
	for i, t := range all {
		if i > 0 {
			d.story.text += ", "
		}
		d.story.text += t.text
	}
	return d.story.text
}

// signOf is the mark of a try's end, as in the list of tasks.
func signOf(m mark) rune {
	switch m {
	case markDone:
		return '✓'
	case markFailed:
		return '×'
	}
	return fills[m]
}

// outcome is the word for what became of a try.
func outcome(b *block) string {
	switch b.kind {
	case worker.TaskStarted:
		return "runs"
	case worker.TaskDone:
		return "done"
	case worker.TaskRetried:
		return "failed, runs again"
	case worker.TaskReturned:
		return "handed back"
	case worker.TaskFailed:
		return "failed for good"
	}
	return "unsettled, runs again"
}
