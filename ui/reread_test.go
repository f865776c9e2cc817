package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

// slowAdmin answers nothing until its question is given up.
type slowAdmin struct {
	*fakeAdmin
	given chan string // what was given up
}

func (f slowAdmin) Queues(ctx context.Context, q broker.QueueQuery) (broker.QueuePage, error) {
	<-ctx.Done()
	f.given <- fmt.Sprint(q.Page, q.Sort)
	return broker.QueuePage{}, ctx.Err()
}

// What is being read can be given up: by esc, for what is shown; by another wish; and by leaving the screen.
func TestReadingIsGivenUp(t *testing.T) {
	f := manyQueues(120)
	a := newAdminApp(t, 100, 30, f)
	press(a, "4")
	slow := slowAdmin{f, make(chan string, 1)}
	a.o.Admin = slow
	order := func(key string) {
		t.Helper()
		_, cmd := a.Update(keyOf(key))
		if cmd == nil {
			t.Fatalf("%s asks for nothing", key)
		}
		go cmd() // ends when it is given up
	}
	given := func(want string) {
		t.Helper()
		select {
		case got := <-slow.given:
			if got != want {
				t.Errorf("gave up %s, want %s", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s was not given up", want)
		}
	}
	order("o")
	a.take(a.sampler.look(start.Add(4 * time.Second)))
	if a.draw(); !strings.Contains(a.View(), "reading … 4 s") {
		t.Error(a.View())
	}
	a.Update(keyOf("esc"))
	given("1ready")
	if s := queuesOf(a); s.query != s.got || s.sortedBy() != "name" || a.here() != place(s) || len(s.table.rows) != 50 {
		t.Errorf("after esc: %+v by %s", s.query, s.sortedBy())
	}
	order("n")
	a.Update(keyOf("1"))
	a.take(a.sampler.look(start.Add(5 * time.Second)))
	given("2name")
	order("4")
	if _, cmd := a.Update(keyOf("n")); cmd != nil {
		t.Error("a second wish asks at once")
	}
	given("2name")
}

// The longer an answer takes, the more seldom it is asked for.
func TestSlowAnswersAreAskedForSeldom(t *testing.T) {
	for _, c := range []struct {
		took  time.Duration
		err   error
		pause time.Duration
	}{
		{10 * time.Millisecond, nil, rereadPause},
		{800 * time.Millisecond, nil, 8 * time.Second},
		{9 * time.Second, nil, rereadLongest},
		{30 * time.Second, errors.New("no answer"), rereadAfresh},
	} {
		r := reread{asked: start}
		now := start.Add(c.took)
		r.answered(now, c.err)
		if got := r.next.Sub(now); got != c.pause {
			t.Errorf("%v, %v: asked again after %v, want %v", c.took, c.err, got, c.pause)
		}
	}
}
