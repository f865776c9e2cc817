package ui

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"carousel/worker"
	"carousel/worker/lab"

	tea "github.com/charmbracelet/bubbletea"
)

// crewSize is a number of workers with their prefetch.
type crewSize struct{ workers, prefetch int }

// whatIf tells what would become of the queue with other workers and another prefetch. What that rests upon is taken anew every
// few seconds; the model reckons in Cmds.
type whatIf struct {
	chosen   crewSize
	now      crewSize // of the pool
	seen     lab.Observed
	silent   string // why nothing can be told; "" when it can
	others   bool   // consumers elsewhere take tasks too
	taken    time.Time
	outlooks map[crewSize]foreseen
	under    bool // a Cmd reckons
}

// foreseen is an outlook with the moment of what it rests upon.
type foreseen struct {
	lab.Outlook
	at time.Time
}

const (
	mixRuns    = 1000             // newest tries that the mix of tasks is drawn from
	rethinkFor = 5 * time.Second  // figures that change faster cannot be compared
	thinkFor   = 10 * time.Second // at most; a crew of thousands takes a second
)

// prefetches are those that one of the arrow keys leads to.
var prefetches = []int{1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000}

func (a *App) openWhatIf(string) tea.Cmd {
	f := &whatIf{outlooks: map[crewSize]foreseen{}}
	f.observe(a.scene)
	f.chosen = f.present()
	a.dialog = f
	return f.think(a)
}

// observe takes anew what the outlooks rest upon.
func (f *whatIf) observe(s *scene) {
	f.seen, f.silent = s.observed()
	f.now, f.others, f.taken = crewSize{s.pool.Target, s.pool.Prefetch}, s.others(), s.now
}

// present is the pool's crew, or one worker where it has none.
func (f *whatIf) present() crewSize { return crewSize{max(1, f.now.workers), max(1, f.now.prefetch)} }

// observed is what a what-if rests upon, or why that is not enough yet.
func (s *scene) observed() (o lab.Observed, silent string) {
	o.Runs = s.worked.newestRuns(mixRuns)
	for i := range s.workers {
		if w := &s.workers[i]; w.HasTask {
			o.InHand = append(o.InHand, max(0, s.now.Sub(w.Started)))
		}
	}
	o.Ready = int(s.queue.Ready.Value)
	arrive, known := s.streaming()
	o.Arrivals, o.Trip = arrive, s.trip()
	switch {
	case len(o.Runs) == 0:
		silent = "No task has finished yet: how long tasks take is not known."
	case !s.queue.Ready.Known():
		silent = "How many tasks wait is not known."
	case stale(s.queue.Ready, s.now):
		silent = "How many tasks wait was counted last " + s.ago(s.queue.Ready.At) + " ago."
	case !known:
		silent = "How many tasks arrive shows in a few seconds."
	}
	return o, silent
}

// streaming is how many tasks come to the workers in a second: those that they finish and those that the queue grows by, where
// that is measured, for what consumers elsewhere take does not come to them; else what the broker counts.
func (s *scene) streaming() (arrive float64, known bool) {
	switch {
	case s.hasPool && s.rates.known && s.rates.settled && s.trending:
		return s.arrivals(), true
	case fresh(s.queue.In, s.now):
		return math.Max(0, s.queue.In.Value), true
	}
	return 0, false
}

// trip is how long a worker that holds one task at a time waits for the next while others wait in the queue: of each of its tasks'
// time that in which it was not busy. 0 where it is not known, for with a greater prefetch it cannot be seen.
func (s *scene) trip() time.Duration {
	end := s.now.Unix()
	low, n := s.depth.lowest(end-int64(paceWindow/time.Second), end)
	backlog := n >= 5 && low > int64(s.pool.Size)
	if !backlog || !s.rates.settled || !s.rates.eachKnown || s.pool.Prefetch != 1 || s.pool.State != worker.PoolRunning {
		return 0
	}
	return seconds((1 - s.rates.busy) / s.rates.each)
}

// newestRuns are how long the tries were in a handler that ended last, at most n.
func (s *taskStore) newestRuns(n int) []time.Duration {
	var runs []time.Duration
	for e := s.ended.newest; e != nil && len(runs) < n; e = e.older {
		for i := len(e.tries) - 1; i >= 0 && len(runs) < n; i-- {
			switch t := &e.tries[i]; t.state {
			case taskDone, taskRetrying, taskFailed:
				runs = append(runs, t.run)
			}
		}
	}
	return runs
}

// whatIfRow is a crew with what is remarkable about it.
type whatIfRow struct {
	crewSize
	note string
}

// rows are the chosen crew among some that are worth comparing, by their size.
func (f *whatIf) rows() (rows []whatIfRow) {
	add := func(workers, prefetch int, note string) {
		c := crewSize{max(1, workers), prefetch}
		if c.workers <= worker.MaxWorkers && !slices.ContainsFunc(rows, func(r whatIfRow) bool { return r.crewSize == c }) {
			rows = append(rows, whatIfRow{c, note})
		}
	}
	now := f.present()
	if f.now.workers > 0 {
		add(now.workers, now.prefetch, "now")
	}
	if f.seen.Arrivals > 0 {
		add(f.seen.Fewest(now.prefetch), now.prefetch, "just holds")
		add(int(math.Ceil(spare*f.seen.Load(now.prefetch))), now.prefetch, "25 % spare")
	}
	add(now.workers/2, now.prefetch, "half")
	add(now.workers+1, now.prefetch, "one more")
	add(2*now.workers, now.prefetch, "twice")
	add(now.workers, 1, "")
	add(now.workers, 10, "")
	add(f.chosen.workers, f.chosen.prefetch, "")
	slices.SortFunc(rows, func(a, b whatIfRow) int {
		return cmp.Or(a.workers-b.workers, a.prefetch-b.prefetch)
	})
	return rows
}

// think orders an outlook that the rows miss, that of the chosen crew first. One is reckoned at a time; the next follows it.
func (f *whatIf) think(a *App) tea.Cmd {
	missing := func(c crewSize) bool { return !f.outlooks[c].at.Equal(f.taken) }
	next, rows := f.chosen, f.rows()
	if !missing(next) {
		at := slices.IndexFunc(rows, func(r whatIfRow) bool { return missing(r.crewSize) })
		if at < 0 {
			return nil
		}
		next = rows[at].crewSize
	}
	if f.under || f.silent != "" {
		return nil
	}
	f.under = true
	seen, at := f.seen, f.taken
	return a.crew.asks(thinkFor, func(ctx context.Context) tea.Msg {
		l, err := seen.Outlook(ctx, next.workers, next.prefetch)
		return foreseenMsg{f, foreseen{l, at}, err}
	})
}

// foreseenMsg brings an outlook, or why there is none.
type foreseenMsg struct {
	of *whatIf
	foreseen
	err error
}

func (m foreseenMsg) tell(a *App) tea.Cmd {
	f := m.of
	f.under = false
	switch {
	case a.dialog != f:
		return nil
	case m.err != nil:
		f.silent = "The model did not come to an end in " + span(thinkFor) + "; it is asked again."
		return nil
	}
	f.outlooks[crewSize{m.Workers, m.Prefetch}] = m.foreseen
	return f.think(a)
}

// rethink keeps an open what-if up to date.
func (a *App) rethink() tea.Cmd {
	f, open := a.dialog.(*whatIf)
	if !open || f.under {
		return nil
	}
	pause := rethinkFor
	if f.silent != "" {
		pause = time.Second
	}
	if a.scene.now.Sub(f.taken).Abs() < pause {
		return nil
	}
	f.observe(a.scene)
	return f.think(a)
}
