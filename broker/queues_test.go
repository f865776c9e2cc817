package broker

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"carousel/broker/sandbox"

	amqp "github.com/rabbitmq/amqp091-go"
	"pgregory.net/rapid"
)

// A vhost with hundreds of queues is asked for one page and what belongs to it, whatever the order.
func TestALargeVhostIsAskedForOnePage(t *testing.T) {
	t.Parallel()
	b, err := sandbox.Start(sandbox.Options{})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	conn, err := amqp.Dial(b.URL())
	must(t, err)
	defer conn.Close()
	ch, err := conn.Channel()
	must(t, err)
	for i := range 400 {
		_, err := ch.QueueDeclare(fmt.Sprintf("queue-%03d", i), false, false, false, false, nil)
		must(t, err)
	}
	gate := newCounter(t, b.ManagementURL())
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{b.URL()}, []string{gate.url}
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(c.Close)
	for _, sort := range []string{"name", "ready", "in"} {
		gate.reset()
		page, err := c.Queues(within(t, patience), QueueQuery{Page: 8, Size: 50, Sort: sort})
		if err != nil || len(page.Rows) != 50 || page.Total != 400 || page.Pages != 8 || page.Partial != "" {
			t.Fatalf("by %s: %d rows, %v, %q", sort, len(page.Rows), err, page.Partial)
		}
		if !slices.ContainsFunc(page.Rows, func(r QueueRow) bool { return r.Ready.Known() && r.Consumers.Known() }) {
			t.Errorf("by %s: figures are missing: %+v", sort, page.Rows[0])
		}
		if asked, items := gate.seen(); asked != 2 || items != 100 {
			t.Errorf("by %s: %d requests brought %d queues", sort, asked, items)
		}
	}
}

// counter stands before a management API and counts the queues that its lists bring to Queues; the monitor's look at its own
// queue is not counted.
type counter struct {
	url string

	mu           sync.Mutex
	asked, items int
}

func newCounter(t *testing.T, api string) *counter {
	target, err := url.Parse(api)
	must(t, err)
	g := &counter{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = nil
	proxy.ModifyResponse = func(res *http.Response) error {
		q := res.Request.URL.Query()
		if !strings.HasPrefix(res.Request.URL.Path, "/api/queues") || strings.Contains(q.Get("name"), "task_queue") || strings.HasSuffix(res.Request.URL.Path, "task_queue") {
			return nil
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		res.Body = io.NopCloser(strings.NewReader(string(body)))
		var page struct{ Items []json.RawMessage }
		_ = json.Unmarshal(body, &page)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.asked, g.items = g.asked+1, g.items+len(page.Items)
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *counter) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked, g.items = 0, 0
}

func (g *counter) seen() (asked, items int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked, g.items
}

// listed is a page that an API made of two answers.
func listed(t *testing.T, totals, stats string) (QueuePage, error) {
	t.Helper()
	m := api(t, func(w http.ResponseWriter, r *http.Request) {
		body := stats
		if r.URL.Query().Has("disable_stats") {
			body = totals
		}
		if body == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, body)
	})
	l := lister{management: m, vhost: "/", query: QueueQuery{Page: 1, Size: 50}, key: sortKeys["name"]}
	page, err := l.first()
	if err == nil {
		err = l.second(&page)
	}
	return page, err
}

// An absent or odd figure is unknown and never 0, and one bad item leaves the others.
func TestOddLists(t *testing.T) {
	page, err := listed(t, `{"page_count":"undefined","filtered_count":null,"items":[
		{"name":"a","messages_ready":7,"messages_unacknowledged":"undefined","exclusive":null,"durable":true,"type":"classic\u001b[2J","members":["n1",7,"n2"],"online":["n2"]},
		17, null, "text", {"messages_ready":9}, {"name":null}, {"name":"b","messages_ready":"12","arguments":[]}, {"name":"c\u001b[2J"}]}`,
		`{"items":[{"name":"a","message_stats":{"publish_details":{"rate":2.5},"ack_details":[]},"consumers":{},"policy":"p"},
		[], {"name":"A","consumers":3}, {"name":"b","message_stats":[],"consumers":1,"message_bytes":1.5e3}, {"name":"unasked","consumers":4}]}`)
	if err != nil || len(page.Rows) != 3 || page.Filtered != 3 || page.Total != 3 || page.Pages != 1 ||
		page.Partial != "5 of the queues on this page could not be read" {
		t.Fatalf("%+v, %v", page, err)
	}
	a, b, c := page.Rows[0], page.Rows[1], page.Rows[2]
	if a.Ready.Value != 7 || a.Unacked.Known() || a.In.Value != 2.5 || a.Out.Known() || a.Consumers.Known() || a.Policy != "p" ||
		!a.Durable || a.Exclusive || a.Type != "classic^[[2J" || a.In.At.IsZero() {
		t.Errorf("a: %+v", a)
	}
	if !slices.Equal(a.Replicas.Members, []string{"n1", "", "n2"}) || !slices.Equal(a.Replicas.Online, []string{"n2"}) || b.Replicas.Online != nil {
		t.Errorf("members %q, online %q; b online %q", a.Replicas.Members, a.Replicas.Online, b.Replicas.Online)
	}
	if b.Ready.Value != 12 || b.In.Known() || b.Consumers.Value != 1 || b.MessageBytes.Value != 1500 || b.Arguments != nil {
		t.Errorf("b: %+v", b)
	}
	if c.Name != "c\x1b[2J" || c.Ready.Known() {
		t.Errorf("c: %+v", c)
	}
	if page, err := listed(t, `{"items":[{"name":"a","messages_ready":1}]}`, ""); err == nil || page.Rows[0].Ready.Value != 1 || page.Rows[0].In.Known() {
		t.Errorf("without statistics: %+v, %v", page, err)
	}
	for _, rubbish := range []string{`<html>`, `[]`, `{"items":{}}`, `{"items":[{"name":"a"`} {
		if _, err := listed(t, rubbish, `{}`); KindOf(err) != Failed {
			t.Errorf("%s: %v", rubbish, err)
		}
	}
}

// However long the names are, no request's line is longer than RabbitMQ takes, and each row is asked for once at most.
func TestNamesFitIntoRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringN(1, 100, 255), 1, maxPage).Draw(t, "names")
		rows := make([]QueueRow, len(names))
		for i := range names {
			rows[i].Name = names[i]
		}
		l := lister{key: sortKeys["ready"]}
		queries, asked := l.rest(rows)
		if asked > len(rows) || asked == 0 || len(queries) > maxBatches || asked < len(rows) && len(queries) < maxBatches {
			t.Fatalf("%d queries for %d of %d rows", len(queries), asked, len(rows))
		}
		for _, q := range queries {
			if n := len(q.Encode()); n > 7500 {
				t.Fatalf("a query of %d bytes", n)
			}
		}
	})
}

func FuzzListing(f *testing.F) {
	f.Add(captured(f, "totals"))
	f.Add([]byte(`{"items":[{"name":"a","members":["x"],"message_stats":{"ack_details":{"rate":"1"}}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var l listing
		if json.Unmarshal(body, &l) != nil {
			return
		}
		for _, item := range l.Items {
			var a rowAnswer
			var row QueueRow
			if json.Unmarshal(item, &a) == nil {
				a.fill(&row, row.Ready.At)
			}
			if Plain(row.State) != row.State || Plain(row.Node) != row.Node {
				t.Errorf("text came through raw: %+v", row)
			}
		}
	})
}
