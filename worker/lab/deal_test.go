package lab

import (
	"slices"
	"testing"
	"time"
)

// crew is workers of the given speeds that do not die.
func crew(speeds ...float64) (ws []Worker) {
	for _, s := range speeds {
		ws = append(ws, Worker{Speed: s})
	}
	return ws
}

// works is tasks that are all there at the start.
func works(ds ...time.Duration) (ts []Task) {
	for _, d := range ds {
		ts = append(ts, Task{Work: d})
	}
	return ts
}

func TestDeal(t *testing.T) {
	const s, l = time.Second, 10 * time.Second
	for _, c := range []struct {
		name string
		e    Experiment
		want Deal
	}{
		{"shared", Experiment{Tasks: works(s, l, s), Crew: crew(1, 2)}, Deal{1, []int{0, 0, 0}, []int{0, 0}, []int{0, 0}}},
		{"static", Experiment{Strategy: Strategy{Way: Static}, Tasks: works(s, s, s, s), Crew: crew(1, 1, 1)},
			Deal{3, []int{0, 1, 2, 0}, []int{0, 1, 2}, []int{0, 0, 0}}},
		{"priority", Experiment{Strategy: Strategy{Way: Priority}, Tasks: works(s), Crew: crew(1, 0.25, 4, 1)},
			Deal{1, []int{0}, []int{0, 0, 0, 0}, []int{1, 0, 2, 1}}},
		{"split by the share of the work", Experiment{Strategy: Strategy{Way: Split}, Long: l, Tasks: works(s, l, s, s, s, s, s, s, s, s, s), Crew: crew(1, 1, 1, 1)},
			Deal{2, []int{0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, []int{0, 0, 1, 1}, []int{0, 0, 0, 0}}},
		{"split leaves somebody for the short", Experiment{Strategy: Strategy{Way: Split}, Long: l, Tasks: works(s, l, l, l), Crew: crew(1, 1, 1)},
			Deal{2, []int{0, 1, 1, 1}, []int{0, 1, 1}, []int{0, 0, 0}}},
		{"split gives the long tasks the fastest", Experiment{Strategy: Strategy{Way: Split}, Long: l, Tasks: works(s, l, s, s, s, s, s, s), Crew: crew(1, 2, 0.5, 0.5)},
			Deal{2, []int{0, 1, 0, 0, 0, 0, 0, 0}, []int{0, 1, 0, 0}, []int{0, 0, 0, 0}}},
		{"split of one kind", Experiment{Strategy: Strategy{Way: Split}, Long: l, Tasks: works(l, l), Crew: crew(1, 1)},
			Deal{1, []int{0, 0}, []int{0, 0}, []int{0, 0}}},
		{"split for one worker", Experiment{Strategy: Strategy{Way: Split}, Long: l, Tasks: works(s, l), Crew: crew(1)},
			Deal{1, []int{0, 0}, []int{0}, []int{0}}},
	} {
		got := c.e.Deal()
		if got.Queues != c.want.Queues || !slices.Equal(got.Queue, c.want.Queue) || !slices.Equal(got.From, c.want.From) || !slices.Equal(got.Rank, c.want.Rank) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
