package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carousel/broker"
)

// replayOptions are the flags of dead replay.
type replayOptions struct {
	to   string
	rate float64
	dry  bool
}

func (p *program) deadReplayCommand(o *deadOptions) *cobra.Command {
	var r replayOptions
	c := &cobra.Command{
		Use:   "replay",
		Short: "Send dead letters back to the queues they died in",
		Long: `Send dead letters back to the queues they died in, or to another one (--to).

Each is removed here once the broker has confirmed its copy there, so that none is lost whatever is interrupted; running
it again goes on with the rest. A copy has all its tries before it, and counts how often it was replayed.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return p.deadReplay(o, r) },
	}
	c.Flags().StringVar(&r.to, "to", "", "send all to the queue of this `name`")
	c.Flags().Float64Var(&r.rate, "rate", 0, "letters a second (`number`); 0 is as fast as the broker confirms")
	c.Flags().BoolVar(&r.dry, "dry-run", false, "only say what would be sent where")
	removalFlags(c, o, "replay")
	return c
}

// removalFlags are those of both commands that take letters out of the queue.
func removalFlags(c *cobra.Command, o *deadOptions, verb string) {
	confirmFlag(c, &o.confirm)
	c.Flags().IntVar(&o.limit, "limit", 0, verb+" so many letters at most, the oldest (`number`); 0 is all")
	c.Flags().BoolVar(&o.json, "json", false, "print the result as JSON")
}

func (p *program) deadReplay(o *deadOptions, r replayOptions) error {
	if math.IsNaN(r.rate) || math.IsInf(r.rate, 0) || r.rate < 0 {
		return usage("--rate must be 0 or more letters a second")
	}
	if !r.dry {
		o.removes = "replay"
	}
	q, err := p.openDead(o)
	if err != nil {
		return err
	}
	defer q.Close()
	if r.dry {
		return p.dryRun(q, o, "replay", func(l *broker.Letter) string { return cmp.Or(r.to, l.Origin) })
	}
	return p.sweep(q, o, "replayed", func(progress *broker.ReplayProgress) error {
		replay := broker.Replay{Queue: q.name, Pick: o.pick(time.Now(), progress.Enough), To: r.to, Rate: r.rate}
		return q.Replay(p.stop, replay, progress)
	})
}

// dryRun says what would be done with the letters.
func (p *program) dryRun(q *deadQueue, o *deadOptions, verb string, target func(*broker.Letter) string) error {
	found, picked, err := p.matching(q, o, previewLetters)
	if err != nil {
		return err
	}
	targets := map[string]int{}
	for i := range picked {
		if target != nil {
			targets[target(&picked[i])]++
		}
	}
	if o.json {
		return json.NewEncoder(p.Stdout).Encode(struct {
			Event   string         `json:"event"`
			Would   string         `json:"would"`
			Letters int            `json:"letters"`
			Looked  int            `json:"looked"`
			To      map[string]int `json:"to,omitempty"` // "": not known
		}{"dry-run", verb, len(picked), len(found.Letters), targets})
	}
	text := fmt.Sprintf("would %s %s of %d in %s", verb, counted(len(picked), "letter"), found.Depth, broker.Plain(q.name))
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(targets)) {
		if name == "" {
			parts = append(parts, fmt.Sprintf("%d cannot be, without --to: they do not say where they died", targets[name]))
		} else {
			parts = append(parts, fmt.Sprintf("%d to %s", targets[name], broker.Plain(name)))
		}
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	_, err = fmt.Fprintln(p.Stdout, text)
	return err
}

// sweep runs a replay or a discard, shows how far it is, and reports.
func (p *program) sweep(q *deadQueue, o *deadOptions, verb string, run func(*broker.ReplayProgress) error) error {
	var progress broker.ReplayProgress
	start := time.Now()
	var err error
	if !q.none {
		err = p.watch(func() (text, waiting string) {
			t := progress.Read()
			return sweepText(t, verb, q.cost.Depth), t.Waiting
		}, func() error { return run(&progress) })
	}
	return p.reportSwept(swept{verb: verb, tally: progress.Read(), took: time.Since(start), err: err, stopped: p.stop.Err() != nil}, o.json)
}

func sweepText(t broker.ReplayTally, verb string, depth int) string {
	text := fmt.Sprintf("%d %s%s · %d of %d looked at", t.Done, verb, stays(t), t.Looked, max(depth, int(t.Looked)))
	if t.Waiting != "" {
		text += " · waiting: " + broker.Plain(t.Waiting)
	}
	return text
}

func stays(t broker.ReplayTally) (text string) {
	if t.Doubled > 0 {
		text += fmt.Sprintf(", %d perhaps there twice", t.Doubled)
	}
	if t.Failed > 0 {
		text += fmt.Sprintf(", %d stay", t.Failed)
	}
	return text
}

// swept is how a replay or a discard ended.
type swept struct {
	verb    string // "replayed" or "discarded"
	tally   broker.ReplayTally
	took    time.Duration
	stopped bool // by a signal
	err     error
}

// reportSwept prints the result and returns it as an exit status.
func (p *program) reportSwept(r swept, asJSON bool) error {
	var told error
	if asJSON {
		told = json.NewEncoder(p.Stdout).Encode(struct {
			Event   string  `json:"event"`
			Done    uint64  `json:"done"`
			Doubled uint64  `json:"doubled"`
			Failed  uint64  `json:"failed"`
			Looked  uint64  `json:"looked"`
			Seconds float64 `json:"seconds"`
		}{r.verb, r.tally.Done, r.tally.Doubled, r.tally.Failed, r.tally.Looked, round(r.took.Seconds())})
	} else {
		_, told = fmt.Fprintf(p.Stdout, "%d %s%s, %d looked at in %.2f s (%s)\n", r.tally.Done, r.verb, stays(r.tally), r.tally.Looked,
			r.took.Seconds(), perSecond(r.tally.Done, r.took.Seconds()))
	}
	return errors.Join(r.end(), told)
}

// end is the error that says why not all that was picked is done; nil when it is.
func (r swept) end() error {
	var why []error
	if r.stopped {
		why = append(why, errors.New("interrupted; the letters after these were left alone"))
	} else if r.err != nil {
		why = append(why, r.err)
	}
	if r.tally.Trouble != "" {
		why = append(why, errors.New(r.tally.Trouble))
	}
	if r.tally.Doubled > 0 {
		why = append(why, fmt.Errorf("letters that were sent, and may still be in the dead-letter queue as well: %d", r.tally.Doubled))
	}
	switch {
	case r.stopped:
		return &exit{exitInterrupted, errors.Join(why...)}
	case len(why) == 0 && r.tally.Failed == 0:
		return nil
	case r.tally.Done+r.tally.Doubled == 0:
		return &exit{exitFailed, errors.Join(why...)}
	}
	return &exit{exitPartly, errors.Join(why...)}
}
