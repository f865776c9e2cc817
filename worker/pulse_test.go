package worker

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
)

// stubborn is a queue whose consumers do not return from SetPrefetch.
type stubborn struct {
	*queue
	block chan struct{}
}

type stubbornConsumer struct {
	Consumer
	block chan struct{}
}

func (s stubborn) Consume(ctx context.Context, o broker.ConsumeOptions) (Consumer, error) {
	c, err := s.queue.Consume(ctx, o)
	return stubbornConsumer{c, s.block}, err
}

func (c stubbornConsumer) SetPrefetch(context.Context, int) error {
	<-c.block
	return nil
}

func TestWorkersThatDoNotAnswerAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := HandlerFunc(func(ctx context.Context, _ Try) error { <-time.After(time.Hour); return nil })
		q := stubborn{newQueue(tasks(1)...), make(chan struct{})}
		q.up = make(chan struct{})
		close(q.up)
		cfg := DefaultConfig()
		cfg.Count = 3
		p := New(cfg, q, long, Options{})
		p.Start(t.Context())
		ask := func(times int) (names []string) {
			for range times {
				names = p.Unresponsive(time.Now(), 10*time.Second)
				pass(time.Second)
			}
			return names
		}
		if names := ask(60); names != nil { // one works on its task, two have none
			t.Errorf("%q do not answer", names)
		}
		if got := p.Census(); got.Consuming != 3 || got.States[StateRunning] != 1 || got.States[StateIdle] != 2 {
			t.Errorf("%+v", got)
		}
		if err := p.SetPrefetch(2); err != nil {
			t.Fatal(err)
		}
		if names := ask(9); names != nil {
			t.Errorf("%q do not answer after 9 s", names)
		}
		if names := ask(10); !slices.Equal(names, []string{"w01", "w02", "w03"}) {
			t.Errorf("%q do not answer; want all", names)
		}
		close(q.block)
		pass(time.Second)
		if names := ask(3); names != nil {
			t.Errorf("%q do not answer now", names)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = p.Drain(ctx)
	})
}

// A worker that waits for the link is well, however long that takes.
func TestWorkersWithoutALinkAreWell(t *testing.T) {
	q := newQueue()
	inBubble(t, 2, q, second, Options{}, func(t *testing.T, p *Pool) {
		q.unplug()
		for range 100 {
			if names := p.Unresponsive(time.Now(), 10*time.Second); names != nil {
				t.Fatalf("%q do not answer", names)
			}
			pass(time.Second)
		}
		if got := p.Census(); got.Consuming != 0 || got.States[StateConnecting] != 2 {
			t.Errorf("%+v", got)
		}
		q.plug()
	})
}

func BenchmarkCensusOf1000(b *testing.B) {
	p := busyPool(1000)
	b.ReportAllocs()
	for b.Loop() {
		p.Census()
	}
}
