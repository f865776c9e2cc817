package worker

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
)

// The environment that makes a soak longer, and the same faults strike again.
const (
	envSoak = "CAROUSEL_SOAK" // how long faults strike, as a duration ("1m")
	envSeed = "CAROUSEL_SEED" // which faults strike, and in which order
)

const (
	soakBriefly = 7 * time.Second // of faults in an ordinary run; with start and end a variant takes 15 to 25 s
	soakFewest  = 8               // workers
	soakMost    = 16
)

// soakBroker makes a retry queue send again after two seconds what the work queue did not confirm. RabbitMQ waits for three
// minutes, and a task that was on its way as a node died is in neither queue's count for that long.
var soakBroker = brokertest.WithAdvanced("{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 2000}]}")

// TestSoak keeps a queue, its publishers and a pool of workers busy while faults strike at random, and then settles the
// accounts: every task whose publish was confirmed has been handled to its end, or is a dead letter. In an ordinary run
// faults strike for some seconds, in all variants at once: about 25 s, most of which RabbitMQ takes to start. With
// CAROUSEL_SOAK they strike for that long. The seed says which ones, and when; what they meet is up to the scheduler.
func TestSoak(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(envSeed); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", envSeed, err)
		}
	}
	last, every := soakBriefly, 700*time.Millisecond
	if text := os.Getenv(envSoak); text != "" {
		var err error
		if last, err = time.ParseDuration(text); err != nil {
			t.Fatalf("%s: %v", envSoak, err)
		}
		every = 2 * time.Second
	}
	for _, v := range []struct {
		name, queue string
		nodes       int
	}{
		{"classic queue", "classic", 1},
		{"quorum queue", "quorum", 1},
		{"quorum queue of three nodes", "quorum", 3},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			s := newSoak(t, v.queue, v.nodes)
			s.run(last, func() { s.disturb(rand.New(rand.NewPCG(seed, 0)), every, s.began.Add(last)) })
			b := s.settle()
			t.Logf("%s: %s; %s; seed %d", v.name, b, s.outages(), seed)
			t.Logf("%s: %s", v.name, s.faults())
			if t.Failed() {
				t.Logf("%s", strings.Join(s.story, "\n"))
			}
		})
	}
}

// soak is one variant: a broker of some nodes, a relay in front of each, a client of all of them, and its pool.
type soak struct {
	t      *testing.T
	ctx    context.Context // ends when the soak takes far longer than it should
	began  time.Time
	nodes  []*brokertest.Node
	relays []*brokertest.Relay
	client *broker.Client
	pool   *Pool
	ledger *soakLedger
	watch  linkWatch

	mu    sync.Mutex // guards what follows
	done  map[string]int
	story []string // what struck when, for a soak that failed
}

func newSoak(t *testing.T, queue string, nodes int) *soak {
	t.Helper()
	s := &soak{t: t, done: map[string]int{}, ledger: newSoakLedger(t)}
	flush := func() error { return s.nodes[0].Flush() }
	if nodes == 1 {
		s.nodes = []*brokertest.Node{brokertest.Start(t, soakBroker)}
	} else {
		cluster := brokertest.StartCluster(t, nodes, soakBroker)
		s.nodes, flush = cluster.Nodes(), cluster.Flush
	}
	cfg := broker.DefaultConfig()
	cfg.Queue.Type, cfg.Connections, cfg.RetryWaits = queue, 2, soakFailure.Waits()
	cfg.Heartbeat = broker.Duration(time.Second) // a frozen link is lost within the soak
	cfg.ConnectTimeout, cfg.RPCTimeout = broker.Duration(2*time.Second), broker.Duration(2*time.Second)
	for _, node := range s.nodes {
		relay := brokertest.NewRelay(t, node.AMQPAddress())
		url, err := relay.URL(node.URL())
		if err != nil {
			t.Fatal(err)
		}
		s.relays = append(s.relays, relay)
		cfg.URLs, cfg.Management = append(cfg.URLs, url), append(cfg.Management, node.ManagementURL())
	}
	client, err := broker.Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	s.client = client
	s.declare()
	if err := flush(); err != nil { // a queue that its node forgets is no fault of carousel's
		t.Fatal(err)
	}
	return s
}

