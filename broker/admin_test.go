package broker

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

// onBoth runs a test on RabbitMQ and on the sandbox, each with a vhost to itself.
func onBoth(t *testing.T, test func(t *testing.T, open func(change func(*Config)) *Client, url string)) {
	t.Parallel()
	run := func(url, management string) func(*testing.T) {
		return func(t *testing.T) {
			test(t, func(change func(*Config)) *Client {
				cfg := DefaultConfig()
				cfg.URLs, cfg.Management, cfg.Refresh = []string{url}, []string{management}, Duration(100*time.Millisecond)
				if change != nil {
					change(&cfg)
				}
				c, err := Open(cfg, slog.New(slog.DiscardHandler))
				must(t, err)
				t.Cleanup(c.Close)
				return c
			}, url)
		}
	}
	t.Run("sandbox", func(t *testing.T) {
		t.Parallel()
		b, err := sandbox.Start(sandbox.Options{})
		must(t, err)
		t.Cleanup(func() { _ = b.Close() })
		run(b.URL(), b.ManagementURL())(t)
	})
	t.Run("RabbitMQ", func(t *testing.T) {
		t.Parallel()
		node := brokertest.Shared(t)
		run(node.VHost(t).URL(), node.ManagementURL())(t)
	})
}

func names(page QueuePage) (list []string) {
	for _, row := range page.Rows {
		list = append(list, row.Name)
	}
	return list
}

