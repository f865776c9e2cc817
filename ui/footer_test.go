package ui

import (
	"strings"
	"testing"

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
	a.scene.verdict.level = levelNote // one that is no trouble leaves the panes their room
	a.draw()
	if got := strings.Split(a.View(), "\n")[21]; strings.Contains(got, "refused") {
		t.Errorf("two lines for a note: %q", got)
	}
}
