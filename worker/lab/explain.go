package lab

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// telling is the share of a time from which a difference is told.
const telling = 0.01

// apart reports whether two times differ by so much that it is told.
func apart(a, b time.Duration) bool { return (a-b).Abs().Seconds() >= telling*b.Seconds() && a != b }

// Explain says what lies between what was predicted and what was measured, a sentence each; nil until the row has Finished. It runs
// the model once.
//
// A worker's time until the end of a run is work, handlers that end late, waits for a delivery although the task is enqueued, tries
// that are lost, and other idleness. Over all workers these add up to the makespan times their number, measured as predicted, and
// so their differences add up to that of the makespans. Where there is something to explain, the last sentence is what the model
// says when it is told what a delivery and a timer cost in this run, and when tasks were really enqueued.
func Explain(r Row) []string {
	if r.Measured == nil || r.Run == nil {
		return nil
	}
	predicted, measured := r.Predicted.Makespan, r.Measured.Makespan
	why := []string{compared(predicted, measured)}
	ours, theirs := r.Run.ledger(measured), r.Model.ledger(predicted)
	living := r.Run.living(measured)
	if living == 0 || living != r.Model.living(predicted) { // then the parts do not add up
		return why
	}
	parts := ours.against(theirs, living)
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.share.Abs(), a.share.Abs()) })
	for _, p := range parts {
		if p.share.Abs().Seconds() >= telling*measured.Seconds() {
			why = append(why, p.text)
		}
	}
	if len(why) == 1 && !apart(r.Predicted.WaitP99, r.Measured.WaitP99) {
		return why
	}
	costs := Costs{Trip: ours.each(ours.trips), Over: ours.each(ours.late)}
	again := ModelWith(r.Run.asEnqueued(), costs).Figures()
	return append(why, fmt.Sprintf("With %s a delivery and %s a handler more, and tasks enqueued as they were, the model says %s and p99 wait %s; "+
		"measured were %s and %s.", Spell(costs.Trip), Spell(costs.Over), Spell(again.Makespan), Spell(again.WaitP99),
		Spell(measured), Spell(r.Measured.WaitP99)))
}

// compared says how far the two makespans are apart.
func compared(predicted, measured time.Duration) string {
	more := measured - predicted
	share := math.Abs(more.Seconds()) / predicted.Seconds()
	switch {
	case !apart(measured, predicted):
		return fmt.Sprintf("It took %s, as predicted.", Spell(measured))
	case more < 0:
		return fmt.Sprintf("It took %s, %s (%.0f %%) less than predicted.", Spell(measured), Spell(-more), 100*share)
	}
	return fmt.Sprintf("It took %s, %s (%.0f %%) more than predicted.", Spell(measured), Spell(more), 100*share)
}

// part is a difference in one part, as its share of the makespan.
type part struct {
	share time.Duration
	text  string
}

// against are the differences to what was predicted, for so many workers.
func (l ledger) against(predicted ledger, workers int) []part {
	share := func(d time.Duration) time.Duration { return d / time.Duration(workers) }
	var parts []part
	put := func(d time.Duration, more, less string) {
		text := more
		if d < 0 {
			text = less
		}
		parts = append(parts, part{share(d), fmt.Sprintf("%s: %s of the makespan.", text, signed(share(d)))})
	}
	put(l.late, fmt.Sprintf("Handlers took %s longer than their work on average", Spell(l.each(l.late))), "Handlers ended before their time")
	put(l.trips, fmt.Sprintf("A free worker waited %s on average for a task that was enqueued", Spell(l.each(l.trips))), "")
	put(l.work-predicted.work, "More of the work fell on slow workers", "More of the work fell on fast workers")
	put(l.lost-predicted.lost, "Workers died further into their tasks", "Workers died sooner in their tasks")
	put(l.rest-predicted.rest, "Workers had no task for longer than predicted", "Workers had no task for less time than predicted")
	return parts
}

// living is how many workers are alive at a time.
func (r Run) living(at time.Duration) (n int) {
	for _, w := range r.Experiment.Crew {
		if w.Dies == 0 || w.Dies >= at {
			n++
		}
	}
	return n
}

// asEnqueued is the experiment with its tasks as they were enqueued, in their order.
func (r Run) asEnqueued() Experiment {
	e := r.Experiment
	e.Tasks = slices.Clone(e.Tasks)
	last := time.Duration(0)
	for i := range e.Tasks {
		last = max(last, r.came(i))
		e.Tasks[i].At = last
	}
	return e
}

// signed is Spell with the sign.
func signed(d time.Duration) string {
	if d < 0 {
		return "−" + Spell(-d)
	}
	return "+" + Spell(d)
}

// Spell writes a duration with three digits at most: 1.62 s, 48 ms, 0.31 ms.
func Spell(d time.Duration) string {
	switch {
	case d == 0:
		return "0 ms"
	case d >= 100*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 0, 64) + " s"
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'g', 3, 64) + " s"
	case d >= 100*time.Millisecond:
		return strconv.FormatFloat(d.Seconds()*1e3, 'f', 0, 64) + " ms"
	case d >= 100*time.Microsecond:
		return strconv.FormatFloat(d.Seconds()*1e3, 'g', 2, 64) + " ms"
	}
	return strconv.FormatFloat(d.Seconds()*1e6, 'g', 2, 64) + " µs"
}