// A queue is created as it was asked for, found in the list, counted, purged and deleted; and whatever cannot be is said.
func TestQueuesAreCreatedAndDeleted(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, url string) {
		c, ctx := open(nil), within(t, patience)
		const name = "new / queue.*"
		must(t, c.CreateQueue(ctx, QueueSpec{Name: name, Type: "classic", Durable: true, Arguments: map[string]any{"x-max-length": 100}}))
		must(t, c.CreateQueue(ctx, QueueSpec{Name: "copies", Type: "quorum", Durable: true}))
		brokertest.Connect(t, url).Publish(name, "one", "two", "three")

		var page QueuePage
		eventually(t, "both queues with their figures", func() (ok bool) {
			var err error
			page, err = c.Queues(ctx, QueueQuery{Page: 1, Size: 10})
			must(t, err)
			return len(page.Rows) == 2 && page.Rows[1].Ready.Value == 3 && page.Rows[1].Consumers.Known() && page.Rows[1].MessageBytes.Known()
		})
		if got := names(page); !slices.Equal(got, []string{"copies", name}) || page.Total != 2 || page.Filtered != 2 || page.Pages != 1 || page.Partial != "" {
			t.Errorf("page %+v", page)
		}
		r := page.Rows[1]
		if r.Type != "classic" || !r.Durable || r.AutoDelete || r.Exclusive || fmt.Sprint(r.Arguments["x-max-length"]) != "100" || r.Node == "" {
			t.Errorf("row %+v", r)
		}
		if r := page.Rows[0]; r.Type != "quorum" || r.Leader == "" || !slices.Equal(r.Replicas.Members, []string{r.Leader}) || !slices.Equal(r.Replicas.Online, r.Replicas.Members) || r.Node == "" {
			t.Errorf("row %+v", r)
		}
		if info, err := c.InspectQueue(ctx, name); err != nil || info.Ready != 3 || info.Consumers != 0 || info.Name != name {
			t.Errorf("%+v, %v", info, err)
		}
		if n, err := c.PurgeQueue(ctx, name); err != nil || n != 3 {
			t.Errorf("%d purged, %v", n, err)
		}
		brokertest.Connect(t, url).Publish(name, "four")
		if n, err := c.DeleteQueue(ctx, name); err != nil || n != 1 {
			t.Errorf("%d went with it, %v", n, err)
		}
		for what, err := range map[string]error{
			"look at queue":  second(c.InspectQueue(ctx, name)),
			"purge queue":    second(c.PurgeQueue(ctx, name)),
			"delete queue":   second(c.DeleteQueue(ctx, name)),
			"delete queue q": second(c.DeleteQueue(ctx, "q")),
		} {
			if KindOf(err) != QueueMissing || !strings.HasPrefix(err.Error(), "cannot "+what) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

// What cannot be created is refused in words, and what is there already stays as it is.
func TestQueuesThatCannotBeCreated(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, url string) {
		c, ctx := open(nil), within(t, patience)
		brokertest.Connect(t, url).DeclareQueue("there")
		for _, q := range []struct {
			spec QueueSpec
			kind Kind
			want string
		}{
			{QueueSpec{Name: "", Type: "classic"}, Invalid, "needs a name"},
			{QueueSpec{Name: "amq.mine", Type: "classic"}, Invalid, "RabbitMQ's own"},
			{QueueSpec{Name: "a\nb", Type: "classic"}, Invalid, "line break"},
			{QueueSpec{Name: "q", Type: "stream", Durable: true}, Invalid, `"stream" is not a type`},
			{QueueSpec{Name: "q", Type: "quorum"}, Invalid, "always durable"},
			{QueueSpec{Name: "q", Type: "classic", Arguments: map[string]any{"x-queue-type": "quorum"}}, Invalid, "x-queue-type"},
			{QueueSpec{Name: "q", Type: "classic", Arguments: map[string]any{"x": struct{}{}}}, Invalid, "a value of a type"},
			{QueueSpec{Name: "q", Type: "classic", Arguments: map[string]any{"x": strings.Repeat("x", 1<<20)}}, Invalid, "would cut the connection"},
			{QueueSpec{Name: "q", Type: "classic", Durable: true, Arguments: map[string]any{"x-max-length": "many"}}, Mismatch, "correct the arguments"},
			{QueueSpec{Name: "there", Type: "classic", Durable: true}, Mismatch, "there is a queue of this name"},
		} {
			err := c.CreateQueue(ctx, q.spec)
			if KindOf(err) != q.kind || !strings.Contains(err.Error(), q.want) || !strings.HasPrefix(err.Error(), "cannot create queue") {
				t.Errorf("%.80v: kind %v, %v", q.spec, KindOf(err), err)
			}
		}
		page, err := c.Queues(ctx, QueueQuery{Page: 1, Size: 10})
		if err != nil || !slices.Equal(names(page), []string{"there"}) {
			t.Errorf("left behind %q, %v", names(page), err)
		}
		for _, name := range []string{"", "\xff", "q\r", strings.Repeat("x", 256)} {
			for _, err := range []error{second(c.InspectQueue(ctx, name)), second(c.PurgeQueue(ctx, name)), second(c.DeleteQueue(ctx, name))} {
				if KindOf(err) != Invalid {
					t.Errorf("%.20q: %v", name, err)
				}
			}
		}
		if got := c.Links()[2]; got.Status != LinkUp || got.Generation != 1 {
			t.Errorf("a refusal cost the link: %+v", got)
		}
	})
}

