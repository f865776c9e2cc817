package ui

import (
	"strings"
	"testing"

	"carousel/broker"
)

func TestMembersTellWhoIsOnline(t *testing.T) {
	a := newAdminApp(t, 100, 30, busyVHost())
	three := []string{"a", "b", "c"}
	for name, c := range map[string]struct {
		members, online []string
		want            string
	}{
		"a classic queue":   {nil, nil, ""},
		"not told":          {three, nil, "a, b, c"},
		"all":               {three, three, "3 of 3 online: a, b, c"},
		"one is away":       {three, []string{"c", "a"}, "2 of 3 online: a, c | offline: b"},
		"no majority":       {three, []string{"b"}, "1 of 3 online: b | offline: a, c | no majority: nothing goes in or out until one of them is back"},
		"half is none":      {three[:2], []string{"a"}, "1 of 2 online: a | offline: b | no majority: nothing goes in or out until one of them is back"},
		"nobody is":         {three, []string{}, "0 of 3 online | offline: a, b, c | no majority: nothing goes in or out until 2 of them are back"},
		"one that has left": {three, []string{"a", "b", "c", "d"}, "3 of 3 online: a, b, c"},
	} {
		var got []string
		for _, f := range membersOf(a.t, broker.Replicas{Members: c.members, Online: c.online}) {
			got = append(got, f.text)
		}
		if text := strings.Join(got, " | "); text != c.want {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
}

// However long a queue's name is, the next column stands apart from it.
func TestLongQueueNameLeavesAGap(t *testing.T) {
	f := busyVHost()
	f.queues[0].Name = strings.Repeat("x", 200)
	a := newAdminApp(t, 160, 45, f)
	press(a, "4")
	if shown := a.View(); !strings.Contains(plain(shown), "x… quorum") {
		t.Errorf("no gap behind the name:\n%s", shown)
	}
}
