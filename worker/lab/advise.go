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
	alike  = 1.05 // predicted times within this factor count as the same
	longer = 1.1  // so do measured ones within this factor
	noise  = 1.25 // and within this one, where the model sees no difference
	evenly = 0.95 // Jain's index from which counts are called even
	hidden = 0.05 // share of a task's time from which the wait for the next delivery is told
)

// Advise says which strategy suits the study's workload and crew, and why not the others, a sentence each. It goes by what was
// measured, and leaves out, by name, those that were not, such as failed ones; or it goes by the predictions where nothing was
// measured, and calls them that. It is nil where there is nothing to compare. What counts is the makespan of a backlog that is there
// from the start, else the wait of which 1 % is longer. Of strategies that do alike the simplest is named.
func (s Study) Advise(rows []Row) []string {
	choices := s.choices(rows)
	if len(choices) < 2 || choices[0].figures.Stranded > 0 {
		return nil
	}
	best, worst := choices[0], choices[len(choices)-1]
	if len(choices.near(best)) == len(choices) {
		says := []string{best.tell("Here it makes", "The model says that it makes") + fmt.Sprintf(" little difference: all are within %.0f %%. The simplest is %s.",
			max(1, math.Ceil(100*(worst.cost/best.cost-1))), simplest(choices).name())}
		return slices.Concat(says, choices.uneven(), choices.without(rows))
	}
	best = simplest(choices.near(best))
	says := []string{fmt.Sprintf(best.tell("For this workload and this crew: %s. %s", "For this workload and this crew the model says: %s. %s"),
		best.name(), s.result(best))}
	return slices.Concat(says, choices.worse(best, s.Drains()), choices.uneven(), choices.trip(best), choices.without(rows))
}

// choice is a row that can be compared.
type choice struct {
	row     Row
	figures Figures
	cost    float64 // seconds that count
	model   float64 // what the model says of them
}

type choices []choice

func (c choice) name() string { return c.row.Strategy.Name }

// tell picks the words for what was measured, or for what is only predicted.
func (c choice) tell(was, wouldBe string) string {
	if c.row.Measured != nil {
		return was
	}
	return wouldBe
}

// near reports whether c does about as well as another one, which is no worse.
func (c choice) near(other choice) bool {
	margin := alike
	switch {
	case c.figures.Stranded != other.figures.Stranded:
		return false
	case c.row.Measured != nil && c.model <= alike*other.model:
		margin = noise
	case c.row.Measured != nil:
		margin = longer
	}
	return c.cost <= margin*other.cost
}

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
		all = append(all, choice{r, f, s.cost(f), s.cost(r.Predicted)})
	}
	slices.SortStableFunc(all, func(a, b choice) int {
		return cmp.Or(cmp.Compare(a.figures.Stranded, b.figures.Stranded), cmp.Compare(a.cost, b.cost))
	})
	return all
}

// cost is what counts, in seconds.
func (s Study) cost(f Figures) float64 {
	if s.Drains() {
		return f.Makespan.Seconds()
	}
	return max(f.WaitP99, time.Millisecond).Seconds()
}

// Drains reports whether all tasks are there from the start.
func (s Study) Drains() bool { return len(s.Tasks) > 0 && s.Tasks[len(s.Tasks)-1].At == 0 }

// near are the choices that do about as well as one.
func (all choices) near(best choice) choices {
	return slices.DeleteFunc(slices.Clone(all), func(c choice) bool { return !c.near(best) })
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
	if s.Drains() {
		return fmt.Sprintf(c.tell("It took", "It would take")+" %s, %.2f times the least possible.", Spell(c.figures.Makespan),
			c.figures.Makespan.Seconds()/c.figures.Bound.Seconds())
	}
	return fmt.Sprintf("Half of the tasks "+c.tell("waited", "would wait")+" %s at most, and 1 %% longer than %s.",
		Spell(c.figures.WaitP50), Spell(c.figures.WaitP99))
}

