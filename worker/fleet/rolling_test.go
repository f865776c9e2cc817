package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/worker"
)

// member is one process of a fleet: a client that has its own node first, a pool, and a reporter.
type member struct {
	client *broker.Client
	pool   *worker.Pool
	report *Reporter
}

// crowd is a fleet on a cluster, fed by publishers and watched by a console, with a ledger of its tasks.
type crowd struct {
	*testing.T
	nodes   []*brokertest.Node
	members []member
	console *broker.Client
	watcher *Watcher

	mu       sync.Mutex // guards what follows
	outcomes map[string]broker.Outcome
	finished map[string]int
	least    int // workers that the autoscaled pool wanted
	states   map[HostState]int
}

// scaled is the pool that sets its number itself.
func (c *crowd) scaled() *worker.Pool { return c.members[len(c.members)-1].pool }

// clientOn opens the cluster, one of its nodes first.
func (c *crowd) clientOn(first int) *broker.Client {
	c.Helper()
	cfg := broker.DefaultConfig()
	cfg.Queue.Type = "quorum"
	cfg.Heartbeat, cfg.ConnectTimeout, cfg.RPCTimeout = broker.Duration(2*time.Second), broker.Duration(2*time.Second), broker.Duration(4*time.Second)
	for i := range c.nodes {
		node := c.nodes[(first+i)%len(c.nodes)]
		cfg.URLs, cfg.Management = append(cfg.URLs, node.URL()), append(cfg.Management, node.ManagementURL())
	}
	client, err := broker.Open(cfg, slog.New(slog.DiscardHandler))
	must(c.T, err)
	c.Cleanup(client.Close)
	return client
}

// handle takes 100 ms.
func (c *crowd) handle(ctx context.Context, t worker.Try) error {
	select {
	case <-time.After(100 * time.Millisecond):
	case <-ctx.Done():
		return ctx.Err()
	}
	c.mu.Lock()
	c.finished[t.ID]++
	c.mu.Unlock()
	return nil
}

// join adds a member on a node.
func (c *crowd) join(node int, auto bool) {
	client := c.clientOn(node)
	_, err := client.EnsureQueue(c.Context())
	must(c.T, err)
	pool := worker.New(worker.Config{Count: 4, Max: 16, Prefetch: 1}, worker.OnBroker(client), worker.HandlerFunc(c.handle),
		worker.Options{Queue: client.Queue(), HandlerName: "func", Depth: worker.DepthBy(client)})
	if auto {
		must(c.T, pool.SetAutoscale(worker.AutoscaleConfig{
			On: true, Min: 2, Max: 12, Drain: broker.Duration(20 * time.Second), Headroom: 1, ShrinkAfter: broker.Duration(20 * time.Second),
		}))
	}
	c.members = append(c.members, member{client, pool, NewReporter(pool, ReporterOptions{
		Queue: client.Queue(), Max: 16, Voice: client.Announcer(Exchange), Listen: ListenOn(client),
	})})
}

// publish feeds the queue at 25 tasks a second until load ends.
func (c *crowd) publish(load context.Context) {
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for load.Err() == nil {
		task := broker.NewTask(nil)
		receipt, err := c.console.Publish(c.Context(), task)
		if err != nil {
			c.Errorf("publish: %v", err)
		}
		c.mu.Lock()
		c.outcomes[task.ID] = receipt.Outcome
		c.mu.Unlock()
		select {
		case <-tick.C:
		case <-load.Done():
		}
	}
}

// observe notes how the console sees the fleet, until ctx ends.
func (c *crowd) observe(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		hosts, target := c.watcher.Hosts(time.Now(), nil), c.scaled().Status().Target
		c.mu.Lock()
		for _, h := range hosts {
			c.states[h.State]++
		}
		c.least = min(c.least, target)
		c.mu.Unlock()
	}
}

// whole waits until every pool has finished more tasks, and the console hears all of them well.
func (c *crowd) whole(ctx context.Context, more uint64) {
	c.Helper()
	var want []uint64
	for _, m := range c.members {
		want = append(want, m.pool.Totals().Done+more)
	}
	await(ctx, c.T, "a fleet at work, and heard", func() bool {
		for i, m := range c.members {
			if m.pool.Totals().Done < want[i] {
				return false
			}
		}
		hosts := c.watcher.Hosts(time.Now(), nil)
		return c.watcher.Deaf() == nil && len(hosts) == len(c.members) &&
			!slices.ContainsFunc(hosts, func(h Host) bool { return h.State != HostLive })
	})
}

