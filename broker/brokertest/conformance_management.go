package brokertest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// What carousel reads from the management API, and how fresh it must be.
var managementScenarios = []scenario{
	{"the overview names the broker", overview},
	{"queue totals are fresh", queueTotals},
	{"queues come in pages, in the order that was asked for", queuePages},
	{"consumers are listed with their channels", consumersAndChannels},
	{"a broker without alarms says so", noAlarms},
	{"a purge leaves what is being worked", purge},
	{"a wrong password and a missing queue have their own answers", refusedCalls},
}

func (b broker) path(format string, names ...string) string {
	escaped := []any{url.PathEscape(b.vhost)}
	for _, name := range names {
		escaped = append(escaped, url.PathEscape(name))
	}
	return fmt.Sprintf(format, escaped...)
}

func overview(t *testing.T, b broker) {
	var answer object
	b.management.Call(t, http.MethodGet, "/api/overview", nil, &answer)
	for _, path := range []string{
		"rabbitmq_version", "product_name", "product_version", "cluster_name", "node", "rates_mode",
	} {
		if text, _ := answer.at(path).(string); text == "" {
			t.Errorf("%s is %v, want a text", path, answer.at(path))
		}
	}
	for _, path := range []string{"connections", "channels", "consumers", "queues", "exchanges"} {
		if _, number := answer.at("object_totals." + path).(float64); !number {
			t.Errorf("object_totals.%s is %v, want a number", path, answer.at("object_totals."+path))
		}
	}
	for _, path := range []string{"queue_totals", "message_stats"} {
		if _, holds := answer.at(path).(map[string]any); !holds {
			t.Errorf("%s is %v, want an object", path, answer.at(path))
		}
	}
}

// The list without statistics is the only fresh source of unacked; a page of one is the only cheap way to it.
func queueTotals(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	p.Publish(queue, "1", "2", "3")
	p.consumer(queue, 1).want("1")

	query := url.Values{
		"disable_stats": {"true"}, "enable_queue_totals": {"true"},
		"page": {"1"}, "page_size": {"1"}, "use_regex": {"true"}, "name": {"^" + regexp.QuoteMeta(queue) + "$"},
	}
	path := b.path("/api/queues/%s") + "?" + query.Encode()
	poll(t, time.Second, func() error {
		var page object
		if err := b.management.call(t.Context(), http.MethodGet, path, nil, &page); err != nil {
			return err
		}
		if err := page.differs(map[string]any{
			"filtered_count": 1, "item_count": 1, "page": 1, "page_size": 1, "page_count": 1,
		}); err != nil {
			return err
		}
		items, _ := page.at("items").([]any)
		if len(items) != 1 {
			return fmt.Errorf("%d items, want 1", len(items))
		}
		item, _ := items[0].(map[string]any)
		return object(item).differs(map[string]any{
			"name": queue, "vhost": b.vhost, "type": "classic", "state": "running",
			"durable": true, "auto_delete": false, "exclusive": false,
			"messages": 3, "messages_ready": 2, "messages_unacknowledged": 1,
		})
	})
}

// The screen of queues is a page of the list, in an order of the broker's, narrowed to a part of a name.
func queuePages(t *testing.T, b broker) {
	p := Connect(t, b.url)
	prefix := "Pages-" + rand.Text()[:8] + "."
	for i := range 3 {
		name := fmt.Sprint(prefix, i)
		p.DeclareQueue(name)
		t.Cleanup(func() { _, _ = p.open().QueueDelete(name, false, false, false) })
		p.Publish(name, slices.Repeat([]string{"task"}, i)...)
	}
	for query, want := range map[string]string{
		"sort=name&page=1&page_size=2":                                 "01",
		"sort=name&sort_reverse=true&page=1&page_size=2":               "21",
		"sort=messages_ready&sort_reverse=true&page=1&page_size=2":     "21",
		"sort=messages_ready&page=2&page_size=2":                       "2",
		"sort=messages_unacknowledged&page=1&page_size=9":              "012",
		"sort=name&page=1&page_size=2&columns=name,nothing&no_such=on": "01",
	} {
		query += "&disable_stats=true&enable_queue_totals=true&use_regex=true&name=" + url.QueryEscape(regexp.QuoteMeta(strings.ToLower(prefix)))
		var page object
		b.management.Call(t, http.MethodGet, b.path("/api/queues/%s")+"?"+query, nil, &page)
		got := ""
		items, _ := page.at("items").([]any)
		for _, item := range items {
			name, _ := object(item.(map[string]any)).at("name").(string)
			got += strings.TrimPrefix(name, prefix)
		}
		if got != want || fmt.Sprint(page.at("filtered_count")) != "3" {
			t.Errorf("%s: %q of %v, want %q", query, got, page.at("filtered_count"), want)
		}
	}
	status, answer, err := b.management.Do(t.Context(), http.MethodGet, b.path("/api/queues/%s")+"?page=99&name="+url.QueryEscape(prefix), nil)
	if err != nil || status != http.StatusBadRequest || !strings.Contains(string(answer), `"page_out_of_range"`) {
		t.Errorf("a page beyond the last: %d, %v: %s", status, err, answer)
	}
}

