package ui

import (
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

// A refusal says at its end what to do; that must not fall off a narrow screen.
func TestLongAlarmTakesTwoLines(t *testing.T) {
	a := newTestApp(t, 80, 24, busyBroker(), busyPool(8))
	fault := &broker.Fault{Kind: broker.Refused, What: "login refused for user guest at rabbit.example.org:5672",
		Why: "the user or the password is wrong", Do: "correct the URL or password_file"}
	a.scene.verdict = verdict{levelAlarm, "refused", sentence(fault.Error()) + " (r tries again)"}
	a.draw()
	lines := strings.Split(a.View(), "\n")
	foot := strings.TrimSpace(lines[21]) + " " + strings.TrimSpace(lines[22])
	if len(lines) != 24 || foot != a.scene.verdict.text {
		t.Errorf("the foot of %d lines says %q", len(lines), foot)
	}
	a.scene.verdict.level = levelCalm // one that all is well leaves the panes their room
	a.draw()
	if got := strings.Split(a.View(), "\n")[21]; strings.Contains(got, "refused") {
		t.Errorf("two lines though all is well: %q", got)
	}
}

// A verdict on two lines leaves what goes on beside it where it was.
func TestLongVerdictHasItsAside(t *testing.T) {
	a := newTestApp(t, 80, 24, busyBroker(), busyPool(8))
	a.scene.verdict = verdict{levelNote, "long tasks", "The workers here hold all of the 8 unacknowledged tasks and have finished none for 45 s; w04 " +
		"is on its task for 66 s."}
	a.scene.past.missed = 12
	a.draw()
	lines := strings.Split(a.View(), "\n")
	if len(lines) != 24 || !strings.HasPrefix(lines[22], " for 45 s; w04 is on its task for 66 s. ") || !strings.Contains(lines[22], "12 events not seen") {
		t.Errorf("the foot says %q, %q", lines[21], lines[22])
	}
	checkFrame(t, a)
}

// The longest verdict on retries has room on the narrowest board.
func TestRetryVerdictFits(t *testing.T) {
	s := newScene(true, false)
	s.now = start
	s.queue.Ready, s.queue.Retrying, s.queue.RetryBound = known(int64(0), start), known(int64(99_999), start), 5*time.Minute
	if v, found := retryingRule.ask(s); !found || width(v.text) > 78 {
		t.Errorf("%d cells: %q", width(v.text), v.text)
	}
}
