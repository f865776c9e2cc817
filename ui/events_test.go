package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"

	"pgregory.net/rapid"
)

// told lists what the App has noted, oldest first.
func toldOf(a *App) (texts []string) {
	for _, h := range a.events.list {
		texts = append(texts, h.text)
	}
	return texts
}

// What happens between two looks is noted once, and only what happens.
func TestWitness(t *testing.T) {
	link := func(b *fakeBroker, set func(*broker.LinkState)) { set(&b.links[1]) }
	down := func(b *fakeBroker, _ *fakePool) {
		link(b, func(l *broker.LinkState) {
			l.Status, l.Since, l.Err = broker.LinkConnecting, start, &broker.Fault{What: "connection reset"}
		})
	}
	up := func(b *fakeBroker, _ *fakePool) {
		link(b, func(l *broker.LinkState) { l.Status, l.Generation, l.Err = broker.LinkUp, l.Generation+1, nil })
	}
	type change func(*fakeBroker, *fakePool)
	for _, c := range []struct {
		name    string
		changes []change // a look after each, ten seconds apart
		want    []string
	}{
		{"nothing", []change{func(*fakeBroker, *fakePool) {}}, nil},
		{"lost and back", []change{down, up}, []string{"the work link is lost: connection reset", "the work link is back after 20 s"}},
		{"lost and back between two looks", []change{up}, []string{"the work link was lost and is back, in less time than between two looks"}},
		{"refused", []change{func(b *fakeBroker, _ *fakePool) {
			link(b, func(l *broker.LinkState) { l.Status, l.Err = broker.LinkRefused, &broker.Fault{What: "login refused"} })
		}}, []string{"the work link was refused: login refused"}},
		{"blocked and free", []change{
			func(b *fakeBroker, _ *fakePool) { b.links[0].Blocked, b.links[0].BlockedAt = "low on memory", start },
			func(b *fakeBroker, _ *fakePool) { b.links[0].Blocked = "" },
		}, []string{"the broker blocks publishers on the publish link: low on memory", "the broker blocks publishers no more, after 20 s"}},
		{"alarm", []change{
			func(b *fakeBroker, _ *fakePool) { b.queue.Alarms = known([]string{"memory on rabbit@a"}, start) },
			func(b *fakeBroker, _ *fakePool) { b.queue.Alarms = known([]string(nil), start) },
		}, []string{"the broker raised an alarm: memory on rabbit@a", "the broker's alarm is over"}},
		{"queue gone and there", []change{
			func(b *fakeBroker, _ *fakePool) { b.queue.Missing = true },
			func(b *fakeBroker, _ *fakePool) { b.queue.Missing = false },
		}, []string{"the queue task_queue is gone", "the queue task_queue is there"}},
		{"dead letters", []change{
			func(b *fakeBroker, _ *fakePool) { b.queue.Dead.Value = 5 },
			func(b *fakeBroker, _ *fakePool) { b.queue.Dead.Value = 6 },
			func(b *fakeBroker, _ *fakePool) { b.queue.Dead.Value = 0 },
		}, []string{"1 dead letter came, 6 are there", "6 dead letters left, 0 are there"}},
		{"another queue is watched", []change{
			func(b *fakeBroker, _ *fakePool) {
				b.queue.Queue, b.queue.Dead.Value, b.queue.Missing = "other", 50, true
			},
			func(b *fakeBroker, _ *fakePool) { b.queue.Missing = false },
		}, []string{"there is no queue other", "the queue other is there"}},
		{"hold", []change{
			func(_ *fakeBroker, p *fakePool) { p.status.State, p.status.Held = worker.PoolHeld, "the queue is gone" },
			func(_ *fakeBroker, p *fakePool) { p.status.State, p.status.Held = worker.PoolRunning, "" },
		}, []string{"the pool holds: the queue is gone", "the pool holds no more"}},
		{"channel lost", []change{func(_ *fakeBroker, p *fakePool) {
			p.add(worker.Event{At: start, Kind: worker.WorkerLost, Worker: 2, Err: "delivery timeout"})
		}}, []string{"w02 lost its channel: delivery timeout"}},
		{"management silent", []change{
			func(b *fakeBroker, _ *fakePool) { b.queue.API.Err = &broker.Fault{What: "no answer in 5 s"} },
			func(b *fakeBroker, _ *fakePool) { b.queue.API.Err = nil },
		}, []string{"no news from the management API: no answer in 5 s", "the management API answers again"}},
	} {
		b, p := busyBroker(), busyPool(2)
		a := newTestApp(t, 100, 30, b, p)
		before := len(a.events.list)
		for i, change := range c.changes {
			change(b, p)
			look(a, start.Add(time.Duration(i+1)*10*time.Second))
		}
		if got := strings.Join(toldOf(a)[before:], "\n"); got != strings.Join(c.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, strings.Join(c.want, "\n"))
		}
		if a.toast.text != "" {
			t.Errorf("%s: a toast for what the board shows: %q", c.name, a.toast.text)
		}
	}
}