// worse says how much worse the others did, those that did alike together.
func (all choices) worse(best choice, drains bool) (says []string) {
	took := best.tell("took", "would take") + " %.1f times as long"
	if !drains {
		took = best.tell("made", "would make") + " 1 %% of the tasks wait %.1f times as long"
	}
	for i := 0; i < len(all); {
		c := all[i]
		group := []string{c.name()}
		for i++; i < len(all) && all[i].near(c); i++ {
			group = append(group, all[i].name())
		}
		names := and(group)
		switch {
		case c.figures.Stranded > 0:
			says = append(says, fmt.Sprintf(c.tell("%s left %s undone: the only worker of their queue died.",
				"%s would leave %s undone: the only worker of their queue dies."), names, plural(c.figures.Stranded, "task")))
		case !c.near(best):
			says = append(says, names+" "+fmt.Sprintf(took, c.cost/best.cost)+c.because(best, drains))
		}
	}
	return says
}

// because ends the sentence on a choice that did worse than another.
func (c choice) because(best choice, drains bool) string {
	if c.model <= alike*best.model {
		return ", where the model sees no difference."
	}
	if !drains {
		if c.figures.Idle < best.figures.Idle+0.05 {
			return "."
		}
		return fmt.Sprintf(c.tell(": workers were idle for %.0f %% of their time while tasks waited, because these were with others.",
			": workers would be idle for %.0f %% of their time while tasks wait, because these are with others."), 100*c.figures.Idle)
	}
	if slack := c.slack(); slack >= best.slack()+0.05 {
		return fmt.Sprintf(c.tell(": for %.0f %% of that fewer than half of the workers had a task, because all that was left was with the others.",
			": for %.0f %% of that fewer than half of the workers would have a task, because all that is left is with the others."), 100*slack)
	}
	return "."
}

// slack is the share of the run in which fewer than half of the workers were at a task.
func (c choice) slack() float64 {
	if c.row.Measured != nil {
		return c.row.Run.slack(c.figures.Makespan)
	}
	return c.row.Model.slack(c.figures.Makespan)
}

// uneven tells of one that dealt out tasks evenly, and not the work.
func (all choices) uneven() []string {
	even := slices.DeleteFunc(slices.Clone(all), func(c choice) bool {
		return c.figures.Count < max(c.figures.Noise, evenly) || c.figures.Busy >= 0.9 || c.figures.Stranded > 0
	})
	if len(even) == 0 {
		return nil
	}
	c := slices.MinFunc(even, func(a, b choice) int { return cmp.Compare(a.figures.Busy, b.figures.Busy) })
	if i := slices.IndexFunc(even, func(c choice) bool { return c.row.Strategy.Way == Static }); i >= 0 {
		c = even[i] // it means to be even
	}
	return []string{fmt.Sprintf("Equal numbers of tasks are not equal work: %s "+c.tell("was", "would be")+" even by count (%.3f) and uneven by work (%.3f).",
		c.name(), c.figures.Count, c.figures.Busy)}
}

// without names the rows that are not among the choices, by why.
func (all choices) without(rows []Row) (says []string) {
	for _, x := range []struct {
		state State
		text  string
	}{{Failed, "failed"}, {Cancelled, "did not come to an end"}} {
		var names []string
		for i := range rows {
			if rows[i].State == x.state && !slices.ContainsFunc(all, func(c choice) bool { return c.row.Strategy == rows[i].Strategy }) {
				names = append(names, rows[i].Strategy.Name)
			}
		}
		switch len(names) {
		case 0:
		case 1:
			says = append(says, fmt.Sprintf("%s is left out: its run %s.", names[0], x.text))
		default:
			says = append(says, fmt.Sprintf("%s are left out: their runs %s.", and(names), x.text))
		}
	}
	return says
}

// trip tells what a free worker's wait for its next delivery costs where that is much, and the prefetch that would hide it: as many
// tasks on their way as are done meanwhile, and the one in hand. Where a higher prefetch was
// tried, too, that has its own figures.
func (all choices) trip(best choice) []string {
	if best.row.Measured == nil || best.row.Strategy.Prefetch != 1 {
		return nil
	}
	for _, c := range all {
		if c.row.Strategy.Way == Shared && c.row.Strategy.Prefetch != 1 {
			return nil
		}
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

// plural counts things.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
