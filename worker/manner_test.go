package worker

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
)

// What a reload changes holds for the tasks that are begun after it.
func TestWorkChangesTheMannerOfNewTasks(t *testing.T) {
	var by []string
	handler := func(name string, err error) Handler {
		return HandlerFunc(func(ctx context.Context, _ Try) error {
			<-time.After(time.Second)
			by = append(by, name)
			return err
		})
	}
	q := newQueue(tasks(3)...)
	inBubble(t, 1, q, handler("old", nil), Options{}, func(t *testing.T, p *Pool) {
		p.Work(handler("new", errors.New("fails")), FailureConfig{Attempts: 1, Then: ThenDeadLetter})
		if got := p.Status(); got.Then != ThenDeadLetter || got.Handler != "simulate" {
			t.Errorf("%+v", got)
		}
		pass(5 * time.Second)
	})
	if !slices.Equal(by, []string{"old", "new", "new"}) || len(q.acked) != 3 || len(q.dead) != 2 {
		t.Errorf("worked by %v, %d settled, %d dead", by, len(q.acked), len(q.dead))
	}
}

// What a handler keeps for a worker ends when another handler has the worker's next task, and once.
func TestReplacedHandlerIsLeft(t *testing.T) {
	old, next := &resident{had: map[int]int{}}, &resident{had: map[int]int{}}
	q := newQueue(tasks(6)...)
	inBubble(t, 3, q, old, Options{}, func(t *testing.T, p *Pool) {
		pass(time.Second)
		p.Work(next, DefaultFailureConfig())
		pass(time.Second)
		if len(old.left) != 0 {
			t.Errorf("%v left without a task of the new handler", old.left)
		}
		for _, task := range tasks(12)[6:] {
			q.publish(task)
		}
		pass(time.Second)
		if slices.Sort(old.left); !slices.Equal(old.left, []int{1, 2, 3}) || len(next.left) != 0 {
			t.Errorf("left the old one %v, the new one %v", old.left, next.left)
		}
	})
	if slices.Sort(next.left); !slices.Equal(next.left, []int{1, 2, 3}) || len(old.left) != 3 || len(q.acked) != 12 {
		t.Errorf("left the old one %v, the new one %v; acked %d", old.left, next.left, len(q.acked))
	}
}

// Events name how a task ended, and whether the broker was told.
func TestOutcomes(t *testing.T) {
	fails := HandlerFunc(func(context.Context, Try) error { return errors.New("fails") })
	for want, failure := range map[string]FailureConfig{
		"retried":       {Attempts: 2, Backoff: broker.Duration(time.Hour), BackoffMax: broker.Duration(time.Hour), Then: ThenReject},
		"dead-lettered": {Attempts: 1, Then: ThenDeadLetter},
		"rejected":      {Attempts: 1, Then: ThenReject},
	} {
		inBubble(t, 1, newQueue(tasks(1)...), fails, Options{Failure: failure}, func(t *testing.T, p *Pool) {
			synctest.Wait()
			if got := ends(p); !slices.Equal(got, []string{want}) {
				t.Errorf("%q; want %q", got, want)
			}
		})
	}
	inBubble(t, 1, newQueue(tasks(1)...), second, Options{}, func(t *testing.T, p *Pool) {
		if err := p.Crash(1); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Second)
		if got := ends(p); !slices.Equal(got, []string{"unsettled", "done"}) {
			t.Errorf("%q", got)
		}
		for _, word := range ends(p) {
			if !slices.Contains(Outcomes(), word) {
				t.Errorf("%q is not among %q", word, Outcomes())
			}
		}
	})
}

func ends(p *Pool) (words []string) {
	events, _, _ := p.Journal().Since(0, nil)
	for i := range events {
		if word := events[i].Outcome(); word != "" {
			words = append(words, word)
		}
	}
	return words
}
