package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// switchboard is a cluster's management API as far as tracing needs it. Each of its addresses leads to the nodes that it is told.
type switchboard struct {
	mu      sync.Mutex
	running []string
	vhosts  map[string]map[string]any // by node
	puts    []string                  // node and body
	refuse  int                       // the status of every request that changes something; 0: they succeed
	stuck   bool                      // the switch does not move
	reason  string
}

func newSwitchboard(running ...string) *switchboard {
	b := &switchboard{running: running, vhosts: map[string]map[string]any{}}
	for _, node := range running {
		b.vhosts[node] = map[string]any{"name": "/", "tracing": false, "description": "shop", "tags": []string{"a", "b"}, "default_queue_type": "quorum"}
	}
	return b
}

// serve answers one request as one of the nodes.
func (b *switchboard) serve(w http.ResponseWriter, r *http.Request, node string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case r.URL.Path == "/api/overview":
		var listeners []map[string]any
		for _, name := range b.running {
			listeners = append(listeners, map[string]any{"node": name})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"node": node, "rabbitmq_version": "3.10.8", "listeners": listeners})
	case r.Method == http.MethodPut && b.refuse != 0:
		w.WriteHeader(b.refuse)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": "not_authorised", "reason": b.reason})
	case r.Method == http.MethodPut:
		body := map[string]any{}
		_ = json.NewDecoder(r.Body).Decode(&body)
		b.puts = append(b.puts, fmt.Sprint(node, " ", body))
		if !b.stuck {
			b.vhosts[node] = map[string]any{"name": "/", "tracing": body["tracing"]} // what it leaves out is forgotten
			for _, key := range []string{"description", "default_queue_type"} {
				if v, ok := body[key]; ok {
					b.vhosts[node][key] = v
				}
			}
			if tags, ok := body["tags"].(string); ok {
				b.vhosts[node]["tags"] = strings.Split(tags, ",")
			}
		}
		w.WriteHeader(http.StatusNoContent)
	case strings.HasPrefix(r.URL.Path, "/api/vhosts/"):
		_ = json.NewEncoder(w).Encode(b.vhosts[node])
	default:
		_ = json.NewEncoder(w).Encode([]any{b.vhosts[node]})
	}
}

