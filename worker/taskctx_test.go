package worker

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A task's context is what context.WithCancel would have given, whoever asks what, and when.
func TestTaskContext(t *testing.T) {
	ends := map[string]func(c *taskContext, parent context.CancelFunc){
		"by itself":       func(c *taskContext, _ context.CancelFunc) { c.end() },
		"with its parent": func(_ *taskContext, parent context.CancelFunc) { parent() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				parent, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
				defer cancel()
				asked, unasked := &taskContext{parent: parent}, &taskContext{parent: parent}
				if asked.Err() != nil || asked.Value(key{}) != "value" {
					t.Errorf("%v, %v", asked.Err(), asked.Value(key{}))
				}
				grandchild, stop := context.WithTimeout(asked, time.Hour)
				defer stop()
				var waited sync.WaitGroup
				for range 10 {
					waited.Go(func() { <-asked.Done() })
				}
				stopped := make(chan struct{})
				context.AfterFunc(asked, func() { close(stopped) })
				synctest.Wait()
				for _, c := range []*taskContext{asked, unasked} {
					end(c, cancel)
					if c.Err() != context.Canceled || context.Cause(c) != context.Canceled {
						t.Errorf("after its end: %v, %v", c.Err(), context.Cause(c))
					}
					<-c.Done()
				}
				waited.Wait()
				<-stopped
				if err := grandchild.Err(); !errors.Is(err, context.Canceled) {
					t.Errorf("what descends from it: %v", err)
				}
			})
		})
	}
}

type key struct{}

// What descends from it costs no goroutine, as with package context's own.
func TestTaskContextHasNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &taskContext{parent: context.Background()}
		child, stop := context.WithCancel(c)
		synctest.Wait()
		c.end()
		select { // at once: a goroutine would have had to run first
		case <-child.Done():
		default:
			t.Error("it ends later than its parent")
		}
		stop()
	})
}

func TestTaskContextHasADeadline(t *testing.T) {
	t.Parallel()
	at := time.Now().Add(time.Hour)
	parent, cancel := context.WithDeadline(context.Background(), at)
	defer cancel()
	if got, ok := (&taskContext{parent: parent}).Deadline(); !ok || !got.Equal(at) {
		t.Errorf("got %v, %v", got, ok)
	}
}
