package ui

import (
	"fmt"
	"strconv"
	"time"

	"carousel/worker/lab"
)

const (
	labLeastLanes = 5 // lines, frame included, below which lanes are left out
	labLeastSays  = 2 // lines of advice that lanes leave room for
)

// view draws the study, its table of strategies, the advice, and below it the lanes of the selected strategy; where there is room
// for both also those of another one.
func (s *labPlace) view(a *App, w, h int) []string {
	r := s.picked()
	switch {
	case r == nil:
		return s.nothing(w, h)
	case s.zoomed:
		return s.lanesView(a, r, 0, w, h)
	}
	about, says := s.texts(w - frameCells)
	fixed := frameRows + len(about) + 1 + len(s.rows) // with the heads
	whole := len(s.study.Crew) + frameRows            // of lanes
	lanes := min(whole, max(labLeastLanes, h-fixed-len(says)))
	if lanes = min(lanes, h-fixed-min(len(says), labLeastSays)); lanes < labLeastLanes {
		lanes = 0
	}
	says = s.told.whole(h - fixed - lanes)
	other := s.against(r)
	both := other != nil && h-fixed-len(says) > 2*whole
	rest := h - lanes
	if both {
		rest -= whole
	}
	lines := s.tableView(a, w, rest, about, says)
	if lanes > 0 {
		lines = append(lines, s.lanesView(a, r, 0, w, lanes)...)
	}
	if both {
		lines = append(lines, s.lanesView(a, other, 1, w, whole)...)
	}
	return lines
}

// tableView draws all but the lanes.
func (s *labPlace) tableView(a *App, w, h int, about, says []string) []string {
	b := newBox(s.p, s.t, w, h, true)
	b.title("Lab")
	if s.under {
		b.put(s.t.accent, "· drawing and predicting … ")
	}
	b.topEnd(s.progress(a))
	for _, line := range about {
		b.say(s.t.dim, line)
	}
	s.top = len(b.lines) + 1
	s.table.view(b, true)
	if b.room() > len(says) {
		b.say("", "")
	}
	for _, line := range says {
		b.say(s.t.calm, line)
	}
	return b.rest(barLegend)
}

// alike is the share of a time from which on another one counts as the same.
const alike = 0.95

// against is the row to compare another one with: the fastest, the first of those that are alike, or the slowest where that is the
// fastest itself. nil: there is no other.
func (s *labPlace) against(r *lab.Row) *lab.Row {
	least, most := r, r
	for i := range s.rows {
		switch other := &s.rows[i]; {
		case tookOf(other).Seconds() < alike*tookOf(least).Seconds():
			least = other
		case tookOf(other) > tookOf(most):
			most = other
		}
	}
	switch {
	case least != r:
		return least
	case most != r:
		return most
	}
	return nil
}

// tookOf is how long a row took, or is predicted to.
func tookOf(r *lab.Row) time.Duration {
	if r.Measured != nil {
		return r.Measured.Makespan
	}
	return r.Predicted.Makespan
}

// nothing is the place without a study.
func (s *labPlace) nothing(w, h int) []string {
	b := newBox(s.p, s.t, w, h, true)
	b.title("Lab")
	b.topEnd("")
	switch {
	case s.wrong != nil:
		b.paragraph(s.t.alarm, sentence(s.wrong.Error()))
	case s.under:
		b.say(s.t.dim, "Drawing tasks and predicting …")
	default:
		b.say(s.t.dim, "There is no study yet; c chooses one.")
	}
	return b.rest("")
}

// about tells what is compared.
func (s *labPlace) about() string {
	var work time.Duration
	tasks := s.study.Tasks
	for i := range tasks {
		work += tasks[i].Work
	}
	come := "all at once"
	if last := tasks[len(tasks)-1].At; last > 0 {
		come = "within " + span(last)
	}
	where := ""
	if s.abroad {
		where = " · measured at " + s.where + ", not here"
	}
	return fmt.Sprintf("%s of %s, mean %s, %s · crew %s · seed %d%s", plural(len(tasks), "task"), s.study.Workload,
		span(work/time.Duration(len(tasks))), come, lab.CrewText(s.study.Crew), s.study.Seed, where)
}

// progress is how far the study has come, or what to do.
func (s *labPlace) progress(a *App) string {
	var left time.Duration
	for i := range s.rows {
		if r := &s.rows[i]; r.State == lab.Waiting {
			left += r.Predicted.Makespan
		} else if r.State == lab.Running {
			left += time.Duration((1 - s.share(r)) * float64(r.Predicted.Makespan))
		}
	}
	switch {
	case s.trial != nil && s.trial.cut:
		return "stopping …"
	case s.trial != nil:
		return "measuring: " + s.outstanding() + ", about " + span(left) + " left"
	case left > 0 && s.barStart(a) == "":
		return "s measures this here, about " + span(left)
	case left > 0:
		return "predicted"
	}
	return ""
}

// labTexts are texts that have been broken into lines, until one of them or the width is another.
type labTexts struct {
	width       int
	rows        *lab.Row // of the table, which a new study replaces
	selected    string
	advised     bool
	about, says []string
	ends        []int // lines of says up to the end of each text
}

// whole are as many of the texts as n lines hold; the first is cut where it is too long.
func (t *labTexts) whole(n int) []string {
	lines := min(len(t.says), max(0, n))
	for i := len(t.ends) - 1; i >= 0; i-- {
		if t.ends[i] <= n {
			lines = t.ends[i]
			break
		}
	}
	return t.says[:lines]
}

// texts are what is compared, and what follows from the figures; while nothing does, what the selected strategy is.
func (s *labPlace) texts(w int) (about, says []string) {
	now := labTexts{width: w, rows: &s.rows[0], advised: len(s.advice) > 0}
	if !now.advised {
		now.selected = s.selected
	}
	t := &s.told
	if t.width == now.width && t.rows == now.rows && t.selected == now.selected && t.advised == now.advised {
		return t.about, t.says
	}
	now.about = wrap(s.about(), w)
	texts := s.advice
	if len(texts) == 0 {
		r := s.picked()
		texts = []string{r.Strategy.Name + ": " + r.Strategy.About() + "."}
	}
	for _, text := range texts {
		now.says = append(now.says, wrap(plain(text), w)...)
		now.ends = append(now.ends, len(now.says))
	}
	*t = now
	return t.about, t.says
}

// number writes a number with as few digits as tell it.
func number(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
