package ui

import (
	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// deadReader shows the selected letter whole. It walks over the letters of the table, so that one after the other can be read.
type deadReader struct {
	s      *deadPlace
	form   bodyForm
	chosen bool // by the user; otherwise each body has its own form
	scroll
	laid laidLetter
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
	switch name := k.String(); name {
	case " ":
		r.move("pgdown")
	case "n", "right", "l":
		r.s.letters.move(1)
		r.offset = 0
	case "N", "left", "h":
		r.s.letters.move(-1)
		r.offset = 0
	case "b":
		if l := r.s.letters.current(); l != nil {
			r.form, r.chosen = r.formOf(l).next(l.Task.Body), true
		}
	case "esc", "enter", "q":
		a.dialog = nil
	default:
		r.move(name)
	}
	return nil
}

// formOf is how a letter is shown: as the user wants, where its body can be shown so.
func (r *deadReader) formOf(l *deadRow) bodyForm {
	if r.chosen && (r.form != formJSON || l.form == formJSON) {
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
	facts := append(r.s.letterFacts(row.Letter, b.inner()), fact{},
		fact{"body", a.t.dim, form.String() + ", " + string(appendBytes(nil, int64(len(row.Task.Body))))})
	body := r.laid.lines(row.Letter, form, b.inner())
	r.fit(b.rows(), len(facts)+len(body))
	for y := r.offset; y < r.end(); y++ {
		if y < len(facts) {
			factRow(b, facts[y])
		} else {
			b.say("", body[y-len(facts)])
		}
	}
	caption := "n N next letter · b text, json, hex"
	if r.more() {
		caption = "j k more below · " + caption
	}
	return b.rest(caption)
}

// lines lays the body of a letter out, or takes the lines of the last time.
func (l *laidLetter) lines(letter *broker.Letter, form bodyForm, w int) []string {
	if l.letter == letter && l.form == form && l.w == w {
		return l.body
	}
	body := letter.Task.Body
	lines, whole := bodyLines(body, form, w)
	switch {
	case len(body) == 0:
		lines = []string{"(empty)"}
	case !whole:
		lines = append(lines, "… the first "+string(appendBytes(nil, maxShown))+" of "+string(appendBytes(nil, int64(len(body)))))
	}
	*l = laidLetter{letter, form, w, lines}
	return lines
}

// letterFacts are all that is known of a letter but its body, in rows of w cells.
func (s *deadPlace) letterFacts(l *broker.Letter, w int) []fact {
	facts, unset := make([]fact, 0, 32), make([]string, 0, 16)
	add := func(label string, k ink, text string) {
		facts = append(facts, fact{label, k, text})
	}
	optional := func(label, text string) {
		if text == "" {
			unset = append(unset, label)
			return
		}
		add(label, "", text)
	}
	add("cause", s.t.alarm, orUnknown(shortened(l.Cause)))
	add("died in", "", orUnknown(shortened(l.Origin)))
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
	optional("priority", priorityOf(t))
	optional("expires", expiryOf(t))
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
	facts = append(facts, s.unset(unset)...)
	label := "headers"
	for _, line := range headerLines(t.Headers) {
		add(label, "", line)
		label = ""
	}
	return wrapFacts(facts, w)
}
