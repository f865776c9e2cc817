package broker

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carousel/broker/sandbox"

	amqp "github.com/rabbitmq/amqp091-go"
)

// hush stands before a broker, and swallows what a client says from a method of AMQP on: to that client the broker falls silent.
type hush struct {
	url    string
	method atomic.Pointer[[]byte] // class and method as they stand in a frame; nil: everything passes
	silent chan struct{}          // closed when the first connection has been swallowed
}

func newHush(t *testing.T, b *sandbox.Broker) *hush {
	t.Helper()
	u, err := url.Parse(b.URL())
	must(t, err)
	target := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	u.Host = l.Addr().String()
	h := &hush{url: u.String(), silent: make(chan struct{})}
	once := sync.OnceFunc(func() { close(h.silent) })
	serve(t, l, func(client net.Conn) {
		broker, err := net.Dial("tcp", target)
		if err != nil {
			return
		}
		var back sync.WaitGroup
		back.Go(func() { pipe(client, broker, 4096) })
		defer back.Wait()
		defer broker.Close()
		buffer := make([]byte, 4096)
		for swallowed := false; ; {
			n, err := client.Read(buffer)
			if err != nil {
				return
			}
			if m := h.method.Load(); m != nil && bytes.Contains(buffer[:n], *m) {
				swallowed = true
				once()
			}
			if !swallowed {
				_, _ = broker.Write(buffer[:n])
			}
		}
	})
	return h
}

// from makes the broker fall silent at the next method of the class.
func (h *hush) from(class, method byte) { h.method.Store(&[]byte{0, class, 0, method}) }

// A look ends with its context at whatever point the broker falls silent, long before the deadline of an exchange.
func TestLookEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, method := range map[string]byte{"opening its channel": 10, "giving back": 40} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := sandbox.Start(sandbox.Options{})
			must(t, err)
			t.Cleanup(func() { _ = b.Close() })
			h := newHush(t, b)
			cfg := DefaultConfig()
			cfg.URLs, cfg.Management = []string{h.url}, []string{b.ManagementURL()}
			cfg.Heartbeat, cfg.RPCTimeout = Duration(10*time.Minute), Duration(time.Minute)
			c, err := Open(cfg, slog.New(slog.DiscardHandler))
			must(t, err)
			t.Cleanup(c.Close)
			_, err = c.EnsureQueue(within(t, patience))
			must(t, err)
			r, err := c.Publish(within(t, patience), NewTask(nil))
			if err != nil || r.Outcome != Confirmed {
				t.Fatalf("%+v, %v", r, err)
			}
			round, err := c.beginRound(within(t, patience), "task_queue", 0)
			must(t, err)
			round.end() // what this needs of the other links is there
			ctx, cancel := context.WithCancel(within(t, patience))
			ended := make(chan error, 1)
			h.from(20, method)
			go func() {
				round, err := c.beginRound(ctx, "task_queue", 0)
				if err == nil {
					round.end()
				}
				ended <- err
			}()
			<-h.silent
			cancel()
			select {
			case err := <-ended:
				if method == 10 && !errors.Is(err, context.Canceled) {
					t.Errorf("ended with %v", err)
				}
			case <-time.After(patience):
				t.Errorf("it goes on")
				<-ended
			}
		})
	}
}

// What was not answered because nobody waited any more is asked again: it is not taken for an answer.
func TestAbandonedLookIsNotRemembered(t *testing.T) {
	t.Parallel()
	b, err := sandbox.Start(sandbox.Options{})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	target, err := url.Parse(b.ManagementURL())
	must(t, err)
	asked, first := make(chan struct{}), sync.Once{}
	through := httputil.NewSingleHostReverseProxy(target)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/graves") {
			hangs := false
			first.Do(func() { hangs = true })
			if hangs {
				close(asked)
				<-r.Context().Done()
				return
			}
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(api.Close)
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{b.URL()}, []string{api.URL}
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(c.Close)
	must(t, c.CreateQueue(within(t, patience), QueueSpec{Name: "graves", Type: "classic", Durable: true}))
	ctx, cancel := context.WithCancel(within(t, patience))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = c.LookCost(ctx, "graves")
	}()
	<-asked
	cancel()
	<-ended
	if cost, err := c.LookCost(within(t, patience), "graves"); err != nil || cost.Type != "classic" {
		t.Errorf("%+v, %v", cost, err)
	}
}

// A name with a line break means another queue to RabbitMQ, which leaves it out.
func TestNoLookUnderAnotherName(t *testing.T) {
	t.Parallel()
	g := newGraves(t, "sandbox", "classic")
	g.declare(nil, "graves")
	ctx := within(t, patience)
	for _, name := range []string{"", "graves\n", "\xff", strings.Repeat("q", 256)} {
		if _, err := g.c.LookCost(ctx, name); KindOf(err) != Invalid {
			t.Errorf("%q: %v", name, err)
		}
		if err := g.c.Discard(ctx, name, nil, nil); KindOf(err) != Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Headers count towards what a look may hold: a trace of a failure in them is larger than many a body.
func TestWeightOfALetter(t *testing.T) {
	t.Parallel()
	d := amqp.Delivery{Body: make([]byte, 1000), Headers: amqp.Table{"trace": strings.Repeat("x", 50_000)}}
	if n := weight(&d); n < 51_000 || n > 52_000 {
		t.Errorf("%d bytes", n)
	}
}

// A queue that gives fewer letters than it had when the look began is told apart from one that had no more.
func TestLookSaysWhatOthersTook(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "graves")
		g.bury("graves", "task_queue", 3)
		ctx := within(t, patience)
		r, err := g.c.beginRound(ctx, "graves", 0)
		must(t, err)
		defer r.end()
		if taken := g.drain("graves"); len(taken) != 3 {
			t.Fatalf("took %d", len(taken))
		}
		got := Letters{Depth: r.depth}
		must(t, r.look(ctx, &got, 10))
		if len(got.Letters) != 0 || !strings.HasPrefix(got.Cut, "The queue gave 0 of its 3 letters") {
			t.Errorf("%+v", got)
		}
	})
}
