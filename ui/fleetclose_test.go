package ui

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestCloseConnection(t *testing.T) {
	other, ours := "10.0.0.9:55310 -> 10.0.0.5:5672", "127.0.0.1:50432 -> 127.0.0.1:5672"
	for _, c := range []struct {
		name   string
		keys   []string // %text types it
		closed string
		toast  string
	}{
		{"asks", []string{"X"}, "", ""},
		{"ours needs enter only", []string{"j", "X", "enter"}, ours, "the connection of 127.0.0.1:50432 is closed"},
		{"no", []string{"X", "n"}, "", ""},
		{"another's needs its host", []string{"G", "X", "enter"}, "", ""},
		{"not any host", []string{"G", "X", "%10.0.0.17", "enter"}, "", ""},
		{"another's", []string{"G", "X", "%10.0.0.9", "enter"}, other, "the connection of 10.0.0.9:55310 is closed"},
		{"from the details", []string{"G", "enter", "X", "%10.0.0.9", "enter"}, other, "the connection of 10.0.0.9:55310 is closed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := busyVHost()
			a := newAdminApp(t, 100, 30, f)
			press(a, "5")
			for _, k := range c.keys {
				if text, types := strings.CutPrefix(k, "%"); types {
					typeText(a, text)
				} else {
					press(a, k)
				}
			}
			var closed []string
			for _, asked := range f.asked {
				if s, ok := strings.CutPrefix(asked, "close "); ok {
					closed = append(closed, strings.TrimSuffix(s, ": "+closeReason))
				}
			}
			if got := strings.Join(closed, "+"); got != c.closed || a.toast.text != c.toast {
				t.Errorf("closed %q, toast %q", got, a.toast.text)
			}
			checkFrame(t, a)
		})
	}
}

// The question looks afresh, and says so when the connection has gone or cannot be looked at.
func TestCloseQuestionLooksAfresh(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 34, f)
	press(a, "5", "G")
	f.fleet.Rows[6].Unacked.Value = 77
	_, flying := a.Update(keyOf("X"))
	if press(a, "enter"); !strings.Contains(a.View(), "looking at what it holds") {
		t.Fatal(a.View())
	}
	settle(a, flying)
	if a.draw(); !strings.Contains(a.View(), "77 unacknowledged tasks") {
		t.Fatal(a.View())
	}
	f.err = errors.New("no answer in 5 s")
	lookOn(a, start.Add(rereadPause))
	if !strings.Contains(a.View(), "No answer in 5 s.") {
		t.Error(a.View())
	}
	f.err = nil
	f.fleet.Rows = f.fleet.Rows[:4]
	lookOn(a, start.Add(2*rereadPause))
	typeText(a, "10.0.0.9")
	press(a, "enter")
	if !strings.Contains(a.View(), "it is gone") || slices.ContainsFunc(f.asked, func(s string) bool { return strings.HasPrefix(s, "close") }) {
		t.Errorf("asked %q\n%s", f.asked, a.View())
	}
}
