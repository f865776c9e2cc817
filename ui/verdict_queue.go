package ui

import (
	"fmt"
	"strings"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// The rules of the queue itself and of its broker.

var noQueueRule = rule{
	name: "queue missing", asks: "there is no such queue",
	ask: func(s *scene) (verdict, bool) {
		hint := s.keyHint("r declares it where the config lets it")
		if s.readOnly {
			hint = ""
		}
		switch {
		case !s.queue.Missing:
			return verdict{}, false
		case s.pool.State == worker.PoolHeld && !s.pool.Foreign: // the pool knows what went with it
			return verdict{levelAlarm, "no queue", sentence(s.pool.Held) + hint}, true
		}
		return verdict{levelAlarm, "no queue", fmt.Sprintf("There is no queue %q in vhost %q%s.", s.queue.Queue, s.queue.VHost, hint)}, true
	},
	why: func(s *scene) reading {
		todo := "Correct --queue or the vhost at the end of the URL, or r declares the queue where queue.declare lets it."
		if s.readOnly {
			todo = "Correct --queue or the vhost at the end of the URL; this console is read-only and declares none."
		}
		return reading{
			seen: fmt.Sprintf("The broker answered %s ago that it has no queue %q in vhost %q.", s.ago(s.queue.AMQP.At), s.queue.Queue, s.queue.VHost),
			how:  "That is its answer to a passive declare, which asks for the queue and never makes one; a deleted queue takes its tasks with it.",
			todo: todo,
		}
	},
}

var blockedRule = rule{
	name: "blocked", asks: "the broker takes no publishes from us",
	ask: func(s *scene) (verdict, bool) {
		l := s.blockedLink()
		if l == nil {
			return verdict{}, false
		}
		return verdict{levelAlarm, "blocked", fmt.Sprintf("The broker blocks publishers for %s: %s. %s",
			s.ago(l.BlockedAt), l.Blocked, s.meanwhile())}, true
	},
	why: func(s *scene) reading {
		l := s.blockedLink()
		return reading{
			seen: fmt.Sprintf("The broker has sent connection.blocked to the %s connection %s ago, with the reason %q.", l.Role, s.ago(l.BlockedAt), l.Blocked),
			how: "It does that when it is low on memory or disk, to every connection that publishes; it goes on handing tasks out. " +
				s.meanwhile(),
			todo: "Free memory or disk on the broker's machine, or let the workers drain its queues; publishing goes on by itself.",
		}
	},
}

func (s *scene) blockedLink() *broker.LinkState {
	for i := range s.links {
		if s.links[i].Blocked != "" {
			return &s.links[i]
		}
	}
	return nil
}

var alarmRule = rule{
	name: "alarm", asks: "a node is low on memory or disk",
	ask: func(s *scene) (verdict, bool) {
		if a := s.queue.Alarms; !a.Known() || len(a.Value) == 0 {
			return verdict{}, false
		}
		return verdict{levelAlarm, "alarm", "The broker has an alarm: " + strings.Join(s.queue.Alarms.Value, ", ") +
			". It blocks publishers until that is over."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("The management API told of the alarm %s ago: %s.", s.ago(s.queue.Alarms.At), strings.Join(s.queue.Alarms.Value, ", ")),
			how: "A node raises it when its memory or its free disk passes the limit in its config; the whole cluster then blocks " +
				"publishers, and still hands tasks out.",
			todo: "Free memory or disk on that node, or let the workers drain its queues; it ends by itself.",
		}
	},
	needs: func(s *scene) string {
		if !s.queue.Alarms.Known() {
			return "the alarms"
		}
		return ""
	},
}

// meanwhile says what goes on while the broker takes no messages: the work does, but a failed task needs room for its copy.
func (s *scene) meanwhile() string {
	if n := s.pool.Keeping; n > 0 {
		return plural(n, "failed task") + " must be kept in hand until then."
	}
	return "Tasks already in go on."
}

var noRightRule = rule{
	name: "no right", asks: "the queue may not be looked at",
	ask: func(s *scene) (verdict, bool) {
		switch broker.KindOf(s.queue.AMQP.Err) {
		case broker.NoRight, broker.Busy, broker.Mismatch:
			return verdict{levelAlarm, "no right", sentence(s.queue.AMQP.Err.Error())}, true
		}
		return verdict{}, false
	},
	why: func(s *scene) reading {
		return reading{
			seen: "The broker has closed the channel that asked for queue " + s.queue.Queue + ".",
			how: "It is there, but this user has no right to it, another connection has it to itself, or it is of another kind than " +
				"the config says: " + s.queue.AMQP.Err.Error() + ".",
			todo: "Give the user rights in the vhost (rabbitmqctl set_permissions), or name the queue as it is in the config.",
		}
	},
}

var noDataRule = rule{
	name: "no data", asks: "the queue was not looked at yet",
	ask: func(s *scene) (verdict, bool) {
		if s.queue.Ready.Known() {
			return verdict{}, false
		}
		return verdict{levelNote, "no data", "Waiting for the first look at the queue."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: "Neither AMQP nor the management API has told yet how many tasks wait.",
			how:  "Both are asked as soon as their connections stand; an unknown figure is drawn as –, never as 0.",
			todo: "Wait a second; when nothing comes, 'carousel check' names what is wrong.",
		}
	},
}

var staleRule = rule{
	name: "stale", asks: "the queue's figures are old",
	ask: func(s *scene) (verdict, bool) {
		if !stale(s.queue.Ready, s.now) {
			return verdict{}, false
		}
		text := "The figures are " + s.ago(s.queue.Ready.At) + " old."
		return verdict{levelWarn, "stale", text}, true
	},
	why: func(s *scene) reading {
		cause := "no answer came"
		if s.queue.AMQP.Err != nil {
			cause = s.queue.AMQP.Err.Error()
		}
		return reading{
			seen: fmt.Sprintf("The number of waiting tasks was last read %s ago; a look is due every second or so.", s.ago(s.queue.Ready.At)),
			how:  "The newest look has not succeeded: " + cause + ".",
			todo: "Take what the board says of the queue as of then; the workers' own figures are live. 'carousel check' tries each way.",
		}
	},
	needs: noReady,
}

var apiStaleRule = rule{
	name: "api stale", asks: "the management API has stopped to answer",
	ask: func(s *scene) (verdict, bool) {
		at := newer(s.queue.API.At, s.queue.Totals.At)
		if at.IsZero() || s.now.Sub(at) <= staleAfter {
			return verdict{}, false
		}
		return verdict{levelNote, "api stale", "The management API has not answered for " + s.ago(at) +
			": unacked, rates and alarms are that old" + s.freshDepth() + "."}, true
	},
	why: func(s *scene) reading {
		cause := "no answer has come since"
		for _, source := range []broker.Source{s.queue.Totals, s.queue.API} {
			if source.Err != nil {
				cause = source.Err.Error()
			}
		}
		return reading{
			seen: fmt.Sprintf("The totals are %s old, the rates and alarms %s.", s.old(s.queue.Totals.At), s.old(s.queue.API.At)),
			how:  "Ready and consumers come over AMQP and are fresh all the same; the rest only the API has: " + cause + ".",
			todo: "See whether the management plugin runs and its address is right (--management, 'carousel check').",
		}
	},
}

// freshDepth tells that AMQP still answers.
func (s *scene) freshDepth() string {
	if s.queue.Ready.Known() && !stale(s.queue.Ready, s.now) {
		return ", ready is fresh"
	}
	return ""
}

// old is the age of a figure, unknown for one that was never read.
func (s *scene) old(at time.Time) string {
	if at.IsZero() {
		return unknown
	}
	return s.ago(at)
}