// A consumer names its channel, by which the channel's own figures are found.
func consumersAndChannels(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	p.Publish(queue, "1", "2")
	c := p.consumer(queue, 1)
	c.want("1")

	var channel, connection any
	poll(t, patience, func() error {
		found, err := b.find(t, b.path("/api/consumers/%s"), "consumer_tag", c.task.ConsumerTag)
		if err != nil {
			return err
		}
		channel, connection = found.at("channel_details.name"), found.at("channel_details.connection_name")
		if err := found.differs(map[string]any{
			"queue.name": queue, "queue.vhost": b.vhost, "prefetch_count": 1, "ack_required": true, "active": true,
			"exclusive": false, "channel_details.peer_host": "127.0.0.1",
		}); err != nil {
			return err
		}
		return found.lacks("channel_details.number", "channel_details.peer_port", "channel_details.user")
	})
	var alone object // as the fleet asks for it
	b.management.Call(t, http.MethodGet, b.path("/api/queues/%s/%s", queue)+"?columns=consumer_details", nil, &alone)
	if details, _ := alone.at("consumer_details").([]any); len(details) != 1 || len(alone) != 1 {
		t.Errorf("the queue's own consumers: %v", alone)
	}
	poll(t, patience, func() error {
		var one object
		path := "/api/channels/" + url.PathEscape(fmt.Sprint(channel))
		if err := b.management.call(t.Context(), http.MethodGet, path, nil, &one); err != nil {
			return err
		}
		return one.differs(map[string]any{"name": channel, "messages_unacknowledged": 1, "prefetch_count": 1})
	})
	poll(t, patience, func() error {
		var one object
		path := "/api/connections/" + url.PathEscape(fmt.Sprint(connection))
		if err := b.management.call(t.Context(), http.MethodGet, path, nil, &one); err != nil {
			return err
		}
		return one.lacks("state", "user", "peer_host", "peer_port", "connected_at", "client_properties.product")
	})
	poll(t, patience, func() error {
		found, err := b.find(t, b.path("/api/vhosts/%s/channels"), "name", channel)
		if err != nil {
			return err
		}
		return found.differs(map[string]any{
			"vhost": b.vhost, "prefetch_count": 1, "consumer_count": 1, "messages_unacknowledged": 1,
			"connection_details.name": connection,
		})
	})
}

func noAlarms(t *testing.T, b broker) {
	var answer object
	b.management.Call(t, http.MethodGet, "/api/health/checks/alarms", nil, &answer)
	if err := answer.differs(map[string]any{"status": "ok"}); err != nil {
		t.Error(err)
	}
}

func purge(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	p.Publish(queue, "1", "2", "3")
	task := p.get(queue, "1", false)
	path := b.path("/api/queues/%s/%s/contents", queue)
	status, answer, err := b.management.Do(t.Context(), http.MethodDelete, path, nil)
	if err != nil || status != http.StatusNoContent {
		t.Fatalf("status %d, %v: %s", status, err, answer)
	}
	p.wantReady(queue, 0)
	p.must(task.Nack(false, true))
	p.get(queue, "1", true)
}

func refusedCalls(t *testing.T, b broker) {
	missing := b.path("/api/queues/%s/%s", "no-such")
	for name, c := range map[string]struct {
		as           *Management
		method, path string
		status       int
		text         string // its "error"; RabbitMQ spells the first one with s and with z
	}{
		"wrong password": {b.stranger, http.MethodGet, "/api/overview", http.StatusUnauthorized, "not_authori"},
		"missing queue":  {b.management, http.MethodGet, missing, http.StatusNotFound, "Object Not Found"},
		"purge of it":    {b.management, http.MethodDelete, missing + "/contents", http.StatusNotFound, "Object Not Found"},
		"missing vhost":  {b.management, http.MethodGet, "/api/queues/no-such", http.StatusNotFound, "Object Not Found"},
	} {
		status, text, err := c.as.Do(t.Context(), c.method, c.path, nil)
		if err != nil || status != c.status {
			t.Errorf("%s: status %d, %v, want %d", name, status, err, c.status)
		}
		var answer object
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Errorf("%s: the answer is not JSON: %v in %q", name, err, text)
			continue
		}
		if got, _ := answer.at("error").(string); !strings.HasPrefix(got, c.text) || answer.at("reason") == nil {
			t.Errorf("%s: the answer is %s, want error %q and a reason", name, text, c.text)
		}
	}
}

// find is the item of a list whose key has the value.
func (b broker) find(t *testing.T, path, key string, value any) (object, error) {
	var items []object
	if err := b.management.call(t.Context(), http.MethodGet, path, nil, &items); err != nil {
		return nil, err
	}
	for _, item := range items {
		if item.at(key) == value {
			return item, nil
		}
	}
	return nil, fmt.Errorf("%s: none of %d items has %s %v", path, len(items), key, value)
}

// object is a JSON object as it came.
type object map[string]any

// at is the value at a path of keys with dots between them; nil when there is none.
func (o object) at(path string) any {
	value := any(map[string]any(o))
	for key := range strings.SplitSeq(path, ".") {
		inner, _ := value.(map[string]any)
		value = inner[key]
	}
	return value
}

func (o object) differs(want map[string]any) error {
	for path, value := range want {
		if got := o.at(path); fmt.Sprint(got) != fmt.Sprint(value) {
			return fmt.Errorf("%s is %v, want %v", path, got, value)
		}
	}
	return nil
}

func (o object) lacks(paths ...string) error {
	for _, path := range paths {
		if o.at(path) == nil {
			return fmt.Errorf("%s is missing", path)
		}
	}
	return nil
}
