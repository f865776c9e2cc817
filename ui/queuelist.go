package ui

import (
	"context"
	"strings"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// queuesRead brings a page of the queues, or why there is none.
type queuesRead struct {
	place   *queuesPlace
	session int
	query   broker.QueueQuery
	page    broker.QueuePage
	err     error
}

// read asks for the page that is wanted, when that is due.
func (s *queuesPlace) read(a *App) tea.Cmd {
	if a.o.Admin == nil || a.here() != place(s) || !s.due(a.scene.now) {
		return nil
	}
	admin, query, session := a.o.Admin, s.query, s.session
	return s.send(a, func(ctx context.Context) tea.Msg {
		page, err := admin.Queues(ctx, query)
		return queuesRead{s, session, query, page, err}
	})
}

// tell takes an answer in, unless it is to a question that was given up.
func (m queuesRead) tell(a *App) tea.Cmd {
	s := m.place
	if m.session != s.session {
		return nil
	}
	s.answered(a.scene.now, m.err)
	if m.err != nil {
		s.standIn(a)
		return nil
	}
	s.page = m.page
	s.query.Page = max(1, m.page.Page) // queues went away: it is the last page that there is
	s.trails.record(m.page.Rows)
	s.show(m.page.Rows)
	if s.got != s.query { // another part of the list: the selection begins anew
		s.got = s.query
		s.table.move(-farAway)
		if s.last {
			s.table.move(farAway)
		}
	}
	s.last = false
	return nil
}

// switched has the list read by the new session; it is the same vhost's.
func (s *queuesPlace) switched(*App) { s.anew() }

func (s *queuesPlace) show(rows []broker.QueueRow) {
	s.table.take(rows)
	s.ages.counts, s.ages.rates = ages{}, ages{}
	for i := range rows {
		r := &rows[i]
		s.ages.counts.add(r.Ready.At)
		s.ages.counts.add(r.Unacked.At)
		s.ages.rates.add(r.In.At)
		s.ages.rates.add(r.Out.At)
	}
}

// standIn shows the watched queue, which is looked at by other ways too, while the list was never read.
func (s *queuesPlace) standIn(a *App) {
	if !s.at.IsZero() || a.o.Admin != nil && s.err == nil {
		return
	}
	q := &a.scene.queue
	if q.Missing || !q.Ready.Known() {
		s.show(nil)
		return
	}
	s.show([]broker.QueueRow{{
		Name: q.Queue, Type: q.Type.Value, State: q.State.Value, Node: q.Node.Value, Durable: q.Durable.Value,
		Arguments: q.Arguments.Value, Ready: q.Ready, Unacked: q.Unacked, Consumers: q.Consumers, MessageBytes: q.MessageBytes,
		In: q.In, Out: q.Out,
	}})
	s.trails.record(s.table.rows)
}

// ask makes another part of the list the wanted one, and gives up what is under way for the one before. It is asked for at once,
// unless more wishes may follow: while a filter is typed, and when one came before the last was answered.
func (s *queuesPlace) ask(a *App, q broker.QueueQuery) tea.Cmd {
	hasty := s.flying || a.filtering()
	if q == s.query && (s.flying || s.query == s.got) {
		return nil
	}
	s.query = q
	s.anew()
	if hasty {
		s.next = a.scene.now.Add(typingPause)
	}
	return s.read(a)
}

// giveUp leaves the part of the list that is being read for the one that is shown. It reports false when none is being read.
func (s *queuesPlace) giveUp(a *App) bool {
	if s.at.IsZero() || s.query == s.got {
		return false
	}
	s.query = s.got
	s.last = false
	s.table.reverse = s.got.Reverse
	for i := range s.table.columns {
		if sorts[s.table.columns[i].head] == s.got.Sort {
			s.table.by = i + 1
		}
	}
	s.anew()
	s.next = a.scene.now.Add(rereadPause)
	return true
}

// current is the selected queue, nil where there is none.
func (s *queuesPlace) current() *broker.QueueRow { return s.table.current() }

// sort has the broker sort by another column. Names begin at A, figures with the largest.
func (s *queuesPlace) sort(a *App, key string) tea.Cmd {
	if key == "O" {
		s.table.sortReverse()
	} else {
		if s.table.sortNext(); s.table.by == 0 {
			s.table.sortNext()
		}
		s.table.reverse = s.sortedBy() != "name"
	}
	q := s.query
	q.Page, q.Sort, q.Reverse = 1, s.sortedBy(), s.table.reverse
	return s.ask(a, q)
}

// turn goes a page on, or back.
func (s *queuesPlace) turn(a *App, key string) tea.Cmd {
	by := 1
	if key == "b" {
		by = -1
	}
	return s.turnBy(a, by)
}

func (s *queuesPlace) turnBy(a *App, by int) tea.Cmd {
	q := s.query
	q.Page = max(1, min(q.Page+by, s.page.Pages))
	return s.ask(a, q)
}

// move moves the selection; a page key at an end of the page goes to the one beyond.
func (s *queuesPlace) move(a *App, key string) tea.Cmd {
	before := s.table.at
	s.table.move(moved(key, s.table.shown))
	if s.table.at != before || s.page.Pages < 2 {
		return nil
	}
	switch {
	case key == "pgdown" && s.page.Page < s.page.Pages:
		return s.turnBy(a, 1)
	case key == "pgup" && s.page.Page > 1:
		s.last = true
		return s.turnBy(a, -1)
	}
	return nil
}

func (s *queuesPlace) askFilter(a *App, _ string) tea.Cmd {
	a.askFilter(&filterLine{apply: s.apply, move: s.move}, s.query.Name)
	return nil
}

// apply has the broker filter: by the newest text, once nothing more is typed for a moment.
func (s *queuesPlace) apply(a *App, text string) tea.Cmd {
	q := s.query
	if text = strings.TrimSpace(text); text != q.Name {
		q.Page, q.Name = 1, text
	}
	return s.ask(a, q)
}

// back gives up what is being read, else clears the filter, and without one leads to the board.
func (s *queuesPlace) back(a *App, _ string) tea.Cmd {
	if s.giveUp(a) {
		return nil
	}
	if s.query.Name == "" {
		return a.show(placeBoard)
	}
	return s.apply(a, "")
}
