package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	rabbithole "github.com/michaelklishin/rabbit-hole/v2"
	amqp "github.com/rabbitmq/amqp091-go"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

// worked is a sandbox with a queue, a consumer with one task in hand, and two tasks ready.
func worked(t *testing.T) *sandbox.Broker {
	t.Helper()
	b := start(t, sandbox.Options{})
	p := brokertest.Connect(t, b.URL())
	p.DeclareQueue("task_queue")
	p.Publish("task_queue", "one", "two", "three")
	<-p.Consume("task_queue")
	return b
}

// ask makes one call as the sandbox's user, and returns the status and the answer.
func ask(t *testing.T, b *sandbox.Broker, method, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.ManagementURL()+"/api/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("guest", "guest")
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := worked(t)
	for _, c := range []struct {
		method, path string
		status       int
		text         string
	}{
		{"GET", "nope", 404, `{"error":"Object Not Found","reason":"Not Found"}`},
		{"GET", "queues/%2F/nope", 404, `{"error":"Object Not Found","reason":"Not Found"}`},
		{"GET", "queues/other", 404, `{"error":"Object Not Found","reason":"Not Found"}`},
		{"POST", "whoami", 405, ""},
		{"DELETE", "connections/nope", 404, `{"error":"Object Not Found","reason":"Not Found"}`},
		{"DELETE", "queues/%2F/nope/contents", 404, `{"error":"Object Not Found","reason":"Not Found"}`},
		{"GET", "queues?page=0", 400, `{"error":"invalid_pagination_parameters","reason":"Invalid pagination parameters: page number 0, page size undefined"}`},
		{"GET", "queues?page=9&page_size=2", 400, `{"error":"page_out_of_range","reason":"Page out of range, page: 9 page size: 2, len: 1"}`},
		{"GET", "queues?page=1&name=%5B&use_regex=true", 400, `{"error":"bad_request","reason":"Pagination parameters are invalid"}`},
		{"DELETE", "queues/%2F/task_queue?if-empty=true", 400, `{"error":"bad_request","reason":"queue 'task_queue' in vhost '/' not empty"}`},
		{"DELETE", "queues/%2F/task_queue?if-unused=true", 400, `{"error":"bad_request","reason":"queue 'task_queue' in vhost '/' in use"}`},
	} {
		status, text := ask(t, b, c.method, c.path)
		if status != c.status || text != c.text {
			t.Errorf("%s %s: %d %s\nwant %d %s", c.method, c.path, status, text, c.status, c.text)
		}
	}
}

func TestLogins(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Options{User: "ops", Password: "correct horse"})
	for name, c := range map[string]struct {
		user, password string
		status         int
		text           string
	}{
		"none":  {"", "", 401, ""},
		"wrong": {"ops", "correct", 401, `{"error":"not_authorized","reason":"Login failed"}`},
		"guest": {"guest", "guest", 401, `{"error":"not_authorized","reason":"Login failed"}`},
		"right": {"ops", "correct horse", 200, `{"name":"ops","tags":["administrator"]}`},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, b.ManagementURL()+"/api/whoami", nil)
		req.Close = true
		if c.user != "" {
			req.SetBasicAuth(c.user, c.password)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != c.status || string(text) != c.text {
			t.Errorf("%s: %d %s", name, res.StatusCode, text)
		}
	}
}

func TestPagesAndColumns(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Options{})
	p := brokertest.Connect(t, b.URL())
	for i := range 5 {
		p.DeclareQueue(fmt.Sprintf("Queue-%d", i))
	}
	p.DeclareQueue("other/50%")
	p.Publish("Queue-3", "task")
	for path, want := range map[string]string{
		"queues?page=2&page_size=2&columns=name&name=QUEUE":                                                `{"filtered_count":5,"item_count":2,"items":[{"name":"Queue-2"},{"name":"Queue-3"}],"page":2,"page_count":3,"page_size":2,"total_count":6}`,
		"queues?page=1&columns=name&name=%5Eueue&use_regex=true":                                           `{"filtered_count":0,"item_count":0,"items":[],"page":1,"page_count":0,"page_size":100,"total_count":6}`,
		"queues?page=1&columns=name&name=%5Equeue-4&use_regex=true":                                        `{"filtered_count":1,"item_count":1,"items":[{"name":"Queue-4"}],"page":1,"page_count":1,"page_size":100,"total_count":6}`,
		"queues?sort=name&sort_reverse=true&columns=name":                                                  `[{"name":"other/50%"},{"name":"Queue-4"},{"name":"Queue-3"},{"name":"Queue-2"},{"name":"Queue-1"},{"name":"Queue-0"}]`,
		"queues?sort_reverse=true&columns=name":                                                            `[{"name":"other/50%"},{"name":"Queue-4"},{"name":"Queue-3"},{"name":"Queue-2"},{"name":"Queue-1"},{"name":"Queue-0"}]`,
		"queues?sort=messages&page=1&page_size=1&columns=name":                                             `{"filtered_count":6,"item_count":1,"items":[{"name":"Queue-0"}],"page":1,"page_count":6,"page_size":1,"total_count":6}`,
		"queues?sort=message_stats.publish_details.rate&sort_reverse=true&page=1&page_size=1&columns=name": `{"filtered_count":6,"item_count":1,"items":[{"name":"Queue-3"}],"page":1,"page_count":6,"page_size":1,"total_count":6}`,
		"queues/%2F/" + url.PathEscape("other/50%") + "?columns=name,messages,nope":                        `{"messages":0,"name":"other/50%"}`,
		"connections?columns=client_properties.product":                                                    `[{"client_properties":{"product":"AMQP 0.9.1 Client"}}]`,
	} {
		if status, text := ask(t, b, "GET", path); status != 200 || text != want {
			t.Errorf("%s: %d %s\nwant %s", path, status, text, want)
		}
	}
}

