package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"carousel/worker"
	"carousel/worker/fleet"
)

// hostRow is a process elsewhere with the figures of its workers.
type hostRow struct {
	fleet.Host
	busy   int
	done   uint64
	failed uint64
}

// newHostTable makes the list of the processes elsewhere.
func (s *fleetPlace) newHostTable() {
	s.hostTable = table[string, hostRow]{
		key: func(h *hostRow) string { return h.ID }, selected: &s.host,
		columns: []column[hostRow]{
			{head: "  process", w: 18, left: true, grows: true, draw: s.drawHost},
			{head: "state", w: 9, left: true, draw: s.drawHostState},
			{head: "workers", w: 9, draw: s.drawHostWorkers},
			{head: "  auto", w: 9, rank: 6, left: true, draw: s.drawHostAuto},
			{head: "in hand", w: 9, rank: 2, draw: s.drawHostBusy},
			{head: "done", w: 10, rank: 3, draw: s.drawHostDone},
			{head: "failed", w: 8, rank: 4, draw: s.drawHostFailed},
			{head: "prefetch", w: 10, rank: 7, draw: s.drawHostPrefetch},
			{head: "  handler", w: 11, rank: 8, left: true, draw: s.drawHostHandler},
			{head: "  told", w: 13, rank: 5, left: true, draw: s.drawHostTold},
			{head: "clock", w: 8, rank: 9, draw: s.drawHostClock},
			{head: "  orders", w: 9, rank: 10, left: true, draw: s.drawHostOrders},
		},
	}
}

// hostRows joins the hosts with what their workers did.
func (s *fleetPlace) hostRows() {
	s.hostLines = s.hostLines[:0]
	for i := range s.hosts {
		s.hostLines = append(s.hostLines, hostRow{Host: s.hosts[i]})
	}
	var h *hostRow
	for i := range s.far { // the workers of a host stand together
		w := &s.far[i]
		if h == nil || h.Name != w.Host {
			at := slices.IndexFunc(s.hostLines, func(h hostRow) bool { return h.Name == w.Host })
			if at < 0 {
				h = nil
				continue
			}
			h = &s.hostLines[at]
		}
		h.done, h.failed = h.done+w.Done, h.failed+w.Failed
		if w.HasTask {
			h.busy++
		}
	}
	s.hostTable.take(s.hostLines)
}

func processes(n int) string {
	if n == 1 {
		return "1 process"
	}
	return count(int64(n)) + " processes"
}

// hostInk colours a process by how it stands.
func hostInk(t *theme, h *fleet.Host) ink {
	switch {
	case h.State == fleet.HostLost:
		return t.alarm
	case h.State == fleet.HostLate, h.Pool.State == worker.PoolHeld:
		return t.warn
	case h.State == fleet.HostLeft:
		return t.faint
	}
	return ""
}

func (s *fleetPlace) drawHost(h *hostRow, w int) {
	s.p.space(2)
	s.p.foreignIn(s.t.strong, w-3, h.Name)
	s.p.space(1)
}

// drawHostState draws how it is heard, and what its pool does where it is heard well.
func (s *fleetPlace) drawHostState(h *hostRow, w int) {
	text := h.State.String()
	if h.State == fleet.HostLive && h.Pool.State != worker.PoolRunning {
		text = h.Pool.State.String()
	}
	s.p.foreignIn(hostInk(s.t, &h.Host), w, text)
}

func (s *fleetPlace) drawHostWorkers(h *hostRow, w int) {
	n := strconv.AppendInt(s.p.tmp[:0], int64(h.Pool.Size), 10)
	if h.Pool.Target != h.Pool.Size {
		n = strconv.AppendInt(append(n, "→"...), int64(h.Pool.Target), 10)
	}
	s.p.right("", w, n)
}

// drawHostAuto draws between which numbers the process sets its own.
func (s *fleetPlace) drawHostAuto(h *hostRow, w int) {
	s.p.space(2)
	auto, text := h.Pool.Auto, "off"
	switch {
	case !h.TellsAuto:
		text = unknown
	case auto.Until.After(s.now):
		text = "by hand"
	case auto.On:
		text = count(int64(auto.Min)) + "–" + count(int64(auto.Max))
	}
	s.p.foreignIn(s.t.dim, w-2, text)
}

func (s *fleetPlace) drawHostBusy(h *hostRow, w int) {
	s.p.right("", w, strconv.AppendInt(s.p.tmp[:0], int64(h.busy), 10))
}

func (s *fleetPlace) drawHostDone(h *hostRow, w int) {
	s.p.right("", w, appendCountIn(s.p.tmp[:0], int64(h.done), w-1))
}

