package lab

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// Observed is what was seen of a queue and of those who work on it: what a what-if rests upon.
type Observed struct {
	Runs     []time.Duration // how long tries were in a handler; those to come are drawn from them at random
	InHand   []time.Duration // for how long each task in hand has run
	Ready    int             // tasks that wait
	Arrivals float64         // tasks that come in a second, 0: none
	Trip     time.Duration   // between two tasks of a worker that holds one at a time, while others wait; 0: not known
}

// Service is the mean of the observed runs; 0 without any.
func (o *Observed) Service() time.Duration {
	if len(o.Runs) == 0 {
		return 0
	}
	var sum float64 // of hours and of many of them
	for _, run := range o.Runs {
		sum += run.Seconds()
	}
	return time.Duration(sum / float64(len(o.Runs)) * float64(time.Second))
}

// Load is how many workers of that prefetch the tasks that come keep busy: the offered load, λ times the mean service time. With a
// prefetch of 1 the way to the broker and back is part of the service.
func (o *Observed) Load(prefetch int) float64 {
	return o.Arrivals * (o.Service() + o.costs(prefetch).Trip).Seconds()
}

// Fewest is the least number of workers that the queue does not outgrow, one at least.
func (o *Observed) Fewest(prefetch int) int { return int(o.Load(prefetch)) + 1 }

// costs are what a task costs beside its run. A greater prefetch hides the way: the next task is there when one ends.
func (o *Observed) costs(prefetch int) Costs {
	if prefetch == 1 {
		return Costs{Trip: o.Trip}
	}
	return Costs{}
}

// Outlook is what becomes of a queue with so many workers and that prefetch.
type Outlook struct {
	Workers, Prefetch int
	Busy              float64       // share of the workers' time that the tasks that come take; the queue grows without end from 1 on
	Drain             time.Duration // until no task waits; -1: never
	WaitP50, WaitP99  time.Duration // of the tasks that come after that; -1: none come, or more and more wait
}

// Holds reports whether the workers keep up with the tasks that come.
func (l *Outlook) Holds() bool { return l.Busy < 1 }

// Nearly reports whether so little is to spare that the waits would grow further for longer than the model looks.
func (l *Outlook) Nearly() bool { return l.Holds() && l.Busy > nearly }

const nearly = 0.97

// How many tasks an outlook lets the model deal out. Of a stream there are the more of them the closer the crew is to its limit,
// where one crowd follows from the other; the first tenth finds a crew that has just begun, and is not counted.
const (
	drainTasks  = 5_000
	streamTasks = 8_000 // ÷ (1 − busy)
	mostStream  = 40_000
)

// Outlook predicts by the discrete-event model, on tasks whose times are drawn from the observed ones and that come by chance,
// one independent of the other (Poisson). It needs an observed run and a worker. It takes some tens of milliseconds, or less when
// ctx ends; then its error says so. The same question has the same answer.
func (o *Observed) Outlook(ctx context.Context, workers, prefetch int) (Outlook, error) {
	l := Outlook{Workers: workers, Prefetch: prefetch, Busy: o.Load(prefetch) / float64(workers), Drain: -1, WaitP50: -1, WaitP99: -1}
	if !l.Holds() {
		return l, nil
	}
	e := Experiment{Strategy: Strategy{Way: Shared, Prefetch: prefetch}, Crew: slices.Repeat([]Worker{{Speed: 1}}, workers)}
	l.Drain = o.drain(e, l.Busy)
	if err := ctx.Err(); err != nil {
		return l, err
	}
	if o.Arrivals > 0 {
		e.Tasks = o.stream(newDeck(o.Runs, 1), min(mostStream, int(streamTasks/(1-l.Busy))))
		waits := settledWaits(ModelWith(e, o.costs(prefetch)))
		l.WaitP50, l.WaitP99 = rank(waits, 0.5), rank(waits, 0.99)
	}
	return l, ctx.Err()
}

// drain is when nothing waits any more. Of a long backlog the model deals out the end, where it matters who gets which task; the
// crew works through the rest at its full speed: (tasks · mean time) ÷ (workers · (1 − busy)). More tasks in hand than the crew has
// hands are left to those who have them.
func (o *Observed) drain(e Experiment, busy float64) time.Duration {
	crew, works, costs := len(e.Crew), newDeck(o.Runs, 2), o.costs(e.Strategy.Prefetch)
	end := min(o.Ready, max(crew, int((1-busy)*drainTasks)))
	atSpeed := func(tasks int) time.Duration {
		return time.Duration(float64(tasks) * float64(o.Service()+costs.Trip) / (float64(crew) * (1 - busy)))
	}
	for _, age := range o.InHand[:min(crew, len(o.InHand))] {
		e.Tasks = append(e.Tasks, Task{Work: o.left(age, works.random)})
	}
	for range end {
		e.Tasks = append(e.Tasks, Task{Work: works.draw()})
	}
	backlog := len(e.Tasks)
	if backlog == 0 {
		return 0
	}
	e.Tasks = append(e.Tasks, o.stream(works, 2*drainTasks)...)
	for i, s := range ModelWith(e, costs).Stints {
		if begun := i + 1; begun >= backlog && (begun == len(e.Tasks) && o.Arrivals == 0 || begun < len(e.Tasks) && e.Tasks[begun].At > s.Begin) {
			return s.Begin + atSpeed(o.Ready-end)
		}
	}
	return atSpeed(o.Ready) // arrivals take almost all of the crew's time
}

// left is what remains of a task that has run so long: as of one of those that ran longer, or as long again where none did.
func (o *Observed) left(age time.Duration, random *rand.Rand) time.Duration {
	var longer []time.Duration
	for _, run := range o.Runs {
		if run > age {
			longer = append(longer, run)
		}
	}
	if len(longer) == 0 {
		return age
	}
	return longer[random.IntN(len(longer))] - age
}

// stream are n tasks that come by chance, one independent of the other, over exactly the time in which so many come: by chance
// alone that would be off by a part of 1/√n, which close to a crew's limit makes much of the wait.
func (o *Observed) stream(works *deck, n int) []Task {
	if o.Arrivals <= 0 {
		return nil
	}
	gaps, sum := make([]float64, n), 0.0
	for i := range gaps {
		gaps[i] = works.random.ExpFloat64()
		sum += gaps[i]
	}
	tasks := make([]Task, n)
	second, at := float64(n)/o.Arrivals/sum*float64(time.Second), 0.0
	for i := range tasks {
		at += gaps[i] * second
		tasks[i] = Task{At: time.Duration(at), Work: works.draw()}
	}
	return tasks
}

// deck deals times out by chance, but each of them once before any comes again, so that their mean is that of all.
type deck struct {
	runs   []time.Duration
	order  []int
	random *rand.Rand
}

func newDeck(runs []time.Duration, seed uint64) *deck {
	return &deck{runs: runs, random: rand.New(rand.NewPCG(seed, seed))}
}

func (d *deck) draw() time.Duration {
	if len(d.order) == 0 {
		d.order = d.random.Perm(len(d.runs))
	}
	run := d.runs[d.order[0]]
	d.order = d.order[1:]
	return run
}

// settledWaits are the waits of a stream's tasks in order, without those of its beginning.
func settledWaits(r Run) []time.Duration {
	waits := make([]time.Duration, 0, len(r.Stints))
	for _, s := range r.Stints {
		if s.Task >= len(r.Experiment.Tasks)/10 {
			waits = append(waits, s.Begin-r.came(s.Task))
		}
	}
	slices.Sort(waits)
	return waits
}
