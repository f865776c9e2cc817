package ui

import (
	"fmt"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// inspect opens the details of what is selected in the focused pane.
func (a *App) inspect(key string) tea.Cmd {
	switch a.focus {
	case paneQueue:
		return a.toggleZoom(key)
	case paneTasks:
		if e := a.tasks.current(); e != nil {
			a.dialog = a.eventSheet(*e)
		}
	default:
		if a.scene.row(a.selected) != nil {
			a.dialog = workerSheet(a.selected)
		}
	}
	return nil
}

// workerSheet shows all that is known of a worker.
func workerSheet(id int) *sheet {
	return &sheet{title: "Worker", facts: func(a *App) []fact { return a.workerFacts(id) }}
}

// taskSheet shows the task of an event, as far as the journal goes, and what was said at its tries.
func (a *App) taskSheet(e worker.Event) *sheet {
	var said []fact
	s := &sheet{
		title: "Task", facts: func(a *App) []fact { return append(a.storyOf(&e), said...) },
		observe: func(a *App) {
			if now := a.saidFacts(e.Task.ID); now != nil { // what was there once is there to be read
				said = now
			}
		},
	}
	s.observe(a)
	return s
}

// eventSheet shows an event: of a task its story, of a worker or the pool what happened.
func (a *App) eventSheet(e worker.Event) *sheet {
	s := a.taskSheet(e)
	switch {
	case e.Kind == worker.TaskStarted || e.Kind.Ended():
	case e.Worker == 0:
		s.title = "Pool"
	default:
		s.title = "Worker"
	}
	return s
}

func (a *App) workerFacts(id int) []fact {
	w := a.scene.row(id)
	if w == nil {
		return []fact{{"", a.t.dim, "This worker has ended and its row is gone."}}
	}
	facts := []fact{
		{"worker", a.t.shade(w.ID), w.Name},
	}
	if h := a.scene.hostNamed(w.Host); h != nil {
		facts = append(facts, fact{"process", hostInk(a.t, h), fmt.Sprintf("%s, process %d, %s; heard %s ago", h.Name, h.PID, h.State, a.scene.ago(h.Heard))})
	}
	facts = append(facts, fact{"state", "", w.State.String() + ", for " + a.scene.ago(w.Since)})
	if w.Err != "" {
		facts = append(facts, fact{"why", a.t.warn, w.Err})
	}
	facts = append(facts,
		fact{"consumer tag", "", orUnknown(w.Tag)},
		fact{"done", "", count(int64(w.Done)) + " · failed tries " + count(int64(w.Failed)) + ", for good " + count(int64(w.Dead)) +
			" · unsettled " + count(int64(w.Unsettled)) + " · returned " + count(int64(w.Returned))},
		fact{"busy", "", span(w.BusyTime) + " of " + span(w.UpTime)},
		fact{"run", "", "p50 " + span(w.RunP50) + " · p99 " + span(w.RunP99)},
		fact{"wait", "", "p50 " + span(w.WaitP50) + " · p99 " + span(w.WaitP99)})
	if w.HasTask {
		facts = append(facts, fact{"", "", " "},
			fact{"in hand", a.t.accent, "for " + string(appendElapsed(nil, a.scene.now.Sub(w.Started)))})
		facts = append(facts, a.taskFacts(&w.Task)...)
	}
	return facts
}

// storyOf tells a task's story: what it is, and every event of it that is still remembered, oldest first.
func (a *App) storyOf(of *worker.Event) []fact {
	if of.Kind != worker.TaskStarted && !of.Kind.Ended() {
		k, mark := a.tasks.markOf(of.Kind)
		return []fact{{a.nameOf(of.Worker), k, string(mark) + " " + happened(of.Kind) + of.Err},
			{"at", "", clock(of.At) + ", " + a.scene.ago(of.At) + " ago"}}
	}
	facts, told := append(a.taskFacts(&of.Task), fact{"", "", " "}), false
	for back := len(a.scene.past.log) - 1; back >= 0; back-- {
		e := a.scene.past.logEntry(back)
		if e.Seq != of.Seq && (e.Task.ID == "" || e.Task.ID != of.Task.ID) {
			continue
		}
		told = told || e.Seq == of.Seq || ends(of, e)
		facts = append(facts, a.told(e)...)
	}
	switch {
	case told:
	case of.Kind == worker.TaskStarted:
		text := a.nameOf(of.Worker) + " has had it for " + string(appendElapsed(nil, a.scene.now.Sub(of.At)))
		facts = append(facts, fact{clock(of.At), a.t.accent, text})
	default: // the lanes remember more tries than the log
		facts = append(facts, a.told(of)...)
	}
	return facts
}

// ends reports whether e ended the task that was in hand as of another event.
func ends(of, e *worker.Event) bool {
	return of.Kind == worker.TaskStarted && e.Worker == of.Worker && e.Kind.Ended() && !e.At.Before(of.At)
}

// told is one try of a task.
func (a *App) told(e *worker.Event) []fact {
	k, mark := a.tasks.markOf(e.Kind)
	text := string(mark) + " " + a.nameOf(e.Worker) + " ran it for " + span(e.Run)
	if e.Kind == worker.TaskReturned && e.Run == 0 {
		text = string(mark) + " " + a.nameOf(e.Worker) + " did not run it"
	}
	if e.Wait >= 0 {
		text += " after a wait of " + span(e.Wait)
	}
	if word := ended(e.Kind); word != "" {
		text += ": " + word
	}
	if e.Next > 0 {
		text += " in " + span(e.Next)
	}
	facts := []fact{{clock(e.At), k, text}}
	if e.Err != "" {
		facts = append(facts, fact{"", k, e.Err})
	}
	return facts
}

func (a *App) taskFacts(t *worker.TaskRef) []fact {
	facts := []fact{{"task", a.t.strong, orUnknown(t.ID)}}
	if t.Type != "" {
		facts = append(facts, fact{"type", "", t.Type})
	}
	if !t.Made.IsZero() {
		age := a.scene.ago(t.Made)
		facts = append(facts, fact{"made", "", clock(t.Made) + ", " + age + " ago"})
	}
	try := "try " + count(int64(max(1, t.Attempt)))
	if t.Redelivered {
		try += ", ↻ redelivered"
	}
	size := string(appendBytes(nil, int64(t.Size)))
	return append(facts, fact{"", "", try}, fact{"body", "", size}, fact{"", a.t.dim, t.Preview + " "})
}

func (a *App) nameOf(id int) string {
	if id == 0 {
		return "pool"
	}
	return a.tasks.nameOf(id)
}

func clock(t time.Time) string { return t.Format("15:04:05.000") }

func orUnknown(s string) string {
	if s == "" {
		return unknown
	}
	return s
}
