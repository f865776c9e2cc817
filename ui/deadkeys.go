package ui

import (
	tea "github.com/charmbracelet/bubbletea"
)

// The reasons for which keys cannot act on dead letters.

func (s *deadPlace) barLetters(*App) string {
	switch {
	case s.found == nil:
		return "nobody has looked at the letters yet; L looks"
	case len(s.rows) == 0:
		return "there is no letter"
	}
	return ""
}

func (s *deadPlace) barSelect(a *App) string {
	if why := s.barLetters(a); why != "" {
		return why
	}
	if len(s.letters.rows) == 0 {
		return "no letter passes the filter"
	}
	return ""
}

func (s *deadPlace) barAct(a *App) string {
	switch {
	case a.o.Dead == nil:
		return "this console has no way to dead letters"
	case a.o.ReadOnly:
		return "the console is read-only, and dead letters stay as they are"
	case a.away() != "":
		return a.away()
	case s.job.runs():
		return "a " + s.job.verb + " is running; c stops it"
	case s.looking:
		return "a look is under way"
	case s.outdated != "":
		return s.outdated + "; L looks again"
	}
	if why := s.barLetters(a); why != "" {
		return why
	}
	if len(s.marked) == 0 && len(s.letters.rows) == 0 {
		return "no letter passes the filter, and none is marked"
	}
	return ""
}

func (s *deadPlace) barEdit(a *App) string {
	if why := s.barAct(a); why != "" {
		return why
	}
	if len(s.letters.rows) == 0 {
		return "no letter is selected"
	}
	return a.barEditor(s.letters.current().Task.Body)
}

func (s *deadPlace) barJob(*App) string {
	switch {
	case !s.job.runs():
		return "no replay or discard is running"
	case s.job.stopped:
		return "it is being stopped"
	}
	return ""
}

// askFilter opens the line of the filter: every key narrows what is shown.
func (s *deadPlace) askFilter(a *App, _ string) tea.Cmd {
	a.askFilter(&filterLine{
		apply: func(_ *App, text string) tea.Cmd {
			s.filter = text
			s.sift()
			return nil
		},
		move: s.move,
	}, s.filter)
	return nil
}

// enter leads one step further in.
func (s *deadPlace) enter(a *App, key string) tea.Cmd {
	switch {
	case s.found == nil || len(s.rows) == 0:
		if why := s.barLook(a); why != "" {
			a.hint(levelWarn, "No look now: "+why)
			return nil
		}
		return s.askLook(a, key)
	case len(s.letters.rows) == 0:
		return nil
	case !s.onLetters:
		s.onLetters = true
	default:
		a.dialog = &deadReader{s: s}
	}
	return nil
}

// back leads one step out.
func (s *deadPlace) back(a *App, _ string) tea.Cmd {
	switch {
	case s.onLetters:
		s.onLetters = false
	case s.filter != "":
		s.filter = ""
		s.sift()
	case s.job != nil && s.job.ended:
		s.job = nil
	default:
		return a.show(placeBoard)
	}
	return nil
}

func (s *deadPlace) otherPane(*App, string) tea.Cmd {
	s.onLetters = !s.onLetters && len(s.letters.rows) > 0
	return nil
}

func (s *deadPlace) move(_ *App, key string) tea.Cmd {
	if s.onLetters {
		s.moveBy(moved(key, s.letters.shown))
	} else {
		s.moveBy(moved(key, s.groups.shown))
	}
	return nil
}

// moveBy moves the selection in the focused pane; another group has other letters.
func (s *deadPlace) moveBy(by int) {
	if s.onLetters {
		s.letters.move(by)
		return
	}
	if s.groups.move(by); len(s.groups.rows) > 0 {
		s.sift()
	}
}

func (s *deadPlace) sortNext(*App, string) tea.Cmd {
	s.letters.sortNext()
	return nil
}

func (s *deadPlace) sortReverse(*App, string) tea.Cmd {
	s.letters.sortReverse()
	return nil
}

// mark marks the selected letter and goes on to the next, or all letters of the selected group; what is marked loses its mark.
func (s *deadPlace) mark(*App, string) tea.Cmd {
	if !s.onLetters {
		s.toggle(s.letters.rows)
		return nil
	}
	at := s.letters.at
	s.toggle(s.letters.rows[at : at+1])
	s.letters.move(1)
	return nil
}

func (s *deadPlace) markAll(*App, string) tea.Cmd {
	for i := range s.letters.rows {
		s.marked[s.letters.rows[i].Key] = true
	}
	s.sift()
	return nil
}

func (s *deadPlace) markNone(*App, string) tea.Cmd {
	clear(s.marked)
	s.sift()
	return nil
}

// toggle marks rows, or unmarks them when all of them are marked.
func (s *deadPlace) toggle(rows []deadRow) {
	marked := true
	for i := range rows {
		marked = marked && s.marked[rows[i].Key]
	}
	for i := range rows {
		if marked {
			delete(s.marked, rows[i].Key)
		} else {
			s.marked[rows[i].Key] = true
		}
	}
	s.sift()
}

// scopes are the letters that an act may be about, and which of these it most likely is: what is marked, or else what has the
// focus.
func (s *deadPlace) scopes() (scopes []deadScope, likely int) {
	add := func(word string, rows []deadRow, pass func(*deadRow) bool) {
		if scope := scopeOf(word, rows, pass); len(scope.letters) > 0 {
			scopes = append(scopes, scope)
		}
	}
	add("marked", s.rows, func(r *deadRow) bool { return s.marked[r.Key] })
	hasMarks := len(scopes) > 0
	add("selected", s.letters.rows, func(r *deadRow) bool { return r.Key == s.key })
	add("shown", s.letters.rows, func(*deadRow) bool { return true })
	if !hasMarks && !s.onLetters {
		likely = len(scopes) - 1
	}
	return scopes, likely
}
