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
	scope  int
	to     *field
	rate   *field
	at     replayRow
	busy   string // what is still waited for; nothing is started until then
	edited []byte // the body that the one letter is sent with; nil: its own
}

// replayRow is where the cursor of the form stands.
type replayRow uint8

const (
	replayScope replayRow = iota
	replayTo
	replayRate
	replayButton
	replayRowCount
)

func (s *deadPlace) askReplay(a *App, _ string) tea.Cmd {
	f := s.newReplayForm()
	f.scopes, f.scope = s.scopes()
	a.dialog = f
	return s.inquire(a)
}

func (s *deadPlace) newReplayForm() *replayForm {
	f := &replayForm{
		s: s, queue: s.target(), at: replayButton, busy: counting,
		to:   newField("to", "a queue; empty: each to its origin", ""),
		rate: newField("rate", "a second; empty: as fast as confirmed", ""),
	}
	return f
}

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
		f := s.newReplayForm()
		f.scopes = []deadScope{scopeOf("selected", s.rows, func(r *deadRow) bool { return r.Key == letter.Key })}
		f.edited = append([]byte{}, body...)
		a.dialog = f
		return s.inquire(a)
	})
}

func (f *replayForm) typing() bool { return f.at == replayTo || f.at == replayRate }

func (f *replayForm) weigh(*App) {
	f.busy = ""
	if err := f.s.costErr; err != nil {
		f.busy = "The letters cannot be counted: " + err.Error()
	}
}

func (f *replayForm) moveTo(at replayRow) {
	f.at = (at + replayRowCount) % replayRowCount
	f.to.focus(f.at == replayTo)
	f.rate.focus(f.at == replayRate)
}

func (f *replayForm) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch name := k.String(); name {
	case "esc":
		a.dialog = nil
		return nil
	case "ctrl+s":
		return f.send(a)
	case "enter":
		if f.at == replayButton {
			return f.send(a)
		}
		f.moveTo(f.at + 1)
		return nil
	case "tab", "down":
		f.moveTo(f.at + 1)
		return nil
	case "shift+tab", "up":
		f.moveTo(f.at - 1)
		return nil
	}
	switch f.at {
	case replayTo:
		f.to.key(k)
	case replayRate:
		f.rate.key(k)
	default:
		f.choose(k.String())
	}
	return nil
}

// choose takes the letters before or after the ones that the replay is about now.
func (f *replayForm) choose(key string) {
	n := len(f.scopes)
	switch key {
	case "right", "l", " ":
		f.scope = (f.scope + 1) % n
	case "left", "h":
		f.scope = (f.scope + n - 1) % n
	}
}

// read reads the fields; a wrong one is marked and focused.
func (f *replayForm) read() (to string, rate float64, ok bool) {
	f.to.wrong, f.rate.wrong = "", ""
	to = f.to.value()
	_, stay := deadRoutes(f.scopes[f.scope].letters, to)
	switch {
	case to == f.queue:
		f.to.wrong = "they are there already"
	case len(to) > longestName:
		f.to.wrong = "a queue's name has 255 bytes at most"
	case stay == len(f.scopes[f.scope].letters):
		f.to.wrong = "no origin is known; name a queue"
	}
	if text := strings.TrimSpace(f.rate.value()); text != "" {
		var err error
		rate, err = strconv.ParseFloat(text, 64)
		if err != nil || !(rate > 0 && rate <= worker.MaxRate) { // the negation catches NaN
			f.rate.wrong = "write a number above 0, or nothing"
		}
	}
	switch {
	case f.to.wrong != "":
		f.moveTo(replayTo)
	case f.rate.wrong != "":
		f.moveTo(replayRate)
	default:
		return to, rate, true
	}
	return to, rate, false
}

// send starts the replay.
func (f *replayForm) send(a *App) tea.Cmd {
	to, rate, ok := f.read()
	if f.busy != "" || !ok {
		return nil
	}
	a.dialog = nil
	if why := f.s.barAct(a); why != "" {
		a.say(levelWarn, "No replay: "+why)
		return nil
	}
	scope := &f.scopes[f.scope]
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
