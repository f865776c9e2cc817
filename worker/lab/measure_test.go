package lab

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

func TestMain(m *testing.M) {
	runAsVictim()
	goleak.VerifyTestMain(brokertest.StopAfter(m))
}

// onSandbox is a floor on a sandbox broker of the test's own.
func onSandbox(t *testing.T) (Floor, *broker.Client) {
	t.Helper()
	b, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return floorAt(t, b.URL(), b.ManagementURL())
}

// onRabbitMQ is a floor on RabbitMQ, in a vhost of the test's own.
func onRabbitMQ(t *testing.T) (Floor, *broker.Client) {
	t.Helper()
	node := brokertest.Shared(t)
	return floorAt(t, node.VHost(t).URL(), node.ManagementURL())
}

func floorAt(t *testing.T, url, management string) (Floor, *broker.Client) {
	t.Helper()
	return floorWith(t, url, management, nil)
}

// floorWith is floorAt with a config that change has changed.
func floorWith(t *testing.T, url, management string, change func(*broker.Config)) (Floor, *broker.Client) {
	t.Helper()
	cfg := broker.DefaultConfig()
	cfg.URLs, cfg.Management = []string{url}, []string{management}
	if change != nil {
		change(&cfg)
	}
	c, err := broker.Open(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return OnBroker(c), c
}

// The ways of sharing, each with what the others have not: a worker that dies, tasks of two lengths, unequal speeds.
func experiments() (all []Experiment) {
	tasks := make([]Task, 40)
	for i := range tasks {
		tasks[i].Work = 4 * time.Millisecond
		if i%5 == 0 {
			tasks[i].Work *= 4
		}
	}
	for _, s := range []Strategy{
		{"prefetch-1", Shared, 1}, {"prefetch-10", Shared, 10}, {"prefetch-unlimited", Shared, 0},
		{"static", Static, 0}, {"priority", Priority, 1}, {"split", Split, 1},
	} {
		all = append(all, Experiment{Strategy: s, Tasks: tasks, Crew: crew(1, 1, 1, 0.5), Long: 16 * time.Millisecond})
	}
	return all
}

// Every task is done, once, by a worker of its queue, and takes at least its time; no worker has two at once.
func checkRun(t *testing.T, r Run) {
	t.Helper()
	deal := r.Experiment.Deal()
	done := make([]int, len(r.Experiment.Tasks))
	busy := make([]time.Duration, len(r.Experiment.Crew))
	for i, s := range r.Stints {
		takes := r.Experiment.Crew[s.Worker].Takes(r.Experiment.Tasks[s.Task].Work)
		switch {
		case deal.From[s.Worker] != deal.Queue[s.Task]:
			t.Errorf("stint %d: worker %d has task %d of another queue", i, s.Worker, s.Task)
		case s.Begin < r.Queued[s.Task] || r.Queued[s.Task] < r.Experiment.Tasks[s.Task].At:
			t.Errorf("stint %d: due at %v, enqueued at %v, begun at %v", i, r.Experiment.Tasks[s.Task].At, r.Queued[s.Task], s.Begin)
		case !s.Lost && s.End-s.Begin < takes:
			t.Errorf("stint %d took %v, less than the task's %v", i, s.End-s.Begin, takes)
		case s.Begin < busy[s.Worker]:
			t.Errorf("stint %d: worker %d begins a task at %v, and has another until %v", i, s.Worker, s.Begin, busy[s.Worker])
		case i > 0 && s.Begin < r.Stints[i-1].Begin:
			t.Errorf("stint %d is out of order", i)
		}
		busy[s.Worker] = s.End
		if !s.Lost {
			done[s.Task]++
		}
	}
	missing := 0
	for task, n := range done {
		if n > 1 {
			t.Errorf("task %d was done %d times", task, n)
		}
		if n == 0 {
			missing++
		}
	}
	if missing != r.Stranded {
		t.Errorf("%d tasks are not done, and %d are stranded", missing, r.Stranded)
	}
}

// checkDeals compares which worker had which task.
func checkDeals(t *testing.T, measured, predicted Run) {
	t.Helper()
	who := make(map[int]int, len(predicted.Stints))
	for _, s := range predicted.Stints {
		who[s.Task] = s.Worker
	}
	for _, s := range measured.Stints {
		if s.Worker != who[s.Task] {
			t.Errorf("worker %d had task %d, which the model gives to %d", s.Worker, s.Task, who[s.Task])
		}
	}
}

func testEveryWay(t *testing.T, f Floor) {
	for _, e := range experiments() {
		t.Run(e.Strategy.Name, func(t *testing.T) {
			r, err := Measure(t.Context(), e, f, nil)
			if err != nil {
				t.Fatal(err)
			}
			checkRun(t, r)
			if r.Stranded > 0 || len(r.Stints) != len(e.Tasks) {
				t.Errorf("%d stints for %d tasks, %d stranded", len(r.Stints), len(e.Tasks), r.Stranded)
			}
			if e.Strategy.Prefetch == 0 { // who gets what does not hang on how fast anybody is
				checkDeals(t, r, Model(e))
			}
			if f := r.Figures(); f.Tasks != len(e.Tasks) || f.Makespan < f.Bound {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestEveryWayOnTheSandbox(t *testing.T) {
	t.Parallel()
	f, _ := onSandbox(t)
	testEveryWay(t, f)
}

func TestEveryWayOnRabbitMQ(t *testing.T) {
	t.Parallel()
	f, _ := onRabbitMQ(t)
	testEveryWay(t, f)
}

// Tasks that come one after the other are enqueued when they are due, and who watches sees the run grow.
func TestArrivalsAreWatched(t *testing.T) {
	t.Parallel()
	f, _ := onSandbox(t)
	e := Experiment{Strategy: Strategy{"prefetch-1", Shared, 1}, Crew: crew(1, 1)}
	for i := range 25 {
		e.Tasks = append(e.Tasks, Task{At: time.Duration(i) * 20 * time.Millisecond, Work: 30 * time.Millisecond})
	}
	var seen []Run
	r, err := Measure(t.Context(), e, f, func(r Run) { seen = append(seen, r) })
	if err != nil {
		t.Fatal(err)
	}
	checkRun(t, r)
	if r.Now != 0 || len(seen) < 2 {
		t.Fatalf("seen %d times; it ended at %v", len(seen), r.Now)
	}
	for i, s := range append(seen, r) {
		underWay := 0
		for _, stint := range s.Stints {
			if stint.End == 0 {
				underWay++
			}
		}
		switch {
		case s.Now == 0 && (i < len(seen) || underWay > 0), underWay > len(e.Crew), len(s.Queued) != len(e.Tasks):
			t.Errorf("look %d at %v: %d stints under way", i, s.Now, underWay)
		case i > 0 && i < len(seen) && (s.Now <= seen[i-1].Now || len(s.Stints) < len(seen[i-1].Stints)):
			t.Errorf("look %d: %d stints at %v after %d at %v", i, len(s.Stints), s.Now, len(seen[i-1].Stints), seen[i-1].Now)
		}
	}
}
