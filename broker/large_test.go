package broker

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// largeBroker plays the management API of a broker with very many queues, of names and sizes that vary. A request that only a
// small one could bear fails the test.
type largeBroker struct {
	t     *testing.T
	names []string

	mu    sync.Mutex
	asked []string // lists, by their queries
	most  int      // bytes of the largest answer
}

// largeAnswer is how many bytes an answer may have.
const largeAnswer = 100_000

func newLargeBroker(t *testing.T, queues int) *largeBroker {
	odd := []string{"Zahlungen/größer 100 %", "名前", strings.Repeat("n", 255)}
	b := &largeBroker{t: t, names: append([]string{"task_queue", "task_queue.retry.500"}, odd...)}
	for i := len(b.names); i < queues; i++ {
		b.names = append(b.names, fmt.Sprintf("task_queue-%05d%s", i, strings.Repeat("x", i%40)))
	}
	slices.Sort(b.names)
	return b
}

func (b *largeBroker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, q := r.URL.EscapedPath(), r.URL.Query()
	var answer any
	switch parts := strings.Split(strings.TrimPrefix(path, "/api/"), "/"); {
	case parts[0] == "queues" && len(parts) == 2:
		answer = b.list(q.Get, q.Has)
	case parts[0] == "queues" && len(parts) == 3:
		answer = map[string]any{"name": "task_queue", "messages_unacknowledged": 3, "consumer_details": b.consumers()}
	case len(parts) == 2 && (parts[0] == "connections" || parts[0] == "channels"): // one, by its name
		answer = map[string]any{"name": parts[1], "user_provided_name": "app"}
	case path == "/api/overview", path == "/api/health/checks/alarms":
		answer = map[string]any{"rabbitmq_version": "3.10.8", "status": "ok"}
	default:
		b.t.Errorf("a large broker was asked for %s", r.URL)
	}
	body, err := json.Marshal(answer)
	if err != nil {
		b.t.Error(err)
	}
	b.mu.Lock()
	b.most = max(b.most, len(body))
	b.mu.Unlock()
	_, _ = w.Write(body)
}

func (b *largeBroker) consumers() (list []any) {
	for i := range 20 {
		connection := fmt.Sprintf("10.0.0.%d:5000 -> 10.0.1.1:5672", i)
		list = append(list, map[string]any{"consumer_tag": fmt.Sprint("c", i),
			"channel_details": map[string]any{"connection_name": connection, "number": 1}})
	}
	return list
}

// list is a page of the queues, as RabbitMQ makes one.
func (b *largeBroker) list(get func(string) string, has func(string) bool) any {
	page, _ := strconv.Atoi(get("page"))
	size, _ := strconv.Atoi(get("page_size"))
	totals := get("disable_stats") == "true"
	switch {
	case page < 1 || size < 1:
		b.t.Errorf("a large broker was asked for all of its queues")
	case !totals && !has("columns"):
		b.t.Errorf("a large broker was asked for everything about %d queues", size)
	case get("sort") == "name":
		b.t.Errorf("RabbitMQ 3.10 gathers everybody's statistics where the order of the names is asked for")
	}
	b.mu.Lock()
	b.asked = append(b.asked, cmp.Or(get("sort"), "name"))
	b.mu.Unlock()
	matches := regexp.MustCompile("(?i)" + get("name"))
	var found []string
	for _, name := range b.names {
		if get("name") == "" || matches.MatchString(name) {
			found = append(found, name)
		}
	}
	items := []any{}
	for i := (page - 1) * size; i < min(page*size, len(found)); i++ {
		item := map[string]any{"name": found[i]}
		switch {
		case totals && !has("columns"):
			item["messages"], item["messages_ready"], item["messages_unacknowledged"] = i, i, 0
		case !totals:
			item["consumers"], item["arguments"] = i%3, map[string]any{"x-comment": strings.Repeat("long ", i%100)}
		}
		items = append(items, item)
	}
	return map[string]any{"items": items, "page": page, "page_size": size, "page_count": (len(found) + size - 1) / max(1, size),
		"item_count": len(items), "filtered_count": len(found), "total_count": len(b.names)}
}

// lists are what was asked of the list of queues since the last call.
func (b *largeBroker) lists() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := b.asked
	b.asked = nil
	return asked
}

// largeClient is a client of the large broker, whose monitor is not started.
func largeClient(t *testing.T, b *largeBroker) *Client {
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{"amqp://127.0.0.1:1"}, []string{server.URL}
	ends, err := cfg.resolve()
	must(t, err)
	c := &Client{cfg: cfg, log: slog.New(slog.DiscardHandler), life: t.Context(), sides: newSides("task_queue", nil),
		desk: desk{life: t.Context(), ends: ends, transport: newTransport(ends)}}
	t.Cleanup(c.desk.transport.CloseIdleConnections)
	c.publish, c.watch = newLink(RolePublish, 0, &c.cfg, &ends, c.log), newLink(RoleWatch, 0, &c.cfg, &ends, c.log)
	c.monitor = newMonitor(c, ends)
	return c
}

