package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

func consumerJSON(tag string, connection string, channel int) string {
	text, _ := json.Marshal(tag)
	return fmt.Sprintf(`{"consumer_tag":%s,"prefetch_count":1,"ack_required":true,"active":true,"activity_status":"up","arguments":{"x-priority":5},
		"channel_details":{"connection_name":%q,"number":%d,"peer_host":"10.0.0.1","peer_port":5,"user":"u","node":"n"}}`, text, connection, channel)
}

// fleetOf asks a client whose API is handle for its fleet.
func fleetOf(t *testing.T, handle http.HandlerFunc) Fleet {
	t.Helper()
	c := watched(t, handle)
	f, err := c.Fleet(within(t, patience))
	must(t, err)
	return f
}

func isFleet(r *http.Request) bool { return r.URL.Query().Get("columns") == "consumer_details" }

// Consumers without a channel, channels that are gone, odd values and raw text leave the rest of the fleet readable.
func TestOddFleet(t *testing.T) {
	f := fleetOf(t, func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case isFleet(r):
			_, _ = io.WriteString(w, `{"consumer_details":[{"consumer_tag":"shovel","channel_details":[]},7,null,`+
				consumerJSON("a", "one", 1)+","+consumerJSON("b", "one", 1)+","+consumerJSON("c", "gone", 1)+","+consumerJSON("d\u001b[2J", "two", 3)+"]}")
		case strings.HasSuffix(path, "/channels/one (1)"):
			_, _ = io.WriteString(w, `{"messages_unacknowledged":4,"idle_since":"2026-11-26T10:50:28.185+00:00","message_stats":{"ack_details":{"rate":2},"deliver_get_details":[]}}`)
		case strings.HasSuffix(path, "/channels/two (3)"):
			_, _ = io.WriteString(w, `{"messages_unacknowledged":"undefined","idle_since":"yesterday","message_stats":[]}`)
		case strings.HasSuffix(path, "/connections/one"):
			_, _ = io.WriteString(w, `{"client_properties":{"product":"pika\u001b[2J","version":7},"state":"running","connected_at":1795417706448}`)
		case strings.HasSuffix(path, "/connections/two"):
			_, _ = io.WriteString(w, `{"client_properties":"none","user_provided_name":"me","connected_at":"undefined"}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	rows := map[string]FleetRow{}
	for _, r := range f.Rows {
		rows[r.Tag] = r
	}
	if len(rows) != 5 || f.Total != 7 || f.Connections != 3 || f.Cut != "2 of the consumers could not be read" {
		t.Fatalf("%+v", f)
	}
	a, b, c, d := rows["a"], rows["b"], rows["c"], rows["d^[[2J"]
	if a.Unacked.Value != 4 || a.Acks.Value != 2 || a.Delivered.Known() || a.IdleSince.IsZero() || a.Client != "pika^[[2J" || a.Version != "" ||
		a.ConnectedAt.UnixMilli() != 1795417706448 || a.Priority != 5 || a.Peer != "10.0.0.1:5" || a.Activity != "up" {
		t.Errorf("a: %+v", a)
	}
	if b.Unacked != a.Unacked || b.Client != a.Client {
		t.Errorf("b shares a channel with a: %+v", b)
	}
	if c.Unacked.Known() || c.State != "" || c.User != "u" {
		t.Errorf("c: %+v", c)
	}
	if d.Unacked.Known() || d.Acks.Known() || !d.IdleSince.IsZero() || d.Client != "me" || !d.ConnectedAt.IsZero() {
		t.Errorf("d: %+v", d)
	}
	if s := rows["shovel"]; s.Connection != "" || s.Unacked.Known() {
		t.Errorf("shovel: %+v", s)
	}
}

// A crowd is cut, a broker that is slow is spared, and what was not asked for is said.
func TestLargeFleet(t *testing.T) {
	asked := 0
	m := api(t, func(w http.ResponseWriter, r *http.Request) {
		if !isFleet(r) {
			asked++
			_, _ = io.WriteString(w, `{"messages_unacknowledged":1,"state":"running"}`)
			return
		}
		var all []string
		for i := range maxFleet + 100 {
			all = append(all, consumerJSON("t", fmt.Sprintf("connection %04d", i), 1))
		}
		_, _ = io.WriteString(w, `{"consumer_details":[`+strings.Join(all, ",")+"]}")
	})
	f, err := m.fleet("/", "task_queue", 2*patience)
	must(t, err)
	want := "100 more consumers are not listed; 800 connections and channels were not asked for, to spare the broker"
	if len(f.Rows) != maxFleet || f.Total != maxFleet+100 || f.Connections != maxFleet || asked != 2*fleetLooks || f.Cut != want {
		t.Errorf("%d rows of %d, %d requests, says %q", len(f.Rows), f.Total, asked, f.Cut)
	}
	if r := f.Rows[fleetLooks-1]; !r.Unacked.Known() || r.State != "running" {
		t.Errorf("the last one asked for: %+v", r)
	}
	if r := f.Rows[fleetLooks]; r.Unacked.Known() || r.State != "" || r.Tag != "t" {
		t.Errorf("the first one not asked for: %+v", r)
	}
	asked = 0
	f, err = m.fleet("/", "task_queue", 0)
	if err != nil || asked != 0 || len(f.Rows) != maxFleet || !strings.Contains(f.Cut, "1000 connections and channels were not asked for") {
		t.Errorf("without time: %d requests, says %q, %v", asked, f.Cut, err)
	}
}

// A channel that was not asked for is counted once, however many consumers it has.
func TestFleetOfOneChannel(t *testing.T) {
	m := api(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"consumer_details":[`+consumerJSON("a", "one", 1)+","+consumerJSON("b", "one", 1)+"]}")
	})
	f, err := m.fleet("/", "task_queue", 0)
	if err != nil || f.Cut != "2 connections and channels were not asked for, to spare the broker" {
		t.Errorf("says %q, %v", f.Cut, err)
	}
}

// Whoever may not see the connections of others still sees who consumes, and why the rest is missing.
func TestFleetWithoutTheRight(t *testing.T) {
	f := fleetOf(t, func(w http.ResponseWriter, r *http.Request) {
		if isFleet(r) {
			_, _ = io.WriteString(w, `{"consumer_details":[`+consumerJSON("t", "c", 1)+"]}")
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"not_authorised","reason":"User not authorised to access object"}`)
	})
	if len(f.Rows) != 1 || f.Rows[0].Peer != "10.0.0.1:5" || !strings.Contains(f.Cut, "not authorised") || !strings.Contains(f.Cut, "monitoring tag") {
		t.Errorf("%+v", f)
	}
}

// An address that does not answer is passed over, also when a connection is to be closed; a refusal is not asked again.
func TestActsMoveOnToTheNextAddress(t *testing.T) {
	var closed []string
	m := api(t, func(w http.ResponseWriter, r *http.Request) {
		closed = append(closed, r.Method+" "+r.URL.EscapedPath()+" "+r.Header.Get("X-Reason"))
		w.WriteHeader(http.StatusNoContent)
	})
	dead := m.endpoints[0]
	dead.Port = 1
	ends := m.ends
	ends.management = []Endpoint{dead, m.endpoints[0]}
	c := &Client{desk: desk{life: context.Background(), ends: ends, transport: newTransport(ends)}, log: slog.New(slog.DiscardHandler)}
	for range 2 {
		must(t, c.CloseConnection(t.Context(), "10.0.0.1:5 -> h:5672", "slept\n too  long"))
	}
	want := "DELETE /api/connections/10.0.0.1:5%20-%3E%20h:5672 slept too long"
	if len(closed) != 2 || closed[0] != want || c.desk.next.Load() != 1 {
		t.Errorf("asked %q", closed)
	}
	c.desk.transport.CloseIdleConnections()
	for _, name := range []string{"", ".", ".."} {
		if err := c.CloseConnection(t.Context(), name, ""); KindOf(err) != Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func FuzzFleet(f *testing.F) {
	f.Add([]byte("["+consumerJSON("t", "c", 1)+"]"), []byte(`{"idle_since":"2026-11-26 10:50:28"}`))
	f.Fuzz(func(t *testing.T, consumers, other []byte) {
		rows, _ := fleetRows(consumers, "carousel-")
		for _, row := range rows {
			var channel channelAnswer
			var connection connectionAnswer
			if json.Unmarshal(other, &channel) == nil {
				channel.fill(&row, time.Time{})
			}
			if json.Unmarshal(other, &connection) == nil {
				connection.fill(&row)
			}
			for _, s := range []string{row.Tag, row.Client, row.State, row.User, row.Product} {
				if Plain(s) != s {
					t.Errorf("text came through raw: %+v", row)
				}
			}
		}
	})
}
