package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"carousel/broker"

	"pgregory.net/rapid"
)

// Against a list that says the same in the plainest way: the newest are kept, each once, and never more than the budget.
func TestKeepsakeKeepsTheNewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := rapid.IntRange(1, 8*taskOverhead).Draw(t, "budget")
		k := newKeepsake(budget)
		var model []broker.Task // oldest first
		for i := range rapid.IntRange(0, 60).Draw(t, "adds") {
			task := broker.Task{
				ID:      rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "f", "g", "h", "i"}).Draw(t, "id"),
				Body:    make([]byte, rapid.IntRange(0, 3*taskOverhead).Draw(t, "body")),
				Attempt: i,
			}
			k.add(&task)
			if task.ID == "" {
				continue
			}
			model = slices.DeleteFunc(model, func(m broker.Task) bool { return m.ID == task.ID })
			if sizeOf(&task) <= budget {
				model = append(model, task)
			}
			for used(model) > budget {
				model = model[1:]
			}
		}
		if k.used != used(model) || k.used > budget || len(k.byID) != len(model) {
			t.Fatalf("%d tasks of %d bytes are kept in %d, want %d of %d", len(k.byID), k.used, budget, len(model), used(model))
		}
		for _, want := range model {
			if got, ok := k.Task(want.ID); !ok || got.Attempt != want.Attempt {
				t.Fatalf("task %s is %v, %v", want.ID, got.Attempt, ok)
			}
		}
	})
}

func used(tasks []broker.Task) (n int) {
	for i := range tasks {
		n += sizeOf(&tasks[i])
	}
	return n
}

func TestKeepsakeCountsHeadersAndTheRoomOfABody(t *testing.T) {
	bare := broker.Task{ID: "a"}
	full := broker.Task{ID: "a", Body: make([]byte, 1, 5000), Headers: map[string]any{"h": string(make([]byte, 3000))}}
	if n := sizeOf(&full) - sizeOf(&bare); n < 5000+2*3000 {
		t.Errorf("body and headers count for %d bytes", n)
	}
}

func TestPoolKeepsWhatItWorked(t *testing.T) {
	for _, keep := range []int{0, 1 << 20} {
		cfg := DefaultConfig()
		q := newQueue(tasks(5)...)
		p := New(cfg, q, HandlerFunc(func(context.Context, Try) error { return nil }), Options{Keep: keep})
		p.Start(t.Context())
		eventually(t, "five tasks end", func() bool { return p.Totals().Done == 5 })
		if err := p.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		events, _, _ := p.Journal().Since(0, nil)
		for _, e := range events {
			if e.Kind != TaskDone {
				continue
			}
			task, ok := p.Keepsake().Task(e.Task.ID)
			if ok != (keep > 0) || ok && string(task.Body) != e.Task.Preview {
				t.Errorf("with a budget of %d, task %s is %q, %v", keep, e.Task.ID, task.Body, ok)
			}
		}
		if p.Keepsake().Budget() != keep {
			t.Errorf("the budget is %d", p.Keepsake().Budget())
		}
	}
}

// BenchmarkKeepsake is what keeping adds to each task.
func BenchmarkKeepsake(b *testing.B) {
	k := newKeepsake(16 << 20)
	body := make([]byte, 300)
	ids := make([]string, 1<<16)
	for i := range ids {
		ids[i] = fmt.Sprintf("0193c4f2-7a10-7c3e-9b1d-%012x", i)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		k.add(&broker.Task{ID: ids[i%len(ids)], Body: body, Made: true, Attempt: 1})
		i++
	}
}

// What was said goes with its task, the newest of it first to stay, and within the budget.
func TestKeepsakeKeepsWhatWasSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := rapid.IntRange(taskOverhead+10, 6*taskOverhead).Draw(t, "budget")
		k := newKeepsake(budget)
		said := map[string][]int{} // by task, all of it
		for i := range rapid.IntRange(0, 40).Draw(t, "steps") {
			id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id")
			if rapid.Bool().Draw(t, "is a task") {
				if _, kept := k.Task(id); !kept {
					said[id] = nil
				}
				k.add(&broker.Task{ID: id})
				continue
			}
			if _, kept := k.Task(id); kept {
				said[id] = append(said[id], i)
			}
			k.say(id, Said{Worker: i, Output: Output{Head: make([]byte, rapid.IntRange(0, taskOverhead).Draw(t, "head")), Tail: make([]byte, 3)}})
		}
		used := 0
		for id, all := range said {
			_, kept := k.Task(id)
			got := k.Said(id)
			if len(got) > saidTries || len(got) > len(all) || !kept && len(got) > 0 {
				t.Fatalf("%s said %d things of %d, kept %v", id, len(got), len(all), kept)
			}
			for i, s := range got {
				if s.Worker != all[len(all)-len(got)+i] {
					t.Fatalf("%s said %v, and not the last of %v", id, got, all)
				}
				used += saidOverhead + len(s.Head) + len(s.Tail)
			}
			if kept {
				used += taskOverhead + len(id)
			}
		}
		if k.used > budget || k.used != used {
			t.Fatalf("%d bytes are used, of %d kept ones, within %d", k.used, used, budget)
		}
	})
}

func TestPoolKeepsWhatWasSaid(t *testing.T) {
	cfg := DefaultConfig()
	q := newQueue(tasks(1)...)
	h := HandlerFunc(func(_ context.Context, t Try) error {
		t.Say(Output{Head: fmt.Appendf(nil, "try %d", t.Attempt)})
		return errors.New("it failed")
	})
	p := New(cfg, q, h, Options{Keep: 1 << 20, Failure: FailureConfig{Attempts: 2, Backoff: 1e7, BackoffMax: 1e7, Then: ThenDeadLetter}})
	p.Start(t.Context())
	eventually(t, "the task fails for good", func() bool { return p.Totals().Dead == 1 })
	if err := p.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	said := p.Keepsake().Said("t1")
	events, _, _ := p.Journal().Since(0, nil)
	for _, e := range events {
		if e.Kind != TaskStarted {
			continue
		}
		want := fmt.Sprintf("try %d", e.Task.Attempt)
		if i := e.Task.Attempt - 1; i >= len(said) || string(said[i].Head) != want || !said[i].Started.Equal(e.At) || said[i].Worker != e.Worker {
			t.Errorf("%s is not kept: %v", want, said)
		}
	}
}

func TestOutputEnds(t *testing.T) {
	for want, o := range map[string]Output{
		"":                            {},
		"all of it":                   {Head: []byte("all of it")},
		"(7 bytes before) 0123456789": {Head: []byte("before 0123456789")},
		"(12 bytes before) the end":   {Head: []byte("start"), Tail: []byte("the end"), Dropped: 7},
	} {
		if got := o.last(10); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
