package ui

import (
	"image"
	"slices"

	"carousel/worker/lab"

	tea "github.com/charmbracelet/bubbletea"
)

// labPlace is the screen of the lab: one workload, shared among workers in several ways, each as the model predicts it and as it
// was measured here.
type labPlace struct {
	drawing
	ascii  bool
	design lab.Design // of the study
	study  lab.Study
	rows   []lab.Row
	advice []string
	drawn  bool      // there is a study
	under  bool      // a study is being drawn and predicted
	wrong  error     // why that failed at last
	where  string    // the context that it was measured in, once that was left; ""
	abroad bool      // the console is in another one
	trial  *labTrial // under way; nil: none is

	form     *labForm
	table    table[string, lab.Row]
	selected string      // a strategy's name
	follows  bool        // the selection is on what is being measured, until it is moved
	modelled bool        // the lanes are those of the model, though others are there
	zoomed   bool        // the lanes have all the room
	top      int         // line of the first row in the newest view
	lanes    [2]labLanes // of the selected strategy, and of the one beside it
	told     labTexts
}

func newLabPlace(d drawing, ascii bool) *labPlace {
	s := &labPlace{drawing: d, ascii: ascii, design: lab.UsualDesign()}
	s.newTable()
	return s
}

func (a *App) lab() *labPlace { return a.places[placeLab].(*labPlace) }

func (s *labPlace) name() string { return "lab" }

func (s *labPlace) bindings() []binding {
	return []binding{
		{[]string{"enter"}, "↵", "explain", "all figures of the selected strategy, and what explains the difference", s.barNone, s.openRow},
		{[]string{"s"}, "s", "start", "measure the strategies here, one after the other, in queues of the lab's own", s.barStart, s.start},
		{[]string{"x"}, "x", "stop", "stop measuring; what has been measured stays", s.barStop, s.stop},
		{[]string{"c"}, "c", "choose", "choose the workload, the crew and the strategies", s.barChoose, s.openForm},
		{[]string{"m"}, "m", "model", "lanes: as the model predicts them, or as they were measured", s.barModel, s.toggleModel},
		{[]string{"z"}, "z", "", "give the lanes the whole screen, or give it back", s.barNone, s.toggleZoom},
		{[]string{"X"}, "X", "export", "write the figures to a file: CSV, or JSON with every try", s.barExport, s.askExport},
		{moves, "j k g G", "", "select: down, up, first, last; arrows and page keys too", nil, s.move},
		{[]string{"esc"}, "esc", "", "back: unzoom, then to the board", nil, s.back},
	}
}

// remark is how far the lab has come.
func (s *labPlace) remark(*App) (ink, string) {
	if s.trial == nil {
		return "", ""
	}
	return s.t.accent, count(int64(s.ended())) + "/" + count(int64(len(s.rows)))
}

// ended is how many of the strategies have been measured, or will not be.
func (s *labPlace) ended() (n int) {
	for i := range s.rows {
		if state := s.rows[i].State; state != lab.Waiting && state != lab.Running {
			n++
		}
	}
	return n
}

// arrive draws the usual study the first time, so that there is something to look at.
func (s *labPlace) arrive(a *App) tea.Cmd {
	if s.drawn || s.under || s.wrong != nil {
		return nil
	}
	return s.drawStudy(a, s.design, nil)
}

// sampled looks how far a trial has come.
func (s *labPlace) sampled(*App) tea.Cmd {
	if s.trial != nil {
		s.take(s.trial.rows(s.rows))
	}
	return nil
}

// follow keeps the selection on the row that is being measured; when all are, on the slowest, which the fastest stands beside.
func (s *labPlace) follow() {
	if !s.follows {
		return
	}
	slowest := &s.rows[0]
	for i := range s.rows {
		r := &s.rows[i]
		if r.State == lab.Running {
			s.selected = r.Strategy.Name
			return
		}
		if tookOf(r) > tookOf(slowest) {
			slowest = r
		}
	}
	if s.trial == nil {
		s.selected = slowest.Strategy.Name
	}
}

// moved notes where what was measured was, now that the console goes from one context to another.
func (s *labPlace) moved(from, to string) {
	if s.where == "" && slices.ContainsFunc(s.rows, func(r lab.Row) bool { return r.Measured != nil }) {
		s.where = from
	}
	s.abroad = s.where != "" && s.where != to
	s.told = labTexts{}
}

// take takes rows in.
func (s *labPlace) take(rows []lab.Row) {
	s.rows = rows
	s.follow()
	s.table.take(rows)
}

// picked is the selected row; nil without a study.
func (s *labPlace) picked() *lab.Row { return s.table.current() }

func (s *labPlace) barNone(*App) string {
	if s.picked() == nil {
		return "there is no study yet"
	}
	return ""
}

func (s *labPlace) barModel(a *App) string {
	if r := s.picked(); r != nil && r.Run == nil {
		return "nothing of it has been measured; these are the model's"
	}
	return s.barNone(a)
}

func (s *labPlace) toggleModel(*App, string) tea.Cmd {
	s.modelled = !s.modelled
	return nil
}

func (s *labPlace) toggleZoom(*App, string) tea.Cmd {
	s.zoomed = !s.zoomed
	return nil
}

func (s *labPlace) move(_ *App, key string) tea.Cmd {
	s.follows = false
	s.table.move(moved(key, len(s.rows)))
	return nil
}

func (s *labPlace) back(a *App, _ string) tea.Cmd {
	if s.zoomed {
		s.zoomed = false
		return nil
	}
	return a.show(placeBoard)
}

func (s *labPlace) mouse(_ *App, m tea.MouseMsg, at image.Point) {
	if by := wheel(m); by != 0 {
		s.follows = false
		s.table.move(by)
	}
	if m.Button == tea.MouseButtonLeft && !s.zoomed && s.table.pick(at.Y-s.top) {
		s.follows = false
	}
}
