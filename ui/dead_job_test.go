package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

// running is an App whose replay of all letters is under way: it waits half done until it is let go on.
func running(t *testing.T, f *fakeDead) (a *App, run func()) {
	t.Helper()
	f.gate = make(chan struct{})
	a = deadApp(t, 120, 40, f)
	press(a, "L", "R")
	run = replaying(a, f, "enter")
	f.tally = broker.ReplayTally{Looked: 4, Picked: 4, Done: 4}
	look(a, start)
	return a, run
}

func TestDeadReplayGoesOnElsewhere(t *testing.T) {
	f := deadLetters(5)
	a, run := running(t, f)
	press(a, "1")
	if !strings.Contains(a.View(), "replayed 4 of 5") {
		t.Errorf("the board does not tell of it:\n%s", a.View())
	}
	press(a, "3")
	for key, why := range map[string]string{"R": "a replay is running; c stops it", "X": "a replay is running; c stops it",
		"L": "the replay has the letters in use until it ends"} {
		if press(a, key); a.dialog != nil || a.toast.text != key+" cannot act now: "+why {
			t.Errorf("%s: toast %q", key, a.toast.text)
		}
	}
	close(f.gate)
	run()
	if a.toast.text != "All 5 letters replayed." || a.dead().job.runs() {
		t.Errorf("toast %q", a.toast.text)
	}
	if look(a, start); !strings.Contains(a.View(), "All 5 letters replayed.") || !strings.Contains(a.View(), "Idle: task_queue.dead is empty") {
		t.Error(a.View())
	}
	if press(a, "esc"); a.dead().job != nil {
		t.Error("the report stays")
	}
}

func TestDeadReplayIsPaused(t *testing.T) {
	f := deadLetters(5)
	a, run := running(t, f)
	progress := new(broker.ReplayProgress)
	a.dead().job.read, a.dead().job.pause, a.dead().job.resume = progress.Read, progress.Pause, progress.Resume
	press(a, "p")
	if !progress.Read().Paused || !strings.Contains(a.View(), "Paused. What is not done stays where it is.") {
		t.Error(a.View())
	}
	if press(a, "p"); progress.Read().Paused || a.toast.text != "the replay goes on" {
		t.Errorf("toast %q", a.toast.text)
	}
	close(f.gate)
	run()
}

func TestDeadReplayIsStopped(t *testing.T) {
	f := deadLetters(5)
	a, run := running(t, f)
	press(a, "c")
	if !strings.Contains(a.View(), "stopping; what is in hand is settled first") {
		t.Error(a.View())
	}
	run()
	if a.toast.text != "Stopped: 2 of 5 letters replayed; the rest stays." || len(f.letters) != 3 {
		t.Errorf("toast %q, %d letters left", a.toast.text, len(f.letters))
	}
	if press(a, "R"); !strings.Contains(a.toast.text, "what is shown is from before the last replay; L looks again") {
		t.Errorf("toast %q", a.toast.text)
	}
}

// The console asks before it leaves a replay, ends it in good order, and says what became of it.
func TestDeadReplayEndsWithTheConsole(t *testing.T) {
	f := deadLetters(5)
	a, run := running(t, f)
	a.scene.pool.InHand = 0
	press(a, "q")
	if !strings.Contains(a.View(), "A replay of dead letters is running: 4 of 5.") {
		t.Fatal(a.View())
	}
	press(a, "y")
	run()
	if len(f.letters) != 3 {
		t.Errorf("%d letters left", len(f.letters))
	}
	if got := a.parting(); got != "the replay was given up: 2 of 5 letters replayed, the rest is still in task_queue.dead" {
		t.Errorf("parting %q", got)
	}
}