func TestALargeBrokerIsNeverAskedForEverything(t *testing.T) {
	t.Parallel()
	b := newLargeBroker(t, 10_000)
	c := largeClient(t, b)
	ctx := within(t, patience)
	for _, q := range []QueueQuery{
		{Page: 1, Size: 50}, {Page: 200, Size: 50, Reverse: true}, {Page: 1, Size: 50, Sort: "ready", Reverse: true},
		{Page: 1, Size: 50, Sort: "in"},
		{Page: 1, Size: 50, Name: "größer 100 %"}, {Page: 1, Size: 500, NamesOnly: true},
		{Page: 1, Size: 500, Name: "n", NamesOnly: true},
	} {
		page, err := c.Queues(ctx, q)
		if err != nil || page.Total != 10_000 || len(page.Rows) == 0 || page.Partial != "" {
			t.Errorf("%+v: %d rows of %d, %v, %q", q, len(page.Rows), page.Total, err, page.Partial)
		}
		want := 2
		if q.NamesOnly {
			want = 1
		}
		if lists := b.lists(); len(lists) != want {
			t.Errorf("%+v: %d lists, want %d", q, len(lists), want)
		}
	}
	if fleet, err := c.Fleet(ctx); err != nil || len(fleet.Rows) != 20 || fleet.Cut != "" {
		t.Errorf("%d consumers, %v, %q", len(fleet.Rows), err, fleet.Cut)
	}
	m := newManagement(ctx, c.desk.ends)
	defer m.close()
	c.monitor.totals, c.monitor.slow = m, m
	c.monitor.readTotals()
	c.monitor.readSlow()
	if s := c.Snapshot(); !s.Unacked.Known() || s.Totals.Err != nil || s.API.Err != nil || c.monitor.queues != 10_000 {
		t.Errorf("%+v", s)
	}
	if lists := b.lists(); len(lists) != 1 {
		t.Errorf("the monitor asked for lists %q", lists)
	}
	if b.most > largeAnswer {
		t.Errorf("an answer of %d bytes", b.most)
	}
}

func TestNamesAloneAreInTheirOwnOrder(t *testing.T) {
	c := largeClient(t, newLargeBroker(t, 10))
	if _, err := c.Queues(within(t, patience), QueueQuery{Page: 1, Size: 50, Sort: "in", NamesOnly: true}); KindOf(err) != Invalid {
		t.Errorf("%v", err)
	}
}

// The longer the lists of a vhost with many queues take, the more seldom the monitor asks for them; of a small one, never.
func TestListsOfALargeVhostAreAskedForSeldom(t *testing.T) {
	for _, c := range []struct {
		queues int
		took   time.Duration
		want   int // in five minutes
	}{
		{10, 3 * time.Millisecond, 300}, {10, time.Second, 150}, {10_000, 15 * time.Millisecond, 296},
		{10_000, 500 * time.Millisecond, 12},
		{10_000, 20 * time.Second, 4}, {0, 20 * time.Second, 4}, // no answer tells how many there are
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute-100*time.Millisecond)
			defer cancel()
			looks := 0
			paced(ctx, func(took, last time.Duration) time.Duration { return listPause(time.Second, took, last, c.queues) }, func() {
				time.Sleep(c.took)
				looks++
			})
			if looks != c.want {
				t.Errorf("%d queues, %v an answer: %d looks, want %d", c.queues, c.took, looks, c.want)
			}
		})
	}
	if got := listPause(time.Second, 9*time.Second, 15*time.Millisecond, 10_000); got != time.Second {
		t.Errorf("one slow answer makes it wait %v", got)
	}
}

// A slow API is given more time, and once it was fast again for long, no more than others.
func TestDeadlinesFollowTheAnswers(t *testing.T) {
	var d deadline
	now := time.Unix(1e9, 0)
	want := func(step string, want time.Duration) {
		t.Helper()
		if got := d.timeout(now); got != want {
			t.Errorf("%s: %v, want %v", step, got, want)
		}
	}
	want("at first", apiTimeout)
	d.learn(now, 20*time.Millisecond, true)
	want("fast", apiTimeout)
	d.learn(now, apiTimeout, false)
	want("nothing came", 2*apiTimeout)
	d.learn(now, 8*time.Second, true)
	want("eight seconds", 24*time.Second)
	d.learn(now, time.Millisecond, true)
	want("fast once", 24*time.Second)
	for range 5 {
		d.learn(now, time.Minute, false)
	}
	want("never", longestTimeout)
	now = now.Add(slowFor + time.Second)
	want("fast for long", apiTimeout)
}

// Where the fresh totals are old, the statistics stand in for them; otherwise they change nothing.
func TestStatisticsStandInForTotals(t *testing.T) {
	now := time.Now()
	count := func(n float64) num { return num{n, true} }
	q := queueAnswer{Ready: count(7), Unacked: count(3), State: text{value: "running", known: true}}
	s := Snapshot{Ready: Figure[int64]{1, now, "amqp"}, Unacked: Figure[int64]{2, now.Add(-slowEvery - time.Second), "api"}}
	s.standIn(&q, now)
	if s.Ready.Value != 1 || s.Unacked.Value != 3 || !s.Unacked.At.Equal(now) || s.State.Value != "running" {
		t.Errorf("%+v", s)
	}
	s.standIn(&queueAnswer{Ready: count(8), Unacked: count(9), State: text{value: "idle", known: true}}, now.Add(time.Second))
	if s.Unacked.Value != 3 || s.State.Value != "running" {
		t.Errorf("fresh figures were replaced: %+v", s)
	}
}

// Before a drain ends, what is on its way is counted anew, unless that was done a moment ago.
func TestOldCountsAreMadeAnew(t *testing.T) {
	b := newLargeBroker(t, 600)
	c := largeClient(t, b)
	c.recount(t.Context())
	c.sides.meet(nil, time.Now())
	c.recount(t.Context())
	if lists := b.lists(); len(lists) != 0 {
		t.Errorf("%d lists without need", len(lists))
	}
	c.sides.meet(nil, time.Now().Add(-recountAfter-time.Second))
	c.recount(t.Context())
	if lists := b.lists(); len(lists) != 1 || c.sides.outdated(time.Now()) {
		t.Errorf("%d lists", len(lists))
	}
	if !slices.Contains(c.sides.names(), "task_queue.retry.500") {
		t.Errorf("met %q", c.sides.names())
	}
}