// declare makes the queue and those beside it, by putting a task into each.
func (s *soak) declare() {
	s.t.Helper()
	if _, err := s.client.EnsureQueue(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	const why = "it was to fail"
	keep := func(store func(*broker.Delivery) error) {
		task := broker.NewTask([]byte("the first of its queue"))
		if err := store(broker.NewDelivery(task, 1, &channel{q: newQueue(), open: true})); err != nil {
			s.t.Fatal(err)
		}
		s.ledger.published(task.ID, broker.Confirmed)
	}
	for _, wait := range soakFailure.Waits() {
		keep(func(d *broker.Delivery) error { return s.client.Retry(s.t.Context(), d, why, wait.D(), wait.D()) })
	}
	keep(func(d *broker.Delivery) error { return s.client.DeadLetter(s.t.Context(), d, why) })
}

// run publishes and works tasks until disturb returns, which takes about so long, and returns when both have ended.
func (s *soak) run(last time.Duration, disturb func()) {
	const leeway = time.Minute
	ctx, cancel := context.WithTimeout(s.t.Context(), last+leeway)
	defer cancel()
	s.ctx, s.began = ctx, time.Now()
	s.pool = s.startPool(soakFewest, 1)
	publishing, stop := context.WithCancel(ctx)
	var load, watch sync.WaitGroup
	for i := range publishers {
		load.Go(func() { s.publish(publishing, i) })
	}
	watching, unwatch := context.WithCancel(ctx)
	watch.Go(func() { s.watch.run(watching, s) })
	disturb()
	stop()
	s.client.Reconnect() // what waits for its turn to dial need not wait any longer
	load.Wait()
	unwatch()
	watch.Wait()
	if err := s.pool.Drain(ctx); err != nil {
		s.t.Errorf("the pool did not drain: %v", err)
	}
}

// settle works the rest of the queue and balances the ledger. A task that is missing may still come back, from a connection
// that only the broker believes in: it is lost when the time is over.
func (s *soak) settle() balance {
	s.t.Helper()
	const leeway = time.Minute
	kept := map[string]bool{}
	for deadline := time.Now().Add(leeway); ; {
		drainQueue(s.t, s.client, func() *Pool { return s.startPool(soakMost, soakMost) })
		waiting, err := s.client.Waiting(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		s.deadLetters(kept)
		b, err := s.ledger.balance(kept)
		if err != nil {
			s.t.Fatal(err)
		}
		if (len(b.lost) > 0 || waiting.Tasks > 0) && time.Now().Before(deadline) {
			continue
		}
		if len(b.lost) > 0 {
			s.t.Errorf("%d confirmed tasks are lost: %q", len(b.lost), b.lost[:min(20, len(b.lost))])
		}
		if waiting.Tasks > 0 {
			s.t.Errorf("%d tasks still wait in the retry queues", waiting.Tasks)
		}
		if len(b.ghosts) > 0 {
			s.t.Errorf("the broker has tasks that it should not: %q", b.ghosts)
		}
		return b
	}
}

// deadLetters takes what is in the dead-letter queue.
func (s *soak) deadLetters(into map[string]bool) {
	s.t.Helper()
	program := brokertest.Connect(s.t, s.nodes[0].URL())
	defer program.Close()
	queue := broker.DeadQueue(s.client.Queue())
	ready := program.Ready(queue)
	tasks := program.Consume(queue)
	for range ready {
		select {
		case task := <-tasks:
			into[task.MessageId] = true
			if err := task.Ack(false); err != nil {
				s.t.Fatal(err)
			}
		case <-time.After(10 * time.Second):
			s.t.Fatalf("%d of %d dead letters came", len(into), ready)
		}
	}
}

func (s *soak) faults() string {
	var names []string
	total := 0
	for name, n := range s.done {
		names = append(names, fmt.Sprintf("%d %s", n, name))
		total += n
	}
	slices.Sort(names)
	return fmt.Sprintf("%d faults: %s", total, strings.Join(names, ", "))
}
