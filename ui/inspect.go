package ui

import (
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// details shows all that is known of one worker, or of one task as far as the journal goes. What it shows is live.
type details struct {
	worker int          // id; 0: a task
	event  worker.Event // the one that was selected
}

func (d *details) typing() bool { return false }

func (d *details) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "esc", "enter", "q":
		a.dialog = nil
	}
	return nil
}

// inspect opens the details of what is selected in the focused pane.
func (a *App) inspect(key string) tea.Cmd {
	switch a.focus {
	case paneQueue:
		return a.toggleZoom(key)
	case paneTasks:
		if e := a.tasks.current(); e != nil {
			a.dialog = &details{event: *e}
		}
	default:
		if a.scene.row(a.selected) != nil {
			a.dialog = &details{worker: a.selected}
		}
	}
	return nil
}

const (
	detailsWidth = 80
	factCells    = 13
)

// fact is one row of the details.
type fact struct {
	label string
	k     ink
	text  string
}

func (d *details) view(a *App, w, h int) []string {
	title, facts := "Worker", d.ofWorker(a)
	if d.worker == 0 {
		title, facts = "Task", d.ofTask(a)
	}
	w = min(detailsWidth, w)
	var rows []fact
	for _, f := range facts {
		for i, line := range wrap(plain(f.text), w-frameCells-factCells) {
			if i > 0 {
				f.label = ""
			}
			rows = append(rows, fact{f.label, f.k, line})
		}
	}
	b := newBox(&a.pen, a.t, w, min(len(rows)+frameRows, h), true)
	b.title(title)
	b.topEnd("esc closes")
	for _, f := range rows {
		b.row()
		b.foreignIn(a.t.dim, factCells, f.label)
		b.foreign(f.k, f.text)
		b.rowEnd()
	}
	return b.rest("")
}

func (d *details) ofWorker(a *App) []fact {
	w := a.scene.row(d.worker)
	if w == nil {
		return []fact{{"", a.t.dim, "This worker has ended and its row is gone."}}
	}
	facts := []fact{
		{"worker", a.t.shade(w.ID), w.Name},
		{"state", "", w.State.String() + ", for " + span(a.scene.now.Sub(w.Since).Truncate(time.Second))},
	}
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
		facts = append(facts, taskFacts(a, &w.Task)...)
	}
	return facts
}

// ofTask tells a task's story: what it is, and every event of it that is still remembered, oldest first.
func (d *details) ofTask(a *App) []fact {
	if d.event.Kind != worker.TaskStarted && !d.event.Kind.Ended() {
		return []fact{{a.nameOf(d.event.Worker), "", happened(d.event.Kind) + d.event.Err}, {"at", "", clock(d.event.At)}}
	}
	facts, told := append(taskFacts(a, &d.event.Task), fact{"", "", " "}), false
	for back := len(a.scene.past.log) - 1; back >= 0; back-- {
		e := a.scene.past.logEntry(back)
		if e.Seq != d.event.Seq && (e.Task.ID == "" || e.Task.ID != d.event.Task.ID) {
			continue
		}
		told = told || e.Seq == d.event.Seq || d.ends(e)
		facts = append(facts, a.told(e)...)
	}
	switch {
	case told:
	case d.event.Kind == worker.TaskStarted:
		text := a.nameOf(d.event.Worker) + " has had it for " + string(appendElapsed(nil, a.scene.now.Sub(d.event.At)))
		facts = append(facts, fact{clock(d.event.At), a.t.accent, text})
	default: // the lanes remember more tries than the log
		facts = append(facts, a.told(&d.event)...)
	}
	return facts
}

// ends reports whether e ended the task that was in hand when the details were opened.
func (d *details) ends(e *worker.Event) bool {
	return d.event.Kind == worker.TaskStarted && e.Worker == d.event.Worker && e.Kind.Ended() && !e.At.Before(d.event.At)
}

// told is one try of a task.
func (a *App) told(e *worker.Event) []fact {
	k, mark := a.tasks.markOf(e.Kind)
	text := string(mark) + " " + a.nameOf(e.Worker) + " ran it for " + span(e.Run)
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

func taskFacts(a *App, t *worker.TaskRef) []fact {
	facts := []fact{{"task", a.t.strong, orUnknown(t.ID)}}
	if t.Type != "" {
		facts = append(facts, fact{"type", "", t.Type})
	}
	if !t.Made.IsZero() {
		age := span(a.scene.now.Sub(t.Made).Truncate(time.Second))
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
