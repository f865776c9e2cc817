package ui

import "strings"

func (s *fleetPlace) view(a *App, w, h int) []string {
	above := s.viewHosts(w, h)
	lines := s.viewConsumers(a, w, h-len(above))
	s.top += len(above)
	return append(above, lines...)
}

// viewHosts draws the processes elsewhere, where there are any, in at most half of the height.
func (s *fleetPlace) viewHosts(w, h int) []string {
	rows := min(len(s.hostTable.rows), h/2-frameRows-1)
	if rows <= 0 {
		return nil
	}
	b := newBox(s.p, s.t, w, rows+frameRows+1, s.onHosts)
	b.title("Elsewhere")
	b.put("", processes(len(s.hosts))+" ")
	b.topEnd("")
	s.hostTop = len(b.lines) + 1
	caption := ""
	if hidden := s.hostTable.view(b, s.onHosts); hidden > 0 {
		caption = count(int64(hidden)) + " more"
	}
	return b.rest(caption)
}

func (s *fleetPlace) viewConsumers(a *App, w, h int) []string {
	b := newBox(s.p, s.t, w, h, !s.onHosts)
	s.head(b)
	note, k := s.note(a)
	b.paragraph(k, note)
	if len(s.table.rows) == 0 {
		if text := s.empty(a); text != "" {
			b.say(s.t.dim, text)
		}
		return b.rest("")
	}
	s.top = len(b.lines) + 1 // below the heads
	caption := ""
	if t := &s.totals; t.consumers > 0 && t.idle == t.consumers {
		caption = "idle: every consumer waits for a task"
	}
	if hidden := s.table.view(b, !s.onHosts); hidden > 0 {
		caption = count(int64(hidden)) + " more"
	}
	return b.rest(caption)
}

// head is the title with the sums, as many as there is room for, and how old the figures are.
func (s *fleetPlace) head(b *box) {
	t := &s.totals
	b.title("Fleet")
	if len(s.table.rows) == 0 {
		b.topEnd("")
		return
	}
	remark := ""
	if !s.at.IsZero() {
		remark = "counts " + s.ages.counts.text(s.now) + " · rates " + s.ages.rates.text(s.now)
	}
	put := func(k ink, text string) {
		if width(text)+width(remark)+7 <= b.left {
			b.put(k, text)
		}
	}
	of := ""
	if s.fleet.Total > t.consumers {
		of = count(int64(t.consumers)) + " of "
	}
	put("", of+plural(max(t.consumers, s.fleet.Total), "consumer")+" on "+plural(t.connections, "connection")+" ")
	if t.stuck > 0 {
		put(s.t.alarm, "· ! "+count(int64(t.stuck))+" stuck ")
	}
	if t.unacked.Known() {
		put(s.t.dim, "· "+count(t.unacked.Value)+" unacked ")
	}
	if t.acks.Known() {
		put(s.t.dim, "· "+rate(t.acks.Value)+" acked ")
	}
	if t.ours > 0 && t.ours < t.consumers {
		put(s.t.dim, "· "+count(int64(t.ours))+" ours ")
	}
	b.topEnd(remark)
}

// note says why something is missing or what is odd about all that is shown.
func (s *fleetPlace) note(a *App) (string, ink) {
	switch {
	case s.deaf != nil && a.o.Others != nil && s.watched():
		return "Processes elsewhere are not heard: " + s.deaf.Error() + ".", s.t.warn
	case a.o.Admin == nil:
		return "This console has no management API to ask; it knows of its own workers only.", s.t.warn
	case s.err != nil && s.at.IsZero():
		return s.unread(s.now, "") + " Only the workers of this console are known.", s.t.warn
	}
	if why := s.unread(s.now, "the fleet"); why != "" {
		return why, s.t.warn
	}
	if s.fleet.Cut != "" {
		return sentence(s.fleet.Cut), s.t.warn
	}
	t := &s.totals
	known := false
	for i := range s.fleet.Rows {
		known = known || s.fleet.Rows[i].Acks.Known() || s.fleet.Rows[i].Unacked.Known()
	}
	switch {
	case t.consumers > 0 && !known:
		return "No figures of the channels: the broker has made none yet, its statistics are switched off, or this user may not " +
			"see them (the monitoring tag lets it).", s.t.dim
	}
	return "", ""
}

func (s *fleetPlace) empty(a *App) string {
	switch {
	case s.queue.Missing:
		return "There is no such queue."
	case s.at.IsZero() && a.o.Admin != nil && s.err == nil:
		return strings.TrimSpace("Reading who consumes … " + s.waiting(s.now))
	case s.at.IsZero() && s.queue.Consumers.Known():
		return "The queue has " + plural(int(s.queue.Consumers.Value), "consumer") + "; who they are is not known."
	case s.at.IsZero():
		return ""
	case a.barPool() == "":
		return "Nobody consumes from this queue; + starts a worker."
	}
	return "Nobody consumes from this queue."
}
