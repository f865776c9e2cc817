package speed

import (
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// figure is what one round came to.
type figure struct {
	tasks int
	took  time.Duration
	cpu   time.Duration
}

// rate is in tasks a second.
func (f figure) rate() float64 { return float64(f.tasks) / f.took.Seconds() }

// cost is in CPU seconds for 100,000 tasks.
func (f figure) cost() float64 { return f.cpu.Seconds() / float64(f.tasks) * 1e5 }

// watch measures a stretch of work.
type watch struct {
	began time.Time
	cpu   time.Duration
}

func startWatch() watch { return watch{time.Now(), processorTime()} }

func (w watch) stop(tasks int) figure {
	return figure{tasks, time.Since(w.began), processorTime() - w.cpu}
}

// gate is the work of a task, none at all, and the watch over it. It holds the first task of every worker until each has one,
// so that opening channels is not measured on either side.
type gate struct {
	workers, tasks int64
	came           atomic.Int64
	watch          watch         // written before open is closed
	open           chan struct{} // closed when every worker has a task
	result         chan figure   // gets the figure with the last task
}

func newGate(workers, tasks int) *gate {
	return &gate{workers: int64(workers), tasks: int64(tasks), open: make(chan struct{}), result: make(chan figure, 1)}
}

// pass is called with each task, by its worker.
func (g *gate) pass() {
	n := g.came.Add(1)
	if n <= g.workers {
		if n == g.workers {
			g.watch = startWatch()
			close(g.open)
		}
		<-g.open
	}
	if n == g.tasks {
		g.result <- g.watch.stop(int(g.tasks - g.workers))
	}
}

// side is one way to do the work, once.
type side func() (figure, error)

// comparison is two sides over some rounds.
type comparison struct {
	bare, ours []figure
	rate, cost float64 // medians of the pairs' ratios, ours by bare
}

// compare runs both sides in turn: A B B A A B B A …, so many pairs.
func compare(pairs int, bare, ours side) (c comparison, err error) {
	one := func(s side, to *[]figure) {
		if err != nil {
			return
		}
		runtime.GC() // what the round before has left is not this one's
		var f figure
		f, err = s()
		*to = append(*to, f)
	}
	for i := range pairs {
		if i%2 == 0 {
			one(bare, &c.bare)
			one(ours, &c.ours)
		} else {
			one(ours, &c.ours)
			one(bare, &c.bare)
		}
	}
	if err != nil {
		return comparison{}, err
	}
	c.rate = ratio(c.bare, c.ours, figure.rate)
	c.cost = ratio(c.bare, c.ours, figure.cost)
	return c, nil
}

func ratio(bare, ours []figure, of func(figure) float64) float64 {
	ratios := make([]float64, len(bare))
	for i := range bare {
		ratios[i] = of(ours[i]) / of(bare[i])
	}
	return middle(ratios)
}

// median is the middle of the figures.
func median(figures []figure, of func(figure) float64) float64 {
	values := make([]float64, len(figures))
	for i, f := range figures {
		values[i] = of(f)
	}
	return middle(values)
}

func middle(values []float64) float64 {
	slices.Sort(values)
	half := len(values) / 2
	if len(values)%2 == 0 {
		return (values[half-1] + values[half]) / 2
	}
	return values[half]
}
