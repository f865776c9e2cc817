package ui

import (
	"maps"
	"slices"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// deadReader shows the selected letter whole. It walks over the letters of the table, so that one after the other can be read.
type deadReader struct {
	s      *deadPlace
	form   bodyForm
	chosen bool // by the user; otherwise each body has its own form
	offset int
	rows   int // that had room in the last view
	all    int
	laid   laidLetter
}

// laidLetter is a letter in lines, kept from frame to frame: a body may be long.
type laidLetter struct {
	letter *broker.Letter
	form   bodyForm
	w      int
	body   []string
}

func (r *deadReader) typing() bool { return false }

func (r *deadReader) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "j", "down":
		r.offset++
	case "k", "up":
		r.offset--
	case "pgdown", " ":
		r.offset += max(1, r.rows-1)
	case "pgup":
		r.offset -= max(1, r.rows-1)
	case "g", "home":
		r.offset = 0
	case "G", "end":
		r.offset = r.all
	case "n", "right", "l":
		r.s.letters.move(1)
		r.offset = 0
	case "N", "left", "h":
		r.s.letters.move(-1)
		r.offset = 0
	case "b":
		if l := r.s.letters.current(); l != nil {
			r.form = (r.formOf(l) + 1) % formCount
			r.chosen = true
		}
	case "esc", "enter", "q":
		a.dialog = nil
	}
	return nil
}

func (r *deadReader) formOf(l *deadRow) bodyForm {
	if r.chosen {
		return r.form
	}
	return l.form
}

const readerWidth = 120

func (r *deadReader) view(a *App, w, h int) []string {
	b := newBox(&a.pen, a.t, min(readerWidth, w), h, true)
	b.title("Letter")
	row := r.s.letters.current()
	if row == nil {
		b.topEnd("esc closes")
		b.say(a.t.dim, "This letter is gone.")
		return b.rest("")
	}
	b.put(a.t.dim, count(int64(r.s.letters.at+1))+" of "+count(int64(len(r.s.letters.rows)))+" ")
	b.topEnd("esc closes")
	form := r.formOf(row)
	lines := r.s.letterFacts(row.Letter, b.inner())
	lines = append(lines, fact{}, fact{"body", a.t.dim, form.String() + ", " + string(appendBytes(nil, int64(len(row.Task.Body))))})
	for _, text := range r.laid.lines(row.Letter, form, b.inner()) {
		lines = append(lines, fact{"", "", text})
	}
	r.rows, r.all = b.rows(), len(lines)
	r.offset = max(0, min(r.offset, len(lines)-r.rows))
	for _, f := range lines[r.offset:min(len(lines), r.offset+r.rows)] {
		factRow(b, f)
	}
	caption := "n N next letter · b text, json, hex"
	if r.offset+r.rows < len(lines) {
		caption = "j k more below · " + caption
	}
	return b.rest(caption)
}

// lines lays the body of a letter out, or takes the lines of the last time.
func (l *laidLetter) lines(letter *broker.Letter, form bodyForm, w int) []string {
	if l.letter != letter || l.form != form || l.w != w {
		*l = laidLetter{letter, form, w, bodyLines(letter.Task.Body, form, w)}
	}
	return l.body
}

// factRow writes a fact: its label, where it has one, in a column of its own.
func factRow(b *box, f fact) {
	b.row()
	if f.label != "" {
		b.foreignIn(b.t.dim, factCells, f.label)
	}
	b.foreign(f.k, f.text)
	b.rowEnd()
}

// longestHeader is how much of a header's value is shown, in bytes.
const longestHeader = 2000

// letterFacts are all that is known of a letter but its body, in rows of w cells.
func (s *deadPlace) letterFacts(l *broker.Letter, w int) (rows []fact) {
	add := func(label string, k ink, text string) {
		text = text[:min(len(text), longestHeader)]
		for i, line := range wrap(plain(text), max(1, w-factCells)) {
			if i > 0 {
				label = " "
			}
			rows = append(rows, fact{label, k, line})
		}
	}
	optional := func(label, text string) {
		if text != "" {
			add(label, "", text)
		}
	}
	add("cause", s.t.alarm, orUnknown(l.Cause))
	add("died in", "", orUnknown(l.Origin))
	add("failed", "", s.moment(l.FailedAt))
	if l.Tries > 0 {
		add("tries", "", count(int64(l.Tries)))
	}
	if l.Replayed > 0 {
		add("came back", s.t.warn, "↻ again, after "+plural(l.Replayed, "replay"))
	}
	t := &l.Task
	add("id", s.t.strong, orUnknown(t.ID))
	optional("type", t.Type)
	add("made", "", s.moment(t.Created))
	optional("content", t.ContentType)
	optional("encoding", t.ContentEncoding)
	if t.Priority > 0 {
		add("priority", "", count(int64(t.Priority)))
	}
	if t.TTL > 0 {
		add("expires", "", "after "+span(t.TTL))
	}
	optional("correlation", t.CorrelationID)
	optional("reply to", t.ReplyTo)
	optional("app", t.AppID)
	optional("user", t.UserID)
	if t.Work != nil {
		add("works for", "", span(*t.Work))
	}
	if t.Fail > 0 {
		add("fails", "", string(appendShare(nil, t.Fail))+" of its tries")
	}
	label := "headers"
	for _, name := range slices.Sorted(maps.Keys(t.Headers)) {
		add(label, "", name+" = "+headerWords(t.Headers[name]))
		label = " "
	}
	return rows
}

// moment is a time with its age.
func (s *deadPlace) moment(at time.Time) string {
	if at.IsZero() {
		return unknown
	}
	return at.In(s.now.Location()).Format("2006-01-02 15:04:05") + ", " + span(max(0, s.now.Sub(at)).Truncate(time.Second)) + " ago"
}
