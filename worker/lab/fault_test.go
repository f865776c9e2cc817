package lab

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
	"carousel/worker"
)

// promptly bounds what must not wait for a broker that does not answer.
const promptly = 20 * time.Second

// endless is a run that nobody lives to see the end of.
func endless() Experiment {
	return Experiment{Strategy: Strategy{"prefetch-1", Shared, 1}, Tasks: works(time.Hour, time.Hour, time.Hour), Crew: crew(1, 1)}
}

// begun calls then, once, when somebody works.
func begun(then func()) func(Run) {
	called := false
	return func(r Run) {
		if !called && len(r.Stints) > 0 {
			called = true
			then()
		}
	}
}

// spy is a floor whose queues a test can get at.
type spy struct {
	Floor
	opened chan Queues
	wrap   func(Queues) Queues
}

func (s spy) Open(ctx context.Context, n int) (Queues, error) {
	q, err := s.Floor.Open(ctx, n)
	if err != nil {
		return nil, err
	}
	if s.opened != nil {
		s.opened <- q
	}
	if s.wrap != nil {
		q = s.wrap(q)
	}
	return q, nil
}

// names are the queues of a run.
func names(q Queues) []string { return q.(scratchQueues).Queues() }

// deleted waits until none of the queues is there.
func deleted(t *testing.T, c *broker.Client, queues []string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for _, name := range queues {
		for {
			if _, err := c.InspectQueue(t.Context(), name); broker.KindOf(err) == broker.QueueMissing {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s is still there", name)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// A worker that dies before its first task is done leaves it, and all else that it holds, to the others; a queue that had no
// other worker is stranded.
func testDeath(t *testing.T, f Floor) {
	const dying = 3
	lost := 0
	for _, e := range experiments() {
		e.Crew = crew(1, 1, 1, 0.0001)
		e.Crew[dying].Dies = 100 * time.Millisecond
		r, err := Measure(t.Context(), e, f, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkRun(t, r)
		cut, again := 0, 0
		for _, s := range r.Stints {
			switch {
			case s.Lost && s.Worker == dying: // on a busy machine it may die before it has begun anything
				cut++
			case s.Lost, s.Worker == dying, s.Redelivered && s.Begin < e.Crew[dying].Dies:
				t.Errorf("%s: %+v", e.Strategy.Name, s)
			case s.Redelivered:
				again++
			}
		}
		lost += cut
		stranded, least, most := 0, cut, cmp.Or(e.Strategy.Prefetch, len(e.Tasks)) // of those that come back
		if e.Strategy.Way == Static {
			stranded, least, most = len(e.Tasks)/len(e.Crew), 0, 0
		}
		if r.Stranded != stranded || cut > 1 || again < least || again > most {
			t.Errorf("%s: %d stranded, %d cut, %d again", e.Strategy.Name, r.Stranded, cut, again)
		}
	}
	if lost == 0 {
		t.Error("it died in no task at all")
	}
}

func TestDeathOnTheSandbox(t *testing.T) {
	t.Parallel()
	f, _ := onSandbox(t)
	testDeath(t, f)
}

func TestDeathOnRabbitMQ(t *testing.T) {
	t.Parallel()
	f, _ := onRabbitMQ(t)
	testDeath(t, f)
}

// When everybody is dead, what is not done is stranded, and the run ends.
func TestEverybodyDies(t *testing.T) {
	t.Parallel()
	f, _ := onSandbox(t)
	e := endless()
	e.Tasks = append(e.Tasks, Task{At: time.Hour, Work: time.Second})
	for w := range e.Crew {
		e.Crew[w].Dies = time.Duration(20-w) * time.Millisecond
	}
	r, err := Measure(t.Context(), e, f, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Stranded != len(e.Tasks) {
		t.Errorf("%d stranded, %+v", r.Stranded, r.Stints)
	}
	checkRun(t, r)
}

func testCancel(t *testing.T, f Floor, c *broker.Client) {
	opened := make(chan Queues, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := Measure(ctx, endless(), spy{Floor: f, opened: opened}, begun(cancel))
	if !errors.Is(err, context.Canceled) || len(r.Stints) != 0 {
		t.Errorf("cancelled: %+v, %v", r.Stints, err)
	}
	deleted(t, c, names(<-opened))
}

func TestCancelOnTheSandbox(t *testing.T) {
	t.Parallel()
	f, c := onSandbox(t)
	testCancel(t, f, c)
}

func TestCancelOnRabbitMQ(t *testing.T) {
	t.Parallel()
	f, c := onRabbitMQ(t)
	testCancel(t, f, c)
}

// A link that is lost ends the run in words; one that is frozen does not keep it from being cancelled.
func TestBadLink(t *testing.T) {
	t.Parallel()
	b, err := sandbox.Start(sandbox.Options{Management: "off"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	_, address, _ := strings.Cut(strings.TrimSuffix(b.URL(), "/"), "@")
	relay := brokertest.NewRelay(t, address)
	at, err := relay.URL(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	f, c := floorWith(t, at, "http://127.0.0.1:1", func(cfg *broker.Config) {
		cfg.RPCTimeout, cfg.Heartbeat, cfg.ConnectTimeout = broker.Duration(time.Minute), broker.Duration(time.Minute), broker.Duration(time.Minute)
	})
	_, err = Measure(t.Context(), endless(), f, begun(relay.Reset))
	if broker.KindOf(err) != broker.LinkLost || !strings.HasPrefix(err.Error(), "the run was broken off: the link to ") {
		t.Errorf("a lost link: %v", err)
	}
	c.Reconnect()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var frozen time.Time
	_, err = Measure(ctx, endless(), f, begun(func() {
		frozen = time.Now()
		relay.Freeze()
		cancel()
	}))
	if took := time.Since(frozen); !errors.Is(err, context.Canceled) || took > promptly {
		t.Errorf("a frozen link: %v after %v", err, took)
	}
	relay.Thaw()
}

// lossy takes tasks and does not pass the second one on.
type lossy struct {
	Queues
	sent int
}

func (q *lossy) Send(ctx context.Context, queue int, t broker.Task, done func(broker.Receipt)) error {
	if q.sent++; q.sent == 2 {
		done(broker.Receipt{ID: t.ID, Outcome: broker.Confirmed})
		return nil
	}
	return q.Queues.Send(ctx, queue, t, done)
}

// Whatever keeps tasks from being done ends the run in words: no run waits for ever.
func TestTrouble(t *testing.T) {
	t.Parallel()
	f, _ := onSandbox(t)
	e := Experiment{Strategy: Strategy{"prefetch-1", Shared, 1}, Tasks: works(time.Millisecond, time.Millisecond, time.Millisecond), Crew: crew(1)}
	m := newMeasurement(e)
	m.stall = 200 * time.Millisecond
	err := m.run(t.Context(), spy{Floor: f, wrap: func(q Queues) Queues { return &lossy{Queues: q} }}, nil)
	if err == nil || !strings.Contains(err.Error(), "1 of 3 tasks are not done, and the broker has handed out none for 200ms") {
		t.Errorf("a lost task: %v", err)
	}

	opened := make(chan Queues, 1)
	e.Tasks[2].At = time.Hour
	_, err = Measure(t.Context(), e, spy{Floor: f, opened: opened}, begun(func() {
		_ = (<-opened).Send(t.Context(), 0, broker.NewTask(nil), func(broker.Receipt) {})
	}))
	if err == nil || !strings.Contains(err.Error(), "a message that is not the lab's") {
		t.Errorf("a message of somebody else: %v", err)
	}

	_, err = Measure(t.Context(), Experiment{Tasks: works(1)}, f, nil)
	if err == nil || !strings.Contains(err.Error(), "at least one worker") {
		t.Errorf("no worker: %v", err)
	}
	_, err = Measure(t.Context(), Experiment{Tasks: works(1), Crew: make([]Worker, worker.MaxWorkers+1)}, f, nil)
	if err == nil || !strings.Contains(err.Error(), "2000 workers at most, and 2001") {
		t.Errorf("too many workers: %v", err)
	}
	_, err = Measure(t.Context(), Experiment{Tasks: works(1), Crew: crew(1, 0)}, f, nil)
	if err == nil || !strings.Contains(err.Error(), "worker 2 has a speed of 0") {
		t.Errorf("no speed: %v", err)
	}
}

// What the broker does not allow, or cannot take, ends the run before it has begun or in the middle.
func TestRefused(t *testing.T) {
	t.Parallel()
	b, err := sandbox.Start(sandbox.Options{MemoryLimit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	readOnly, _ := floorWith(t, b.URL(), b.ManagementURL(), func(cfg *broker.Config) { cfg.ReadOnly = true })
	if _, err := Measure(t.Context(), endless(), readOnly, nil); broker.KindOf(err) != broker.ReadOnly {
		t.Errorf("read-only: %v", err)
	}
	full, c := floorWith(t, b.URL(), b.ManagementURL(), nil)
	e := endless()
	e.Tasks = make([]Task, 20_000)
	for i := range e.Tasks {
		e.Tasks[i].Work = time.Hour
	}
	opened := make(chan Queues, 1)
	_, err = Measure(t.Context(), e, spy{Floor: full, opened: opened}, nil)
	if err == nil || !strings.Contains(err.Error(), "the broker blocks publishers: low on memory") {
		t.Errorf("a full broker: %v", err)
	}
	deleted(t, c, names(<-opened))
}

// A policy of the vhost that lets tasks expire is guessed at.
func TestPolicy(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	f, c := floorAt(t, vhost.URL(), node.ManagementURL())
	path := "/api/policies/" + url.PathEscape(vhost.Name) + "/all"
	node.Management().Call(t, http.MethodPut, path, map[string]any{"pattern": ".*", "definition": map[string]any{"message-ttl": 1}}, nil)
	opened := make(chan Queues, 1)
	e := Experiment{Strategy: Strategy{"prefetch-1", Shared, 1}, Tasks: works(50*time.Millisecond, 1, 1, 1), Crew: crew(1)}
	m := newMeasurement(e)
	m.stall = 200 * time.Millisecond
	err := m.run(t.Context(), spy{Floor: f, opened: opened}, nil)
	if err == nil || !strings.Contains(err.Error(), "does a policy of the vhost let messages expire") {
		t.Errorf("tasks expire: %v", err)
	}
	deleted(t, c, names(<-opened))
}
