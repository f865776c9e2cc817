package lab

import "time"

// ledger is where the time of all workers went.
type ledger struct {
	tasks int           // done
	work  time.Duration // what these took by the workers' speeds
	late  time.Duration // what they took beyond that
	trips time.Duration // from when the worker was free and the task enqueued until it began; redelivered ones left out
	lost  time.Duration // tries that the worker did not live to acknowledge
	rest  time.Duration // idle
}

// ledger is of the time until the given one.
func (r Run) ledger(until time.Duration) ledger {
	var l ledger
	free := make([]time.Duration, len(r.Experiment.Crew)) // since when
	for _, w := range r.Experiment.Crew {
		l.rest += w.lives(until)
	}
	for _, s := range r.Stints {
		ran := s.End - s.Begin
		switch {
		case s.End == 0:
			continue
		case s.Lost:
			l.lost += ran
		default:
			work := r.Experiment.Crew[s.Worker].Takes(r.Experiment.Tasks[s.Task].Work)
			l.tasks++
			l.work += work
			l.late += ran - work
		}
		if !s.Redelivered {
			l.trips += max(0, s.Begin-max(free[s.Worker], r.came(s.Task)))
		}
		free[s.Worker] = s.End
	}
	l.rest -= l.work + l.late + l.trips + l.lost
	return l
}

// each is a part's share of one task.
func (l ledger) each(d time.Duration) time.Duration { return d / time.Duration(max(1, l.tasks)) }
