package broker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestWindowBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWindow(rapid.IntRange(1, 5).Draw(t, "tasks"), rapid.Int64Range(1, 50).Draw(t, "bytes"))
		var held []int64
		var bytes int64
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(held) > 0 && rapid.Bool().Draw(t, "release") {
				w.release(held[0])
				bytes -= held[0]
				held = held[1:]
				continue
			}
			size := rapid.Int64Range(0, 60).Draw(t, "size")
			fits := len(held) == 0 || len(held) < w.tasks && bytes+size <= w.bytes
			if w.tryAcquire(size) != fits {
				t.Fatalf("%d tasks and %d bytes out of %d and %d: acquire of %d should be %v", len(held), bytes, w.tasks, w.bytes, size, fits)
			}
			if fits {
				held, bytes = append(held, size), bytes+size
			}
		}
	})
}

func TestWindowWakesWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(1, 100)
		w.tryAcquire(1)
		got := make(chan error, 3)
		for range 3 {
			go func() {
				_, err := w.acquire(context.Background(), 1, nil)
				got <- err
			}()
		}
		for range 3 {
			synctest.Wait()
			if len(got) != 0 {
				t.Fatal("a place was given away twice")
			}
			w.release(1)
			if err := <-got; err != nil {
				t.Fatal(err)
			}
		}
		changed := make(chan struct{})
		close(changed)
		if ok, err := w.acquire(context.Background(), 1, changed); ok || err != nil {
			t.Errorf("a change should end the wait: %v, %v", ok, err)
		}
	})
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := newPace(10, start)
		for range 21 {
			if err := p.wait(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("21 tasks at 10 a second took %v; the first goes at once, the last after 2 s", took)
		}
		time.Sleep(time.Minute) // a blocked broker
		resumed := time.Now()
		for range 11 {
			_ = p.wait(context.Background())
		}
		if took := time.Since(resumed); took != time.Second {
			t.Errorf("after a stop 11 tasks took %v; no burst makes up for it", took)
		}
		ended, end := context.WithCancel(context.Background())
		end()
		if err := newPace(1, time.Now().Add(time.Hour)).wait(ended); err == nil {
			t.Error("an ended context does not end the wait")
		}
		if err := newPace(0, start).wait(ended); err != nil {
			t.Errorf("no rate means no wait: %v", err)
		}
	})
}

// A rate that comes to more than a time can hold is slow, and not without a bound.
func TestSlowestPace(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, rate := range []float64{1e-6, 1e-10, 1e-300, 5e-324} {
		p := newPace(rate, now)
		if first, second := p.next(now), p.next(now); first != 0 || second < time.Hour {
			t.Errorf("%g a second: the first after %v, the second after %v", rate, first, second)
		}
	}
}

// Whoever waits at a full window is woken once for several places, and whoever comes by then takes what is free.
func TestWindowRefills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(16, 100)
		for range 16 {
			w.tryAcquire(1)
		}
		got := make(chan error, 1)
		go func() {
			_, err := w.acquire(context.Background(), 1, nil)
			got <- err
		}()
		synctest.Wait()
		w.release(1)
		synctest.Wait()
		if len(got) != 0 {
			t.Error("woken for a single place")
		}
		if !w.tryAcquire(1) {
			t.Error("a place that is free was not given")
		}
		w.release(1)
		w.release(1)
		if err := <-got; err != nil {
			t.Error(err)
		}
	})
}

// Nothing is beside a task that the broker may find too large, though the window has room for both.
func TestWindowLeavesLargeTasksAlone(t *testing.T) {
	t.Parallel()
	w := newWindow(10, 8*aloneBytes)
	if !w.tryAcquire(aloneBytes) || w.tryAcquire(aloneBytes+1) {
		t.Fatal("a large task beside another one")
	}
	w.release(aloneBytes)
	if !w.tryAcquire(aloneBytes+1) || w.tryAcquire(0) {
		t.Fatal("a task beside a large one")
	}
	w.release(aloneBytes + 1)
	if w.usedBytes != 0 || w.usedTasks != 0 {
		t.Errorf("%d tasks and %d bytes are left", w.usedTasks, w.usedBytes)
	}
}
