package ui

import (
	"context"
	"image"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// fleetPlace is the screen of who consumes from the watched queue: ours and others', each with its channel under its connection.
type fleetPlace struct {
	drawing
	reread
	fleet    broker.Fleet // the newest answer
	silences map[channelKey]silence
	linedUp  time.Time // when the lines were made
	totals   fleetTotals
	ages     struct{ counts, rates ages }

	table    table[fleetKey, fleetLine]
	selected fleetKey
	top      int // line of the first row in the newest view

	// The processes elsewhere, above the consumers.
	hostTable table[string, hostRow]
	hostLines []hostRow
	host      string // id of the selected one
	onHosts   bool   // keys are for them
	hostTop   int    // line of the first of them in the newest view
}

func newFleetPlace(d drawing) *fleetPlace {
	s := &fleetPlace{drawing: d, silences: map[channelKey]silence{}}
	s.newTable()
	s.newHostTable()
	return s
}

func (s *fleetPlace) name() string { return "fleet" }

func (s *fleetPlace) bindings() []binding {
	return []binding{
		{[]string{"enter"}, "↵", "details", "show all that is known of the selected consumer or connection", s.barNone, s.openDetails},
		{[]string{"X"}, "X", "close", "close the selected connection; what it holds goes back to the queue", s.barClose, s.askClose},
		{[]string{"tab", "shift+tab"}, "tab", "processes", "to the list of processes elsewhere that work on this queue", s.barHosts, s.otherList},
		{moves, "j k g G", "", "select: down, up, first, last; arrows and page keys too", nil, s.move},
		{[]string{"esc"}, "esc", "", "back to the board", nil, func(a *App, _ string) tea.Cmd { return a.show(placeBoard) }},
	}
}

func (s *fleetPlace) remark(*App) (ink, string) {
	if s.totals.stuck > 0 {
		return s.t.alarm, count(int64(s.totals.stuck)) + " stuck"
	}
	return "", ""
}

func (s *fleetPlace) arrive(a *App) tea.Cmd {
	s.soon()
	s.onHosts = false
	return s.sampled(a)
}

// sampled reads the fleet again when that is due and the screen is shown.
func (s *fleetPlace) sampled(a *App) tea.Cmd {
	if s.onHosts = s.onHosts && len(s.hosts) > 0; a.here() != place(s) {
		return nil
	}
	s.hostRows()
	switch {
	case s.at.IsZero():
		s.standIn(a)
	case s.now.Sub(s.linedUp) >= time.Second: // our workers go on between two answers
		s.lineUp(s.fleet.Rows)
	}
	return s.read(a)
}

// switched forgets who consumes from the queue that was left.
func (s *fleetPlace) switched(*App) {
	s.anew()
	s.fleet, s.silences, s.at, s.err = broker.Fleet{}, nil, time.Time{}, nil
	s.lineUp(nil)
}

// fleetRead brings the fleet of the watched queue, or why there is none.
type fleetRead struct {
	place   *fleetPlace
	session int
	asked   time.Time
	fleet   broker.Fleet
	err     error
}

func (s *fleetPlace) read(a *App) tea.Cmd {
	if a.o.Admin == nil || !s.due(a.scene.now) {
		return nil
	}
	s.flying = true
	admin, session, asked := a.o.Admin, s.session, a.scene.now
	return a.crew.asks(rereadTimeout, func(ctx context.Context) tea.Msg {
		fleet, err := admin.Fleet(ctx)
		return fleetRead{s, session, asked, fleet, err}
	})
}

// tell takes the answer in, unless another queue is watched by now.
func (m fleetRead) tell(a *App) tea.Cmd {
	s := m.place
	if m.session != s.session {
		return nil
	}
	s.flying = false
	s.answered(a.scene.now, m.err)
	if m.err == nil {
		s.fleet = m.fleet
		s.hear()
		s.lineUp(m.fleet.Rows)
	}
	s.standIn(a)
	if q, open := a.dialog.(*connectionEnd); open {
		q.read(m)
	}
	return nil
}

// standIn shows our own workers, which the pool knows, while the fleet was never read.
func (s *fleetPlace) standIn(a *App) {
	if !s.at.IsZero() || a.o.Admin != nil && s.err == nil {
		return
	}
	var rows []broker.FleetRow
	for i := range s.shown {
		w := &s.shown[i]
		if w.State == worker.StateGone || w.Tag == "" {
			continue
		}
		rows = append(rows, broker.FleetRow{
			Tag: w.Tag, Ours: true, Connection: "this console", Channel: i + 1, Prefetch: s.pool.Prefetch, AckNeeded: true, Active: true,
		})
	}
	s.lineUp(rows)
}

// hear notes which channels were silent in the newest answer, and how old its figures are.
func (s *fleetPlace) hear() {
	silences := make(map[channelKey]silence, len(s.fleet.Rows))
	s.ages.counts, s.ages.rates = ages{}, ages{}
	for i := range s.fleet.Rows {
		r := &s.fleet.Rows[i]
		key := channelKey{connectionOf(r), r.Channel}
		silences[key] = s.silences[key].next(r, s.now)
		s.ages.counts.add(r.Unacked.At)
		s.ages.rates.add(r.Acks.At)
	}
	s.silences = silences
}

// lineUp makes the lines of rows, with what our workers are at just now.
func (s *fleetPlace) lineUp(rows []broker.FleetRow) {
	s.linedUp = s.now
	byTag := make(map[string]*worker.WorkerStatus, len(s.shown))
	for i := range s.shown {
		byTag[s.shown[i].Tag] = &s.shown[i]
	}
	lines, totals := lineUp(rows, func(l *fleetLine) { s.judge(l, byTag) })
	s.totals = totals
	s.table.take(lines)
}

// judge names the worker of ours that a consumer is, and says what it is doing.
func (s *fleetPlace) judge(l *fleetLine, byTag map[string]*worker.WorkerStatus) {
	quiet := s.silences[channelKey{connectionOf(&l.FleetRow), l.Channel}]
	var own time.Time
	if w := byTag[l.Tag]; w != nil && l.Ours && l.Tag != "" {
		l.worker = w.Name
		if w.HasTask {
			own = w.Started
		}
	}
	l.since = own
	if l.doing = doingOf(&l.FleetRow, quiet, own, s.at); l.doing == doingStuck {
		l.since = quiet.since
	}
}

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
		return "Reading who consumes …"
	case s.at.IsZero() && s.queue.Consumers.Known():
		return "The queue has " + plural(int(s.queue.Consumers.Value), "consumer") + "; who they are is not known."
	case s.at.IsZero():
		return ""
	case a.barPool() == "":
		return "Nobody consumes from this queue; + starts a worker."
	}
	return "Nobody consumes from this queue."
}

func (s *fleetPlace) move(_ *App, key string) tea.Cmd {
	if s.onHosts {
		s.hostTable.move(moved(key, s.hostTable.shown))
		return nil
	}
	s.table.move(moved(key, s.table.shown))
	return nil
}

func (s *fleetPlace) mouse(_ *App, m tea.MouseMsg, at image.Point) {
	if above := s.top - 2; len(s.hostTable.rows) > 0 && at.Y < above {
		s.onHosts = true
		s.hostTable.move(wheel(m))
		if m.Button == tea.MouseButtonLeft {
			s.hostTable.pick(at.Y - s.hostTop)
		}
		return
	}
	s.onHosts = false
	s.table.move(wheel(m))
	if m.Button == tea.MouseButtonLeft {
		s.table.pick(at.Y - s.top)
	}
}
