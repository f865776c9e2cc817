package broker

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"carousel/broker/brokertest"
)

// ledger is a dead-letter queue with numbered letters, and the queue they go to.
type ledger struct {
	graves
	n int
}

func newLedger(t *testing.T, node *brokertest.Node, vhost brokertest.VHost, kind string, n int) *ledger {
	t.Helper()
	l := &ledger{graves{t: t, kind: kind, url: vhost.URL(), api: node.ManagementURL()}, n}
	l.dial()
	l.declare(nil, "graves", "jobs")
	born := time.Now()
	l.bury("graves", "jobs", n)
	time.Sleep(time.Until(born.Add(newborn))) // a crash before loses messages that RabbitMQ has confirmed
	return l
}

// dial makes the connection of the other program, again after a kill.
func (l *ledger) dial() {
	l.t.Helper()
	eventually(l.t, "a connection", func() bool {
		conn, err := amqp.Dial(l.url)
		if err != nil {
			return false
		}
		l.t.Cleanup(func() { _ = conn.CloseDeadline(time.Now().Add(time.Second)) })
		l.ch, err = conn.Channel()
		return err == nil && l.ch.Confirm(false) == nil
	})
}

// settled checks that every letter is there, and returns how many are there more than once.
func (l *ledger) settled() (doubled int) {
	l.t.Helper()
	copies := map[string]int{}
	for _, d := range l.drain("jobs") {
		copies[d.MessageId]++
	}
	if left := l.drain("graves"); len(left) != 0 {
		l.t.Errorf("%d letters are left", len(left))
	}
	for i := range l.n {
		id := fmt.Sprint(i + 1)
		if copies[id] == 0 {
			l.t.Errorf("letter %s is lost", id)
		}
		doubled += max(0, copies[id]-1)
	}
	return doubled
}

// replay is one run of a replay on all letters.
type replayRun struct {
	p     ReplayProgress
	ended chan error
}

func (l *ledger) replay(c *Client) *replayRun {
	run := &replayRun{ended: make(chan error, 1)}
	go func() { run.ended <- c.Replay(within(l.t, 2*patience), Replay{Queue: "graves"}, &run.p) }()
	return run
}

// interrupted replays the letters of all ledgers at once, with a disturbance after a random number of them, and then again, so
// many times, and then in peace, until no run says that a letter stays because its copy was not confirmed. It returns the
// tallies.
func interrupted(t *testing.T, times int, disturb, mend func(), of map[*ledger]*Client) map[*ledger]*ReplayTally {
	t.Helper()
	tallies := map[*ledger]*ReplayTally{}
	const peaceful = 5 // a busy machine may still cut a link
	for i := range times + peaceful {
		runs := map[*ledger]*replayRun{}
		for l, c := range of {
			runs[l] = l.replay(c)
		}
		if i < times {
			for l, run := range runs {
				after := 1 + rand.Uint64N(uint64(l.n/times/2))
				eventually(t, "the first letters", func() bool { return run.p.Read().Done >= after || len(run.ended) > 0 })
			}
			disturb()
		}
		for l, run := range runs {
			if err := <-run.ended; i >= times && err != nil {
				t.Errorf("in peace: %v", err)
			}
			if tallies[l] == nil {
				tallies[l] = &ReplayTally{}
			}
			now := run.p.Read()
			tallies[l].Done += now.Done
			tallies[l].Doubled += now.Doubled
			tallies[l].Failed += now.Failed
		}
		if i < times {
			mend()
			continue
		}
		var failed uint64
		for _, run := range runs {
			failed += run.p.Read().Failed
		}
		if failed == 0 {
			break
		}
	}
	return tallies
}

// A broker that is killed in the middle of a replay, again and again, loses no letter. It may forget acknowledgements that it
// has not written yet, so that some letters are there twice. By default it is killed twice; with CAROUSEL_SOAK set twenty times.
func TestReplayOutlivesTheBroker(t *testing.T) {
	t.Parallel()
	kills := 2
	if os.Getenv("CAROUSEL_SOAK") != "" {
		kills = 20
	}
	node := brokertest.Start(t)
	classic := newLedger(t, node, node.VHost(t), "classic", 2000)
	quorum := newLedger(t, node, node.VHost(t), "quorum", 2000)
	both := map[*ledger]*Client{classic: classic.connect(nil), quorum: quorum.connect(nil)}
	tallies := interrupted(t, kills, node.Kill, func() {
		must(t, node.Restart())
		for _, c := range both {
			c.Reconnect() // what waits for its turn to dial need not wait any longer
		}
	}, both)
	for l, tally := range tallies {
		l.dial()
		t.Logf("%s: %d kills, %d letters, lost 0, there twice %d; told: %+v", l.kind, kills, l.n, l.settled(), *tally)
	}
}

// So does a link that is cut, and only those letters are there twice whose acknowledgement was on its way.
func TestReplayOutlivesItsLink(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	for _, kind := range []string{"classic", "quorum"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			vhost := node.VHost(t)
			l := newLedger(t, node, vhost, kind, 2000)
			relay := brokertest.NewRelay(t, node.AMQPAddress())
			url, err := relay.URL(vhost.URL())
			must(t, err)
			cfg := DefaultConfig()
			cfg.URLs, cfg.Management = []string{url}, []string{node.ManagementURL()}
			c, err := Open(cfg, slog.New(slog.DiscardHandler))
			must(t, err)
			t.Cleanup(c.Close)
			const cuts = 4
			tally := interrupted(t, cuts, relay.Reset, func() {}, map[*ledger]*Client{l: c})[l]
			doubled := l.settled()
			t.Logf("%d cuts, %d letters, lost 0, there twice %d; told: %+v", cuts, l.n, doubled, *tally)
			if doubled > cuts*2*replayWindow || tally.Done+tally.Doubled < uint64(l.n) {
				t.Errorf("there twice %d; told %+v", doubled, *tally)
			}
		})
	}
}
