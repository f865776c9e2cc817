package lab

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Strategies are those to compare, in the order of a table. Any other prefetch can be asked for by ParseStrategies.
func Strategies() []Strategy {
	return []Strategy{
		{"prefetch-1", Shared, 1},
		{"prefetch-10", Shared, 10},
		{"prefetch-100", Shared, 100},
		{"unlimited", Shared, 0},
		{"static", Static, 1},
		{"priority", Priority, 1},
		{"split", Split, 1},
	}
}

// ParseStrategies reads names of strategies, divided by commas: those of Strategies, "prefetch-N" of any N, or "all".
func ParseStrategies(s string) ([]Strategy, error) {
	if strings.TrimSpace(s) == "all" {
		return Strategies(), nil
	}
	var all []Strategy
	for name := range strings.SplitSeq(s, ",") {
		x, err := parseStrategy(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if slices.Contains(all, x) {
			return nil, fmt.Errorf("the strategy %q is there twice", x.Name)
		}
		all = append(all, x)
	}
	return all, nil
}

func parseStrategy(name string) (Strategy, error) {
	var names []string
	for _, x := range Strategies() {
		if x.Name == name {
			return x, nil
		}
		names = append(names, x.Name)
	}
	if number, ok := strings.CutPrefix(name, "prefetch-"); ok {
		n, err := strconv.ParseUint(number, 10, 16) // as wide as AMQP's
		if err == nil && n > 0 {
			return Strategy{"prefetch-" + strconv.FormatUint(n, 10), Shared, int(n)}, nil
		}
		return Strategy{}, fmt.Errorf("the prefetch of %q is not a whole number from 1 to %d", name, math.MaxUint16)
	}
	return Strategy{}, fmt.Errorf("there is no strategy %q; write all, prefetch-N, or some of %s", name, strings.Join(names, ", "))
}

// About says in a line what the strategy does.
func (s Strategy) About() string {
	switch s.Way {
	case Static:
		return "a queue for each worker, and the publisher deals the tasks out in turn"
	case Priority:
		return "one queue; a faster worker has a higher consumer priority, and each holds one task"
	case Split:
		return "long tasks have a queue and workers of their own; each worker holds one task"
	}
	switch s.Prefetch {
	case 0:
		return "one queue; the broker hands out all it has, in turn"
	case 1:
		return "one queue; each worker holds one task, and gets the next when that is done"
	}
	return fmt.Sprintf("one queue; each worker holds up to %d tasks", s.Prefetch)
}

// LongFrom is the work from which tasks count as long where nothing else is said: the longest tasks that are half of all the work,
// as in size-interval assignment with equal load (Harchol-Balter, Crovella, Murta, "On Choosing a Task Assignment Policy for a
// Distributed Server System", 1999).
func LongFrom(tasks []Task) time.Duration {
	works := make([]time.Duration, len(tasks))
	var all, sum time.Duration
	for i, t := range tasks {
		works[i] = t.Work
		all += t.Work
	}
	slices.Sort(works)
	for i := len(works) - 1; i >= 0; i-- {
		if sum += works[i]; sum >= all/2 {
			return works[i]
		}
	}
	return 0
}
