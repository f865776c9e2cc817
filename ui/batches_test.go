package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// startBatches starts batches of 1000 whose tallies the test sets; run brings one to its end.
func startBatches(t *testing.T, w, h, n int) (a *App, tallies []broker.Tally, run []tea.Cmd) {
	t.Helper()
	b := busyBroker()
	b.gate = make(chan struct{})
	a = newTestApp(t, w, h, b, busyPool(2))
	tallies = make([]broker.Tally, n)
	for i := range n {
		run = append(run, a.start(worker.Load{Bodies: [][]byte{fmt.Appendf(nil, "cat%d.png\nrest", i+1)}, Type: "resize", Count: 1000, Rate: float64(i % 2)}))
		a.batch.read = func() broker.Tally { return tallies[i] }
	}
	return a, tallies, run
}

func TestBatchesRunBesideEachOther(t *testing.T) {
	a, tallies, _ := startBatches(t, 120, 36, 3)
	for i := range tallies {
		tallies[i] = broker.Tally{Sent: 600, Confirmed: uint64(100 * (i + 1))}
	}
	look(a, start.Add(time.Second))
	if !strings.Contains(a.View(), "3 batches, 600 of 3 000 ") {
		t.Errorf("the verdict's line does not sum them up:\n%s", a.View())
	}
	press(a, "e")
	if a.dialog != dialog(a.draft) {
		t.Fatal("e does not open the form while batches are under way")
	}
	press(a, "esc", "q")
	if !strings.Contains(a.View(), "3 batches are being published: 600 of 3 000 tasks. They end ") {
		t.Errorf("the question does not tell of them:\n%s", a.View())
	}
}

func TestTheNinthBatchIsRefused(t *testing.T) {
	a, tallies, run := startBatches(t, 120, 40, mostRunning)
	fill(a, "one more")
	press(a, "ctrl+s")
	if len(a.batches) != mostRunning || !strings.Contains(a.View(), "8 batches are on their way, which is the most at a time; wait for one") {
		t.Fatalf("%d batches:\n%s", len(a.batches), a.View())
	}
	if len(a.draft.past) != 0 {
		t.Error("what was refused is in the history")
	}
	tallies[2] = broker.Tally{Sent: 1000, Confirmed: 1000}
	close(a.o.Broker.(*fakeBroker).gate)
	settle(a, run[2])
	press(a, "ctrl+s")
	if len(a.batches) != mostRunning+1 || len(a.draft.past) != 1 {
		t.Errorf("with one ended there are %d batches", len(a.batches))
	}
}

func TestBatchListGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a, tallies, run := startBatches(t, size[0], size[1], 5)
		tallies[0] = broker.Tally{Sent: 1000, Confirmed: 1000}
		tallies[1] = broker.Tally{Sent: 1000, Confirmed: 974, Returned: 20, Rejected: 5, Unknown: 1, Trouble: "no queue took it"}
		tallies[2] = broker.Tally{Sent: 700, Confirmed: 650, Waiting: "the broker blocks publishers: low on memory"}
		tallies[3] = broker.Tally{Sent: 400, Confirmed: 395}
		tallies[4] = broker.Tally{Sent: 30, Confirmed: 29}
		a.batches[3].stop()
		for _, i := range []int{3} { // its context has ended
			settle(a, run[i])
		}
		look(a, start.Add(4*time.Second))
		close(a.o.Broker.(*fakeBroker).gate)
		settle(a, run[0])
		settle(a, run[1])
		a.toast = toast{}
		press(a, "B", "j", "j", "j")
		look(a, start.Add(5*time.Second))
		checkFrame(t, a)
		golden(t, fmt.Sprintf("dialog-batches-%dx%d", size[0], size[1]), a.View())
	}
}

func TestBatchList(t *testing.T) {
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
	press(a, "B")
	if !strings.Contains(a.View(), "nothing has been published yet; e makes tasks") {
		t.Errorf("without batches:\n%s", a.View())
	}
	press(a, "enter", "c", "j", "esc")

	a, _, run := startBatches(t, 100, 30, 3)
	press(a, "B", "j")
	press(a, "enter")
	if a.dialog != dialog(a.batches[1]) {
		t.Fatal("enter does not show the second newest")
	}
	press(a, "esc")
	if a.dialog != dialog(a.batchList) {
		t.Fatal("esc does not lead back to the list")
	}
	press(a, "c")
	settle(a, run[1])
	if !a.batches[1].ended || a.batches[0].ended || a.batches[2].ended {
		t.Error("c does not cancel the selected one alone")
	}
	if a.toast.text != "" {
		t.Errorf("the list shows how it ended, and a toast says %q", a.toast.text)
	}
	a.start(worker.Load{Bodies: [][]byte{nil}, Count: 1})
	look(a, start.Add(time.Second))
	press(a, "enter")
	if a.dialog != dialog(a.batches[1]) {
		t.Error("a batch that starts moves the selection")
	}
	press(a, "e")
	if a.dialog != dialog(a.draft) {
		t.Error("e does not open the form")
	}
}

func TestLeavingEndsEveryBatch(t *testing.T) {
	a, tallies, run := startBatches(t, 100, 30, 2)
	p := a.o.Pool.(*fakePool)
	p.drained = make(chan struct{})
	tallies[0] = broker.Tally{Sent: 500, Confirmed: 490, Unknown: 10}
	tallies[1] = broker.Tally{Sent: 100, Confirmed: 100}
	a.Update(keyOf("ctrl+c"))
	for _, cmd := range run { // they end at once, or this waits for the gate
		settle(a, cmd)
	}
	if want := "2 batches were given up: 590 of 2 000 tasks confirmed, 10 unknown, 1 400 never sent"; a.parting() != want {
		t.Errorf("parting %q, want %q", a.parting(), want)
	}
	tallies[1].Confirmed = 1000 // that one was finished
	if want := "the batch was given up: 490 of 1 000 tasks confirmed, 10 unknown, 500 never sent"; a.parting() != want {
		t.Errorf("parting %q, want %q", a.parting(), want)
	}
}

func TestOldBatchesAreForgotten(t *testing.T) {
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
	first := a.start(worker.Load{Bodies: [][]byte{nil}, Count: 1})
	for range 2 * mostKept {
		settle(a, a.start(worker.Load{Bodies: [][]byte{nil}, Count: 1}))
	}
	if len(a.batches) != mostKept || a.batches[0].id != 1 || a.batches[mostKept-1] != a.batch {
		t.Errorf("%d are kept, the first is %d", len(a.batches), a.batches[0].id)
	}
	settle(a, first)
}