// at is an address that leads to the given nodes in turn.
func (b *switchboard) at(t *testing.T, nodes ...string) string {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		node := nodes[asked%len(nodes)]
		asked++
		b.mu.Unlock()
		b.serve(w, r, node)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// unheard is a trace that hears nothing, with the given management addresses.
func unheard(t *testing.T, addresses ...string) (tr *Trace, pledges *[]string) {
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{"amqp://me:hunter2@127.0.0.1:1"}, addresses
	ends, err := cfg.resolve()
	must(t, err)
	base := newTransport(ends)
	t.Cleanup(base.CloseIdleConnections)
	pledges = new([]string)
	tr = &Trace{log: slog.New(slog.DiscardHandler), at: traceSwitch{ends, "/", base}, book: newTraceBook("q", time.Now(), time.Now()), away: map[string]bool{},
		pledge: func(nodes []string) error { *pledges = append(*pledges, fmt.Sprint(nodes)); return nil }}
	tr.life, tr.stop = t.Context(), func() {}
	return tr, pledges
}

// states are the nodes of a trace as it would tell them.
func states(tr *Trace) (all []string) {
	words := [...]string{TraceOn: "on", TraceFound: "found", TraceOff: "off", TraceUnknown: "unknown"}
	for _, n := range tr.known() {
		all = append(all, strings.TrimSpace(n.Name+" "+words[n.State]+" "+n.Why))
	}
	return all
}

// Tags are read in each form that a RabbitMQ tells them in, and what is none of these takes nothing else with it.
func TestVHostTags(t *testing.T) {
	for answer, want := range map[string]string{
		`["a","b"]`: "[a b]", `[]`: "[]", `"a,b"`: "[a,b]", `""`: "[]", `null`: "[]", `"undefined"`: "[]", `7`: "[]", `["a",7,{}]`: "[a]", `{"a":1}`: "[]",
	} {
		var v vhostAnswer
		err := json.Unmarshal([]byte(`{"tags":`+answer+`,"tracing":true}`), &v)
		if got := fmt.Sprint(v.Tags); err != nil || got != want || !v.Tracing.value {
			t.Errorf("%s is read as %s, %+v, %v", answer, got, v.Tracing, err)
		}
	}
}

// attempt is a cluster, addresses that lead to its nodes, and what becomes of tracing there.
type attempt struct {
	name    string
	running string
	before  func(b *switchboard)
	at      []string // the nodes that each address leads to, by commas; "-": nothing listens
	err     string   // part of the error; "": none
	states  string   // with "ADDRESS" for the first address
	puts    int
	pledges string
}

func TestTraceReachesNodes(t *testing.T) {
	t.Parallel()
	for _, c := range []attempt{
		{"each at its own address", "one two three", nil, []string{"one", "two", "three"}, "", "one on|three on|two on", 3, "[one three two]"},
		{"one without an address", "one two", nil, []string{"one"}, "", "one on|two unknown no management address of its own leads there", 1, "[one]"},
		{"one that does not answer", "one two", nil, []string{"one", "-"}, "", "one on|two unknown no management address of its own leads there", 1, "[one]"},
		{"one of them at two addresses", "one", nil, []string{"one", "one"}, "", "one on", 1, "[one]"},
		{"all at one address", "one two", nil, []string{"one,two"}, "leads to several nodes in turn; name the address of each node", "", 0, ""},
		{"one alone, and all at one address", "one two", nil, []string{"one,two", "one"}, "",
			"one on|two unknown the address ADDRESS leads to several nodes in turn", 1, "[one]"},
		{"nothing listens", "one", nil, []string{"-"}, "connection refused", "", 0, ""},
		{"on already", "one two", func(b *switchboard) { b.vhosts["one"]["tracing"] = true }, []string{"one", "two"}, "", "one found|two on", 1, "[two]"},
		{"tags in one text", "one", func(b *switchboard) { b.vhosts["one"]["tags"] = "a,b" }, []string{"one"}, "", "one on", 1, "[one]"},
		{"no administrator", "one two", func(b *switchboard) { b.refuse, b.reason = 401, "Not administrator user" }, []string{"one", "two"},
			"the user needs the administrator tag to switch tracing", "one on|two unknown", 0, "[one two]"},
		{"forbidden by a proxy", "one", func(b *switchboard) { b.refuse = 403 }, []string{"one"}, "403 Forbidden", "", 0, "[one]"},
		{"a switch that does not move", "one", func(b *switchboard) { b.stuck = true }, []string{"one"}, "its switch did not move", "", switchTries, "[one]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

func (c attempt) run(t *testing.T) {
	b := newSwitchboard(strings.Fields(c.running)...)
	if c.before != nil {
		c.before(b)
	}
	addresses := c.addresses(t, b)
	tr, pledges := unheard(t, addresses...)
	err := tr.turnOn(t.Context())
	if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
		t.Errorf("error %v, want %q", err, c.err)
	}
	if strings.Contains(fmt.Sprint(err), "hunter2") {
		t.Errorf("it tells the password: %v", err)
	}
	want := strings.ReplaceAll(c.states, "ADDRESS", strings.TrimPrefix(addresses[0], "http://"))
	if got := strings.Join(states(tr), "|"); c.states != "" && got != want {
		t.Errorf("states %q, want %q", got, want)
	}
	if got := strings.Join(*pledges, "+"); len(b.puts) != c.puts || got != c.pledges {
		t.Errorf("puts %q, pledges %q; want %d, %q", b.puts, got, c.puts, c.pledges)
	}
	for node, v := range b.vhosts {
		if v["description"] != "shop" || fmt.Sprint(v["tags"]) != "[a b]" || v["default_queue_type"] != "quorum" {
			t.Errorf("%s has %v left of its vhost", node, v)
		}
	}
	was := slices.Clone(b.puts)
	left := tr.at.turnOff(within(t, patience), tr.where, tr.mine())
	if c.name == "no administrator" {
		return // it never was on
	}
	if n := len(b.puts) - len(was); left != nil || !b.stuck && n != c.puts {
		t.Errorf("off by %q; left %q", b.puts, left)
	}
	for node, v := range b.vhosts {
		if on := v["tracing"] == true; on != (c.name == "on already" && node == "one") {
			t.Errorf("%s traces: %v", node, on)
		}
	}
}

func (c attempt) addresses(t *testing.T, b *switchboard) (addresses []string) {
	const none = "http://127.0.0.1:1"
	for _, nodes := range c.at {
		if nodes == "-" {
			addresses = append(addresses, none)
			continue
		}
		addresses = append(addresses, b.at(t, strings.Split(nodes, ",")...))
	}
	return addresses
}

// A node that goes away and comes back without tracing was restarted; another one was switched off by somebody.
func TestTraceNoticesWhatGoesOff(t *testing.T) {
	t.Parallel()
	b := newSwitchboard("one", "two")
	silent := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if silent {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		b.serve(w, r, "two")
	}))
	t.Cleanup(server.Close)
	tr, pledges := unheard(t, b.at(t, "one"), server.URL)
	must(t, tr.turnOn(t.Context()))
	step := func(want, over string) {
		t.Helper()
		why := tr.check()
		if got := strings.Join(states(tr), "|"); got != want || why != over {
			t.Errorf("states %q, over %q; want %q, %q", got, why, want, over)
		}
	}
	step("one on|two on", "")
	silent = true
	step("one on|two on", "")
	silent, b.vhosts["two"]["tracing"] = false, false
	step("one on|two off the node was restarted", "")
	step("one on|two off the node was restarted", "")
	b.vhosts["two"]["tracing"] = true
	step("one on|two found", "")
	b.vhosts["one"]["tracing"], b.vhosts["two"]["tracing"] = false, false
	step("one off somebody switched it off there, or the node was restarted|two off somebody switched it off there, or the node was restarted",
		"it is off at every node: somebody switched it off, or the nodes were restarted")
	if got := strings.Join(*pledges, "+"); got != "[one two]+[one]+[]" {
		t.Errorf("pledges %q", got)
	}
}

// What cannot be switched off in time is told.
func TestTraceLeftOn(t *testing.T) {
	t.Parallel()
	b := newSwitchboard("one")
	tr, _ := unheard(t, b.at(t, "one"))
	must(t, tr.turnOn(t.Context()))
	b.mu.Lock()
	b.refuse = 500
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 2*traceRetry)
	defer cancel()
	if left := tr.at.turnOff(ctx, tr.where, tr.mine()); fmt.Sprint(left) != "[one]" {
		t.Errorf("left %q", left)
	}
}
