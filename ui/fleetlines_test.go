package ui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"carousel/broker"

	"pgregory.net/rapid"
)

func TestDoing(t *testing.T) {
	row := func(change func(*broker.FleetRow)) broker.FleetRow {
		r := broker.FleetRow{Active: true, AckNeeded: true, Unacked: known(int64(0), start), Acks: known(0.0, start), Delivered: known(0.0, start)}
		change(&r)
		return r
	}
	long := start.Add(-silentFor)
	for _, c := range []struct {
		name       string
		row        broker.FleetRow
		since, own time.Time
		want       doing
	}{
		{"holds nothing", row(func(*broker.FleetRow) {}), time.Time{}, time.Time{}, doingIdle},
		{"holds tasks", row(func(r *broker.FleetRow) { r.Unacked.Value = 3 }), time.Time{}, time.Time{}, doingWorking},
		{"too fast to be seen with one", row(func(r *broker.FleetRow) { r.Acks.Value = 500 }), time.Time{}, time.Time{}, doingWorking},
		{"silent, not yet for long", row(func(r *broker.FleetRow) { r.Unacked.Value = 3 }), long.Add(time.Second), time.Time{}, doingWorking},
		{"silent for long", row(func(r *broker.FleetRow) { r.Unacked.Value = 3 }), long, time.Time{}, doingStuck},
		{"ours on a long task", row(func(r *broker.FleetRow) { r.Unacked.Value = 1 }), long, long, doingWorking},
		{"ours, as the pool knows before the broker", row(func(*broker.FleetRow) {}), time.Time{}, start, doingWorking},
		{"a standby", row(func(r *broker.FleetRow) { r.Active = false }), time.Time{}, time.Time{}, doingWaiting},
		{"a standby that says so", row(func(r *broker.FleetRow) { r.Activity = "waiting" }), long, time.Time{}, doingWaiting},
		{"acknowledges automatically", row(func(r *broker.FleetRow) { r.AckNeeded = false; r.Delivered.Value = 9 }), time.Time{}, time.Time{}, doingWorking},
		{"no figures", broker.FleetRow{Active: true, AckNeeded: true}, time.Time{}, time.Time{}, doingUnknown},
		{"rates only, and they are 0", row(func(r *broker.FleetRow) { r.Unacked = broker.Figure[int64]{} }), time.Time{}, time.Time{}, doingUnknown},
	} {
		if got := doingOf(&c.row, silence{since: c.since}, c.own, start); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Silence begins with the first look at it, ends with an acknowledgement, and what was not watched does not count.
func TestSilence(t *testing.T) {
	holds := broker.FleetRow{Unacked: known(int64(2), start), Acks: known(0.0, start)}
	acks, empty, unknownRate, never, idle := holds, holds, holds, holds, holds
	acks.Acks.Value, empty.Unacked.Value, unknownRate.Acks = 1, 0, broker.Figure[float64]{}
	never.Acks, never.Delivered = unknownRate.Acks, known(0.5, start)
	idle.IdleSince = start.Add(-time.Minute)
	var s silence
	at := start
	for _, c := range []struct {
		after time.Duration
		row   *broker.FleetRow
		long  time.Duration // since when, -1: not silent
	}{
		{0, &holds, 0}, {3 * time.Second, &holds, 3 * time.Second}, {3 * time.Second, &acks, -1}, {3 * time.Second, &holds, 0},
		{3 * time.Second, &empty, -1}, {3 * time.Second, &holds, 0}, {heardAt, &holds, heardAt}, {heardAt + 1, &holds, 0},
		{time.Second, &unknownRate, -1}, {time.Second, &never, 0}, {time.Second, &never, time.Second},
	} {
		at = at.Add(c.after)
		s = s.next(c.row, at)
		if s.since.IsZero() != (c.long < 0) || c.long >= 0 && at.Sub(s.since) != c.long {
			t.Errorf("at %v: silent since %v, want %v", at, s.since, c.long)
		}
	}
	if s = s.next(&idle, at); !s.since.Equal(idle.IdleSince) {
		t.Errorf("the broker knows of the silence since %v, said is %v", idle.IdleSince, s.since)
	}
}

// Whatever the broker lists: each consumer has a line of its own below its connection, and each channel counts once.
func TestLineUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []broker.FleetRow
		channels := map[channelKey]int64{}
		for i := range rapid.IntRange(0, 12).Draw(t, "n") {
			r := broker.FleetRow{
				Tag: fmt.Sprint("t", i), Peer: rapid.SampledFrom([]string{"10.0.0.1:5", "10.0.0.1:6", "[::1]:7", "", "\x1b[2J"}).Draw(t, "peer"),
				Channel: rapid.IntRange(0, 3).Draw(t, "channel"), Ours: rapid.Bool().Draw(t, "ours"),
			}
			if rapid.Bool().Draw(t, "named") {
				r.Connection = "c" + r.Peer
			}
			r.Ours = r.Ours && r.Peer == "10.0.0.1:5"
			key := channelKey{connectionOf(&r), r.Channel}
			if _, seen := channels[key]; !seen {
				channels[key] = rapid.Int64Range(0, 100).Draw(t, "unacked")
			}
			r.Unacked = known(channels[key], start)
			rows = append(rows, r)
		}
		lines, totals := lineUp(rows, func(*fleetLine) {})
		var want int64
		for _, n := range channels {
			want += n
		}
		heads, tags, head := map[string]bool{}, map[string]bool{}, ""
		for i := range lines {
			l := &lines[i]
			if l.head {
				if head = connectionOf(&l.FleetRow); heads[head] && !mixed(rows, head) {
					t.Fatalf("connection %q has two lines", head)
				}
				heads[head] = true
				continue
			}
			if connectionOf(&l.FleetRow) != head {
				t.Fatalf("%q is below %q", l.Tag, head)
			}
			tags[l.Tag] = true
		}
		if len(tags) != len(rows) || totals.consumers != len(rows) {
			t.Fatalf("%d consumers of %d", len(tags), len(rows))
		}
		if !slices.ContainsFunc(rows, func(r broker.FleetRow) bool { return mixed(rows, connectionOf(&r)) }) && totals.unacked.Value != want {
			t.Fatalf("unacked %d, want %d", totals.unacked.Value, want)
		}
	})
}

// mixed reports whether a connection is said to be ours and another's at once, which no broker does.
func mixed(rows []broker.FleetRow, connection string) bool {
	ours, others := false, false
	for i := range rows {
		if connectionOf(&rows[i]) == connection {
			ours, others = ours || rows[i].Ours, others || !rows[i].Ours
		}
	}
	return ours && others
}
