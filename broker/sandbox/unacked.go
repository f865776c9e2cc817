package sandbox

import (
	"cmp"
	"slices"
)

// delivery is a message in a client's hands.
type delivery struct {
	tag      uint64
	entry    *entry
	queue    *queue
	consumer *consumer // nil of basic.get
}

// unacked holds a channel's deliveries by their tag. The first are settled first, mostly: a settled one leaves a hole,
// holes at the front are cut off, and the rest is moved together when it is mostly holes.
type unacked struct {
	slots []slot
	holes int
}

type slot struct {
	tag      uint64
	delivery *delivery // nil: a hole
}

func (s slot) hole() bool { return s.delivery == nil }

func (u *unacked) len() int { return len(u.slots) - u.holes }

func (u *unacked) add(d *delivery) { u.slots = append(u.slots, slot{d.tag, d}) }

// take removes the delivery with this tag, or with multiple that and all before it; tag 0 then means all. It reports
// whether there is one with the tag.
func (u *unacked) take(tag uint64, multiple bool) ([]*delivery, bool) {
	if tag == 0 && multiple {
		return u.all(), true
	}
	at, found := slices.BinarySearchFunc(u.slots, tag, func(s slot, tag uint64) int { return cmp.Compare(s.tag, tag) })
	if !found || u.slots[at].hole() {
		return nil, false
	}
	first := at
	if multiple {
		first = 0
	}
	taken := make([]*delivery, 0, at+1-first)
	for i := first; i <= at; i++ {
		if s := &u.slots[i]; !s.hole() {
			taken = append(taken, s.delivery)
			s.delivery = nil
			u.holes++
		}
	}
	u.compact()
	return taken, true
}

func (u *unacked) compact() {
	for len(u.slots) > 0 && u.slots[0].hole() {
		u.slots = u.slots[1:]
		u.holes--
	}
	if u.holes > len(u.slots)/2 {
		u.slots = slices.DeleteFunc(u.slots, slot.hole)
		u.holes = 0
	}
}

// all removes every delivery.
func (u *unacked) all() []*delivery {
	all := make([]*delivery, 0, u.len())
	for _, s := range u.slots {
		if !s.hole() {
			all = append(all, s.delivery)
		}
	}
	*u = unacked{}
	return all
}

// putBack returns deliveries that were taken.
func (u *unacked) putBack(deliveries []*delivery) {
	all := append(u.all(), deliveries...)
	slices.SortFunc(all, func(a, b *delivery) int { return cmp.Compare(a.tag, b.tag) })
	for _, d := range all {
		u.add(d)
	}
}
