package ui

// facts are the task's properties, those that it has.
func (v *taskView) facts(s *tasksPlace) (facts []fact) {
	add := func(label, text string) {
		if text != "" {
			facts = append(facts, fact{label, "", text})
		}
	}
	e, t := v.entry, v.entry.last()
	k, _ := s.markOf(t.state)
	facts = append(facts, fact{"state", k, stateWords[t.state]})
	add("type", e.ref.Type)
	if !e.ref.Made.IsZero() {
		add("made", s.moment(e.ref.Made))
	}
	if !s.subject.kept {
		return facts
	}
	task := &s.subject.task
	add("content", task.ContentType)
	add("encoding", task.ContentEncoding)
	if task.Priority > 0 {
		add("priority", count(int64(task.Priority)))
	}
	if task.TTL > 0 {
		add("expires", "after "+span(task.TTL))
	}
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
		add("origin", task.Failed.Origin)
	}
	return facts
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
