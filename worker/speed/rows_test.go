package speed

import (
	"fmt"
	"io"
	"slices"
	"strconv"
)

// theTables are what can be printed, in this order.
var theTables = []struct {
	name  string
	print func(o options, p place, w io.Writer) error
}{
	{"pool", poolTable},
	{"bodies", bodiesTable},
	{"publish", publishTable},
	{"growth", growthTable},
}

func allTables() []string { return []string{"pool", "bodies", "publish", "growth"} }

// print measures and prints what is asked for, on one broker.
func print(o options, p place, w io.Writer) error {
	for _, t := range theTables {
		if !slices.Contains(o.tables, t.name) {
			continue
		}
		if err := t.print(o, p, w); err != nil {
			return fmt.Errorf("%s on %s: %w", t.name, p.Name, err)
		}
	}
	return nil
}

// poolTable is the pool beside the bare loop, by workers.
func poolTable(o options, p place, w io.Writer) error {
	title := fmt.Sprintf("Pool on %s: tasks of %s, %d rounds of %s tasks", p.Name, sized(o.size), o.pairs, grouped(float64(o.tasks)))
	t := newTable(w, title, append([]string{"workers", "queue  ", "connections"}, columnsOf...)...)
	for _, kind := range o.queues {
		for _, workers := range o.workers {
			for _, connections := range o.conns {
				c, err := compareWork(work{p, kind, workers, max(o.tasks, 20*workers), o.size, connections}, o.pairs)
				if err != nil {
					return err
				}
				t.row(append([]string{grouped(float64(workers)), kind, ofConnections(connections)}, c.cells()...)...)
			}
		}
	}
	return nil
}

func ofConnections(n int) string {
	if n == 0 {
		return "default"
	}
	return strconv.Itoa(n)
}

// bodyWorkers work on tasks with bodies of every size.
const bodyWorkers = 16

// someOf is how many tasks of this size make a round that takes about as long as one of small tasks.
func someOf(tasks, size int) int { return max(50, min(tasks, 200<<20/size)) }

// bodiesTable is the pool beside the bare loop, by the size of the tasks.
func bodiesTable(o options, p place, w io.Writer) error {
	title := fmt.Sprintf("Pool on %s: %d workers, %d rounds", p.Name, bodyWorkers, o.pairs)
	t := newTable(w, title, append([]string{"body  ", "queue  "}, columnsOf...)...)
	for _, kind := range o.queues {
		for _, size := range o.sizes {
			c, err := compareWork(work{p, kind, bodyWorkers, someOf(o.tasks, size), size, 0}, o.pairs)
			if err != nil {
				return err
			}
			t.row(append([]string{sized(size), kind}, c.cells()...)...)
		}
	}
	return nil
}

// publishTable is publishing with confirms beside the bare pipelined loop and one task at a time, by the size of the tasks.
func publishTable(o options, p place, w io.Writer) error {
	title := fmt.Sprintf("Publishing with confirms on %s: %d rounds; bare is pipelined, %s outstanding, with id, time and app id as carousel's",
		p.Name, o.pairs, grouped(outstanding))
	t := newTable(w, title, append(append([]string{"body  ", "queue  "}, columnsOf...), "ratio to bodies alone", "one by one/s", "multiple of it")...)
	for _, kind := range o.queues {
		for _, size := range o.sizes {
			c, bodies, alone, err := compareStream(stream{p, kind, someOf(o.tasks, size), size}, o.pairs)
			if err != nil {
				return err
			}
			multiple := median(c.ours, figure.rate) / alone.rate()
			t.row(append(append([]string{sized(size), kind}, c.cells()...), hundredths(bodies), grouped(alone.rate()), hundredths(multiple))...)
		}
	}
	return nil
}

// growthTable is what a pool needs with the number of tasks it has had, and with its workers.
func growthTable(o options, p place, w io.Writer) error {
	title := fmt.Sprintf("What a pool needs on %s: tasks of %s, published meanwhile by the same process", p.Name, sized(o.size))
	t := newTable(w, title, "workers", "tasks    ", "tasks/s", "CPU s/100k", "live heap MiB", "peak heap MiB", "goroutines")
	rows := make([][2]int, 0, len(o.growth)+len(o.workers))
	for _, tasks := range o.growth {
		rows = append(rows, [2]int{bodyWorkers, tasks})
	}
	for _, workers := range o.workers {
		rows = append(rows, [2]int{workers, max(o.tasks, 20*workers)})
	}
	for _, row := range rows {
		g, err := grow(work{place: p, kind: o.queues[0], workers: row[0], tasks: row[1], size: o.size})
		if err != nil {
			return err
		}
		t.row(grouped(float64(row[0])), grouped(float64(row[1])), grouped(g.rate()), hundredths(g.cost()),
			mebibytes(g.live), mebibytes(g.peak), strconv.Itoa(g.goroutines))
	}
	return nil
}