// Pages are the broker's, in every order, and a name is looked for as it is written.
func TestQueuePages(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, url string) {
		c, ctx := open(nil), within(t, patience)
		other := brokertest.Connect(t, url)
		for i, name := range []string{"a.b", "axb", "jobs (1)", "Jobs (2)", "jobs+3"} {
			other.DeclareQueue(name)
			other.Publish(name, slices.Repeat([]string{"task"}, i)...)
		}
		list := func(q QueueQuery) QueuePage {
			t.Helper()
			page, err := c.Queues(ctx, q)
			if err != nil || page.Partial != "" || page.At.IsZero() {
				t.Fatalf("%+v: %v, %q", q, err, page.Partial)
			}
			return page
		}
		for _, look := range []struct {
			q               QueueQuery
			want            string
			filtered, pages int
		}{
			{QueueQuery{Page: 1, Size: 2}, "Jobs (2) a.b", 5, 3},
			{QueueQuery{Page: 3, Size: 2, Sort: "name"}, "jobs+3", 5, 3},
			{QueueQuery{Page: 9, Size: 2}, "jobs+3", 5, 3},
			{QueueQuery{Page: 1, Size: 2, Sort: "ready", Reverse: true}, "jobs+3 Jobs (2)", 5, 3},
			{QueueQuery{Page: 1, Size: 2, Sort: "ready"}, "a.b axb", 5, 3},
			{QueueQuery{Page: 1, Size: 9, Name: "a.b"}, "a.b", 1, 1},
			{QueueQuery{Page: 1, Size: 9, Name: "JOBS ("}, "Jobs (2) jobs (1)", 2, 1},
			{QueueQuery{Page: 1, Size: 9, Name: "("}, "Jobs (2) jobs (1)", 2, 1},
			{QueueQuery{Page: 1, Size: 9, Name: ".*"}, "", 0, 1},
			{QueueQuery{Page: 7, Size: 9, Name: "none"}, "", 0, 1},
		} {
			page := list(look.q)
			if got := strings.Join(names(page), " "); got != look.want || page.Total != 5 || page.Filtered != look.filtered || page.Pages != look.pages {
				t.Errorf("%+v: %q, page %d of %d, %d of %d; want %q", look.q, got, page.Page, page.Pages, page.Filtered, page.Total, look.want)
			}
		}
		if page := list(QueueQuery{Page: 9, Size: 2}); page.Page != 3 {
			t.Errorf("page %d is shown for one that is not there", page.Page)
		}
		for _, sort := range []string{"unacked", "in", "out", "consumers", "bytes"} { // whatever these are just now
			page := list(QueueQuery{Page: 1, Size: 9, Sort: sort})
			if len(page.Rows) != 5 || !page.Rows[4].Ready.Known() {
				t.Errorf("by %s: %+v", sort, page)
			}
		}
		for _, q := range []QueueQuery{{Page: 0, Size: 5}, {Page: 1, Size: 0}, {Page: 1, Size: 501}, {Page: 1, Size: 5, Sort: "luck"},
			{Page: 1, Size: 5, Name: strings.Repeat("x", 256)}} {
			if _, err := c.Queues(ctx, q); KindOf(err) != Invalid {
				t.Errorf("%.60v: %v", q, err)
			}
		}
	})
}

// Rates come with the rest, as soon as the broker has counted.
func TestQueueRates(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, url string) {
		c, ctx := open(nil), within(t, patience)
		other := brokertest.Connect(t, url)
		other.DeclareQueue("busy")
		other.DeclareQueue("calm")
		eventually(t, "a rate", func() bool {
			other.Publish("busy", "task")
			page, err := c.Queues(ctx, QueueQuery{Page: 1, Size: 1, Sort: "in", Reverse: true})
			must(t, err)
			return page.Rows[0].Name == "busy" && page.Rows[0].In.Value > 0
		})
		page, err := c.Queues(ctx, QueueQuery{Page: 2, Size: 1, Sort: "in", Reverse: true})
		if err != nil || page.Rows[0].Name != "calm" || page.Rows[0].In.Known() && page.Rows[0].In.Value != 0 {
			t.Errorf("%+v, %v", page.Rows, err)
		}
	})
}

// What is asked of the API ends with its context and with the client.
func TestQuestionsEndWithTheClient(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	c := watched(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page_size") == "1" {
			asked <- struct{}{}
		}
		<-r.Context().Done()
	})
	ended := make(chan error, 1)
	go func() { _, err := c.Queues(context.Background(), QueueQuery{Page: 1, Size: 1}); ended <- err }()
	select {
	case <-asked:
	case <-time.After(patience):
		t.Fatal("the API was not asked")
	}
	c.Close()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("an answer came from nowhere")
		}
	case <-time.After(patience):
		t.Error("it waits on")
	}
}
