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
	if s.onHosts {
		return s.hostBindings()
	}
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
	s.choose(a, false)
	return s.sampled(a)
}

// sampled reads the fleet again when that is due and the screen is shown.
func (s *fleetPlace) sampled(a *App) tea.Cmd {
	s.choose(a, s.onHosts)
	if a.here() != place(s) {
		s.leave()
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
	admin, session, asked := a.o.Admin, s.session, a.scene.now
	return s.send(a, func(ctx context.Context) tea.Msg {
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

func (s *fleetPlace) move(_ *App, key string) tea.Cmd {
	if s.onHosts {
		s.hostTable.move(moved(key, s.hostTable.shown))
		return nil
	}
	s.table.move(moved(key, s.table.shown))
	return nil
}

func (s *fleetPlace) mouse(a *App, m tea.MouseMsg, at image.Point) {
	if above := s.top - 2; len(s.hostTable.rows) > 0 && at.Y < above {
		s.choose(a, true)
		s.hostTable.move(wheel(m))
		if m.Button == tea.MouseButtonLeft {
			s.hostTable.pick(at.Y - s.hostTop)
		}
		return
	}
	s.choose(a, false)
	s.table.move(wheel(m))
	if m.Button == tea.MouseButtonLeft {
		s.table.pick(at.Y - s.top)
	}
}
