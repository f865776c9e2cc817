package broker

import (
	"fmt"
	"testing"
	"time"
)

func TestTasksThatAreAway(t *testing.T) {
	s := newSides("q", nil)
	now := time.Now()
	s.scheduled("a", now, time.Second)
	s.scheduled("b", now, time.Minute)
	want := func(step string, at time.Duration, until, next time.Duration) {
		t.Helper()
		w := s.schedule(now.Add(at))
		for _, c := range []struct {
			what string
			got  time.Time
			want time.Duration
		}{{"until", w.Until, until}, {"next", w.Next, next}} {
			if c.want == 0 && !c.got.IsZero() || c.want != 0 && !c.got.Equal(now.Add(c.want)) {
				t.Errorf("%s: %s in %v, want %v", step, c.what, c.got.Sub(now), c.want)
			}
		}
	}
	want("both away", 0, time.Minute+unseenFor, time.Second)
	want("the first is overdue", 2*time.Second, time.Minute+unseenFor, time.Minute)
	s.back("b")
	want("the second came", 2*time.Second, time.Second+unseenFor, 0)
	want("nobody saw the first", time.Second+unseenFor, 0, 0)
	if len(s.away.due) != 0 {
		t.Errorf("still followed: %v", s.away.due)
	}
}

func TestFollowedTasksAreBounded(t *testing.T) {
	s := newSides("q", nil)
	now := time.Now()
	for i := range maxAway + 100 {
		s.scheduled(fmt.Sprint(i), now, time.Duration(i)*time.Second)
	}
	if len(s.away.due) != maxAway {
		t.Errorf("%d followed", len(s.away.due))
	}
	if w := s.schedule(now); !w.Until.Equal(now.Add((maxAway+99)*time.Second + unseenFor)) {
		t.Errorf("back in %v", w.Until.Sub(now))
	}
}

func TestMovingTasksAreCountedWhileTheFigureIsFresh(t *testing.T) {
	s := newSides("q", nil)
	now := time.Now()
	count := func(n float64) num { return num{n, true} }
	s.meet([]queueAnswer{
		{Name: text{raw: "q.retry.50", known: true}, Messages: count(9), Ready: count(2), Unacked: count(1)},
		{Name: text{raw: "q.retry.60", known: true}, Messages: count(5), Ready: count(5)},
		{Name: text{raw: "q.retry.70", known: true}}, // a queue that is too young for figures
	}, now)
	if w := s.schedule(now); w.Tasks != 6 {
		t.Errorf("%d on their way", w.Tasks)
	}
	if w := s.schedule(now.Add(movingFor)); w.Tasks != 0 {
		t.Errorf("%d on their way, by an old figure", w.Tasks)
	}
	if names := s.names(); len(names) != 4 { // and the dead-letter queue
		t.Errorf("known: %q", names)
	}
}
