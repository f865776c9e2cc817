package ui

import (
	"fmt"
	"strings"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// linkTrouble finds the link whose state explains the most: a refused one before one that is down, a role that the
// screen depends on before the others.
func (s *scene) linkTrouble() (verdict, bool) {
	var worst *broker.LinkState
	for i := range s.links {
		l := &s.links[i]
		if l.Status == broker.LinkUp || l.Role == broker.RoleWork && !s.hasPool {
			continue
		}
		if worst == nil || gravity(l) > gravity(worst) {
			worst = l
		}
	}
	if worst == nil {
		return verdict{}, false
	}
	what := "Down" // the link that the screen depends on needs no name
	if worst.Role != broker.RoleWatch {
		what = fmt.Sprintf("The %s link is down", worst.Role)
	}
	why, refusal := "", "The broker refused the connection."
	if worst.Err != nil {
		why, refusal = ": "+worst.Err.Error(), sentence(worst.Err.Error())
	}
	age := span(s.now.Sub(worst.Since).Truncate(time.Second))
	switch {
	case worst.Status == broker.LinkRefused:
		return verdict{levelAlarm, "refused", refusal + " (r tries again)"}, true
	case worst.Status == broker.LinkClosed:
		return verdict{levelNote, "closed", "The connections are closed."}, true
	case worst.Err == nil && worst.Generation == 0:
		return verdict{levelNote, "connecting", "Connecting to the broker, for " + age + "."}, true
	}
	return verdict{levelAlarm, "link down", what + " for " + age + why + s.nextTry(worst) + "."}, true
}

func gravity(l *broker.LinkState) int {
	g := map[broker.Role]int{broker.RoleWatch: 3, broker.RoleWork: 2, broker.RolePublish: 1}[l.Role]
	switch {
	case l.Status == broker.LinkRefused:
		g += 20
	case l.Status == broker.LinkConnecting && l.Err != nil:
		g += 10
	}
	return g
}

func (s *scene) nextTry(l *broker.LinkState) string {
	if l.NextTry.IsZero() || !l.NextTry.After(s.now) {
		return " · trying now"
	}
	return " · next try in " + span(l.NextTry.Sub(s.now).Round(100*time.Millisecond))
}

func (s *scene) queueTrouble() (verdict, bool) {
	if s.queue.Missing && s.pool.State == worker.PoolHeld && !s.pool.Foreign { // the pool knows what went with it
		return verdict{levelAlarm, "no queue", sentence(s.pool.Held) + " (r declares it where the config lets it)"}, true
	}
	if s.queue.Missing {
		return verdict{levelAlarm, "no queue", fmt.Sprintf("There is no queue %q in vhost %q (r declares it where the config lets it).",
			s.queue.Queue, s.queue.VHost)}, true
	}
	for i := range s.links {
		if l := &s.links[i]; l.Blocked != "" {
			return verdict{levelAlarm, "blocked", fmt.Sprintf("The broker blocks publishers for %s: %s. %s",
				span(s.now.Sub(l.BlockedAt).Truncate(time.Second)), l.Blocked, s.meanwhile())}, true
		}
	}
	if a := s.queue.Alarms; a.Known() && len(a.Value) > 0 {
		return verdict{levelAlarm, "alarm", "The broker has an alarm: " + strings.Join(a.Value, ", ") +
			". It blocks publishers until that is over."}, true
	}
	return verdict{}, false
}

// meanwhile says what goes on while the broker takes no messages: the work does, but a failed task needs room for its copy.
func (s *scene) meanwhile() string {
	if n := s.pool.Keeping; n > 0 {
		return plural(n, "failed task") + " must be kept in hand until then."
	}
	return "Tasks already in go on."
}
