package ui

import (
	"time"

	"carousel/broker"
)

// headline draws the first line of the screen: what this is connected to, and how old the figures are. Narrow screens
// leave out the parts that matter least.
type headline struct {
	drawing
	version  string
	context  Context // of the session that is shown
	readOnly bool
	sandbox  bool
	player   *player // nil: what is seen is now
	lens     *lens
}

// part is a piece of the header: a mark, a text from outside, or both. The parts with the greatest rank are left out
// first.
type part struct {
	k    ink
	mark rune // 0: none
	text string
	rank int
}

func (p *part) cells() int {
	_, n := clip(plain(p.text), 1<<15)
	if p.mark != 0 {
		n += 2
	}
	return n
}

func (h *headline) view(w int) string {
	parts := h.parts(h.link())
	ages := h.ages()
	room := w - width(ages) - 3
	for widthOf(parts) > room {
		worst := 0
		for i := range parts {
			if parts[i].rank > parts[worst].rank {
				worst = i
			}
		}
		if parts[worst].rank == 0 {
			break
		}
		parts = append(parts[:worst], parts[worst+1:]...)
	}
	h.p.begin(w)
	for i := range parts {
		h.p.space(1)
		if m := parts[i].mark; m != 0 {
			h.p.cell(parts[i].k, m)
			h.p.space(1)
		}
		h.p.foreign(parts[i].k, parts[i].text)
	}
	if h.p.left > width(ages) {
		h.p.space(h.p.left - width(ages) - 1)
		h.p.put(h.t.dim, ages)
	}
	return h.p.end()
}

func widthOf(parts []part) (n int) {
	for i := range parts {
		n += parts[i].cells() + 1
	}
	return n
}

// notVerified stays on the screen for as long as nobody verifies the broker's certificate.
const notVerified = "[TLS not verified]"

func (h *headline) parts(l *broker.LinkState) []part {
	parts := make([]part, 0, 14)
	add := func(k ink, mark rune, text string, rank int) { parts = append(parts, part{k, mark, text, rank}) }
	add(h.t.strong, 0, "carousel", 3)
	if h.version != "" {
		add(h.t.dim, 0, h.version, 9)
	}
	parts = append(parts, h.status(l))
	if h.player != nil {
		add(h.t.warn, 0, h.player.stand().text(h.player.tape.Length), 0)
	}
	if h.sandbox {
		add(h.t.warn, 0, "[sandbox]", 0)
	}
	if x := &h.context; x.Name != "" {
		k := h.t.ofContext(x.Colour)
		if l == nil || l.Address == "" { // nothing has answered by that name yet
			k = h.t.dim
		}
		add(k, 0, "["+x.Name+"]", 0)
		if x.Protected {
			add(h.t.warn, 0, "[protected]", 0)
		}
	}
	if h.readOnly {
		add(h.t.warn, 0, "[read-only]", 0)
	}
	if h.lens.on() {
		add(h.t.warn, 0, "[tracing "+h.lens.left(h.now)+"]", 0)
	}
	if l != nil && l.Insecure {
		add(h.t.alarm, 0, notVerified, 0)
	}
	if l != nil && l.Address != "" {
		add("", 0, l.User+"@"+l.Address, 2)
		add("", 0, "vhost "+l.VHost, 4)
		if l.Product != "" {
			add(h.t.dim, '·', l.Product+" "+l.Version, 6)
		}
	}
	add(h.t.strong, '·', h.queue.Queue, 1)
	if h.queue.Type.Known() {
		add(h.t.dim, 0, h.queue.Type.Value, 7)
	}
	if h.queue.Durable.Known() && h.queue.Durable.Value {
		add(h.t.dim, 0, "durable", 8)
	}
	return parts
}

// status is the dot and its word for the link that the screen depends on.
func (h *headline) status(l *broker.LinkState) part {
	switch {
	case l == nil:
		return part{h.t.dim, '○', "no link", 0}
	case l.Blocked != "":
		return part{h.t.alarm, '●', "blocked", 0}
	case l.Status == broker.LinkUp:
		return part{h.t.calm, '●', "up", 0}
	case l.Status == broker.LinkRefused:
		return part{h.t.alarm, '×', "refused", 0}
	case l.Generation > 0:
		return part{h.t.alarm, '○', "down", 0}
	}
	return part{h.t.warn, '○', l.Status.String(), 0}
}

// link is the one that tells about the broker: the watch, or one that is up where the watch is not.
func (h *headline) link() *broker.LinkState {
	var found *broker.LinkState
	for i := range h.links {
		l := &h.links[i]
		switch {
		case l.Role == broker.RoleWatch && (l.Status == broker.LinkUp || l.Address != ""):
			return l
		case found == nil, l.Status == broker.LinkUp && found.Status != broker.LinkUp:
			found = l
		}
	}
	return found
}

// ages says how long ago each of the two sources answered.
func (h *headline) ages() string {
	return "amqp " + h.age(h.queue.AMQP.At) + " · api " + h.age(newer(h.queue.API.At, h.queue.Totals.At)) + " "
}

func newer(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (h *headline) age(at time.Time) string {
	if at.IsZero() {
		return unknown
	}
	return string(appendAge(nil, max(0, h.now.Sub(at))))
}
