package ui

import "time"

// mostStateRows is how many rows the report of a job has for what it says.
const mostStateRows = 2

// viewJob draws the report of a job, as high as it needs to be.
func (s *deadPlace) viewJob(w int) []string {
	j := s.job
	l, text := s.jobState()
	state := wrap(plain(text), w-frameCells)
	state = state[:min(len(state), mostStateRows)]
	b := newBox(s.p, s.t, w, frameRows+1+len(state), false)
	b.title(j.title)
	b.foreign(s.t.dim, j.queue+" "+j.route+" ")
	b.topEnd("")
	b.row()
	progressBar(b.pen, s.t, max(8, b.left/5), j.share())
	b.right("", 6, appendShare(b.tmp[:0], j.share()))
	b.space(2)
	s.jobFigures(b)
	b.rowEnd()
	for _, line := range state {
		b.say(s.t.of(l), line)
	}
	if j.runs() && j.stopped {
		return b.rest("stopping; what is in hand is settled first")
	}
	if j.runs() {
		return b.rest("p pauses · c stops · it goes on when this screen is left")
	}
	return b.rest("esc closes")
}

func (s *deadPlace) jobFigures(b *box) {
	j := s.job
	for _, f := range []struct {
		word string
		n    uint64
		k    ink
		rare bool // not worth a 0
	}{
		{j.past, j.tally.Done, s.t.calm, false}, {"failed", j.tally.Failed, s.t.alarm, false}, {"doubled", j.tally.Doubled, s.t.warn, true},
	} {
		switch {
		case f.n == 0 && f.rare:
			continue
		case f.n == 0:
			f.k = s.t.dim
		}
		b.right(f.k, 7, appendCountIn(b.tmp[:0], int64(f.n), 7))
		b.put(s.t.dim, " "+f.word)
	}
	b.right("", 7, appendCountIn(b.tmp[:0], int64(j.total), 7))
	b.put(s.t.dim, " in all")
}

// jobState says what a job does, waits for, or came to.
func (s *deadPlace) jobState() (level, string) {
	j := s.job
	t := &j.tally
	switch {
	case j.ended:
		l, text := j.verdict()
		return l, text + " It took " + span(j.took) + "."
	case t.Paused:
		return levelNote, "Paused. What is not done stays where it is."
	case t.Waiting != "":
		return levelWarn, "Waiting: " + t.Waiting
	case t.Trouble != "":
		return levelAlarm, sentence(t.Trouble)
	}
	text := "Running for " + s.ago(j.started) + "; " +
		count(int64(t.Looked)) + " looked through, " + count(int64(t.Picked)) + " picked"
	if left := float64(j.total) - float64(t.Done+t.Doubled+t.Failed); j.rate > 0 && left > 0 {
		text += "; at this rate " + span(seconds(left/j.rate).Round(time.Second)) + " left"
	}
	return levelCalm, text + "."
}
