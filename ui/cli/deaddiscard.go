package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carousel/broker"
)

func (p *program) deadDiscardCommand(o *deadOptions) *cobra.Command {
	var yes, dry bool
	c := &cobra.Command{
		Use:   "discard",
		Short: "Remove dead letters for good",
		Long:  `Remove dead letters for good. On a terminal the queue's name is asked for; a script says --yes.`,
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return p.deadDiscard(o, yes, dry) },
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&dry, "dry-run", false, "only say how many would be removed")
	removalFlags(c, o, "discard")
	return c
}

func (p *program) deadDiscard(o *deadOptions, yes, dry bool) error {
	if !yes && !dry && !(isTerminal(p.Stdin) && isTerminal(p.Stderr)) {
		return usage("dead discard removes letters for good; say --yes, or --dry-run to see how many")
	}
	if !dry {
		o.removes = "discard"
	}
	q, err := p.openDead(o)
	if err != nil {
		return err
	}
	defer q.Close()
	if dry {
		return p.dryRun(q, o, "discard", nil)
	}
	if !yes && !q.none {
		if err := p.confirmDiscard(q, o); err != nil {
			return err
		}
	}
	return p.sweep(q, o, "discarded", func(progress *broker.ReplayProgress) error {
		return q.Discard(p.stop, q.name, o.pick(time.Now(), progress.Enough), progress)
	})
}

// confirmDiscard has the queue's name typed, with the number of letters read just now.
func (p *program) confirmDiscard(q *deadQueue, o *deadOptions) error {
	what := fmt.Sprintf("the %s", counted(q.cost.Depth, "letter"))
	if o.picky() {
		found, picked, err := p.matching(q, o, previewLetters)
		if err != nil {
			return err
		}
		what = fmt.Sprintf("%s of %d", counted(len(picked), "letter"), found.Depth)
	}
	name := broker.Plain(q.name)
	fmt.Fprintf(p.Stderr, "This removes %s in %s (%s) for good.\nType the queue's name to go on: ", what, name, broker.Plain(q.at))
	select {
	case l := <-readLines(p.stop, p.Stdin):
		if strings.TrimSpace(string(l.text)) == q.name || string(l.text) == q.name {
			return nil
		}
		return errors.New("that is not the queue's name; nothing was removed")
	case <-p.stop.Done():
		return &exit{exitInterrupted, errors.New("interrupted; nothing was removed")}
	}
}