// unfinished are the confirmed tasks that nobody has finished, and how many were finished more than once.
func (c *crowd) unfinished() (lost []string, doubled int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, outcome := range c.outcomes {
		if outcome == broker.Confirmed && c.finished[id] == 0 {
			lost = append(lost, id)
		}
	}
	for _, n := range c.finished {
		if n > 1 {
			doubled++
		}
	}
	return lost, doubled
}

// turns counts how often the number of an autoscaled pool went the other way than before.
func turns(p *worker.Pool) (changes []string, n int) {
	events, _, _ := p.Journal().Since(0, nil)
	up := true
	for i := range events {
		var now, was int
		if e := &events[i]; !e.ByAutoscaling() {
			continue
		} else if _, err := fmt.Sscanf(e.Err, "workers: %d, were %d", &now, &was); err != nil {
			continue
		}
		changes = append(changes, events[i].At.Format("15:04:05 ")+events[i].Err)
		if now > was != up {
			n, up = n+1, !up
		}
	}
	return changes, n
}

// A fleet of three processes, one of which scales by itself, while the nodes of its cluster are restarted one after the other: no
// task is lost, every process works on and is heard again, and the one that scales keeps its number. It takes more than a minute, so
// that it runs only where CAROUSEL_SOAK asks for long tests.
func TestRollingRestartOfAFleet(t *testing.T) {
	if os.Getenv("CAROUSEL_SOAK") == "" {
		t.Skip("it takes more than a minute; CAROUSEL_SOAK=1m runs it")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	c := &crowd{T: t, outcomes: map[string]broker.Outcome{}, finished: map[string]int{}, states: map[HostState]int{}}
	cluster := brokertest.StartCluster(t, 3)
	c.nodes = cluster.Nodes()
	for i := range c.nodes {
		c.join(i, i == len(c.nodes)-1)
	}
	c.console = c.clientOn(0)
	c.watcher = NewWatcher(WatchOptions{Queue: c.console.Queue(), Listen: ListenOn(c.console)})
	must(t, cluster.Flush())

	var team, load sync.WaitGroup
	defer team.Wait()
	watching, unwatch := context.WithCancel(ctx)
	defer unwatch()
	reporting, leave := context.WithCancel(watching)
	defer leave()
	team.Go(func() { c.watcher.Run(watching) })
	for _, m := range c.members {
		m.pool.Start(ctx)
		team.Go(func() { m.report.Run(reporting) })
	}
	feeding, full := context.WithCancel(ctx)
	defer full()
	for range 4 {
		load.Go(func() { c.publish(feeding) })
	}
	c.whole(ctx, 300) // about a quarter of a minute: the number of workers is found
	before := c.scaled().Status().Target
	c.least = before
	team.Go(func() { c.observe(reporting) })
	for _, node := range c.nodes {
		must(t, node.Stop())
		must(t, node.Restart())
		c.whole(ctx, 100)
	}
	full()
	load.Wait()
	await(ctx, t, "every confirmed task", func() bool { lost, _ := c.unfinished(); return len(lost) == 0 })
	for _, m := range c.members {
		must(t, m.pool.Drain(ctx))
	}
	leave()
	await(ctx, t, "the goodbyes", func() bool {
		return !slices.ContainsFunc(c.watcher.Hosts(time.Now(), nil), func(h Host) bool { return h.State != HostLeft })
	})
	unwatch()
	team.Wait()
	lost, doubled := c.unfinished()
	changes, n := turns(c.scaled())
	t.Logf("lost %d, doubled %d, tasks %d; %d workers before, at least %d; looks at hosts by state: %v", len(lost), doubled, len(c.outcomes), before, c.least, c.states)
	for _, text := range changes {
		t.Log(text)
	}
	if c.least < before-2 || n > 2*len(c.nodes) {
		t.Errorf("the number of workers swings: %d before, %d at least, %d turns", before, c.least, n)
	}
}
