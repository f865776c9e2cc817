package lab

import (
	"cmp"
	"slices"
	"time"
)

// bound is a lower bound on when tasks can be done, whoever shares them out: no task ends before its arrival and its time on the
// fastest worker; and what comes from any moment on cannot end before the crew, all at full speed from then, has done so much
// work. With all tasks there from the start and equal speeds that is worker.MakespanBound.
func bound(tasks []Task, crew []Worker) time.Duration {
	if len(tasks) == 0 || len(crew) == 0 {
		return 0
	}
	fastest := slices.MaxFunc(crew, func(a, b Worker) int { return cmp.Compare(a.Speed, b.Speed) })
	tasks = slices.Clone(tasks)
	slices.SortFunc(tasks, func(a, b Task) int { return cmp.Compare(b.At, a.At) })
	could := newCapacity(crew)
	var least, work time.Duration // work that comes from a moment on
	for i, t := range tasks {
		least = max(least, t.At+fastest.Takes(t.Work))
		work += t.Work
		if i+1 == len(tasks) || tasks[i+1].At < t.At {
			least = max(least, could.finish(t.At, work))
		}
	}
	return least
}

// capacity is the speed of a crew together as its members die.
type capacity []stretch

// stretch is a time of constant speed.
type stretch struct {
	until time.Duration
	speed float64
}

// forever is when the last stretch ends.
const forever = time.Duration(1<<63 - 1)

func newCapacity(crew []Worker) capacity {
	var ends []time.Duration
	for _, w := range crew {
		if w.Dies > 0 {
			ends = append(ends, w.Dies)
		}
	}
	ends = append(ends, forever)
	slices.Sort(ends)
	var c capacity
	for _, until := range slices.Compact(ends) {
		s := stretch{until: until}
		for _, w := range crew {
			if w.Dies == 0 || w.Dies >= until {
				s.speed += w.Speed
			}
		}
		c = append(c, s)
	}
	return c
}

// finish is when so much work can be done that begins at a time. Where too little of the crew lives that long it is when the last
// one dies: what was done was done before.
func (c capacity) finish(from, work time.Duration) time.Duration {
	for _, s := range c {
		if s.until <= from {
			continue
		}
		if s.speed == 0 {
			return from
		}
		end := from + time.Duration(float64(work)/s.speed)
		if end <= s.until {
			return end
		}
		work -= time.Duration(s.speed * float64(s.until-from))
		from = s.until
	}
	return from
}
