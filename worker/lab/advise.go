package lab

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

const (
	alike  = 1.05 // times within this factor count as the same
	longer = 1.1  // from this factor on a strategy is said to be worse
	hidden = 0.05 // share of a task's time from which the wait for the next delivery is told
)

// Advise says which strategy suits the study's workload and crew, and why not the others, a sentence each. It goes by what was
// measured, or by the predictions where nothing was; nil where there is nothing to compare. What counts is the makespan of a backlog
// that is there from the start, else the wait of which 1 % is longer. Of strategies that do alike the simplest is named.
func (s Study) Advise(rows []Row) []string {
	choices := s.choices(rows)
	if len(choices) < 2 || choices[0].figures.Stranded > 0 {
		return nil
	}
	best := choices[0]
	var says []string
	if worst := choices[len(choices)-1]; worst.cost <= alike*best.cost && worst.figures.Stranded == 0 {
		says = append(says, fmt.Sprintf("Here it makes no difference: all are within %.0f %%. The simplest is %s.",
			100*(alike-1), simplest(choices).name()))
		return append(says, choices.uneven()...)
	}
	best = simplest(choices.near(best.cost))
	says = append(says, fmt.Sprintf("For this workload and this crew: %s. %s", best.name(), s.result(best)))
	says = append(says, choices.worse(best, s.drains())...)
	says = append(says, choices.uneven()...)
	return append(says, s.trip(best)...)
}

// choice is a row that can be compared.
type choice struct {
	row     Row
	figures Figures
	cost    float64 // seconds that count
}

type choices []choice

func (c choice) name() string { return c.row.Strategy.Name }

// choices are in order, the best first; those that leave tasks undone are the worst.
func (s Study) choices(rows []Row) (all choices) {
	measured := slices.ContainsFunc(rows, func(r Row) bool { return r.Measured != nil })
	for _, r := range rows {
		f := r.Predicted
		switch {
		case r.Measured != nil:
			f = *r.Measured
		case measured:
			continue
		}
		cost := f.WaitP99
		if s.drains() {
			cost = f.Makespan
		}
		all = append(all, choice{r, f, max(cost, time.Millisecond).Seconds()})
	}
	slices.SortStableFunc(all, func(a, b choice) int {
		return cmp.Or(cmp.Compare(a.figures.Stranded, b.figures.Stranded), cmp.Compare(a.cost, b.cost))
	})
	return all
}

// drains reports whether all tasks are there from the start.
func (s Study) drains() bool { return len(s.Tasks) > 0 && s.Tasks[len(s.Tasks)-1].At == 0 }

// near are the choices that do as well as one of the given cost.
func (all choices) near(cost float64) choices {
	return slices.DeleteFunc(slices.Clone(all), func(c choice) bool { return c.cost > alike*cost || c.figures.Stranded > 0 })
}

// simplest is the one of the plainest way, and of the lowest prefetch.
func simplest(all choices) choice {
	rank := map[Way]int{Shared: 0, Priority: 1, Split: 2, Static: 3}
	return slices.MinFunc(all, func(a, b choice) int {
		x, y := a.row.Strategy, b.row.Strategy
		return cmp.Or(cmp.Compare(rank[x.Way], rank[y.Way]), cmp.Compare(uint(x.Prefetch-1), uint(y.Prefetch-1))) // any number, 0, is the highest
	})
}

// result says how the best one did.
func (s Study) result(c choice) string {
	if s.drains() {
		return fmt.Sprintf("It took %s, %.2f times the least possible.", Spell(c.figures.Makespan),
			c.figures.Makespan.Seconds()/c.figures.Bound.Seconds())
	}
	return fmt.Sprintf("Half of the tasks waited %s at most, and 1 %% longer than %s.", Spell(c.figures.WaitP50), Spell(c.figures.WaitP99))
}

// worse says how much worse the others did, those that did alike together.
func (all choices) worse(best choice, drains bool) (says []string) {
	took := "took %.1f times as long"
	if !drains {
		took = "made 1 %% of the tasks wait %.1f times as long"
	}
	for i := 0; i < len(all); {
		c := all[i]
		group := []string{c.name()}
		for i++; i < len(all) && all[i].cost <= alike*c.cost && all[i].figures.Stranded == c.figures.Stranded; i++ {
			group = append(group, all[i].name())
		}
		names := and(group)
		switch {
		case c.figures.Stranded > 0:
			says = append(says, fmt.Sprintf("%s left %d tasks undone: the only worker of their queue died.", names, c.figures.Stranded))
		case c.cost >= longer*best.cost:
			says = append(says, names+" "+fmt.Sprintf(took, c.cost/best.cost)+c.because(drains))
		}
	}
	return says
}

// because ends the sentence on a choice that did worse.
func (c choice) because(drains bool) string {
	if !drains {
		if c.figures.Idle < 0.02 {
			return "."
		}
		return fmt.Sprintf(": workers were idle for %.0f %% of the time in which tasks waited, because these were with others.", 100*c.figures.Idle)
	}
	run := c.row.Model
	if c.row.Measured != nil {
		run = *c.row.Run
	}
	if slack := run.slack(c.figures.Makespan); slack >= 0.05 {
		return fmt.Sprintf(": for %.0f %% of that fewer than half of the workers had a task, because all that was left was with the others.", 100*slack)
	}
	return "."
}

// uneven tells of one that dealt out tasks evenly, and not the work.
func (all choices) uneven() []string {
	for _, c := range slices.Backward(all) {
		if f := c.figures; f.Count >= f.Noise && f.Busy < 0.9 && f.Stranded == 0 {
			return []string{fmt.Sprintf("Equal numbers of tasks are not equal work: %s was even by count (%.3f) and uneven by work (%.3f).",
				c.name(), f.Count, f.Busy)}
		}
	}
	return nil
}

// trip tells what a free worker's wait for its next delivery costs where that is much, and the prefetch that would hide it: as many
// tasks on their way as are done meanwhile, and the one in hand.
func (s Study) trip(best choice) []string {
	if best.row.Run == nil || best.row.Measured == nil || best.row.Strategy.Prefetch != 1 {
		return nil
	}
	l := best.row.Run.ledger(best.row.Measured.Makespan)
	trip, work := l.each(l.trips), l.each(l.work)
	if trip.Seconds() < hidden*work.Seconds() {
		return nil
	}
	return []string{fmt.Sprintf("Between two tasks a worker waited %s for the next, %.0f %% of a task's time; a prefetch of %d would hide that, "+
		"if tasks were about equal.", Spell(trip), 100*trip.Seconds()/work.Seconds(), 1+int(math.Ceil(trip.Seconds()/work.Seconds())))}
}

// and joins names: a, b and c.
func and(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
