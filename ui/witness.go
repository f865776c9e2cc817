package ui

import (
	"fmt"
	"strings"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// witness compares each look with the one before it, and reports what has happened by itself.
type witness struct {
	links   map[linkID]linkSeen
	queue   string // that the rest is about
	looked  bool   // it was looked for
	missing bool
	alarms  string
	dead    int64 // -1: not known
	held    string
	silent  map[string]bool // sources that did not answer
}

// linkID tells links apart that share a role.
type linkID struct {
	role  broker.Role
	index int
}

// linkSeen is a link as the last look found it.
type linkSeen struct {
	status     broker.LinkStatus
	generation uint64
	lost       time.Time // zero: it is up, or never was
	blocked    time.Time // zero: it is not
}

// bear reports what the new look shows. It is called after each.
func (w *witness) bear(a *App) {
	s := a.scene
	if w.links == nil {
		w.links, w.silent = map[linkID]linkSeen{}, map[string]bool{}
	}
	for i := range s.links {
		w.link(a, &s.links[i])
	}
	if w.queue != s.queue.Queue { // another one is watched: nothing of the old one is news
		w.queue, w.dead, w.looked, w.alarms = s.queue.Queue, -1, false, strings.Join(s.queue.Alarms.Value, ", ")
	}
	w.aboutQueue(a)
	w.aboutPool(a)
	w.answers(a, "the management API", s.queue.API.Err, s.queue.API.At)
}

func (w *witness) link(a *App, l *broker.LinkState) {
	id := linkID{l.Role, l.Index}
	seen, known := w.links[id]
	name, topic := linkName(l), "link "+string(l.Role)
	up := l.Status == broker.LinkUp
	switch {
	case up && l.Generation == 1 && (!known || seen.status != broker.LinkUp):
		a.report(levelNote, topic, name+" is up, to "+l.User+"@"+l.Address)
	case up && known && seen.status != broker.LinkUp && !seen.lost.IsZero():
		a.report(levelNote, topic+" back", name+" is back after "+span(a.scene.now.Sub(seen.lost).Round(100*time.Millisecond)))
	case up && known && seen.status == broker.LinkUp && l.Generation > seen.generation:
		a.report(levelWarn, topic+" blink", name+" was lost and is back, in less time than between two looks")
	case l.Status == broker.LinkRefused && (!known || seen.status != broker.LinkRefused):
		a.report(levelAlarm, topic+" refused", name+" was refused"+because(l.Err))
	case l.Status == broker.LinkConnecting && known && seen.status == broker.LinkUp:
		a.report(levelAlarm, topic+" lost", name+" is lost"+because(l.Err))
	}
	now := linkSeen{status: l.Status, generation: l.Generation, lost: seen.lost, blocked: seen.blocked}
	switch {
	case up:
		now.lost = time.Time{}
	case known && seen.status == broker.LinkUp:
		now.lost = l.Since
		if now.lost.IsZero() {
			now.lost = a.scene.now
		}
	}
	switch {
	case l.Blocked != "" && seen.blocked.IsZero():
		now.blocked = l.BlockedAt
		if now.blocked.IsZero() {
			now.blocked = a.scene.now
		}
		a.report(levelAlarm, topic+" blocked", "the broker blocks publishers on "+name+": "+l.Blocked)
	case l.Blocked == "" && !seen.blocked.IsZero():
		now.blocked = time.Time{}
		a.report(levelNote, topic+" free", "the broker blocks publishers no more, after "+span(a.scene.now.Sub(seen.blocked).Round(time.Second)))
	}
	w.links[id] = now
}

// linkName tells links of one role apart, where there are several.
func linkName(l *broker.LinkState) string {
	if l.Index > 0 {
		return fmt.Sprintf("the %s link %d", l.Role, l.Index+1)
	}
	return fmt.Sprintf("the %s link", l.Role)
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// aboutQueue reports what became of the queue and the broker's alarms.
func (w *witness) aboutQueue(a *App) {
	q := &a.scene.queue
	if !q.AMQP.At.IsZero() {
		switch {
		case q.Missing && !w.looked:
			a.report(levelNote, "missing", "there is no queue "+q.Queue)
		case q.Missing && !w.missing:
			a.report(levelAlarm, "missing", "the queue "+q.Queue+" is gone")
		case !q.Missing && w.looked && w.missing:
			a.report(levelNote, "missing no more", "the queue "+q.Queue+" is there")
		}
		w.looked, w.missing = true, q.Missing
	}
	if q.Alarms.Known() {
		if now := strings.Join(q.Alarms.Value, ", "); now != w.alarms {
			w.alarms = now
			if now != "" {
				a.report(levelAlarm, "alarm", "the broker raised an alarm: "+now)
			} else {
				a.report(levelNote, "alarm over", "the broker's alarm is over")
			}
		}
	}
	if q.Dead.Known() {
		if n := q.Dead.Value; w.dead >= 0 && n > w.dead {
			a.report(levelAlarm, "dead", plural(int(n-w.dead), "dead letter")+" came, "+count(n)+" are there")
		} else if w.dead > 0 && n < w.dead {
			a.report(levelNote, "dead fewer", plural(int(w.dead-n), "dead letter")+" left, "+count(n)+" are there")
		}
		w.dead = q.Dead.Value
	}
}

// aboutPool reports holds, lost channels and what autoscaling has done; what the user steers is told where it is done.
func (w *witness) aboutPool(a *App) {
	p := &a.scene.pool
	held := ""
	if p.State == worker.PoolHeld {
		held = p.Held
	}
	if held != w.held {
		if held != "" {
			a.report(levelAlarm, "held", "the pool holds: "+held)
		} else {
			a.report(levelNote, "held no more", "the pool holds no more")
		}
		w.held = held
	}
	for i := range a.scene.events {
		switch e := &a.scene.events[i]; {
		case e.Kind == worker.WorkerLost:
			a.report(levelWarn, "worker lost", a.tasks.nameOf(e.Worker)+" lost its channel: "+e.Err)
		case e.ByAutoscaling(): // too often for a toast
			a.events.note(a.scene.now, levelNote, e.Err, e.Err)
		}
	}
}

// answers reports that a source of figures has fallen silent, or answers again.
func (w *witness) answers(a *App, source string, err error, at time.Time) {
	silent := err != nil && broker.KindOf(err) != broker.QueueMissing
	if silent == w.silent[source] {
		return
	}
	w.silent[source] = silent
	switch {
	case silent:
		a.report(levelWarn, source, "no news from "+source+because(err))
	case !at.IsZero():
		a.report(levelNote, source+" again", source+" answers again")
	}
}
