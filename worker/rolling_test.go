package worker

import (
	"errors"
	"os"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// TestRollingRestart shuts the nodes of a cluster down and starts them again, one after the other, as an upgrade does, while
// its quorum queue is fed and worked; then it settles the accounts as TestSoak does. RabbitMQ takes a minute for that, most of
// it to stop and start, so that it runs only where CAROUSEL_SOAK asks for long tests.
func TestRollingRestart(t *testing.T) {
	if os.Getenv(envSoak) == "" {
		t.Skipf("it takes more than a minute; %s=1m runs it", envSoak)
	}
	t.Parallel()
	const nodes = 3
	s := newSoak(t, "quorum", nodes)
	s.run(nodes*time.Minute, func() {
		for _, node := range s.nodes {
			s.strike(node.Name()+" restarted", func() error { return restarted(s, node) })
		}
	})
	b := s.settle()
	t.Logf("%s; %s", b, s.outages())
	for _, line := range s.story {
		t.Log(line)
	}
}

// restarted lets work go on for a moment on both sides of a node's restart: each finds the cluster as the one before left it.
func restarted(s *soak, node *brokertest.Node) error {
	s.pause(time.Second)
	if err := errors.Join(node.Stop(), node.Restart()); err != nil {
		return err
	}
	s.worksOn()
	return nil
}

// worksOn waits until the pool finishes tasks again.
func (s *soak) worksOn() {
	before := s.pool.Totals().Done
	eventually(s.t, "work after a restart", func() bool { return s.pool.Totals().Done > before+100 || s.ctx.Err() != nil })
}
