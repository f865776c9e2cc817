package ui

import (
	"context"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// lookTimeout bounds a look: a few thousand letters may be large.
const lookTimeout = time.Minute

// lookAfterglow is how long after a look the broker may still count without the letters that it is given back.
const lookAfterglow = time.Second / 2

// deadCostMsg brings what a look at a queue would cost, and how deep it is.
type deadCostMsg struct {
	asked int
	at    time.Time // when it was asked for
	cost  broker.LookCost
	err   error
}

// inquire asks what a look would cost. That itself touches no message.
func (s *deadPlace) inquire(a *App) tea.Cmd {
	if a.o.Dead == nil || s.costing || s.looking || s.queue.Queue == "" {
		return nil
	}
	s.costing = true
	dead, queue, asked, at := a.o.Dead, s.target(), s.asked, s.now
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		cost, err := dead.LookCost(ctx, queue)
		return deadCostMsg{asked, at, cost, err}
	})
}

func (m deadCostMsg) tell(a *App) tea.Cmd {
	s := a.dead()
	if m.asked != s.asked {
		return nil
	}
	s.costing = false
	s.cost, s.costErr, s.costAt = m.cost, m.err, m.at
	if q, open := a.dialog.(weighing); open {
		q.weigh(a)
	}
	return nil
}

// weighing is a dialog that waits for a fresh inquiry.
type weighing interface {
	weigh(a *App)
}

func (s *deadPlace) barLook(a *App) string {
	switch {
	case a.o.Dead == nil:
		return "this console has no way to dead letters"
	case a.o.ReadOnly:
		return "the console is read-only, and a look is a delivery: it marks every message as redelivered"
	case a.away() != "":
		return a.away()
	case s.looking:
		return "a look is under way"
	case s.job.holds(s.target()):
		return "the " + s.job.verb + " has the letters in use until it ends"
	case broker.KindOf(s.costErr) == broker.QueueMissing:
		return "there is no queue " + broker.Plain(s.target())
	case s.costErr != nil:
		return s.costErr.Error()
	}
	return s.cost.Bar
}

// askLook looks at once where the screen says what that costs, unless the broker counts it; otherwise it says so first.
func (s *deadPlace) askLook(a *App, _ string) tea.Cmd {
	if len(s.rows) == 0 && s.cost.Text != "" && s.cost.Limit == 0 {
		return s.look(a)
	}
	q := &lookQuestion{question: question{title: "Look", busy: "asking what a look costs …", yes: "look",
		do: func(a *App, _ string) tea.Cmd { return s.look(a) }}}
	a.dialog = q
	return s.inquire(a)
}

// lookQuestion says what a look costs before it is done.
type lookQuestion struct{ question }

func (q *lookQuestion) weigh(a *App) {
	s := a.dead()
	if s.costErr != nil {
		q.busy = sentence(s.costErr.Error())
		return
	}
	c := &s.cost
	q.lines = []string{"queue  " + s.target(), "type   " + orUnknown(c.Type), "holds  " + plural(c.Depth, "letter") + " just now", "", c.Text}
	if c.Limit > 0 {
		q.level = levelWarn
	}
	if q.busy = ""; c.Bar != "" {
		q.level, q.busy = levelAlarm, "No look: "+c.Bar
	}
}

// lookMsg brings what a look has found.
type lookMsg struct {
	asked int
	found broker.Letters
	rows  []deadRow
	bar   string // why no look was made after all
	err   error
}

// look makes a copy of the letters. What it costs is asked once more before: the queue may have become another meanwhile.
func (s *deadPlace) look(a *App) tea.Cmd {
	if s.barLook(a) != "" {
		return nil
	}
	s.looking, s.lookErr = true, nil
	s.lookFrom, s.lookTo = s.now, s.now.Add(2*lookTimeout)
	dead, queue, asked := a.o.Dead, s.target(), s.asked
	return a.crew.asks(lookTimeout, func(ctx context.Context) tea.Msg {
		cost, err := dead.LookCost(ctx, queue)
		if err != nil || cost.Bar != "" {
			return lookMsg{asked: asked, bar: cost.Bar, err: err}
		}
		found, err := dead.Letters(ctx, queue, lookLimit)
		return lookMsg{asked: asked, found: found, rows: deadRows(found.Letters), err: err}
	})
}

func (m lookMsg) tell(a *App) tea.Cmd {
	s := a.dead()
	if m.asked != s.asked {
		return nil
	}
	s.looking, s.lookTo = false, s.now.Add(lookAfterglow)
	switch {
	case m.err != nil:
		s.lookErr = m.err
		a.say(levelAlarm, sentence(m.err.Error()))
	case m.bar != "":
		s.cost.Bar = m.bar
		a.say(levelWarn, "No look: "+m.bar)
	default:
		if s.found == nil {
			s.kind, s.key = deadKind{every: true}, ""
		}
		s.found, s.outdated = &m.found, ""
		s.counted = broker.Figure[int64]{Value: int64(m.found.Depth), At: m.found.At}
		s.setRows(m.rows)
	}
	return nil
}

// showQueue brings another queue onto the screen; what was found in the one before is forgotten.
func (s *deadPlace) showQueue(a *App, queue string) tea.Cmd {
	if queue == broker.DeadQueue(s.queue.Queue) {
		queue = ""
	}
	s.named = queue
	s.empty()
	return s.inquire(a)
}

// empty forgets what was found; answers that are on their way are not taken.
func (s *deadPlace) empty() {
	s.asked++
	s.cost, s.costErr, s.costAt, s.costing = broker.LookCost{}, nil, time.Time{}, false
	s.found, s.lookErr, s.looking, s.outdated = nil, nil, false, ""
	s.lookFrom, s.lookTo, s.counted = time.Time{}, time.Time{}, broker.Figure[int64]{}
	s.filter, s.onLetters = "", false
	s.setRows(nil)
}

// switched forgets the dead letters of the work queue that was left.
func (s *deadPlace) switched(*App) {
	s.named, s.job = "", nil
	s.empty()
}

// hinders says why the console cannot leave its queue; "" when it can.
func (s *deadPlace) hinders(*App) string {
	if s.job.runs() {
		return "dead letters are being moved here"
	}
	return ""
}

// askQueue asks for another dead-letter queue.
func (s *deadPlace) askQueue(a *App, _ string) tea.Cmd {
	own := broker.DeadQueue(s.queue.Queue)
	q := &question{title: "Dead-letter queue", yes: "show it", lines: []string{
		"Which queue holds the dead letters? Leave it empty for " + own + ", where carousel puts those of " + s.queue.Queue + ".",
	}}
	q.ask("queue", func(text string) string {
		switch {
		case text == s.queue.Queue:
			return "that is the work queue: a look would take its tasks"
		case len(text) > longestName:
			return "a queue's name has 255 bytes at most"
		}
		return ""
	})
	q.do = func(a *App, text string) tea.Cmd { return s.showQueue(a, text) }
	a.dialog = q
	return nil
}

// longestName is how many bytes a queue's name may have.
const longestName = 255
