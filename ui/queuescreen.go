package ui

import (
	"image"
	"strings"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// queuesPlace is the screen of all queues of the vhost, a page of the broker's list at a time. The broker sorts, filters and cuts
// it into pages, so that a screen costs a page however many queues there are.
type queuesPlace struct {
	drawing
	reread
	query  broker.QueueQuery // what is wanted
	page   broker.QueuePage  // the newest answer
	got    broker.QueueQuery // what that answers
	last   bool              // the last row of the page that comes is to be selected
	trails trails
	ages   struct{ counts, rates ages }

	table    table[string, broker.QueueRow]
	selected string
	top      int // line of the first row in the newest view

	draft *queueForm
}

// pageSize is how many queues a page has: more than a screen, and little work for the broker.
const pageSize = 50

func newQueuesPlace(d drawing) *queuesPlace {
	s := &queuesPlace{drawing: d, query: broker.QueueQuery{Page: 1, Size: pageSize, Sort: "name"}, trails: trails{}}
	s.newTable()
	return s
}

func (s *queuesPlace) name() string { return "queues" }

func (s *queuesPlace) bindings() []binding {
	return []binding{
		{[]string{"enter"}, "↵", "details", "show all that is known of the selected queue", s.barNone, s.openDetails},
		{[]string{"w"}, "w", "watch", "watch the selected queue; no worker starts there", s.barWatch, s.watch},
		{[]string{"W"}, "W", "work", "watch the selected queue and let the workers work on it", s.barWork, s.askWork},
		{[]string{"/"}, "/", "filter", "only queues with a text in their names", nil, s.askFilter},
		{[]string{"o", "O"}, "o O", "sort", "sort by the next column; O turns the order round", nil, s.sort},
		{[]string{"n", "b"}, "n b", "page", "next page of the list, page before; page keys at its ends too", s.barPages, s.turn},
		{[]string{"c"}, "c", "create", "create a queue", s.barCreate, s.openCreate},
		{[]string{"P"}, "P", "purge", "remove every ready task from the selected queue", s.barPurge, s.askEnd},
		{[]string{"D"}, "D", "delete", "delete the selected queue with its tasks", s.barDelete, s.askEnd},
		{moves, "j k g G", "", "select: down, up, first, last; arrows and page keys too", nil, s.move},
		{[]string{"esc"}, "esc", "", "back: stop what is being read, clear the filter, then to the board", nil, s.back},
	}
}

func (s *queuesPlace) remark(*App) (ink, string) {
	if s.at.IsZero() {
		return "", ""
	}
	return s.t.dim, count(int64(s.page.Total))
}

func (s *queuesPlace) arrive(a *App) tea.Cmd {
	s.soon()
	return s.sampled(a)
}

// sampled reads the page again when that is due and the screen is shown, and recounts for an open question.
func (s *queuesPlace) sampled(a *App) tea.Cmd {
	if a.here() != place(s) {
		s.leave()
		return nil
	}
	s.standIn(a)
	if q, open := a.dialog.(*queueEnd); open {
		return tea.Batch(s.read(a), q.recount(a))
	}
	return s.read(a)
}

func (s *queuesPlace) view(a *App, w, h int) []string {
	b := newBox(s.p, s.t, w, h, true)
	s.head(b)
	a.filterRow(b, s.query.Name)
	note, k := s.note(a)
	b.paragraph(k, note)
	if len(s.table.rows) == 0 {
		if s.err == nil {
			b.say(s.t.dim, s.empty(a))
		}
		return b.rest("")
	}
	s.top = len(b.lines) + 1 // below the heads
	hidden := s.table.view(b, true)
	return b.rest(s.caption(hidden))
}

// head is the title: which part of the list this is, and how old its figures are.
func (s *queuesPlace) head(b *box) {
	b.title("Queues")
	if !s.at.IsZero() {
		paged := s.page.Pages > 1
		if paged {
			b.put("", "page "+count(int64(s.page.Page))+" of "+count(int64(s.page.Pages))+" · ")
		}
		if s.page.Filtered != s.page.Total {
			b.put("", count(int64(s.page.Filtered))+" of ")
		}
		if paged {
			b.put("", plural(s.page.Total, "queue")+" ")
		} else {
			b.put("", count(int64(s.page.Total))+" ")
			vhost, _ := clip(plain(s.queue.VHost), max(8, b.left-40))
			b.foreign(s.t.dim, "in vhost "+vhost+" ")
		}
	}
	if !s.at.IsZero() && s.query != s.got {
		b.put(s.t.accent, "· reading … "+s.waiting(s.now))
	}
	remark := ""
	if len(s.table.rows) > 0 {
		remark = "counts " + s.ages.counts.text(s.now) + " · rates " + s.ages.rates.text(s.now)
	}
	b.topEnd(remark)
}

// note says why something is missing or what is odd about all that is shown.
func (s *queuesPlace) note(a *App) (string, ink) {
	switch {
	case a.o.Admin == nil:
		return "This console has no management API to ask; it knows of its own queue only.", s.t.warn
	case s.err != nil && s.at.IsZero():
		return s.unread(s.now, "") + " Only the watched queue is known.", s.t.warn
	}
	if why := s.unread(s.now, "the list"); why != "" {
		return why, s.t.warn
	}
	if s.page.Partial != "" && !s.at.IsZero() {
		return sentence(s.page.Partial), s.t.warn
	}
	rows := s.table.rows
	statistics, moving := false, false // a queue that nobody ever used has no rates, but its consumers are counted
	for i := range rows {
		r := &rows[i]
		statistics = statistics || r.In.Known() || r.Out.Known() || r.Consumers.Known() || r.MessageBytes.Known()
		moving = moving || r.Ready.Value+r.Unacked.Value > 0 || r.In.Value+r.Out.Value > 0
	}
	switch {
	case len(rows) > 0 && !statistics:
		return "No rates, consumers and bytes: the broker has made none yet, or its statistics are switched off.", s.t.dim
	case len(rows) > 0 && !moving && s.query.Name == "" && s.page.Pages <= 1:
		return "Idle: every queue is empty, and nothing goes in or out.", s.t.dim
	}
	return "", ""
}

func (s *queuesPlace) empty(a *App) string {
	switch {
	case s.at.IsZero():
		return strings.TrimSpace("Reading the queues … " + s.waiting(s.now))
	case s.query.Name != "":
		return "No queue has that in its name; esc shows all " + count(int64(s.page.Total)) + "."
	case s.page.Total > 0:
		return "This page is empty by now; b goes a page back."
	case s.barCreate(a) == "":
		return "This vhost has no queue; c creates one."
	}
	return "This vhost has no queue."
}

func (s *queuesPlace) caption(hidden int) string {
	text := ""
	if hidden > 0 {
		text = count(int64(hidden)) + " more on this page"
	}
	if s.page.Page < s.page.Pages {
		if text != "" {
			text += " · "
		}
		text += "n next page"
	}
	return text
}

func (s *queuesPlace) mouse(_ *App, m tea.MouseMsg, at image.Point) {
	s.table.move(wheel(m))
	if m.Button == tea.MouseButtonLeft {
		s.table.pick(at.Y - s.top)
	}
}
