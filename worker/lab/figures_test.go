package lab

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

// A run by hand: worker 0 is at a long task with another in its hands, while worker 1 has nothing to do; worker 2 dies.
func byHand() Run {
	return Run{
		Experiment: Experiment{
			Tasks: []Task{{0, 10 * ms}, {0, 2 * ms}, {0, 4 * ms}, {1 * ms, 3 * ms}, {5 * ms, 9 * ms}},
			Crew:  []Worker{{Speed: 1}, {Speed: 1}, {Speed: 0.5, Dies: 4 * ms}},
		},
		Queued: []time.Duration{0, 0, 0, 1 * ms, 6 * ms},
		Stints: []Stint{
			{Task: 0, Worker: 0, Begin: 0, End: 10 * ms},
			{Task: 1, Worker: 1, Begin: 0, End: 2 * ms},
			{Task: 2, Worker: 2, Begin: 0, End: 4 * ms, Lost: true},
			{Task: 2, Worker: 1, Begin: 4 * ms, End: 9 * ms, Redelivered: true}, // a millisecond over its time
			{Task: 3, Worker: 0, Begin: 10 * ms, End: 13 * ms},
		},
		Stranded: 1,
	}
}

func TestFigures(t *testing.T) {
	f := byHand().Figures()
	want := Figures{
		Tasks: 4, Makespan: 13 * ms, Bound: 10 * ms, // the longest task
		WaitP50: 0, WaitP95: 9 * ms, WaitP99: 9 * ms, WaitMax: 9 * ms,
		// Busy 13, 7 and 4 ms of 13, 13 and 4: 24² / (30 · (13 + 49/13 + 4)). Counts 2, 2 and 1: 5² / (30 · (8/13 + 1/4)).
		Busy: 576 / (30 * (17 + 49.0/13)), Count: 25 / (30 * (8.0/13 + 0.25)), Noise: 5.0 / 7,
		// Task 3 waits from 1 to 10, task 4 from 6 on. Worker 1 is idle from 2 to 4 and from 9 on, worker 0 never. Until 4 there are
		// three workers alive, two after that.
		Idle: (2 + 4.0) / (3*4 + 9*2), Throughput: 4 / 0.013, Again: 1, Stranded: 1,
	}
	near := func(name string, got, want float64) {
		if math.Abs(got-want) > 1e-9*max(1, want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	near("Busy", f.Busy, want.Busy)
	near("Count", f.Count, want.Count)
	near("Noise", f.Noise, want.Noise)
	near("Idle", f.Idle, want.Idle)
	near("Throughput", f.Throughput, want.Throughput)
	f.Busy, f.Count, f.Noise, f.Idle, f.Throughput = want.Busy, want.Count, want.Noise, want.Idle, want.Throughput
	if f != want {
		t.Errorf("figures are\n%+v, want\n%+v", f, want)
	}
}

func TestFiguresOfNothing(t *testing.T) {
	f := Run{Experiment: Experiment{Tasks: works(1), Crew: crew(1)}, Stranded: 1}.Figures()
	if want := (Figures{Busy: 1, Count: 1, Stranded: 1}); f != want {
		t.Errorf("of a run without a try the figures are %+v, want %+v", f, want)
	}
}

func TestBound(t *testing.T) {
	dying := []Worker{{Speed: 1, Dies: 10 * ms}, {Speed: 1}}
	for _, c := range []struct {
		name  string
		tasks []Task
		crew  []Worker
		want  time.Duration
	}{
		{"the work over the workers", works(3*ms, 3*ms, 3*ms, 3*ms), crew(1, 1), 6 * ms},
		{"the longest task", works(9*ms, 1*ms, 1*ms), crew(1, 1), 9 * ms},
		{"on the fastest worker", works(9*ms, 1*ms), crew(1, 3), 3 * ms},
		{"the work over the speeds", works(5*ms, 5*ms, 5*ms, 5*ms), crew(1, 3), 5 * ms},
		{"a task that comes late", []Task{{0, 1 * ms}, {7 * ms, 2 * ms}}, crew(1, 1), 9 * ms},
		{"many that come late", []Task{{0, 1 * ms}, {7 * ms, 2 * ms}, {7 * ms, 2 * ms}, {7 * ms, 2 * ms}}, crew(1, 1), 10 * ms},
		{"a worker that dies", works(8*ms, 8*ms, 8*ms, 8*ms), dying, 22 * ms}, // 20 ms of work in 10, and 12 by one alone
		{"nothing", nil, crew(1), 0},
	} {
		if got := bound(c.tasks, c.crew); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// row is one that has finished with the given run.
func row(r Run) Row {
	model := Model(r.Experiment)
	measured := r.Figures()
	return Row{Strategy: r.Experiment.Strategy, Model: model, Predicted: model.Figures(), State: Finished, Run: &r, Measured: &measured}
}

// The parts of a difference add up to it, whatever the run.
func TestPartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anExperiment(t)
		for i := range e.Crew {
			e.Crew[i].Dies = 0
		}
		costs := Costs{Trip: time.Duration(rapid.IntRange(0, 20).Draw(t, "trip")), Over: time.Duration(rapid.IntRange(0, 20).Draw(t, "over"))}
		r := row(ModelWith(e, costs))
		n := len(e.Crew)
		ours, theirs := r.Run.ledger(r.Measured.Makespan), r.Model.ledger(r.Predicted.Makespan)
		var sum time.Duration
		for _, p := range ours.against(theirs, n) {
			sum += p.share
		}
		if more := r.Measured.Makespan - r.Predicted.Makespan; (sum - more).Abs() > time.Duration(n)*5 { // rounded
			t.Fatalf("the parts add up to %v, and the difference is %v", sum, more)
		}
		if want := costs.Over * time.Duration(len(e.Tasks)); ours.late != want {
			t.Fatalf("handlers were %v late together, want %v", ours.late, want)
		}
	})
}

// What a run cost is found again in it, and told to the model it gives that run.
func TestExplainFindsWhatARunCost(t *testing.T) {
	e := Experiment{Strategy: Strategies()[0], Tasks: of(t, "exponential", 400, crew(1, 1, 1, 1), 0, 1), Crew: crew(1, 1, 1, 1)}
	r := row(ModelWith(e, Costs{Trip: 2 * ms, Over: 1 * ms}))
	why := strings.Join(Explain(r), "\n")
	for _, want := range []string{
		"It took 1.35 s, 303 ms (29 %) more than predicted.",
		"A free worker waited 2 ms on average for a task that was enqueued: +200 ms of the makespan.",
		"Handlers took 1 ms longer than their work on average: +100 ms of the makespan.",
		"With 2 ms a delivery and 1 ms a handler more, and tasks enqueued as they were, the model says 1.35 s and p99 wait 1.32 s; measured were 1.35 s and 1.32 s.",
	} {
		if !strings.Contains(why, want) {
			t.Errorf("%q is not in\n%s", want, why)
		}
	}
}

func TestExplainSaysNothingOfWhatIsNotThere(t *testing.T) {
	e := Experiment{Strategy: Strategies()[0], Tasks: works(9*ms, 2*ms, 3*ms), Crew: crew(1, 1)}
	r := row(Model(e))
	if why := Explain(r); len(why) != 1 || why[0] != "It took 9 ms, as predicted." {
		t.Errorf("of a run that went as predicted: %q", why)
	}
	r.Measured, r.State = nil, Running
	if why := Explain(r); why != nil {
		t.Errorf("of a run that has not ended: %q", why)
	}
}
