package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"carousel/broker"
)

// progressEvery is how often a status line is rewritten.
const progressEvery = 100 * time.Millisecond

// watchEnqueue runs publish while standard error shows how far it is. Count is 0 when nobody knows it.
func (p *program) watchEnqueue(progress *broker.Progress, count int, publish func() error) error {
	return p.watch(func() (text, waiting string) {
		t := progress.Read()
		return progressText(t, count), t.Waiting
	}, publish)
}

// watch runs do while standard error shows how far it is, as read tells: a terminal in a line that is rewritten, anything else
// with a line for each reason to wait.
func (p *program) watch(read func() (text, waiting string), do func() error) error {
	status, told := &statusLine{out: p.Stderr}, ""
	show := func(_, waiting string) {
		if waiting != told && waiting != "" {
			p.say("waiting: " + waiting)
		}
		told = waiting
	}
	if isTerminal(p.Stderr) {
		show = func(text, _ string) { status.show(text) }
		defer func() { status.show("") }()
	}
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				show(read())
			}
		}
	})
	err := do()
	close(done)
	watch.Wait()
	return err
}

func progressText(t broker.Tally, count int) string {
	text := fmt.Sprintf("%d", t.Confirmed)
	if count > 0 {
		text += fmt.Sprintf(" of %d", count)
	}
	text += " confirmed" + troubles(t)
	if t.Waiting != "" {
		text += " · waiting: " + broker.Plain(t.Waiting)
	}
	return text
}

// troubles lists the outcomes that are not wanted, those that happened.
func troubles(t broker.Tally) string {
	text := ""
	for _, o := range []struct {
		n    uint64
		name broker.Outcome
	}{{t.Returned, broker.Returned}, {t.Rejected, broker.Rejected}, {t.Unknown, broker.Unknown}} {
		if o.n > 0 {
			text += fmt.Sprintf(", %d %s", o.n, o.name)
		}
	}
	return text
}

// enqueued is how a batch ended.
type enqueued struct {
	tally   broker.Tally
	took    time.Duration
	stopped bool  // by a signal
	mistake error // a line of standard input that was no task
	err     error // of the broker client
}

// reportEnqueued prints the result and returns it as an exit status.
func (p *program) reportEnqueued(r enqueued, asJSON bool) error {
	var told error
	if asJSON {
		told = json.NewEncoder(p.Stdout).Encode(struct {
			Event     string  `json:"event"`
			Confirmed uint64  `json:"confirmed"`
			Returned  uint64  `json:"returned"`
			Rejected  uint64  `json:"rejected"`
			Unknown   uint64  `json:"unknown"`
			Seconds   float64 `json:"seconds"`
		}{"enqueued", r.tally.Confirmed, r.tally.Returned, r.tally.Rejected, r.tally.Unknown, round(r.took.Seconds())})
	} else {
		_, told = fmt.Fprintf(p.Stdout, "%d confirmed%s in %.2f s (%s)\n", r.tally.Confirmed, troubles(r.tally),
			r.took.Seconds(), perSecond(r.tally.Confirmed, r.took.Seconds()))
	}
	return errors.Join(r.end(), told)
}

// end is the error that says why not everything was confirmed; nil when everything was.
func (r enqueued) end() error {
	var why []error
	if r.stopped {
		why = append(why, errors.New("interrupted; tasks after these were not made"))
	} else if r.err != nil {
		why = append(why, r.err)
	}
	if r.mistake != nil {
		why = append(why, r.mistake)
	}
	if r.tally.Trouble != "" {
		why = append(why, errors.New("not confirmed: "+r.tally.Trouble))
	}
	if r.tally.Unknown > 0 {
		why = append(why, fmt.Errorf("%d tasks may or may not be stored; sending them again may run them twice", r.tally.Unknown))
	}
	unfinished := len(why) > 0 || r.tally.Settled() != r.tally.Confirmed
	switch {
	case r.stopped:
		return &exit{exitInterrupted, errors.Join(why...)}
	case !unfinished:
		return nil
	case r.mistake != nil && r.tally.Sent == 0:
		return &exit{exitUsage, errors.Join(why...)}
	case r.tally.Confirmed == 0:
		return &exit{exitFailed, errors.Join(why...)}
	}
	return &exit{exitPartly, errors.Join(why...)}
}
