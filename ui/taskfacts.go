package ui

import (
	"strings"

	"carousel/broker"
)

// facts are the task's properties, and which it has not.
func (v *taskView) facts(s *tasksPlace) (facts []fact) {
	var unset []string
	add := func(label, text string) {
		if text != "" {
			facts = append(facts, fact{label, "", text})
		} else {
			unset = append(unset, label)
		}
	}
	e, t := v.entry, v.entry.last()
	k, _ := s.markOf(t.state)
	facts = append(facts, fact{"state", k, stateWords[t.state]})
	add("type", e.ref.Type)
	if e.ref.Made.IsZero() {
		add("made", "")
	} else {
		add("made", s.moment(e.ref.Made))
	}
	if !s.subject.kept {
		return facts
	}
	task := &s.subject.task
	add("content", task.ContentType)
	add("encoding", task.ContentEncoding)
	add("priority", priorityOf(task))
	add("expires", expiryOf(task))
	if task.Work != nil {
		add("work", span(*task.Work))
	}
	if task.Fail > 0 {
		add("failures", string(appendShare(nil, task.Fail)))
	}
	add("correlation", task.CorrelationID)
	add("reply to", task.ReplyTo)
	if task.Made {
		add("made by", "carousel")
	} else {
		add("made by", orUnknown(task.AppID))
	}
	add("user", task.UserID)
	if task.Failed != nil {
		add("origin", orUnknown(task.Failed.Origin))
	}
	return append(facts, s.unset(unset)...)
}

// unset names the properties that a message has not.
func (d *drawing) unset(labels []string) []fact {
	if len(labels) == 0 {
		return nil
	}
	return []fact{{"not set", d.t.dim, strings.Join(labels, ", ")}}
}

// priorityOf is a task's priority; "" for 0, which is also what a message without one has.
func priorityOf(task *broker.Task) string {
	if task.Priority == 0 {
		return ""
	}
	return count(int64(task.Priority))
}

// expiryOf says after which time in a queue a task expires; "" when it does not.
func expiryOf(task *broker.Task) string {
	if task.TTL <= 0 {
		return ""
	}
	return "after " + span(task.TTL)
}

// maxHalf keeps two facts of a line together on a wide screen.
const maxHalf = 60

// pairs draws facts two a line where they fit, else one over as many lines as it needs.
func pairs(t *theme, facts []fact, w int) (lines []func(*box)) {
	half := min(w/2, maxHalf)
	short := func(f fact) bool {
		_, n := clip(plain(f.text), w)
		return n < half-factCells
	}
	for len(facts) > 0 {
		f := facts[0]
		facts = facts[1:]
		if len(facts) > 0 && short(f) && short(facts[0]) {
			g := facts[0]
			facts = facts[1:]
			lines = append(lines, func(b *box) {
				b.foreignIn(t.dim, factCells, f.label)
				b.foreignIn(f.k, half-factCells, f.text)
				g.put(b)
			})
			continue
		}
		for _, row := range wrapFacts([]fact{f}, w) {
			lines = append(lines, row.put)
		}
	}
	return lines
}