// No replay begins that going to another queue would cut off, and none that is under way lets the console go.
func TestDeadReplayAndSwitching(t *testing.T) {
	f := deadLetters(5)
	a := deadApp(t, 120, 40, f)
	a.o.Switch = func(context.Context, string, bool) (Session, error) {
		return Session{Broker: busyBroker(), Dead: f}, nil
	}
	press(a, "L", "R")
	open := a.switchTo("other", false)
	if press(a, "enter"); a.dead().job.runs() || a.toast.text != "No replay: the console is on its way to another queue" {
		t.Errorf("toast %q", a.toast.text)
	}
	settle(a, open)
	press(a, "3", "L", "R")
	run := replaying(a, f, "enter")
	if settle(a, a.switchTo("third", false)); a.toast.text != "not to another queue now: dead letters are being moved here" {
		t.Errorf("toast %q", a.toast.text)
	}
	run()
}

// Run waits for a replay: what it has in hand is settled before the console is gone.
func TestDeadReplayIsWaitedFor(t *testing.T) {
	f := deadLetters(4)
	a, _ := running(t, f)
	settled := make(chan struct{})
	j := &deadJob{verb: "replay", past: "replayed", total: 4}
	cmd := a.dead().startJob(a, j, func(ctx context.Context, _ *broker.ReplayProgress) error {
		<-ctx.Done()
		close(settled)
		return ctx.Err()
	})
	go cmd()
	a.dead().leave()
	<-settled
	a.crew.dismiss()
	if msg := cmd(); msg != nil {
		t.Errorf("work began after the crew was dismissed: %v", msg)
	}
}

func TestDeadVerdict(t *testing.T) {
	for _, c := range []struct {
		tally   broker.ReplayTally
		err     error
		stopped bool
		want    string
		level   level
	}{
		{broker.ReplayTally{Picked: 10, Done: 10}, nil, false, "All 10 letters replayed.", levelCalm},
		{broker.ReplayTally{Picked: 8, Done: 8}, nil, false, "8 of 10 letters replayed, 2 not there any more.", levelCalm},
		{broker.ReplayTally{Picked: 10, Done: 7, Failed: 3, Trouble: "no queue"}, nil, false, "7 of 10 letters replayed, 3 stay: no queue.", levelAlarm},
		{broker.ReplayTally{Picked: 10, Done: 9, Doubled: 1}, nil, false, "9 of 10 letters replayed, 1 copied, but perhaps still there.", levelWarn},
		{broker.ReplayTally{Picked: 3, Done: 3}, context.Canceled, true, "Stopped: 3 of 10 letters replayed; the rest stays.", levelNote},
		{broker.ReplayTally{Picked: 10, Done: 10}, context.Canceled, true, "All 10 letters replayed.", levelCalm},
		{broker.ReplayTally{Picked: 4, Done: 3}, errors.New("the link is gone"), false,
			"The replay broke off: 3 of 10 letters replayed: the link is gone.", levelAlarm},
	} {
		j := &deadJob{verb: "replay", past: "replayed", total: 10, tally: c.tally, err: c.err, stopped: c.stopped, ended: true}
		if l, got := j.verdict(); got != c.want || l != c.level {
			t.Errorf("%+v: %d %q, want %d %q", c.tally, l, got, c.level, c.want)
		}
	}
}

// The App's own look at a job that runs shows how far it is.
func TestDeadJobIsWatched(t *testing.T) {
	a, run := running(t, deadLetters(5))
	f := a.o.Dead.(*fakeDead)
	f.tally = broker.ReplayTally{Looked: 3, Picked: 2, Done: 1, Waiting: "the broker blocks publishers: low on memory"}
	look(a, start.Add(time.Second))
	for _, want := range []string{"1 replayed", "Waiting: the broker blocks publishers: low on memory", "p pauses · c stops"} {
		if !strings.Contains(a.View(), want) {
			t.Errorf("%q is not on the screen:\n%s", want, a.View())
		}
	}
	close(f.gate)
	run()
}

// However slow a replay is, what is left of it is a time.
func TestSlowJobHasTimeLeft(t *testing.T) {
	s := newDeadPlace(drawing{scene: newScene(false, false), t: testTheme})
	s.job = &deadJob{verb: "replay", total: 10, rate: 1e-12}
	if _, text := s.jobState(); !strings.Contains(text, "at this rate "+span(seconds(1e9))+" left") {
		t.Error(text)
	}
}