func TestOperatorsOrders(t *testing.T) {
	t.Parallel()
	b := worked(t)
	if status, text := ask(t, b, "DELETE", "queues/%2F/task_queue/contents"); status != 204 || text != "" {
		t.Errorf("purge: %d %s", status, text)
	}
	if _, text := ask(t, b, "GET", "queues/%2F/task_queue?columns=messages_ready,messages_unacknowledged"); text !=
		`{"messages_ready":0,"messages_unacknowledged":1}` {
		t.Errorf("after the purge: %s", text)
	}
	conn, err := amqp.Dial(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	name := url.PathEscape(conn.LocalAddr().String() + " -> " + conn.RemoteAddr().String())
	if status, text := ask(t, b, "DELETE", "connections/"+name); status != 204 {
		t.Errorf("close: %d %s", status, text)
	}
	if e := <-closed; e == nil || e.Code != 320 || e.Reason != "CONNECTION_FORCED - Closed via management plugin" {
		t.Errorf("the client was told %v", e)
	}
	if status, _ := ask(t, b, "DELETE", "queues/%2F/task_queue"); status != 204 {
		t.Errorf("delete: %d", status)
	}
	if status, _ := ask(t, b, "GET", "queues/%2F/task_queue"); status != 404 {
		t.Errorf("it is still there: %d", status)
	}
}

// Publishers that wait for memory are an alarm, as on RabbitMQ.
func TestMemoryAlarm(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Options{MemoryLimit: 64 << 10})
	p := brokertest.Connect(t, b.URL())
	p.DeclareQueue("task_queue")
	conn, err := amqp.Dial(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	blocked := conn.NotifyBlocked(make(chan amqp.Blocking, 8))
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := ch.Publish("", "task_queue", false, false, amqp.Publishing{Body: make([]byte, 10<<10)}); err != nil {
			t.Fatal(err)
		}
	}
	<-blocked
	if status, text := ask(t, b, "GET", "health/checks/alarms"); status != 503 ||
		text != `{"alarms":[{"node":"carousel@sandbox","resource":"memory"}],"reason":"There are alarms in effect in the cluster","status":"failed"}` {
		t.Errorf("%d %s", status, text)
	}
	ask(t, b, "DELETE", "queues/%2F/task_queue/contents")
	for b := range blocked {
		if !b.Active {
			break
		}
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		status, text := ask(t, b, "GET", "health/checks/alarms")
		if status == 200 && text == `{"status":"ok"}` {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the alarm stays: %d %s", status, text)
		}
	}
}

// What rabbit-hole's own client makes of it.
func TestRabbitHoleReadsIt(t *testing.T) {
	t.Parallel()
	b := worked(t)
	c, err := rabbithole.NewClient(b.ManagementURL(), "guest", "guest")
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, ok bool, err error) {
		t.Helper()
		if err != nil || !ok {
			t.Errorf("%s: ok %v, %v", what, ok, err)
		}
	}
	o, err := c.Overview()
	check("overview", err == nil && o.ObjectTotals.Queues == 1, err)
	who, err := c.Whoami()
	check("whoami", err == nil && who.Name == "guest", err)
	nodes, err := c.ListNodes()
	check("nodes", len(nodes) == 1 && nodes[0].IsRunning, err)
	vhosts, err := c.ListVhosts()
	check("vhosts", len(vhosts) == 1 && vhosts[0].Name == "/", err)
	queues, err := c.ListQueues()
	check("queues", len(queues) == 1 && queues[0].Messages == 3, err)
	q, err := c.GetQueue("/", "task_queue")
	check("queue", err == nil && q.MessagesUnacknowledged == 1, err)
	consumers, err := c.ListConsumersIn("/")
	check("consumers", len(consumers) == 1 && consumers[0].PrefetchCount == 1, err)
	channels, err := c.ListChannels()
	check("channels", len(channels) >= 2, err)
	connections, err := c.ListConnections()
	check("connections", len(connections) == 1, err)
	exchanges, err := c.ListExchangesIn("/")
	check("exchanges", len(exchanges) == 7, err)
	bindings, err := c.ListBindings()
	check("bindings", len(bindings) == 1 && bindings[0].Destination == "task_queue", err)
	own, err := c.ListQueueBindings("/", "task_queue")
	check("queue bindings", len(own) == 1, err)
	alarms, err := c.HealthCheckAlarms()
	check("alarms", alarms.Ok(), err)
	_, err = c.PurgeQueue("/", "task_queue")
	check("purge", true, err)
	_, err = c.DeleteQueue("/", "task_queue")
	check("delete", true, err)
}
