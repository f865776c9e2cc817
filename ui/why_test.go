package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/broker"

	"github.com/muesli/termenv"
)

func TestWhyGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a := newTestApp(t, size[0], size[1], busyBroker(), busyPool(8))
		for s := range 40 {
			a.scene.depth.record(start.Add(time.Duration(s-39)*time.Second), int64(800+12*s))
		}
		for i := range 12 { // the pool's figures go on, so that its pace is known
			now := start.Add(time.Duration(i) * time.Second)
			for w := range a.sampler.pool.(*fakePool).workers {
				row := &a.sampler.pool.(*fakePool).workers[w]
				row.Done, row.BusyTime, row.UpTime = row.Done+1, row.BusyTime+960*time.Millisecond, row.UpTime+time.Second
			}
			b := a.o.Broker.(*fakeBroker)
			b.queue.Ready = known(int64(1284+12*i), now)
			look(a, now)
		}
		press(a, "v")
		checkFrame(t, a)
		golden(t, fmt.Sprintf("dialog-why-%dx%d", size[0], size[1]), a.View())
		if press(a, "v"); a.dialog != nil {
			t.Error("v does not close it again")
		}
	}
}

func TestWhyTellsWhatIsNotKnown(t *testing.T) {
	b := busyBroker()
	b.queue.Out, b.queue.Alarms = broker.Figure[float64]{}, broker.Figure[[]string]{}
	b.links[0].Blocked, b.links[0].BlockedAt = "low on disk", start
	a := newTestApp(t, 160, 60, b, busyPool(2))
	press(a, "v")
	for _, want := range []string{"not known: the rate of acks", "not known: the alarms", "▸ blocked", "● watching", "yes, too"} {
		if !strings.Contains(a.View(), want) {
			t.Errorf("no %q on\n%s", want, a.View())
		}
	}
	a.o.Config.ASCII = true
	look(a, start)
	if view := a.View(); strings.ContainsFunc(view, func(r rune) bool { return r > '~' }) {
		t.Errorf("something beyond ASCII is left")
	}
}

func TestWhyIsBarredWhileLeaving(t *testing.T) {
	p := busyPool(2)
	p.drained = make(chan struct{})
	a := newApp(t.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p, DrainTimeout: time.Second},
		newTheme("dark", termenv.Ascii))
	look(a, start)
	a.Update(keyOf("ctrl+c"))
	if press(a, "v"); a.dialog != nil || !strings.Contains(a.toast.text, "leaving") {
		t.Errorf("dialog %v, toast %q", a.dialog, a.toast.text)
	}
}
