package ui

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestQueueArguments(t *testing.T) {
	for _, c := range []struct {
		text   string
		quorum bool
		want   map[string]any
		wrong  string
	}{
		{"", false, map[string]any{}, ""},
		{"x-message-ttl=60000\n\n  x-dead-letter-exchange = dlx ", false, map[string]any{"x-message-ttl": int64(60000), "x-dead-letter-exchange": "dlx"}, ""},
		{"x-dead-letter-routing-key=42", false, map[string]any{"x-dead-letter-routing-key": "42"}, ""},
		{"x-single-active-consumer=true\nmine=\"7\"\nn=-7", true, map[string]any{"x-single-active-consumer": true, "mine": "7", "n": int64(-7)}, ""},
		{"x-delivery-limit=-1", true, map[string]any{"x-delivery-limit": int64(-1)}, ""},
		{"a=1\nb", false, nil, "line 2: write key=value"},
		{"=1", false, nil, "line 1: write key=value"},
		{"a=1\n\na=2", false, nil, "line 3: a stands there twice"},
		{"x-queue-type=quorum", false, nil, "line 1: choose the type above"},
		{"x-max-priority=256", false, nil, "line 1: x-max-priority takes a whole number from 1 to 255"},
		{"x-max-priority=10", true, nil, "line 1: x-max-priority is for classic queues"},
		{"x-delivery-limit=20", false, nil, "line 1: x-delivery-limit is for quorum queues"},
		{"x-max-length=many", false, nil, "line 1: x-max-length takes a whole number from 0"},
		{"x-single-active-consumer=yes", false, nil, "line 1: x-single-active-consumer takes true or false"},
		{"x-overflow=drop", false, nil, "line 1: x-overflow takes drop-head, reject-publish, reject-publish-dlx"},
	} {
		got, wrong := queueArguments(c.text, c.quorum)
		if !reflect.DeepEqual(got, c.want) || wrong != c.wrong {
			t.Errorf("%q: %v, %q", c.text, got, wrong)
		}
	}
}

// Whatever is typed is read or refused with the number of its line; what is read can be told apart by its key.
func TestAnyArgumentsAreReadOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-z\-]{0,4}[= "]{0,2}[0-9a-z]{0,3}\n?){0,5}`).Draw(t, "text")
		all, wrong := queueArguments(text, rapid.Bool().Draw(t, "quorum"))
		if (all == nil) != (wrong != "") || wrong != "" && !strings.HasPrefix(wrong, "line ") {
			t.Fatalf("%q: %v, %q", text, all, wrong)
		}
		for k := range all {
			if strings.TrimSpace(k) != k || k == "" {
				t.Fatalf("%q: key %q", text, k)
			}
		}
	})
}

func TestCreateQueue(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		keys  []string // %name types a name
		asked string   // the last
		see   string
	}{
		{"classic", nil, []string{"%new", "ctrl+s"}, "create new classic true map[]", "Queue new is created"},
		{"quorum with arguments", nil, []string{"%new", "tab", " ", "tab", "tab", "%x-delivery-limit=5", "tab", "enter"},
			"create new quorum true map[x-delivery-limit:5]", "Queue new is created"},
		{"transient", nil, []string{"%new", "tab", "tab", "right", "ctrl+s"}, "create new classic false map[]", "Queue new is created"},
		{"no name", nil, []string{"ctrl+s"}, "", "× "},
		{"a space behind the name", nil, []string{"%new ", "ctrl+s"}, "", "a space at an end of the name"},
		{"transient quorum", nil, []string{"%new", "enter", "l", "enter", "h", "ctrl+s"}, "", "a quorum queue is always durable"},
		{"wrong argument", nil, []string{"%new", "tab", "tab", "tab", "%x-expires=0", "ctrl+s"}, "", "line 1: x-expires takes"},
		{"taken", nil, []string{"%task_queue", "ctrl+s"}, "inspect task_queue", "there is a queue of this name already"},
		{"refused", errors.New("access refused"), []string{"%new", "ctrl+s"}, "inspect new", "Access refused."},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := busyVHost()
			a := newAdminApp(t, 100, 30, f)
			press(a, "4", "c")
			f.asked, f.err = nil, c.err
			for _, k := range c.keys {
				if text, types := strings.CutPrefix(k, "%"); types {
					typeText(a, text)
				} else {
					press(a, k)
				}
			}
			asked := slices.DeleteFunc(f.asked, func(s string) bool { return strings.HasPrefix(s, "queues") })
			if last := fmt.Sprint(asked[max(0, len(asked)-1):]); last != "["+c.asked+"]" {
				t.Errorf("asked %q, want %q", asked, c.asked)
			}
			if a.draw(); !strings.Contains(a.View(), c.see) {
				t.Errorf("no %q on\n%s", c.see, a.View())
			}
			if checkFrame(t, a); a.dialog == nil != strings.HasPrefix(c.asked, "create") {
				t.Errorf("dialog %v", a.dialog)
			}
		})
	}
}

// What was typed survives esc; the new queue is the selected one.
func TestQueueFormIsKept(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 80, 24, f)
	press(a, "4", "c")
	typeText(a, "zebra")
	press(a, "esc", "c")
	if !strings.Contains(a.View(), "zebra") {
		t.Fatal(a.View())
	}
	press(a, "ctrl+s")
	if got := queuesOf(a).selected; got != "zebra" {
		t.Errorf("selected %q", got)
	}
	if press(a, "c"); strings.Contains(a.View(), "│zebra") {
		t.Errorf("the form of a queue that was created is kept:\n%s", a.View())
	}
}
