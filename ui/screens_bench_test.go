package ui

import (
	"fmt"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// fullApp is a large screen whose lists hold n tasks, n/2 letters, and n/20 queues and consumers.
func fullApp(t testing.TB, n int) *App {
	t.Helper()
	admin := manyQueues(max(1, n/20))
	admin.fleet = broker.Fleet{Connections: max(1, n/200), At: start}
	for i := range max(1, n/20) {
		r := busyFleet(start).Rows[5]
		r.Tag, r.Connection, r.Channel = fmt.Sprint("ctag", i), fmt.Sprintf("10.0.0.%d:4000", i/10), i%10
		admin.fleet.Rows = append(admin.fleet.Rows, r)
	}
	a := newAdminApp(t, 200, 60, admin)
	a.o.Dead = deadLetters(max(1, n/2))
	for i := range n {
		a.scene.worked.take([]worker.Event{{At: start, Kind: worker.TaskDone, Worker: 1, Task: task(i), Run: time.Duration(i%1000) * time.Millisecond}}, 0, nil)
	}
	press(a, "2", "3", "L", "4", "5", "6", "1")
	return a
}

// BenchmarkScreens is a frame of each screen with full lists: 10,000 tasks, 5,000 letters, 500 queues, 500 consumers.
func BenchmarkScreens(b *testing.B) {
	a := fullApp(b, 10_000)
	for id := range placeCount {
		a.place = id
		b.Run(a.here().name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.draw()
			}
		})
	}
}

// frameBudget is how many allocations a frame of any screen may take: about three for each of its lines.
const frameBudget = 200

// A frame costs what is seen on it, not what is in the lists behind it.
func TestFramesDoNotGrowWithTheirLists(t *testing.T) {
	some, full := fullApp(t, 2000), fullApp(t, 10_000)
	for id := range placeCount {
		some.place, full.place = id, id
		some.draw()
		full.draw()
		few, many := testing.AllocsPerRun(5, some.draw), testing.AllocsPerRun(5, full.draw)
		if many > frameBudget {
			t.Errorf("%s: a frame takes %v allocations, more than %d", full.here().name(), many, frameBudget)
		}
		if many > 1.2*few+20 {
			t.Errorf("%s: a frame takes %v allocations with a fifth of the list, %v with all of it", full.here().name(), few, many)
		}
	}
}