func (s *fleetPlace) drawHostFailed(h *hostRow, w int) {
	k := s.t.dim
	if h.failed > 0 {
		k = s.t.warn
	}
	s.p.right(k, w, appendCountIn(s.p.tmp[:0], int64(h.failed), w-1))
}

func (s *fleetPlace) drawHostPrefetch(h *hostRow, w int) {
	s.p.right("", w, strconv.AppendInt(s.p.tmp[:0], int64(h.Pool.Prefetch), 10))
}

func (s *fleetPlace) drawHostHandler(h *hostRow, w int) {
	s.p.space(2)
	s.p.foreignIn(s.t.dim, w-2, cmp.Or(h.Pool.Handler, unknown))
}

// drawHostTold draws which part of its tries it tells of.
func (s *fleetPlace) drawHostTold(h *hostRow, w int) {
	s.p.space(2)
	k, text := s.t.dim, "all"
	if h.Thinned > 0 {
		k, text = s.t.warn, string(appendShare(nil, float64(h.Told)/float64(h.Told+h.Thinned)))+" of all"
	}
	s.p.foreignIn(k, w-2, text)
}

// clockOff is from where on a difference of the clocks is told: below, it is the way of a notice.
const clockOff = time.Second

func (s *fleetPlace) drawHostClock(h *hostRow, w int) {
	if h.Skew.Abs() < clockOff {
		s.p.right(s.t.dim, w, append(s.p.tmp[:0], "ok"...))
		return
	}
	s.p.right(s.t.warn, w, append(s.p.tmp[:0], clockText(h.Skew)...))
}

// clockText says how another machine's clock goes: "+5 s" is ahead of ours.
func clockText(ahead time.Duration) string {
	sign := "−"
	if ahead < 0 {
		sign = "+"
	}
	return sign + span(ahead.Abs())
}

func (s *fleetPlace) drawHostOrders(h *hostRow, w int) {
	s.p.space(2)
	text := "no"
	if h.Steering {
		text = "yes"
	}
	s.p.foreignIn(s.t.dim, w-2, text)
}

// hostFacts is all that is known of a process elsewhere.
func (s *fleetPlace) hostFacts(h *fleet.Host) []fact {
	kind := "carousel work"
	if h.Console {
		kind = "a console"
	}
	facts := []fact{
		{"process", s.t.strong, fmt.Sprintf("%s, process %d", h.Name, h.PID)},
		{"", s.t.dim, strings.TrimSpace(kind + " " + h.Version)},
		{"state", hostInk(s.t, h), h.State.String() + "; heard " + s.ago(h.Heard) + " ago"},
		{"started", "", s.moment(h.Started)},
		{"pool", "", h.Pool.State.String() + ", " + plural(h.Pool.Size, "worker") + " of at most " + count(int64(h.Max))},
	}
	if h.TellsAuto {
		facts = append(facts, fact{"autoscaling", "", s.hostScaling(h.Pool.Auto)})
	}
	if h.Pool.Held != "" {
		facts = append(facts, fact{"held", s.t.warn, h.Pool.Held})
	}
	told := "every try"
	if h.Thinned > 0 {
		told = fmt.Sprintf("%s tries of %s; more than %d a second are told of in part, the figures are of all",
			count(int64(h.Told)), count(int64(h.Told+h.Thinned)), fleet.Rate)
	}
	clock := "agrees with ours"
	if h.Skew.Abs() >= clockOff {
		clock = clockText(h.Skew) + " from ours; what it tells is shown by our clock"
	}
	orders := "none: fleet.steer is off there"
	if h.Steering {
		orders = "it pauses, resumes, scales and drains when a console says so"
	}
	return append(facts,
		fact{"prefetch", "", strconv.Itoa(h.Pool.Prefetch)}, fact{"handler", "", orUnknown(h.Pool.Handler)},
		fact{"tells of", "", told}, fact{"missed", "", plural(int(h.Missed), "notice")}, fact{"clock", "", clock}, fact{"orders", "", orders})
}

// hostScaling says what a process does about its number of workers by itself.
func (s *fleetPlace) hostScaling(auto worker.Autoscaling) string {
	if !auto.On {
		return "off"
	}
	text := count(int64(auto.Min)) + " to " + plural(auto.Max, "worker")
	if left := auto.Until.Sub(s.now); left > 0 {
		return text + "; waits for " + span(left.Truncate(time.Second)) + ", a person has set the number"
	}
	if auto.Why != "" {
		text += "; " + auto.Why
	}
	return text
}
