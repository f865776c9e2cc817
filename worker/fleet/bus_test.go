package fleet

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(brokertest.StopAfter(m)) }

// bus is an exchange in memory. Notices take delay, and come in their order.
type bus struct {
	mu     sync.Mutex
	ears   []*ear
	delay  time.Duration
	bytes  int
	sent   int
	broken error // what Announce and listen answer
}

type ear struct {
	b    *bus
	keys []string
	out  chan broker.Notice
	gone sync.Once
}

func (b *bus) Announce(_ context.Context, key string, body []byte) (heard bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken != nil {
		return false, b.broken
	}
	b.bytes += len(body)
	b.sent++
	for _, e := range b.ears {
		for _, k := range e.keys {
			if ok, _ := path.Match(k, key); ok {
				heard = true
				e.out <- broker.Notice{Key: key, Body: body, At: time.Now().Add(b.delay)}
			}
		}
	}
	return heard, nil
}

func (b *bus) listen(keys ...string) (Ear, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken != nil {
		return nil, b.broken
	}
	e := &ear{b: b, keys: keys, out: make(chan broker.Notice, 10_000)}
	b.ears = append(b.ears, e)
	return e, nil
}

// cut ends every listener, and whatever is tried next fails until mend.
func (b *bus) cut() {
	b.mu.Lock()
	ears := b.ears
	b.broken = errors.New("the link is down")
	b.mu.Unlock()
	for _, e := range ears {
		e.Close()
	}
}

func (b *bus) mend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = nil
}

func (b *bus) count() (sent, bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent, b.bytes
}

func (e *ear) Notices() <-chan broker.Notice { return e.out }
func (e *ear) Err() error                    { return errors.New("the link was lost") }

func (e *ear) Close() {
	e.gone.Do(func() {
		e.b.mu.Lock()
		defer e.b.mu.Unlock()
		for i, other := range e.b.ears {
			if other == e {
				e.b.ears = append(e.b.ears[:i:i], e.b.ears[i+1:]...)
				break
			}
		}
		close(e.out)
	})
}

// fakePool is a pool whose workers do as the test says.
type fakePool struct {
	mu      sync.Mutex
	status  worker.Status
	rows    []worker.WorkerStatus
	journal *worker.Journal
	asked   []string
}

func newFakePool(n int) *fakePool {
	p := &fakePool{
		journal: worker.NewJournal(1 << 16),
		status:  worker.Status{State: worker.PoolRunning, Size: n, Target: n, Prefetch: 1, Handler: "exec"},
	}
	for i := range n {
		p.rows = append(p.rows, worker.WorkerStatus{
			ID: i + 1, Name: fmt.Sprintf("w%02d", i+1), State: worker.StateIdle, Since: time.Now(), RunP50: -1, RunP99: -1, WaitP50: -1, WaitP99: -1,
		})
	}
	return p
}

func (p *fakePool) Status() worker.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

func (p *fakePool) Workers(buf []worker.WorkerStatus) []worker.WorkerStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(buf[:0], p.rows...)
}

func (p *fakePool) Journal() *worker.Journal { return p.journal }

func (p *fakePool) ask(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, what)
}

func (p *fakePool) Pause()  { p.ask("pause") }
func (p *fakePool) Resume() { p.ask("resume") }

func (p *fakePool) Resize(n int) error {
	if n > 10 {
		return fmt.Errorf("cannot run %d workers", n)
	}
	p.ask(fmt.Sprint("resize ", n))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.Target = n
	return nil
}

func (p *fakePool) SetPrefetch(n int) error {
	p.ask(fmt.Sprint("prefetch ", n))
	return nil
}

func (p *fakePool) orders() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.asked, ", ")
}

// begin gives a worker a task.
func (p *fakePool) begin(id int, task string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.rows[id-1]
	s.State, s.Since, s.Started, s.HasTask = worker.StateRunning, time.Now(), time.Now(), true
	s.Task = worker.TaskRef{ID: task, Type: "resize", Attempt: 1, Queued: time.Now().Add(-time.Second)}
	p.journal.Record(&worker.Event{At: time.Now(), Kind: worker.TaskStarted, Worker: id, Task: s.Task, Wait: time.Second})
}

// end ends it.
func (p *fakePool) end(id int, kind worker.EventKind, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.rows[id-1]
	p.journal.Record(&worker.Event{
		At: time.Now(), Kind: kind, Worker: id, Task: s.Task, Wait: time.Second, Run: time.Since(s.Started), Err: why,
	})
	s.State, s.Since, s.HasTask, s.BusyTime = worker.StateIdle, time.Now(), false, s.BusyTime+time.Since(s.Started)
	s.Started, s.Task = time.Time{}, worker.TaskRef{}
	switch kind {
	case worker.TaskDone:
		s.Done++
	case worker.TaskFailed:
		s.Failed, s.Dead = s.Failed+1, s.Dead+1
	}
}

// room is a bus with a process that works, whose reporter and watchers run until the test ends.
type room struct {
	*testing.T
	bus  *bus
	pool *fakePool
	quit []func()
}

// inRoom runs a test in a bubble of its own time.
func inRoom(t *testing.T, workers int, test func(r *room)) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{T: t, bus: &bus{}, pool: newFakePool(workers)}
		test(r)
		for _, quit := range r.quit {
			quit()
		}
	})
}

// run runs something with an end until the test says so, or ends.
func (r *room) run(f func(ctx context.Context)) (quit func()) {
	ctx, cancel := context.WithCancel(r.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	quit = func() { cancel(); <-done }
	r.quit = append(r.quit, quit)
	return quit
}

func (r *room) report(change func(*ReporterOptions)) (*Reporter, func()) {
	o := ReporterOptions{Queue: "q", Version: "1.2", Max: 10, Voice: r.bus, Listen: r.bus.listen}
	if change != nil {
		change(&o)
	}
	reporter := NewReporter(r.pool, o)
	return reporter, r.run(reporter.Run)
}

func (r *room) watch(change func(*WatchOptions)) (*Watcher, func()) {
	o := WatchOptions{Queue: "q", By: "deploy@web-1", Listen: r.bus.listen, Voice: r.bus}
	if change != nil {
		change(&o)
	}
	w := NewWatcher(o)
	return w, r.run(w.Run)
}

// pass lets time go by.
func (r *room) pass(d time.Duration) {
	time.Sleep(d) // of the bubble
	synctest.Wait()
}

func (r *room) host(w *Watcher) Host {
	r.Helper()
	hosts := w.Hosts(time.Now(), nil)
	if len(hosts) != 1 {
		r.Fatalf("%d hosts are known: %+v", len(hosts), hosts)
	}
	return hosts[0]
}

func since(w *Watcher) []worker.Event {
	events, _, _ := w.Journal().Since(0, nil)
	return events
}
