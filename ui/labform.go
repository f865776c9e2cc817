package ui

import (
	"strconv"
	"strings"
	"time"

	"carousel/worker/lab"

	tea "github.com/charmbracelet/bubbletea"
)

// labForm asks for a study. What was typed is kept.
type labForm struct {
	workload, tasks, mean, load, crew, strategies, long, seed *field

	fieldList
	busy bool // the study is being drawn
}

func newLabForm(d lab.Design) *labForm {
	span := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return d.String()
	}
	f := &labForm{
		workload:   newField("workload", "a name, a distribution, or trace:FILE[,SPEED]", d.Workload),
		tasks:      newField("tasks", "how many; 0: all of a trace", strconv.Itoa(d.Tasks)),
		mean:       newField("mean", "of a task, such as 25ms; empty: the usual", span(d.Mean)),
		load:       newField("load", "share of what the crew can do; 0: all at once", strconv.FormatFloat(d.Load, 'g', -1, 64)),
		crew:       newField("crew", "8, or 7,1x0.25 (a slow one), 7,1@2s (one dies)", d.Crew),
		strategies: newField("strategies", "all, or names divided by commas", d.Strategies),
		long:       newField("long", "of split: from so long on; empty: by the work", span(d.Long)),
		seed:       newField("seed", "the same one draws the same tasks", strconv.FormatUint(d.Seed, 10)),
	}
	f.fields = []*field{f.workload, f.tasks, f.mean, f.load, f.crew, f.strategies, f.long, f.seed}
	f.moveTo(0)
	return f
}

func (s *labPlace) barChoose(*App) string {
	if s.trial != nil {
		return "it is measuring; x stops that"
	}
	return ""
}

func (s *labPlace) openForm(a *App, _ string) tea.Cmd {
	if s.form == nil {
		s.form = newLabForm(s.design)
	}
	a.dialog = s.form
	return nil
}

func (f *labForm) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch f.fieldList.key(k) {
	case formClose:
		a.dialog = nil
	case formSend:
		d, ok := f.design()
		if !ok || f.busy {
			return nil
		}
		f.busy = true
		return a.lab().drawStudy(a, d, f)
	}
	return nil
}

// design reads the form. A field that is no number or no time is marked, and the first of them focused; then ok is false.
func (f *labForm) design() (d lab.Design, ok bool) {
	f.forgive()
	text := func(in *field) string { return strings.TrimSpace(in.value()) }
	span := func(in *field) time.Duration {
		if text(in) == "" {
			return 0
		}
		d, err := time.ParseDuration(text(in))
		if err != nil {
			in.wrong = "no time: write it as 25ms, 1.5s or 2m"
		}
		return d
	}
	d = lab.Design{Workload: text(f.workload), Crew: text(f.crew), Strategies: text(f.strategies), Mean: span(f.mean), Long: span(f.long)}
	var err error
	if d.Tasks, err = strconv.Atoi(text(f.tasks)); err != nil {
		f.tasks.wrong = "no whole number"
	}
	if d.Load, err = strconv.ParseFloat(text(f.load), 64); err != nil {
		f.load.wrong = "no number"
	}
	if d.Seed, err = strconv.ParseUint(text(f.seed), 10, 64); err != nil {
		f.seed.wrong = "no whole number, 0 or more"
	}
	return d, !f.focusWrong()
}

// refuse shows what is wrong with the design that was read from the form.
func (f *labForm) refuse(err error) {
	name, text := mistake(err)
	for field, in := range map[string]*field{
		"Workload": f.workload, "Tasks": f.tasks, "Mean": f.mean, "Load": f.load, "Crew": f.crew, "Strategies": f.strategies, "Long": f.long,
	} {
		if field == name {
			in.wrong = text
		}
	}
	if !f.focusWrong() {
		f.trouble = sentence(text)
	}
}

const labFormWidth = 96

func (f *labForm) view(a *App, w, h int) []string {
	w = min(labFormWidth, w)
	var names []string
	for _, x := range lab.Strategies() {
		names = append(names, x.Name)
	}
	var about []string
	for _, text := range []string{
		"Workloads: " + strings.Join(lab.Workloads(), ", ") + "; or a distribution such as exp:10ms, uniform:1ms,9ms.",
		"Strategies: " + strings.Join(names, ", ") + "; prefetch-N of any N.",
	} {
		about = append(about, wrap(text, w-frameCells)...)
	}
	rows := frameRows + f.height(0) + mistakeRows + 1
	if rows+len(about)+1 > h {
		about = nil
	} else {
		rows += len(about) + 1
	}
	b := newBox(&a.pen, a.t, w, min(rows, h), true)
	b.title("The lab's study")
	b.topEnd("esc closes")
	f.draw(b)
	f.drawMistake(b)
	for b.room() > len(about)+1 {
		b.say("", "")
	}
	for _, line := range about {
		b.say(a.t.dim, line)
	}
	hint := "^S draws the tasks and predicts · tab next · esc closes"
	if f.busy {
		hint = "drawing and predicting …"
	}
	f.button(b, "[ predict ]", hint)
	return b.rest("")
}
