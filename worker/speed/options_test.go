package speed

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// options are what the command line asks for.
type options struct {
	tables  []string
	brokers []string
	queues  []string
	workers []int
	sizes   []int
	growth  []int
	tasks   int
	size    int
	pairs   int
	conns   []int
}

var (
	asked  = standard()
	toShow = flag.Bool("table", false, "measure, and print the tables")
)

// standard is what is measured when nothing else is asked for.
func standard() options {
	return options{
		tables: allTables(), brokers: []string{onRabbitMQ, onSandbox}, queues: []string{"classic", "quorum"},
		workers: []int{1, 4, 16, 64, 256, 1000}, sizes: []int{100, 1e3, 1e4, 1e5, 1e6}, growth: []int{1e4, 1e5, 1e6},
		tasks: 20_000, size: 100, pairs: 7, conns: []int{0},
	}
}

func init() {
	flag.Var((*words)(&asked.tables), "tables", "which `tables`: "+strings.Join(allTables(), ", "))
	flag.Var((*words)(&asked.brokers), "brokers", "measure on these `brokers`")
	flag.Var((*words)(&asked.queues), "queues", "`types` of queue")
	flag.Var((*numbers)(&asked.workers), "workers", "`numbers` of workers")
	flag.Var((*numbers)(&asked.sizes), "sizes", "sizes of a body in `bytes`, in the tables that are about them")
	flag.Var((*numbers)(&asked.growth), "growth", "`numbers` of tasks in the table of what a pool needs")
	flag.Var((*numbers)(&asked.conns), "connections", "`numbers` of connections of carousel's pool; 0: its default")
	flag.IntVar(&asked.tasks, "tasks", asked.tasks, "`number` of tasks in a round")
	flag.IntVar(&asked.size, "size", asked.size, "size of a body in `bytes`, in the other tables")
	flag.IntVar(&asked.pairs, "rounds", asked.pairs, "`number` of rounds of each side")
}

// words is a flag with a list of words.
type words []string

func (w *words) String() string { return strings.Join(*w, ",") }

func (w *words) Set(text string) error {
	*w = strings.Split(text, ",")
	return nil
}

// numbers is a flag with a list of numbers.
type numbers []int

func (n *numbers) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(*n), " ", ","), "[]")
}

func (n *numbers) Set(text string) error {
	*n = nil
	for word := range strings.SplitSeq(text, ",") {
		v, err := strconv.Atoi(word)
		if err != nil || v < 0 {
			return fmt.Errorf("%q is not a number", word)
		}
		*n = append(*n, v)
	}
	return nil
}

// check finds what cannot be measured.
func (o options) check() error {
	for _, name := range o.tables {
		if !slices.Contains(allTables(), name) {
			return fmt.Errorf("-tables: %q is not known; allowed are %s", name, strings.Join(allTables(), ", "))
		}
	}
	if o.tasks < 1 || o.pairs < 1 {
		return fmt.Errorf("-tasks and -rounds are at least 1")
	}
	return nil
}
