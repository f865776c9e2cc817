package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// keepsPast reports whether what is enqueued is kept for the next run.
func (a *App) keepsPast() bool { return a.o.History != "" && a.o.Config.History > 0 }

func (a *App) formPast() formPast { return formPast{a.o.History, a.o.Config.History} }

// recollect reads what was enqueued in earlier runs, once, when the form is first opened.
func (a *App) recollect() tea.Cmd {
	if !a.keepsPast() || a.draft.recollected {
		return nil
	}
	a.draft.recollected = true
	past := a.formPast()
	return a.crew.send(func(context.Context) tea.Msg {
		found, err := past.load()
		return recollection{found, err}
	})
}

// recollection is what was enqueued in earlier runs, oldest first.
type recollection struct {
	past []formDraft
	err  error // of what could not be read
}

func (m recollection) tell(a *App) tea.Cmd {
	f := a.draft
	if n := len(m.past); n > 0 && len(f.past) > 0 && m.past[n-1] == f.past[0] { // sent while the folder was read
		m.past = m.past[:n-1]
	}
	f.past = append(m.past, f.past...)
	f.past = f.past[max(0, len(f.past)-f.most):]
	a.pastFailed(m.err)
	return nil
}

// keepSent keeps what was enqueued for the next run.
func (a *App) keepSent(s formDraft) tea.Cmd {
	f := a.draft
	if !a.keepsPast() || s == blankDraft() || s == f.kept {
		return nil
	}
	f.kept = s
	past, now := a.formPast(), time.Now() // two batches of one look have an order, too
	return a.crew.send(func(context.Context) tea.Msg { return pastKept{past.add(s, now)} })
}

// pastKept tells how that went.
type pastKept struct{ err error }

func (m pastKept) tell(a *App) tea.Cmd {
	a.pastFailed(m.err)
	return nil
}

// pastFailed says why the history is not kept, once; publishing does not depend on it.
func (a *App) pastFailed(err error) {
	if err != nil && err.Error() != a.draft.pastFault {
		a.draft.pastFault = err.Error()
		a.say(levelWarn, sentence(err.Error()))
	}
}

// barForget says why there is no history to forget; "" when there is one.
func (a *App) barForget() string {
	if a.o.History == "" && len(a.draft.past) == 0 {
		return "nothing was enqueued with the form"
	}
	return ""
}

// askForget asks before the form forgets what was enqueued.
func (a *App) askForget() tea.Cmd {
	lines := []string{"The enqueue form forgets what was enqueued before, in this run and in earlier ones. Templates stay."}
	if a.o.History != "" {
		lines = append(lines, "All files in "+a.o.History+" are removed; other consoles that are open remember until they end.")
	}
	a.dialog = &question{title: "Forget", level: levelWarn, yes: "forget it", lines: lines, do: func(a *App, _ string) tea.Cmd {
		f := a.draft
		f.past, f.back, f.kept, f.recollected = nil, 0, formDraft{}, true
		if a.o.History == "" {
			a.say(levelNote, "the form has forgotten what was enqueued")
			return nil
		}
		past := a.formPast()
		return a.crew.send(func(context.Context) tea.Msg {
			n, err := past.clear()
			return pastCleared{n, err}
		})
	}}
	return nil
}

// pastCleared tells how that went.
type pastCleared struct {
	n   int
	err error
}

func (m pastCleared) tell(a *App) tea.Cmd {
	if m.err != nil {
		a.say(levelAlarm, sentence(m.err.Error()))
		return nil
	}
	a.say(levelNote, "the form has forgotten what was enqueued; "+plural(m.n, "file")+" removed")
	return nil
}
