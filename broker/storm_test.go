package broker

import (
	"context"
	"log/slog"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carousel/broker/sandbox"
)

// dials notes when each connection came.
type dials struct {
	mu sync.Mutex
	at []time.Time
}

func (d *dials) note() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = append(d.at, time.Now())
}

func (d *dials) times() []time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.at)
}

// A cluster that restarts, and ends each connection soon after it was made, sees at most one dial a second of each link, and
// not all of them at the same moment.
func TestRestartsMakeNoStorm(t *testing.T) {
	t.Parallel()
	b, err := sandbox.Start(sandbox.Options{Management: "off"})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	target := strings.TrimSuffix(strings.SplitN(b.URL(), "@", 2)[1], "/")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var came dials
	serve(t, l, func(client net.Conn) {
		came.note()
		restart := time.AfterFunc(300*time.Millisecond, func() { _ = client.Close() })
		defer restart.Stop()
		bridge(client, target, 32<<10)
	})
	const links = 12
	start := time.Now()
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{"amqp://guest:guest@" + l.Addr().String()}, []string{"http://127.0.0.1:1"}
	cfg.Connections = links - 2
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	eventually(t, "every link to dial three times", func() bool {
		return !slices.ContainsFunc(c.Links(), func(l LinkState) bool { return l.Generation < 3 })
	})
	c.Close()
	took := time.Since(start)
	at := came.times()
	if most := links * (int(took.Seconds()) + 1); len(at) > most {
		t.Errorf("%d dials of %d links in %v", len(at), links, took)
	}
	slices.SortFunc(at, time.Time.Compare)
	if last := at[len(at)-links:]; last[links-1].Sub(last[0]) < 50*time.Millisecond {
		t.Errorf("all %d links dialled within %v of each other", links, last[links-1].Sub(last[0]))
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc on this system")
	}
	return len(list)
}

// Not parallel: it counts what the whole process holds.
func TestReconnectsLeakNothing(t *testing.T) {
	url, relay := sandboxBehindRelay(t)
	cfg := DefaultConfig()
	ends, err := Config{URLs: []string{url}}.resolve()
	must(t, err)
	l := newLink(RoleWork, 0, &cfg, &ends, slog.New(slog.DiscardHandler))
	c := &Client{cfg: cfg, log: l.log, work: []*link{l}, watch: l, preparing: make(chan struct{}, 1)}
	reconnect := func(times int) {
		for range times {
			ctx, cancel := context.WithCancel(t.Context())
			over := make(chan struct{})
			go func() {
				defer close(over)
				_, err := l.try(ctx, ends.amqp[0]) // without the wait that run puts between two of them
				l.lost(LinkConnecting, 1, err, time.Now())
			}()
			k, err := c.Consume(within(t, 10*time.Second), ConsumeOptions{Name: "w01", Prefetch: 1})
			must(t, err)
			relay.Reset()
			<-over
			must(t, k.Close())
			cancel()
		}
	}
	reconnect(20)
	c.running.Wait()
	fds, goroutines := descriptors(t), runtime.NumGoroutine()
	reconnect(500)
	c.running.Wait()
	eventually(t, "as many descriptors and goroutines as before", func() bool {
		return descriptors(t) <= fds+5 && runtime.NumGoroutine() <= goroutines+5
	})
	t.Logf("%d descriptors, %d goroutines", descriptors(t), runtime.NumGoroutine())
}
