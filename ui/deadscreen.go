package ui

import (
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// letterEditing lets the user change a body in a program of his own, and hands over what became of it.
type letterEditing func(a *App, body []byte, done func(body []byte, err error) tea.Cmd) tea.Cmd

// deadPlace is the screen of dead letters. How many there are is watched all the time, and costs nothing. The letters
// themselves are a copy that was made on request: a look is a delivery.
type deadPlace struct {
	drawing
	edit  letterEditing
	named string // the queue that the user has named; "": the work queue's own

	cost     broker.LookCost // newest
	costErr  error           // why there is none
	costAt   time.Time       // when it was asked for; zero: never
	costing  bool            // it is being asked for
	asked    int             // goes up with every queue, so that no answer for the one before is taken
	looking  bool
	lookErr  error                // of the newest look
	lookFrom time.Time            // when it began
	lookTo   time.Time            // when it ended; far off while it goes on
	counted  broker.Figure[int64] // by it
	found    *broker.Letters
	outdated string // why what was found is no longer what the queue holds; ""

	rows      []deadRow // all that was found and is still there, as far as is known
	marked    map[string]bool
	filter    string
	matches   []deadRow // the rows that pass matchedBy; nil: not known
	matchedBy string    // the filter of the newest sift
	kind      deadKind  // selected group
	key       string    // selected letter
	groups    table[deadKind, deadGroup]
	letters   table[string, deadRow]
	onLetters bool // focus
	top       int  // rows of the groups in the last view
	first     int  // line of their first row in it
	side      int  // cells of the letters in it
	laid      laidLetter

	job *deadJob // runs, or was the last to
}

func newDeadPlace(d drawing) *deadPlace {
	s := &deadPlace{drawing: d, edit: (*App).openEditor, marked: map[string]bool{}}
	s.groups = s.groupTable()
	s.letters = s.letterTable()
	return s
}

func (s *deadPlace) name() string { return "dead letters" }

// remark is the number of dead letters of the work queue.
func (s *deadPlace) remark(*App) (ink, string) {
	if n := s.queue.Dead; n.Known() && n.Value > 0 {
		return s.t.alarm, count(n.Value)
	}
	return "", ""
}

// dead is the screen of dead letters.
func (a *App) dead() *deadPlace { return a.places[placeDead].(*deadPlace) }

// openDead brings the dead letters onto the screen.
func (a *App) openDead(string) tea.Cmd { return a.show(placeDead) }

func (s *deadPlace) bindings() []binding {
	return []binding{
		{[]string{"L"}, "L", "look", "look at the letters, once (peek, get messages): a look is a delivery, and says what it costs", s.barLook, s.askLook},
		{[]string{"enter"}, "↵", "open", "look; open the selected group; show the selected letter whole", nil, s.enter},
		{[]string{"R"}, "R", "replay", "send letters to where they came from, or to another queue", s.barAct, s.askReplay},
		{[]string{"E"}, "E", "edit", "edit the selected letter's body in $EDITOR, and replay the edited copy", s.barEdit, s.editLetter},
		{[]string{"X"}, "X", "discard", "remove letters for good; asks with what would be lost", s.barAct, s.askDiscard},
		{[]string{" "}, "space", "mark", "mark the selected letter or the letters of the group, or not", s.barSelect, s.mark},
		{[]string{"a"}, "a", "", "mark all that the group and the filter show", s.barSelect, s.markAll},
		{[]string{"A"}, "A", "", "mark none", s.barSelect, s.markNone},
		{[]string{"/"}, "/", "filter", "show what has a text in cause, origin, id, type or body", s.barLetters, s.askFilter},
		{[]string{"p"}, "p", "pause", "pause what runs here, or let it go on", s.barJob, s.pauseJob},
		{[]string{"c"}, "c", "stop", "stop what runs here; what is not done stays", s.barJob, s.stopJob},
		{[]string{"Q"}, "Q", "queue", "name another dead-letter queue", nil, s.askQueue},
		{[]string{"tab", "shift+tab"}, "tab", "", "the other pane", nil, s.otherPane},
		{moves, "j k g G", "", "select: down, up, first, last; arrows and page keys too", nil, s.move},
		{[]string{"o"}, "o", "", "sort the letters by the next column", nil, s.sortNext},
		{[]string{"O"}, "O", "", "turn the order round", nil, s.sortReverse},
		{[]string{"esc"}, "esc", "", "back: to the groups, no filter, no report, then to the board", nil, s.back},
	}
}

// target is the dead-letter queue on the screen.
func (s *deadPlace) target() string {
	if s.named != "" {
		return s.named
	}
	return broker.DeadQueue(s.queue.Queue)
}

// depth is the newest count of the queue: of an inquiry, of a look, or, of the work queue's own, of the monitor. What the
// monitor counts during a look does not count: the look has the letters then.
func (s *deadPlace) depth() (newest broker.Figure[int64]) {
	if s.costErr == nil && !s.costAt.IsZero() {
		newest = broker.Figure[int64]{Value: int64(s.cost.Depth), At: s.costAt}
	}
	if s.counted.At.After(newest.At) {
		newest = s.counted
	}
	if watched := s.queue.Dead; s.named == "" && watched.At.After(newest.At) && (watched.At.Before(s.lookFrom) || watched.At.After(s.lookTo)) {
		newest = watched
	}
	return newest
}

func (s *deadPlace) arrive(a *App) tea.Cmd { return s.inquire(a) }

// How old the answer to an inquiry gets before the next one, and how old where it is the only count of the queue, or where
// there is none.
const (
	inquiryPatience   = 30 * time.Second
	inquiryImpatience = 5 * time.Second
)

func (s *deadPlace) sampled(a *App) tea.Cmd {
	if s.job != nil && !s.job.ended {
		s.job.tally = s.job.read()
	}
	patience := inquiryPatience
	if s.named != "" || s.costErr != nil {
		patience = inquiryImpatience
	}
	gone := broker.KindOf(s.costErr) == broker.QueueMissing && s.queue.Dead.Value > 0 // it was made since
	if a.place == placeDead && (s.now.Sub(s.costAt) > patience || gone && s.now.Sub(s.costAt) > time.Second) {
		return s.inquire(a)
	}
	return nil
}

// sift brings both tables up to date with what was found, the marks, the filter, and the selected group.
func (s *deadPlace) sift() {
	if s.matches == nil || s.matchedBy != s.filter {
		s.matches, s.matchedBy = deadMatches(s.rows, s.filter), s.filter
	}
	s.groups.take(deadGroups(s.matches, s.marked))
	var list []deadRow
	for i := range s.matches {
		if s.kind.has(s.matches[i].Letter) {
			list = append(list, s.matches[i])
		}
	}
	s.letters.take(list)
	if len(list) == 0 {
		s.onLetters = false
	}
}

// setRows takes letters in, and forgets the marks of those that are gone.
func (s *deadPlace) setRows(rows []deadRow) {
	s.rows, s.matches = rows, nil
	there := make(map[string]bool, len(s.marked))
	for i := range rows {
		if s.marked[rows[i].Key] {
			there[rows[i].Key] = true
		}
	}
	s.marked = there
	s.sift()
}
