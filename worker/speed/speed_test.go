package speed

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(envSandbox) != "" {
		if err := serveSandbox(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	goleak.VerifyTestMain(brokertest.StopAfter(m))
}

// TestTables prints the tables that -table and the other flags ask for; .ci/bench gives them.
func TestTables(t *testing.T) {
	if !*toShow {
		t.Skip("prints figures with -table only; see .ci/bench")
	}
	must(t, asked.check())
	for _, name := range asked.brokers {
		t.Run(name, func(t *testing.T) { must(t, print(asked, openPlace(t, name), os.Stdout)) })
	}
}

// small is a measurement that takes a second or two and says nothing about speed.
func small() options {
	o := standard()
	o.workers, o.sizes, o.growth = []int{1, 3}, []int{100, 5000}, []int{200}
	o.tasks, o.pairs = 100, 2
	return o
}

// The bench itself: every table is printed, each row has every figure, and each figure is one.
func TestBench(t *testing.T) {
	var out bytes.Buffer
	o := small()
	must(t, o.check())
	must(t, print(o, openPlace(t, onSandbox), &out))
	rows := 0
	for _, section := range strings.Split(strings.TrimSpace(out.String()), "\n\n")[1:] {
		lines := strings.Split(section, "\n")
		if len(lines) < 3 {
			continue // the next table's title
		}
		for _, line := range lines[2:] {
			rows++
			checkRow(t, strings.Count(lines[0], "|"), line)
		}
	}
	queues := len(o.queues)
	if want := queues*len(o.workers) + 2*queues*len(o.sizes) + len(o.growth) + len(o.workers); rows != want {
		t.Errorf("%d rows, want %d\n%s", rows, want, out.String())
	}
}

// checkRow finds cells that are missing, and figures that are none.
func checkRow(t *testing.T, bars int, line string) {
	t.Helper()
	if n := strings.Count(line, "|"); n != bars {
		t.Errorf("%d bars instead of %d: %s", n, bars, line)
	}
	for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
		text := strings.ReplaceAll(strings.TrimSpace(cell), " ", "")
		v, err := strconv.ParseFloat(text, 64)
		switch {
		case text == "":
			t.Errorf("an empty cell: %s", line)
		case err == nil && (math.IsNaN(v) || math.IsInf(v, 0) || v < 0):
			t.Errorf("%s is no figure: %s", text, line)
		}
	}
}

// A figure is what its watch saw, and sides take turns.
func TestCompare(t *testing.T) {
	var order []string
	turn := func(name string, f figure) side {
		return func() (figure, error) {
			order = append(order, name)
			return f, nil
		}
	}
	bare, ours := figure{100, 2 * time.Second, time.Second}, figure{100, time.Second, 3 * time.Second}
	c, err := compare(3, turn("A", bare), turn("B", ours))
	must(t, err)
	if got := strings.Join(order, " "); got != "A B B A A B" {
		t.Errorf("the sides took turns %s", got)
	}
	if c.rate != 2 || c.cost != 3 {
		t.Errorf("ratios %v and %v, want 2 and 3", c.rate, c.cost)
	}
	if cells := strings.Join(c.cells(), "|"); cells != "50|100|2.00|1000.00|3000.00|3.00" {
		t.Errorf("cells %s", cells)
	}
}

// BenchmarkPool is the pool beside the bare loop; an iteration is two rounds of each.
func BenchmarkPool(b *testing.B) {
	everywhere(b, func(b *testing.B, p place, kind string) {
		for _, workers := range asked.workers {
			b.Run(fmt.Sprintf("%d workers", workers), func(b *testing.B) {
				w := work{p, kind, workers, max(asked.tasks, 20*workers), asked.size, asked.conns[0]}
				report(b, func() (comparison, error) { return compareWork(w, 2) })
			})
		}
	})
}

// BenchmarkPublish is publishing with confirms beside the bare pipelined loop; an iteration is two rounds of each.
func BenchmarkPublish(b *testing.B) {
	everywhere(b, func(b *testing.B, p place, kind string) {
		for _, size := range asked.sizes {
			b.Run(sized(size), func(b *testing.B) {
				s := stream{p, kind, someOf(asked.tasks, size), size}
				report(b, func() (comparison, error) {
					c, _, _, err := compareStream(s, 2)
					return c, err
				})
			})
		}
	})
}

func everywhere(b *testing.B, run func(b *testing.B, p place, kind string)) {
	for _, name := range asked.brokers {
		b.Run(name, func(b *testing.B) {
			p := openPlace(b, name)
			for _, kind := range asked.queues {
				b.Run(kind, func(b *testing.B) { run(b, p, kind) })
			}
		})
	}
}

// report gives the ratios instead of the time of an iteration.
func report(b *testing.B, measure func() (comparison, error)) {
	var rates, costs, ours []float64
	for b.Loop() {
		c, err := measure()
		must(b, err)
		rates, costs, ours = append(rates, c.rate), append(costs, c.cost), append(ours, median(c.ours, figure.rate))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(middle(ours), "tasks/s")
	b.ReportMetric(middle(rates), "ratio")
	b.ReportMetric(middle(costs), "CPU-ratio")
}
