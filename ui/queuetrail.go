package ui

import (
	"time"

	"carousel/broker"
)

// Bounds of the depths that the queues screen remembers.
const (
	trailSlots = 12 // of one queue: a minute
	trailSlot  = 5 * time.Second
	trailsMost = 2000 // queues; those seen last are kept
)

// trail is the depth of one queue over the last minute, a sample a slot.
type trail struct {
	newest  int64 // number of the newest slot
	samples [trailSlots]trailSample
}

type trailSample struct{ slot, ready int64 }

func (t *trail) record(at time.Time, ready int64) {
	n := at.UnixNano() / int64(trailSlot)
	if n <= 0 || n <= t.newest-trailSlots {
		return
	}
	t.newest = max(t.newest, n)
	t.samples[n%trailSlots] = trailSample{n, ready}
}

// tallest is the height above the lowest block of the deepest sample; a full block would run into the row above.
const tallest = float64(len(heights) - 3)

// blocks are the minute before now, scaled to its own deepest sample. A slot without a sample is a space; an empty queue has the
// lowest block, which no other depth has.
func (t *trail) blocks(now time.Time) (blocks [trailSlots]rune) {
	last := now.UnixNano() / int64(trailSlot)
	if t != nil && t.newest == last-1 { // nobody has looked yet in this slot
		last--
	}
	first := last - trailSlots + 1
	var top int64 = 1
	for i := range blocks {
		if s := t.at(first + int64(i)); s != nil {
			top = max(top, s.ready)
		}
	}
	for i := range blocks {
		switch s := t.at(first + int64(i)); {
		case s == nil:
			blocks[i] = ' '
		case s.ready <= 0:
			blocks[i] = heights[0]
		default:
			blocks[i] = heights[1+int(tallest*float64(s.ready)/float64(top))]
		}
	}
	return blocks
}

func (t *trail) draw(p *pen, theme *theme, now time.Time) {
	for _, r := range t.blocks(now) {
		k := theme.shades[0]
		if r == heights[0] {
			k = theme.faint
		}
		p.cell(k, r)
	}
}

func (t *trail) at(slot int64) *trailSample {
	if t == nil || slot <= 0 || t.samples[slot%trailSlots].slot != slot {
		return nil
	}
	return &t.samples[slot%trailSlots]
}

// trails are the depths of the queues that were seen.
type trails map[string]*trail

func (m trails) record(rows []broker.QueueRow) {
	for i := range rows {
		r := &rows[i]
		if !r.Ready.Known() {
			continue
		}
		t := m[r.Name]
		if t == nil {
			m.makeRoom()
			t = new(trail)
			m[r.Name] = t
		}
		t.record(r.Ready.At, r.Ready.Value)
	}
}

// makeRoom forgets the half of the queues that was seen longest ago, when there are too many.
func (m trails) makeRoom() {
	if len(m) < trailsMost {
		return
	}
	var newest int64
	for _, t := range m {
		newest = max(newest, t.newest)
	}
	for age := int64(trailSlots); len(m) > trailsMost/2; age /= 2 {
		for name, t := range m {
			if t.newest < newest-age || age == 0 && len(m) > trailsMost/2 {
				delete(m, name)
			}
		}
	}
}
