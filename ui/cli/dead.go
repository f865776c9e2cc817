package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carousel/broker"
)

// deadOptions are the flags that name dead letters.
type deadOptions struct {
	from   string
	cause  string
	origin string
	ids    []string
	older  time.Duration
	limit  int
	json   bool

	removes string // what is about to be done to the letters, as a verb; "": they are only looked at
	confirm string
}

func (p *program) deadCommand() *cobra.Command {
	var o deadOptions
	c := &cobra.Command{
		Use:   "dead",
		Short: "List, replay or discard dead letters",
		Long: `List, replay or discard dead letters: the tasks that failed for good.

They are in the dead-letter queue of the work queue (--queue), which is named after it ("task_queue.dead"), or in any
other queue (--from). The flags --cause, --origin, --id and --older pick some of them; without these it is all of them.

Exit status: 0 done, 3 partly, 1 not at all, 130 interrupted.`,
		Example: `  carousel dead list
  carousel dead replay --cause "no disk" --rate 10
  carousel dead replay --from old.dead --to task_queue --dry-run
  carousel dead discard --older 720h --yes`,
	}
	c.Args = func(_ *cobra.Command, args []string) error { return unknownCommand(c, args) }
	c.RunE = func(*cobra.Command, []string) error {
		return usage("dead wants one of list, replay and discard; see carousel dead --help")
	}
	set := c.PersistentFlags()
	set.StringVar(&o.from, "from", "", "the dead-letter queue's `name`, where it is not named after the work queue")
	set.StringVar(&o.cause, "cause", "", "only letters whose cause holds this `text`, letters' case aside")
	set.StringVar(&o.origin, "origin", "", "only letters that died in the queue of this `name`")
	set.StringArrayVar(&o.ids, "id", nil, "only the letter with this `id`; again for each")
	set.DurationVar(&o.older, "older", 0, "only letters that died at least so long ago (`duration`)")
	c.AddCommand(p.deadListCommand(&o), p.deadReplayCommand(&o), p.deadDiscardCommand(&o))
	return c
}

// check finds the mistakes in the flags.
func (o *deadOptions) check() error {
	switch {
	case o.older < 0:
		return usage("--older must not be negative")
	case o.limit < 0:
		return usage("--limit must not be negative")
	}
	return nil
}

// picky reports whether not all letters are meant.
func (o *deadOptions) picky() bool {
	return o.cause != "" || o.origin != "" || len(o.ids) > 0 || o.older > 0 || o.limit > 0
}

// pick returns the choice that the flags make, for one way through the queue: it counts up to the limit, and calls enough then.
func (o *deadOptions) pick(now time.Time, enough func()) func(*broker.Letter) bool {
	picked, cause := 0, strings.ToLower(o.cause)
	return func(l *broker.Letter) bool {
		switch {
		case o.limit > 0 && picked >= o.limit,
			!strings.Contains(strings.ToLower(l.Cause), cause),
			o.origin != "" && l.Origin != o.origin,
			len(o.ids) > 0 && !slices.Contains(o.ids, l.Task.ID) && !slices.Contains(o.ids, l.Key),
			o.older > 0 && (l.FailedAt.IsZero() || now.Sub(l.FailedAt) < o.older):
			return false
		}
		if picked++; picked == o.limit {
			enough()
		}
		return true
	}
}

// deadQueue is an open backend and the dead-letter queue in it.
type deadQueue struct {
	*backend
	name string
	cost broker.LookCost
	none bool // it does not exist: nothing has died there yet
	at   string
}

// openDead waits for the broker and finds the queue. The caller closes it.
func (p *program) openDead(o *deadOptions) (*deadQueue, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s, err := p.settings()
	if err != nil {
		return nil, err
	}
	if o.removes != "" {
		if err := s.confirmed(o.removes, o.confirm); err != nil {
			return nil, err
		}
	}
	b, err := p.backendFor(s, nil)
	if err != nil {
		return nil, err
	}
	q := &deadQueue{backend: b, name: o.from}
	if q.name == "" {
		q.name = broker.DeadQueue(s.Queue.Name)
	}
	if err := p.findDead(q, o, s); err != nil {
		b.Close()
		if p.stop.Err() != nil {
			err = &exit{exitInterrupted, errors.New("interrupted before anything was done")}
		}
		return nil, err
	}
	return q, nil
}

func (p *program) findDead(q *deadQueue, o *deadOptions, s settings) error {
	if err := connect(p.stop, q, broker.RoleWatch, s.Broker); err != nil {
		return err
	}
	l := linkOf(q, broker.RoleWatch)
	q.at = fmt.Sprintf("%s, vhost %s", l.Address, l.VHost)
	var err error
	if q.cost, err = q.LookCost(p.stop, q.name); err == nil {
		return nil
	}
	switch {
	case broker.KindOf(err) != broker.QueueMissing:
		return err
	case o.from != "":
		return fmt.Errorf("there is no queue %s in vhost %s; name the dead-letter queue as it is, with --from", q.name, l.VHost)
	}
	switch _, work := q.Inspect(p.stop); {
	case broker.KindOf(work) == broker.QueueMissing:
		return fmt.Errorf("there is no queue %s in vhost %s, and no %s; name the work queue with --queue, or the dead-letter queue with --from",
			s.Queue.Name, l.VHost, q.name)
	case work != nil:
		return work
	}
	q.none = true
	p.say("there is no queue " + q.name + ": no task of " + s.Queue.Name + " has failed for good")
	return nil
}

// letters looks at up to limit letters of the queue.
func (q *deadQueue) letters(ctx context.Context, limit int) (broker.Letters, error) {
	if q.none {
		return broker.Letters{Queue: q.name, At: time.Now()}, nil
	}
	return q.Letters(ctx, q.name, limit)
}

// matching looks at up to limit letters and returns those that are meant.
func (p *program) matching(q *deadQueue, o *deadOptions, limit int) (found broker.Letters, picked []broker.Letter, err error) {
	if found, err = q.letters(p.stop, limit); err != nil {
		if p.stop.Err() != nil {
			err = &exit{exitInterrupted, errors.New("interrupted while looking; nothing was changed")}
		}
		return found, nil, err
	}
	pick := o.pick(found.At, func() {})
	for i := range found.Letters {
		if pick(&found.Letters[i]) {
			picked = append(picked, found.Letters[i])
		}
	}
	if found.Cut != "" {
		p.say(found.Cut)
	}
	return found, picked, nil
}

// previewLetters is how many letters a dry run or a question looks at; their bodies are bounded by themselves.
const previewLetters = 100_000
