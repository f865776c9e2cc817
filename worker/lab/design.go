package lab

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Design is what a study is made from, as a person writes it. The zero values of its numbers are those that are usual.
type Design struct {
	Workload   string        // as ParseWorkload reads it
	Tasks      int           // how many; 0: all of a trace
	Mean       time.Duration // of a task, see Workload.Tasks
	Crew       string        // as ParseCrew reads it
	Strategies string        // as ParseStrategies reads them
	Load       float64       // see Workload.Arrivals
	Long       time.Duration // see Experiment
	Seed       uint64
}

// UsualDesign shows in a few seconds what the strategies differ in: a backlog of image jobs, and a crew with a slow worker.
func UsualDesign() Design {
	return Design{Workload: "image", Tasks: 240, Crew: "7,1x0.25", Strategies: "all", Seed: 1}
}

// DesignError is a mistake in one field of a Design.
type DesignError struct {
	Field string // as the struct names it
	Err   error  // in words for a person
}

func (e *DesignError) Error() string { return e.Field + ": " + e.Err.Error() }
func (e *DesignError) Unwrap() error { return e.Err }

// The bounds of a design's numbers.
const (
	mostMean = time.Hour
	mostLoad = 10.0
	mostWork = 365 * 24 * time.Hour // that all tasks take on the slowest worker
)

// Study draws the tasks. It reads the file of a trace. Its errors are *DesignError.
func (d Design) Study() (Study, error) {
	w, err := ParseWorkload(d.Workload)
	if err != nil {
		return Study{}, &DesignError{"Workload", err}
	}
	crew, err := ParseCrew(d.Crew)
	if err != nil {
		return Study{}, &DesignError{"Crew", err}
	}
	strategies, err := ParseStrategies(d.Strategies)
	if err != nil {
		return Study{}, &DesignError{"Strategies", err}
	}
	if err := d.check(w.Traced()); err != nil {
		return Study{}, err
	}
	s := Study{Workload: w.String(), Seed: d.Seed, Crew: crew, Strategies: strategies, Long: d.Long,
		Tasks: w.Arrivals(w.Tasks(d.Tasks, d.Seed, d.Mean), crew, d.Load, d.Seed)}
	slowest := slices.MinFunc(crew, func(a, b Worker) int { return cmp.Compare(a.Speed, b.Speed) })
	var work float64 // seconds, of which there may be too many for a Duration
	for _, t := range s.Tasks {
		work += t.Work.Seconds() / slowest.Speed
	}
	if work > mostWork.Seconds() {
		return Study{}, &DesignError{"Tasks", errors.New("they would take more than a year; ask for fewer or shorter ones")}
	}
	return s, nil
}

// check finds numbers that are out of range.
func (d *Design) check(traced bool) error {
	least := 1
	if traced {
		least = 0
	}
	switch {
	case d.Tasks < least || d.Tasks > MaxTasks:
		return &DesignError{"Tasks", fmt.Errorf("a whole number from %d to %d", least, MaxTasks)}
	case d.Mean < 0 || d.Mean > mostMean:
		return &DesignError{"Mean", errors.New("a time from 0 to 1h")}
	case d.Mean > 0 && traced:
		return &DesignError{"Mean", errors.New("the tasks of a trace have their own times; write trace:FILE,SPEED")}
	case d.Long < 0:
		return &DesignError{"Long", errors.New("a time, not less than 0")}
	case !(d.Load >= 0 && d.Load <= mostLoad): // the negation catches NaN
		return &DesignError{"Load", errors.New("a number from 0 to 10; 1 is all that the crew can do")}
	}
	return nil
}
