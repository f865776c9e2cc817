package ui

import (
	"time"

	"carousel/broker"
)

// doing is what a consumer is at, as far as the broker tells.
type doing uint8

const (
	doingUnknown doing = iota
	doingIdle
	doingWaiting // a standby of a single active consumer
	doingWorking
	doingStuck // holds tasks, and has acknowledged none for long
)

// silentFor is how long a channel must hold tasks without an acknowledgement to count as stuck.
const silentFor = time.Minute

func (d doing) String() string {
	return [...]string{"not told", "idle", "waiting", "working", "stuck"}[d]
}

// mark goes before the word, so that a column of them is read at a glance.
func (d doing) mark() rune { return [...]rune{'–', '○', '·', '●', '!'}[d] }

func (t *theme) ofDoing(d doing) ink { return [...]ink{t.dim, t.dim, t.dim, t.accent, t.alarm}[d] }

// silence is since when a channel was seen to hold tasks without acknowledging any.
type silence struct {
	since time.Time // zero: it is not so
	seen  time.Time // the newest look
}

// heardAt is how long a channel may go unseen before its silence begins anew: what it did meanwhile is not known.
const heardAt = 5 * rereadPause

// next is the silence after another look at the channel.
func (s silence) next(r *broker.FleetRow, now time.Time) silence {
	if r.Unacked.Value <= 0 || !acksNone(r) {
		return silence{seen: now}
	}
	since := now
	if !s.since.IsZero() && now.Sub(s.seen) <= heardAt {
		since = s.since
	}
	if idle := r.IdleSince; !idle.IsZero() && idle.Before(since) { // the broker has watched it for longer
		since = idle
	}
	return silence{since, now}
}

// acksNone reports whether a channel acknowledges nothing just now. One that never did has no such rate, though others.
func acksNone(r *broker.FleetRow) bool {
	if r.Acks.Known() {
		return r.Acks.Value < noRate
	}
	return r.Delivered.Known() || !r.IdleSince.IsZero()
}

// noRate is where a rate counts as none: below it, it is drawn as 0.
const noRate = 0.005

// doingOf judges a consumer by the newest answer, which came at the given time. own is what the pool knows better than the broker:
// when the task in hand began; zero: it is not ours, or has none.
func doingOf(r *broker.FleetRow, s silence, own, at time.Time) doing {
	switch {
	case !r.Active || r.Activity == "waiting":
		return doingWaiting
	case !own.IsZero():
		return doingWorking // for how long is shown beside it: that the task is long is not the worker's fault
	case !r.Unacked.Known() && !r.Acks.Known() && !r.Delivered.Known():
		return doingUnknown
	case !s.since.IsZero() && at.Sub(s.since) >= silentFor:
		return doingStuck
	case r.Unacked.Value > 0 || r.Acks.Value >= noRate || !r.AckNeeded && r.Delivered.Value >= noRate:
		return doingWorking
	case r.Unacked.Known():
		return doingIdle
	}
	return doingUnknown
}
