package ui

import (
	"context"
	"errors"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// deadJob is a replay or a discard that runs, or has run. It goes on when its screen is left, and ends with the console.
type deadJob struct {
	title, verb, past string // "Replay", "replay", "replayed"
	queue             string
	route             string  // where to and how fast, in words
	rate              float64 // a second; 0: as fast as confirmed
	total             int     // letters that it is about
	keys              map[string]bool
	started           time.Time
	read              func() broker.ReplayTally // returns at once
	pause             func()                    // so do these
	resume            func()
	tally             broker.ReplayTally
	cancel            context.CancelFunc
	stopped           bool // by the user
	cutShort          bool // leaving the console ended it
	ended             bool
	took              time.Duration
	err               error
}

// runs reports whether it is at work; it may be called of no job.
func (j *deadJob) runs() bool { return j != nil && !j.ended }

// holds reports whether it is at work on a queue; it may be called of no job.
func (j *deadJob) holds(queue string) bool { return j.runs() && j.queue == queue }

// startJob lets a job run in the background. work does it, and returns when nothing of it is under way any more.
func (s *deadPlace) startJob(a *App, j *deadJob, work func(ctx context.Context, p *broker.ReplayProgress) error) tea.Cmd {
	ctx, cancel := context.WithCancel(a.crew.ctx)
	progress := new(broker.ReplayProgress)
	j.started, j.cancel, j.read, j.pause, j.resume = s.now, cancel, progress.Read, progress.Pause, progress.Resume
	s.job = j
	return a.crew.send(func(context.Context) tea.Msg {
		defer cancel()
		return deadJobMsg{j, work(ctx, progress)}
	})
}

// deadJobMsg tells that a job has ended.
type deadJobMsg struct {
	job *deadJob
	err error
}

func (m deadJobMsg) tell(a *App) tea.Cmd {
	s, j := a.dead(), m.job
	j.ended, j.err, j.took = true, m.err, s.now.Sub(j.started)
	j.tally = j.read()
	s.settle(j)
	l, text := j.verdict()
	a.say(l, text)
	if a.place == placeDead {
		return s.inquire(a)
	}
	return nil
}

// settle brings the copy up to date with a job that has ended: without the letters that are gone. Where only some are, nobody
// has told which, and the copy is out of date.
func (s *deadPlace) settle(j *deadJob) {
	if s.found == nil || j.queue != s.target() {
		return
	}
	t := &j.tally
	switch {
	case t.Done+t.Doubled+t.Failed == 0 && t.Picked == 0:
		return
	case t.Done == uint64(j.total):
		rest := make([]deadRow, 0, len(s.rows))
		for _, r := range s.rows {
			if !j.keys[r.Key] {
				rest = append(rest, r)
			}
		}
		s.setRows(rest)
	default:
		s.outdated = "what is shown is from before the last " + j.verb
	}
}

// verdict sums an ended job up in a sentence.
func (j *deadJob) verdict() (level, string) {
	t := &j.tally
	text := count(int64(t.Done)) + " of " + plural(j.total, "letter") + " " + j.past
	if t.Done == uint64(j.total) {
		text = "All " + plural(j.total, "letter") + " " + j.past
		if j.total == 1 {
			text = "1 letter " + j.past
		}
	}
	if t.Doubled > 0 {
		text += ", " + count(int64(t.Doubled)) + " copied, but perhaps still there"
	}
	switch {
	case t.Failed == 1:
		text += ", 1 stays"
	case t.Failed > 0:
		text += ", " + count(int64(t.Failed)) + " stay"
	}
	broke := j.err != nil && !errors.Is(j.err, context.Canceled)
	if gone := int64(j.total) - int64(t.Picked); gone > 0 && j.err == nil && !j.stopped {
		text += ", " + count(gone) + " not there any more"
	}
	switch {
	case broke:
		return levelAlarm, sentence("The " + j.verb + " broke off: " + text + ": " + j.err.Error())
	case j.stopped && t.Done < uint64(j.total):
		return levelNote, sentence("Stopped: " + text + "; the rest stays")
	case t.Failed > 0 && t.Trouble != "":
		return levelAlarm, sentence(text + ": " + t.Trouble)
	case t.Failed > 0:
		return levelAlarm, text + "."
	case t.Doubled > 0:
		return levelWarn, text + "."
	case j.cutShort && t.Done < uint64(j.total):
		return levelNote, text + "; the rest stays."
	}
	return levelCalm, text + "."
}

// outstanding says how far it is.
func (j *deadJob) outstanding() string {
	return count(int64(j.tally.Done+j.tally.Doubled+j.tally.Failed)) + " of " + count(int64(j.total))
}

// share is the part of the letters whose fate is known.
func (j *deadJob) share() float64 {
	if j.total == 0 {
		return 1
	}
	return min(1, float64(j.tally.Done+j.tally.Doubled+j.tally.Failed)/float64(j.total))
}

func (s *deadPlace) pauseJob(a *App, _ string) tea.Cmd {
	if s.job.read().Paused {
		s.job.resume()
		a.say(levelNote, "the "+s.job.verb+" goes on")
	} else {
		s.job.pause()
		a.say(levelNote, "the "+s.job.verb+" is paused; p goes on")
	}
	s.job.tally = s.job.read()
	return nil
}

func (s *deadPlace) stopJob(*App, string) tea.Cmd {
	s.job.stopped = true
	s.job.cancel()
	return nil
}

// leave ends a job with the console. What it has in hand is settled first, for Run waits for it.
func (s *deadPlace) leave() {
	if s.job.runs() {
		s.job.cutShort = true
		s.job.cancel()
	}
}

// parting says what became of a job that leaving cut short; "" when there was none. Everything has ended.
func (s *deadPlace) parting() string {
	j := s.job
	if j == nil || !j.cutShort {
		return ""
	}
	j.tally = j.read()
	if j.tally.Done == uint64(j.total) {
		return ""
	}
	text := "the " + j.verb + " was given up: " + count(int64(j.tally.Done)) + " of " + plural(j.total, "letter") + " " + j.past +
		", the rest is still in " + broker.Plain(j.queue)
	if n := j.tally.Doubled; n > 0 {
		text += "; " + count(int64(n)) + " of these were copied, too"
	}
	return text
}
