package cli

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carousel/broker/brokertest"
)

// fleetOfOdds puts odd texts where the screens of queues and of the fleet show what others have named: queues and a policy of
// the vhost, and connections, clients and consumers of the watched queue.
func fleetOfOdds(t *testing.T, address, management, queue string, texts []brokertest.HostileText) {
	t.Helper()
	first := brokertest.Connect(t, address)
	for i, h := range texts {
		short := strings.Map(func(r rune) rune {
			if r == '\r' || r == '\n' { // RabbitMQ drops line breaks from a queue's name
				return -1
			}
			return r
		}, strings.ToValidUTF8(h.Text[:min(len(h.Text), 200)], ""))
		first.DeclareQueue(fmt.Sprintf("%d %s", i, short))
		long := strings.Repeat(short, 1+1000/max(1, len(short)))[:1000] // AMQP's first frame has room for 4 kB
		odd := brokertest.ConnectAs(t, address, map[string]any{
			"connection_name": long, "product": short, "version": short, "platform": short,
		})
		odd.ConsumeAs(queue, fmt.Sprintf("%d %s", i, short))
	}
	vhost := address[strings.LastIndex(address, "/")+1:] // escaped already
	path := "/api/policies/" + vhost + "/" + url.PathEscape("p \x1b[31m\u202e")
	admin := brokertest.NewManagement(management, "guest", "guest")
	admin.Call(t, http.MethodPut, path, map[string]any{"pattern": ".*", "definition": map[string]any{"expires": 3600000}, "apply-to": "queues"}, nil)
}

// The screens of queues and of the fleet, full of what other programs and administrators have named: they are walked through
// with their details, columns stay straight, and nothing reaches the terminal that carousel did not mean.
func TestHostileNeighboursOnATerminal(t *testing.T) {
	t.Parallel()
	texts := slices.DeleteFunc(brokertest.Hostile(), func(h brokertest.HostileText) bool {
		// The test's terminal takes every character for one cell, so with these its lines would not hold.
		return slices.Contains([]string{"wide", "combining", "families and flags", "prepended marks"}, h.Name)
	})
	address, management, queue, _ := hostileRabbitMQ(t, texts)
	fleetOfOdds(t, address, management, queue, texts)
	log := filepath.Join(t.TempDir(), "log")
	s := startFor(t, address, "--management", management, "--queue", queue, "--workers", "1", "--log", log)
	s.until("Workers 1")
	for _, screen := range []struct{ key, full string }{
		// With the one that is worked, and the console's own, through which it hears the fleet.
		{"4", fmt.Sprintf("Queues %d in vhost", len(texts)+2)}, {"5", fmt.Sprintf("Fleet %d consumers", len(texts)+1)},
	} {
		s.press(screen.key)
		s.until(screen.full)
		s.straight()
		for range 2*len(texts) + 2 {
			s.press("\r")
			s.until("esc closes")
			s.press("\x1b")
			s.untilGone("esc closes")
			s.straight()
			s.press("j")
		}
	}
	s.quit()
	s.end(exitDone)
	s.mu.Lock()
	defer s.mu.Unlock()
	checkOutput(t, "on the terminal", s.raw.String())
	checkLog(t, log)
}
