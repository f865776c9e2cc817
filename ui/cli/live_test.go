package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// Whatever the link to the broker does, the screen answers a key at once, and says what is wrong, for how long, and when it
// tries again.
func TestKeysStayLiveUnderEveryLinkFault(t *testing.T) {
	r := realBroker(t)
	relay := brokertest.NewRelay(t, r.vhost.Node.AMQPAddress())
	url, err := relay.URL(r.url)
	if err != nil {
		t.Fatal(err)
	}
	config := writeConfig(t, "[broker]\nheartbeat = \"1s\"\nrpc_timeout = \"2m\"\n")
	s := startOnTerminal(t, "--url", url, "--management", r.management, "--workers", "2", "--config", config)
	s.until("Idle")
	var took []time.Duration
	for _, fault := range []struct {
		begin, end func()
		told       []string
	}{
		{func() {}, func() {}, nil},
		{func() { relay.SetDelay(2 * time.Second) }, func() { relay.SetDelay(0) }, nil},
		{func() { relay.SetRate(1000) }, func() { relay.SetRate(0) }, nil},
		{relay.Freeze, relay.Thaw, []string{"for ", "no heartbeat came in time"}},
		{relay.Cut, func() {
			if err := relay.Mend(); err != nil {
				t.Fatal(err)
			}
		}, []string{"for ", "connection refused", "next"}},
	} {
		fault.begin()
		for range 5 {
			took = append(took, s.answers("?", "esc closes", true), s.answers("\x1b", "esc closes", false))
		}
		for _, text := range fault.told {
			s.until(text)
		}
		fault.end()
	}
	slices.Sort(took)
	t.Logf("from key to frame: median %v, longest %v", took[len(took)/2], took[len(took)-1])
	s.until("Idle")
	s.quit()
	s.end(exitDone)
}

// liveness is well below the rpc_timeout above, for which a key would wait that waits for the broker.
const liveness = patience

// answers presses a key and returns how long it took until the text was there, or gone.
func (s *onTerminal) answers(key, text string, there bool) time.Duration {
	s.t.Helper()
	pressed := time.Now()
	s.press(key)
	deadline := time.NewTimer(liveness)
	defer deadline.Stop()
	for strings.Contains(s.screen.String(), text) != there {
		select {
		case <-s.read:
		case <-deadline.C:
			s.t.Fatalf("no answer to key %q within %v:\n%s", key, liveness, s.screen.String())
		}
	}
	return time.Since(pressed)
}
