package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// Every field that the sandbox sends is one of RabbitMQ's, of the same JSON type, as captured from RabbitMQ 3.10.8; and
// none is missing that carousel or rabbit-hole reads.
func TestFieldsAreRabbitMQs(t *testing.T) {
	t.Parallel()
	b := worked(t)
	for name, c := range map[string]struct{ path, needed string }{
		"overview":    {"overview", "cluster_name rabbitmq_version product_name node object_totals queue_totals message_stats listeners"},
		"whoami":      {"whoami", "name tags"},
		"vhosts":      {"vhosts", "name messages_ready message_stats"},
		"nodes":       {"nodes", "name running mem_alarm disk_free_alarm mem_used mem_limit uptime"},
		"exchanges":   {"exchanges/%2F", "name type durable auto_delete internal arguments vhost"},
		"bindings":    {"bindings/%2F", "source destination destination_type routing_key arguments properties_key vhost"},
		"consumers":   {"consumers/%2F", "consumer_tag queue channel_details ack_required active exclusive prefetch_count"},
		"channels":    {"channels", "name number connection_details prefetch_count messages_unacknowledged message_stats state user"},
		"connections": {"connections", "name state peer_host peer_port client_properties recv_oct_details send_oct_details"},
		"totals": {"queues/%2F?disable_stats=true&enable_queue_totals=true&page=1&page_size=1&name=%5Etask_queue%24&use_regex=true",
			"items page page_count filtered_count item_count total_count"},
		"queue": {"queues/%2F/task_queue", "name type state durable arguments messages_ready messages_unacknowledged consumers " +
			"message_bytes head_message_timestamp message_stats consumer_details policy memory"},
	} {
		t.Run(name, func(t *testing.T) {
			real, err := os.ReadFile("testdata/management/" + name + "-3.10.8.json")
			if err != nil {
				t.Fatal(err)
			}
			status, text := ask(t, b, "GET", c.path)
			if status != http.StatusOK {
				t.Fatalf("status %d: %s", status, text)
			}
			ours, theirs := decode(t, []byte(text)), decode(t, real)
			compare(t, name, ours, theirs)
			first, _ := ours.(map[string]any)
			if items, ok := ours.([]any); ok {
				first, _ = items[0].(map[string]any)
			}
			for _, field := range strings.Fields(c.needed) {
				if _, ok := first[field]; !ok {
					t.Errorf("%s is missing", field)
				}
			}
		})
	}
}

func decode(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %.200q", err, text)
	}
	return v
}

// Fields whose keys or presence depend on what is there, not on the version.
var free = []string{"arguments", "client_properties", "cluster_state", "consumer_details", "owner_pid_details"}

// compare wants every key of ours in theirs, with a value of the same kind. Lists are compared by what any of their
// items holds.
func compare(t *testing.T, path string, ours, theirs any) {
	t.Helper()
	switch o := ours.(type) {
	case map[string]any:
		r, ok := theirs.(map[string]any)
		if !ok {
			t.Errorf("%s: an object, but RabbitMQ's is %T", path, theirs)
			return
		}
		for key, value := range o {
			if slices.Contains(free, key) {
				continue
			}
			other, ok := r[key]
			if !ok {
				t.Errorf("%s.%s is not a field of RabbitMQ's", path, key)
				continue
			}
			compare(t, path+"."+key, value, other)
		}
	case []any:
		r, ok := theirs.([]any)
		if !ok {
			t.Errorf("%s: a list, but RabbitMQ's is %T", path, theirs)
			return
		}
		if all := union(r); len(all) > 0 {
			for i, item := range o {
				compare(t, fmt.Sprintf("%s[%d]", path, i), item, all)
			}
		}
	case nil:
	default:
		if theirs != nil && fmt.Sprintf("%T", ours) != fmt.Sprintf("%T", theirs) {
			t.Errorf("%s is %T, RabbitMQ's %T", path, ours, theirs)
		}
	}
}

// union is an object with the keys of all items, deep enough for statistics.
func union(items []any) map[string]any {
	all := map[string]any{}
	for _, item := range items {
		o, _ := item.(map[string]any)
		for key, value := range o {
			inner, nested := value.(map[string]any)
			if known, ok := all[key].(map[string]any); nested && ok {
				for k, v := range inner {
					known[k] = v
				}
				continue
			}
			all[key] = value
		}
	}
	return all
}
