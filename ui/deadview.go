package ui

import (
	"image"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// previewWidth is how wide a screen must be for a preview of the selected letter beside the table.
const previewWidth = 150

// leastLetters is the least height of the letters, heads and frame included.
const leastLetters = 5

// view draws the groups above their letters, and below them the report of what runs.
func (s *deadPlace) view(a *App, w, h int) []string {
	var report []string
	if s.job != nil {
		report = s.viewJob(w)
		h -= len(report)
	}
	if s.found == nil || len(s.rows) == 0 {
		s.top = 0
		return append(s.viewEmpty(a, w, h), report...)
	}
	rows := len(s.groups.rows) + 1 + frameRows
	if s.filter != "" || a.filtering() {
		rows++
	}
	s.top = max(4, min(rows, h*2/5, h-leastLetters))
	lines := s.viewGroups(a, w, s.top)
	s.side = w
	if w >= previewWidth {
		s.side = w * 3 / 5
	}
	var preview []string
	if s.side < w {
		preview = s.viewPreview(w-s.side, h-s.top)
	}
	return append(append(lines, s.viewLetters(s.side, h-s.top, preview)...), report...)
}

// head begins a box with the queue and how many letters it has.
func (s *deadPlace) head(b *box) {
	b.title("Dead letters")
	b.foreign("", s.target()+" ")
	n := s.depth()
	switch {
	case !n.Known():
		b.put(s.t.dim, unknown+" ")
	case n.Value > 0:
		b.put(s.t.alarm, "× "+count(n.Value)+" now ")
	default:
		b.put(s.t.calm, "empty now ")
	}
	if n.Known() && stale(n, s.now) {
		b.put(s.t.warn, "(stale: counted "+s.ago(n.At)+" ago) ")
	}
}

func (s *deadPlace) viewGroups(a *App, w, h int) []string {
	b := newBox(s.p, s.t, w, h, !s.onLetters)
	s.head(b)
	age := "a copy, " + s.ago(s.found.At) + " old"
	if s.looking {
		age = "looking again …"
	}
	b.topEnd(age)
	a.filterRow(b, s.filter)
	s.first = len(b.lines) + 1 // below the heads
	if len(s.groups.rows) == 0 {
		b.paragraph(s.t.dim, "no letter has this in its cause, origin, id, type or body")
		return b.rest("")
	}
	hidden := s.groups.view(b, !s.onLetters)
	return b.rest(s.remarks(hidden))
}

// remarks are what to know of the copy, for the lower border of the groups.
func (s *deadPlace) remarks(hidden int) string {
	switch {
	case s.outdated != "":
		return "outdated: " + s.outdated + "; L looks again"
	case s.found.Cut != "":
		return plain(s.found.Cut)
	case hidden > 0:
		return plural(hidden, "more group")
	}
	return ""
}

// viewLetters draws the letters, with the lines of the preview at their right.
func (s *deadPlace) viewLetters(w, h int, preview []string) []string {
	b := newBox(s.p, s.t, w, h, s.onLetters)
	b.beside = preview
	b.title("Letters")
	b.put("", count(int64(len(s.letters.rows))))
	if n := len(s.rows); n > len(s.letters.rows) {
		b.put(s.t.dim, " of "+count(int64(n)))
	}
	b.put("", " ")
	if n := len(s.marked); n > 0 {
		b.put(s.t.accent, "● "+count(int64(n))+" marked ")
	}
	if s.kind.cause != "" && len(s.letters.rows) > 0 {
		b.foreign(s.t.dim, s.kind.cause+" ")
	}
	b.topEnd("")
	if len(s.letters.rows) == 0 {
		return b.rest("")
	}
	caption := ""
	if hidden := s.letters.view(b, s.onLetters); hidden > 0 {
		caption = count(int64(hidden)) + " more"
	}
	return b.rest(caption)
}

// viewPreview shows the selected letter beside the table, as far as there is room.
func (s *deadPlace) viewPreview(w, h int) []string {
	b := newBox(s.p, s.t, w, h, false)
	b.title("Preview")
	b.topEnd("enter shows all")
	row := s.letters.current()
	if row == nil {
		return b.rest("")
	}
	body := s.laid.lines(row.Letter, row.form, b.inner())
	facts := s.letterFacts(row.Letter, b.inner())
	facts = facts[:min(len(facts), max(4, b.room()-2-min(len(body), b.room()/2)))]
	for _, f := range facts {
		factRow(b, f)
	}
	if b.room() > 1 {
		b.say("", "")
	}
	for _, line := range body[:min(len(body), b.room())] {
		b.say("", line)
	}
	return b.rest("")
}

// viewEmpty says why there are no letters to be seen, and what can be done.
func (s *deadPlace) viewEmpty(a *App, w, h int) []string {
	b := newBox(s.p, s.t, w, h, true)
	s.head(b)
	b.topEnd("")
	b.say("", "")
	for _, r := range s.emptiness(a) {
		for _, line := range wrap(plain(r.text), min(96, b.inner()-2)) {
			b.say(r.k, " "+line)
		}
	}
	return b.rest("")
}

// emptiness is why there are no letters on the screen: each of the states has its own words.
func (s *deadPlace) emptiness(a *App) []remark {
	target, n := broker.Plain(s.target()), s.depth()
	one := func(k ink, text string) []remark { return []remark{{k, text}} }
	switch {
	case a.o.Dead == nil:
		return one(s.t.dim, "This console has no way to dead letters.")
	case broker.KindOf(s.costErr) == broker.QueueMissing && s.named == "":
		return one(s.t.dim, "No task has failed for good: "+target+" is made with the first one.")
	case broker.KindOf(s.costErr) == broker.QueueMissing:
		return one(s.t.dim, "There is no queue "+target+". Q names another one.")
	case s.costErr != nil:
		return one(s.t.alarm, sentence(s.costErr.Error())+" It is tried again by itself.")
	case !n.Known() || s.costAt.IsZero():
		return one(s.t.dim, "No data yet: "+target+" is being counted.")
	case s.looking:
		return one(s.t.accent, "Looking at "+plural(s.cost.Depth, "letter")+" …")
	case n.Value == 0:
		return one(s.t.dim, "Idle: "+target+" is empty. Tasks that fail for good come here.")
	case s.found != nil && s.outdated == "" && len(s.found.Letters) == 0 && n.Value <= int64(s.found.Depth):
		return one(s.t.dim, "The look found none: others have them in hand. L looks again.")
	}
	return s.invitation(a, n.Value)
}

// invitation says what a look would show and what it costs, or why it is not made.
func (s *deadPlace) invitation(a *App, n int64) []remark {
	head := plural(int(n), "dead letter") + " wait for a decision."
	if n == 1 {
		head = "1 dead letter waits for a decision."
	}
	out := []remark{{s.t.strong, head}, {"", ""}}
	if s.cost.Text != "" {
		out = append(out, remark{"", s.cost.Text}, remark{"", ""})
	}
	if s.lookErr != nil {
		out = append(out, remark{s.t.alarm, "The last look failed: " + s.lookErr.Error()}, remark{"", ""})
	}
	switch why := s.barLook(a); why {
	case "":
	case s.cost.Bar:
		out = append(out, remark{s.t.warn, "No look: " + why})
		if s.cost.Kept {
			return out
		}
		return append(out, remark{"", ""}, remark{s.t.dim,
			"Without a look, carousel dead replay sends all of them on, and carousel dead discard removes them."})
	default:
		return append(out, remark{s.t.warn, "No look now: " + why})
	}
	return append(out, remark{s.t.accent, "Enter or L looks at them, once; what you see then is a copy."})
}

// mouse selects the row under a click; the wheel moves the selection of the pane under it.
func (s *deadPlace) mouse(_ *App, m tea.MouseMsg, at image.Point) {
	if s.top == 0 || at.X >= s.side && at.Y >= s.top {
		return
	}
	s.onLetters = at.Y >= s.top && len(s.letters.rows) > 0
	switch by := wheel(m); {
	case by != 0:
		s.moveBy(by)
	case m.Button != tea.MouseButtonLeft:
	case s.onLetters:
		s.letters.pick(at.Y - s.top - 2) // below the border and the heads
	case s.groups.pick(at.Y - s.first):
		s.sift()
	}
}
