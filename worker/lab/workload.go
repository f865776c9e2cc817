package lab

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"carousel/worker"
)

// MaxTasks is how many tasks an experiment may have.
const MaxTasks = 100_000

// UsualMean is how long a task of a named workload takes on average where nothing else is said.
const UsualMean = 25 * time.Millisecond

// Workload is how long tasks take and how they come. It is made by ParseWorkload.
type Workload struct {
	name   string
	work   worker.Dist // only its shape counts where it is named
	own    bool        // work was given as a distribution: its mean is meant
	bursty bool
	trace  []Task // in place of work
}

// Those with a name, in the order of a menu, each with its distribution.
var named = []struct{ name, work string }{
	{"constant", "1s"},
	{"exponential", "exp:1s"},
	{"image", "lognormal:24.43s,0.549"}, // e^3.196 = 24.43; as measured of image jobs
	{"mixed", "lognormal:1s,1.54"},
	{"heavy-tail", "pareto:1s,1.1,1000s"},
	{"bursts", "lognormal:24.43s,0.549"},
}

// Workloads are the names of the workloads, in the order of a menu: constant, exponential, image (lognormal, mu 3.196, sigma
// 0.549), mixed (lognormal, sigma 1.54), heavy-tail (Pareto of alpha 1.1, the longest 1000 times the shortest) and bursts
// (image jobs that come on and off).
func Workloads() []string {
	names := make([]string, len(named))
	for i, n := range named {
		names[i] = n.name
	}
	return names
}

// ParseWorkload reads one of Workloads, a distribution of worker.ParseDist, or "trace:FILE[,SPEED]", a CSV of arrival and
// duration of which everything goes SPEED times faster. It reads the file. Its errors name what is wrong and what is allowed.
func ParseWorkload(s string) (Workload, error) {
	s = strings.TrimSpace(s)
	if file, ok := strings.CutPrefix(s, "trace:"); ok {
		tasks, err := readTrace(file)
		return Workload{name: s, trace: tasks}, err
	}
	for _, n := range named {
		if n.name == s {
			work, err := worker.ParseDist(n.work)
			return Workload{name: s, work: work, bursty: s == "bursts"}, err
		}
	}
	work, err := worker.ParseDist(s)
	if err != nil {
		return Workload{}, fmt.Errorf("%q is not a workload; write %s, trace:FILE, or a distribution such as exp:10ms or uniform:1ms,9ms",
			s, strings.Join(Workloads(), ", "))
	}
	if work.Mean() <= 0 {
		return Workload{}, fmt.Errorf("%q is not a workload: its tasks take no time", s)
	}
	return Workload{name: s, work: work, own: true}, nil
}

// String is what ParseWorkload reads.
func (w Workload) String() string { return w.name }

// Traced reports whether the tasks are those of a trace, with their own times.
func (w Workload) Traced() bool { return w.trace != nil }

// Tasks draws n tasks that take mean on average, in expectation; the same seed draws the same. A mean of 0 is the workload's own:
// that of its distribution, or UsualMean where it has but a name. All of them are there from the start; see Arrivals.
//
// Of a trace it takes the first n, or all where n is 0 or it has no more, as they are, with the arrivals that they have.
func (w Workload) Tasks(n int, seed uint64, mean time.Duration) []Task {
	if w.trace != nil {
		if n <= 0 {
			n = len(w.trace)
		}
		return slices.Clone(w.trace[:min(n, len(w.trace))])
	}
	factor := 1.0
	switch {
	case mean > 0:
		factor = float64(mean) / float64(w.work.Mean())
	case !w.own:
		factor = float64(UsualMean) / float64(w.work.Mean())
	}
	rng := rand.New(rand.NewPCG(seed, 0x776f726b)) // a stream of its own: the work is the same whatever the arrivals are
	tasks := make([]Task, n)
	for i := range tasks {
		tasks[i].Work = max(1, time.Duration(factor*float64(w.work.Sample(rng))))
	}
	return tasks
}
