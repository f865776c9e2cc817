package ui

import (
	"context"
	"strconv"
	"strings"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// replayForm asks what is to be replayed, where to and how fast, and says what will follow. It begins on the button, so that
// what is usually wanted is one key away.
type replayForm struct {
	s      *deadPlace
	queue  string
	scopes []deadScope
	edited []byte // the body that the one letter is sent with; nil: its own
	busy   string // what is still waited for; nothing is started until then

	letters, to, rate *field // the letters are a choice of the scopes

	fieldList
}

func (s *deadPlace) askReplay(a *App, _ string) tea.Cmd {
	a.dialog = s.newReplayForm(s.scopes())
	return s.inquire(a)
}

func (s *deadPlace) newReplayForm(scopes []deadScope, likely int) *replayForm {
	words := make([]string, len(scopes))
	for i := range scopes {
		words[i] = scopes[i].word + " " + count(int64(len(scopes[i].letters)))
	}
	f := &replayForm{
		s: s, queue: s.target(), scopes: scopes, busy: counting,
		letters: newChoice("letters", "", words...),
		to:      newField("to", "a queue; empty: each to its origin", ""),
		rate:    newField("rate", "a second; empty: as fast as confirmed", ""),
	}
	if len(scopes) > 1 {
		f.letters.hint = "← → others"
	}
	f.letters.choice = likely
	f.fields = []*field{f.letters, f.to, f.rate}
	f.moveTo(len(f.fields))
	return f
}

// scope is the letters that the replay is about now.
func (f *replayForm) scope() *deadScope { return &f.scopes[f.letters.choice] }

// editLetter lets the user edit the selected letter's body, and asks about the replay of the edited copy.
func (s *deadPlace) editLetter(a *App, _ string) tea.Cmd {
	letter := s.letters.current().Letter
	asked := s.asked
	return s.edit(a, letter.Task.Body, func(body []byte, err error) tea.Cmd {
		switch {
		case err != nil:
			a.say(levelAlarm, sentence(err.Error()))
			return nil
		case asked != s.asked || s.barAct(a) != "":
			a.say(levelWarn, "The edited copy was not sent: the letters on the screen are no longer those.")
			return nil
		case string(body) == string(letter.Task.Body):
			a.say(levelNote, "The body is as it was; nothing was sent.")
			return nil
		}
		f := s.newReplayForm([]deadScope{scopeOf("selected", s.rows, func(r *deadRow) bool { return r.Key == letter.Key })}, 0)
		f.edited = append([]byte{}, body...)
		a.dialog = f
		return s.inquire(a)
	})
}

func (f *replayForm) weigh(*App) {
	f.busy = ""
	if err := f.s.costErr; err != nil {
		f.busy = "The letters cannot be counted: " + err.Error()
	}
}

func (f *replayForm) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch f.fieldList.key(k) {
	case formClose:
		a.dialog = nil
	case formSend:
		return f.send(a)
	}
	return nil
}

// read reads the fields; a wrong one is marked and focused.
func (f *replayForm) read() (to string, rate float64, ok bool) {
	f.forgive()
	to = f.to.value()
	_, stay := deadRoutes(f.scope().letters, to)
	switch {
	case to == f.queue:
		f.to.wrong = "they are there already"
	case len(to) > longestName:
		f.to.wrong = "a queue's name has 255 bytes at most"
	case stay == len(f.scope().letters):
		f.to.wrong = "no origin is known; name a queue"
	}
	if text := strings.TrimSpace(f.rate.value()); text != "" {
		var err error
		rate, err = strconv.ParseFloat(text, 64)
		if err != nil || !(rate > 0 && rate <= worker.MaxRate) { // the negation catches NaN
			f.rate.wrong = "write a number above 0, or nothing"
		}
	}
	return to, rate, !f.focusWrong()
}

// send starts the replay that the fields describe.
func (f *replayForm) send(a *App) tea.Cmd {
	to, rate, ok := f.read()
	if f.busy != "" || !ok {
		return nil
	}
	what := plural(len(f.scope().letters), "letter") + " would go back to work, " + routeWords(to, rate) + "."
	return a.approved("Replay", []string{what}, f.queue, f, func(a *App) tea.Cmd { return f.start(a, to, rate) })
}

func (f *replayForm) start(a *App, to string, rate float64) tea.Cmd {
	a.dialog = nil
	if why := f.s.barAct(a); why != "" {
		a.say(levelWarn, "No replay: "+why)
		return nil
	}
	scope := f.scope()
	keys := scope.keys()
	r := broker.Replay{Queue: f.queue, To: to, Rate: rate, Pick: func(l *broker.Letter) bool { return keys[l.Key] }}
	if body := f.edited; body != nil {
		r.Edit = func(t broker.Task) broker.Task {
			t.Body = body
			return t
		}
	}
	dead := a.o.Dead
	j := &deadJob{title: "Replay", verb: "replay", past: "replayed", queue: f.queue, route: routeWords(to, rate),
		rate: rate, total: len(scope.letters), keys: keys}
	return f.s.startJob(a, j, func(ctx context.Context, p *broker.ReplayProgress) error { return dead.Replay(ctx, r, p) })
}

// routeWords says where a replay goes and how fast.
func routeWords(to string, perSecond float64) string {
	text := "→ each to its origin"
	if to != "" {
		text = "→ " + broker.Plain(to)
	}
	if perSecond > 0 {
		text += " at " + rate(perSecond)
	}
	return text
}