func TestWhatHappensOffScreenIsToasted(t *testing.T) {
	for name, away := range map[string][]string{"another place": {"2"}, "a dialog": {"?"}} {
		b := busyBroker()
		a := newTestApp(t, 100, 30, b, busyPool(2))
		press(a, away...)
		b.queue.Dead.Value = 3
		look(a, start.Add(time.Second))
		if want := "1 dead letter came, 3 are there"; a.toast.text != want || !strings.Contains(a.View(), want) {
			t.Errorf("%s: toast %q", name, a.toast.text)
		}
		b.links[1].Status, b.links[1].Err = broker.LinkConnecting, &broker.Fault{What: "connection reset"}
		look(a, start.Add(2*time.Second))
		b.queue.API.Err = &broker.Fault{What: "no answer"}
		look(a, start.Add(3*time.Second))
		if !strings.Contains(a.toast.text, "link is lost") {
			t.Errorf("%s: a graver toast gave way to %q", name, a.toast.text)
		}
	}
}

func TestActionsAreNotedAndReasonsAreNot(t *testing.T) {
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
	before := len(a.events.list)
	press(a, "r", " ", " ", "+")
	if got := strings.Join(toldOf(a)[before:], "; "); got != "the pool is paused; tasks in hand finish; the pool takes tasks again; 3 workers wanted" {
		t.Errorf("noted %s", got)
	}
}

func TestChronicleIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c chronicle
		all := 0
		for i := range rapid.IntRange(0, 3*mostHappenings).Draw(t, "n") {
			topic := fmt.Sprint(i / rapid.IntRange(1, 3).Draw(t, "same"))
			c.note(start.Add(time.Duration(i)*time.Second), levelNote, topic, "text")
			all++
			if len(c.list) > mostHappenings {
				t.Fatalf("%d are kept", len(c.list))
			}
			if all%500 != 0 {
				continue
			}
			times := 0
			for _, h := range c.list {
				times += h.times
			}
			if c.forgotten == 0 && times != all {
				t.Fatalf("%d of %d are counted", times, all)
			}
		}
	})
}

func TestEventsGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		b, p := busyBroker(), busyPool(2)
		a := newTestApp(t, size[0], size[1], b, p)
		press(a, " ", " ", "+")
		for i := range 5 {
			b.queue.Dead.Value++
			look(a, start.Add(time.Duration(i)*time.Second))
		}
		b.links[1].Status, b.links[1].Since = broker.LinkConnecting, start.Add(6*time.Second)
		b.links[1].Err = &broker.Fault{Kind: broker.LinkLost, What: "the connection to localhost:5672 broke", Why: "connection reset by peer"}
		look(a, start.Add(6*time.Second))
		b.links[1].Status, b.links[1].Generation = broker.LinkUp, 2
		look(a, start.Add(18400*time.Millisecond))
		press(a, "!")
		a.toast = toast{}
		look(a, start.Add(19*time.Second))
		checkFrame(t, a)
		golden(t, fmt.Sprintf("events-%dx%d", size[0], size[1]), a.View())
	}
}
