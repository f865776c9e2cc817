package broker

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// Each connection tells its node, the broker tells its nodes, and both agree.
func TestLinksTellTheirNode(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), func(cfg *Config) { cfg.Connections = 2 })
	eventually(t, "the node of each connection", func() bool {
		nodes := c.Snapshot().Nodes
		return nodes.Known() && !slices.ContainsFunc(c.Links(), func(l LinkState) bool { return !slices.Contains(nodes.Value, l.Node.Value) })
	})
}

// A node is that of one connection: it goes with it, and what comes late is of another one.
func TestNodeGoesWithItsConnection(t *testing.T) {
	cfg := DefaultConfig()
	l := newLink(RoleWork, 0, &cfg, &endpoints{}, slog.New(slog.DiscardHandler))
	up := func(generation uint64) {
		l.set(func(s *LinkState) { s.Status, s.Generation = LinkUp, generation })
		l.current = &session{generation: generation}
	}
	node := func() string { state, _, _ := l.snapshot(); return state.Node.Value }
	up(1)
	l.locatedOn("n1", 1)
	if node() != "n1" || l.unlocated() != nil {
		t.Errorf("it is on %q, and is still asked for: %v", node(), l.unlocated() != nil)
	}
	l.lost(LinkConnecting, 1, errClosed, time.Time{})
	l.locatedOn("n1", 1)
	if node() != "" || l.unlocated() != nil {
		t.Errorf("lost, it is on %q", node())
	}
	up(2)
	if l.locatedOn("n1", 1); node() != "" {
		t.Errorf("the second connection is on %q, where the first was", node())
	}
	for range locateTries {
		if s := l.unlocated(); s == nil || s.generation != 2 {
			t.Fatalf("it is not asked for: %v", s)
		}
	}
	if l.unlocated() != nil {
		t.Error("it is asked for again and again")
	}
}

func TestNodeOfConnection(t *testing.T) {
	answers := map[string]string{
		"ours":    `{"node":"n1","user_provided_name":"carousel work here 1"}`,
		"raw":     `{"node":"n\u001b[2J","client_properties":{"connection_name":"carousel work here 1"}}`,
		"other":   `{"node":"n1","user_provided_name":"billing"}`,
		"unnamed": `{"node":"n1"}`,
		"odd":     `{"node":["n1"],"user_provided_name":"carousel work here 1","client_properties":[]}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text, ok := answers[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]; ok {
			_, _ = io.WriteString(w, text)
			return
		}
		http.Error(w, `{"error":"Object Not Found"}`, http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{"amqp://127.0.0.1:1"}, []string{server.URL}
	ends, err := cfg.resolve()
	must(t, err)
	m := newManagement(t.Context(), ends)
	defer m.close()
	for connection, want := range map[string]string{"ours": "n1", "raw": "n^[[2J", "other": "", "unnamed": "", "odd": ""} {
		if node, err := m.nodeOf(connection, "carousel work here 1"); err != nil || node != want {
			t.Errorf("%s is on %q (%v), want %q", connection, node, err, want)
		}
	}
	if node, err := m.nodeOf("gone", ""); KindOf(err) != QueueMissing || node != "" {
		t.Errorf("a connection that is not there is on %q: %v", node, err)
	}
}

func TestNodesOfOverview(t *testing.T) {
	for text, want := range map[string][]string{
		`{}`:               nil,
		`{"listeners":{}}`: nil,
		`{"listeners":[{"node":"b","port":1},{"node":"a"},{"node":"b"},{"port":2}]}`: {"a", "b"},
	} {
		var a overviewAnswer
		must(t, json.Unmarshal([]byte(text), &a))
		if got := a.nodes(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// A queue without a majority has no leader, and the fresh totals of RabbitMQ 3.10 do not list it: what the slow half tells of its
// members counts.
func TestLeaderIsLost(t *testing.T) {
	var s Snapshot
	for _, c := range []struct {
		answer, leader string
		online         int
		known          bool
	}{
		{`{"type":"classic"}`, "", 0, false},
		{`{"members":["a","b","c"],"online":["a","b"]}`, "", 2, false},
		{`{"members":["a","b","c"],"online":["a","b"],"leader":"b"}`, "b", 2, true},
		{`{"members":["a","b","c"],"online":["a"],"leader":null}`, "", 1, true},
		{`{"members":["a","b","c"],"online":["a","c"],"leader":"c\u001b"}`, "c^[", 2, true},
		{`{"members":["a","b","c"],"online":["a"],"leader":["c"]}`, "", 1, true},
	} {
		var q queueAnswer
		must(t, json.Unmarshal([]byte(c.answer), &q))
		s.applySlow(&q, time.Now())
		if s.Leader.Value != c.leader || s.Leader.Known() != c.known || len(s.Replicas.Value.Online) != c.online {
			t.Errorf("%s: led by %+v, %+v", c.answer, s.Leader, s.Replicas.Value)
		}
	}
}
