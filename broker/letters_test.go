package broker

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// However often one looks, the letters stay, in their order.
func TestLooksLeaveEverything(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "task_queue.dead")
		g.bury("task_queue.dead", "task_queue", 12)
		ctx := within(t, patience)
		cost, err := g.c.LookCost(ctx, "task_queue.dead")
		must(t, err)
		if cost.Depth != 12 || cost.Type != g.kind || cost.Limit != g.limit() || cost.Text == "" || cost.Bar != "" {
			t.Errorf("cost %+v", cost)
		}
		for range 3 {
			got, err := g.c.Letters(ctx, "task_queue.dead", 0)
			must(t, err)
			if ids := idsOfLetters(got.Letters); ids != numbers(1, 12) || got.Depth != 12 || got.Cut != "" {
				t.Errorf("letters %s of %d, %q", ids, got.Depth, got.Cut)
			}
			first := got.Letters[0]
			if first.Origin != "task_queue" || first.Cause != "disk" || first.Tries != 3 || time.Since(first.FailedAt) > time.Hour ||
				string(first.Task.Body) != "body 1" || first.Replayed != 0 {
				t.Errorf("the first one is %+v", first)
			}
		}
		if ready := g.ready("task_queue.dead"); ready != 12 {
			t.Errorf("%d are ready at once", ready)
		}
		part, err := g.c.Letters(ctx, "task_queue.dead", 5)
		must(t, err)
		if ids := idsOfLetters(part.Letters); ids != numbers(1, 5) || part.Depth != 12 || part.Cut != "These are the oldest 5 of 12 letters." {
			t.Errorf("letters %s of %d, %q", ids, part.Depth, part.Cut)
		}
		if _, err := g.c.LookCost(ctx, "nowhere"); KindOf(err) != QueueMissing {
			t.Errorf("a missing queue: %v", err)
		}
		if _, err := g.c.Letters(ctx, "nowhere", 0); KindOf(err) != QueueMissing {
			t.Errorf("a missing queue: %v", err)
		}
	})
}

func TestReplaySendsThePickedToTheirOrigin(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "task_queue.dead", "task_queue", "other")
		g.bury("task_queue.dead", "task_queue", 9)
		g.bury("task_queue.dead", "other", 3)
		ctx := within(t, patience)
		var p ReplayProgress
		must(t, g.c.Replay(ctx, Replay{Queue: "task_queue.dead", Pick: byCause("disk")}, &p))
		if got := p.Read(); got != (ReplayTally{Looked: 12, Picked: 8, Done: 8}) {
			t.Errorf("tally %+v", got)
		}
		back := g.drain("task_queue")
		if ids := idsOf(back); ids != "1 2 4 5 7 8" {
			t.Errorf("replayed %s", ids)
		}
		task := taskOf(&back[0])
		if task.Attempt != 1 || task.Failed != nil || !task.Made || string(task.Body) != "body 1" || fmt.Sprint(task.Headers[HeaderReplayed]) != "1" {
			t.Errorf("the copy is %+v", task)
		}
		if ids := idsOf(g.drain("other")); ids != "1 2" {
			t.Errorf("the other origin has %s", ids)
		}
		must(t, g.c.Replay(ctx, Replay{Queue: "task_queue.dead", To: "other", Edit: func(t Task) Task {
			t.Body = append([]byte("edited "), t.Body...)
			return t
		}}, nil))
		edited := g.drain("other")
		if ids := idsOf(edited); ids != "3 6 9 3" || string(edited[0].Body) != "edited body 3" {
			t.Errorf("replayed %s, the first %q", ids, edited[0].Body)
		}
	})
}

// What stays keeps its order, whatever the reason is, and the next look tells who came back.
func TestLettersThatStay(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "graves", "full")
		g.bury("graves", "deleted", 2)
		g.put("graves", amqp.Publishing{MessageId: "3", Body: []byte("no origin")},
			amqp.Publishing{MessageId: "4", Headers: amqp.Table{HeaderOrigin: strings.Repeat("x", 300)}},
			amqp.Publishing{MessageId: "5", Headers: amqp.Table{HeaderOrigin: "graves"}},
			amqp.Publishing{MessageId: "6", Headers: amqp.Table{HeaderOrigin: "full", HeaderReplayed: int32(2)}})
		ctx := within(t, patience)
		var p ReplayProgress
		must(t, g.c.Replay(ctx, Replay{Queue: "graves"}, &p))
		got := p.Read()
		if got.Trouble = ""; got != (ReplayTally{Looked: 6, Picked: 6, Done: 1, Failed: 5}) {
			t.Errorf("tally %+v", got)
		}
		left, err := g.c.Letters(ctx, "graves", 0)
		must(t, err)
		if ids := idsOfLetters(left.Letters); ids != numbers(1, 5) {
			t.Errorf("left are %s", ids)
		}
		if again := g.drain("full"); len(again) != 1 || letterOf(&again[0]).Replayed != 3 {
			t.Errorf("replayed %+v", again)
		}
		var one ReplayProgress
		must(t, g.c.Replay(ctx, Replay{Queue: "graves", Pick: func(l *Letter) bool { return l.Task.ID == "2" }}, &one))
		if got := one.Read(); got.Failed != 1 || !strings.Contains(got.Trouble, "letter 2 stays: no queue took it") {
			t.Errorf("tally %+v", got)
		}
		for _, bad := range []Replay{{Queue: "graves", To: "graves"}, {Queue: ""}, {Queue: "graves", Rate: -1}, {Queue: "graves", To: strings.Repeat("q", 256)}} {
			if err := g.c.Replay(ctx, bad, nil); KindOf(err) != Invalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		for _, bad := range []Replay{{Queue: "graves", To: "nowhere"}, {Queue: "nowhere"}} {
			if err := g.c.Replay(ctx, bad, nil); KindOf(err) != QueueMissing {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

func TestDiscardRemovesThePicked(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "graves")
		g.bury("graves", "task_queue", 9)
		ctx := within(t, patience)
		var p ReplayProgress
		must(t, g.c.Discard(ctx, "graves", byCause("disk"), &p))
		if got := p.Read(); got != (ReplayTally{Looked: 9, Picked: 6, Done: 6}) {
			t.Errorf("tally %+v", got)
		}
		if left, err := g.c.Letters(ctx, "graves", 0); err != nil || idsOfLetters(left.Letters) != "3 6 9" {
			t.Errorf("left are %s, %v", idsOfLetters(left.Letters), err)
		}
		must(t, g.c.Discard(ctx, "graves", nil, nil))
		if n := g.ready("graves"); n != 0 {
			t.Errorf("%d are left", n)
		}
		if err := g.c.Discard(ctx, "nowhere", nil, nil); KindOf(err) != QueueMissing {
			t.Errorf("a missing queue: %v", err)
		}
	})
}

// A letter that fails again at once, and comes back before the replay is over, is not sent again by it: not at the end of the
// queue, and not at its head.
func TestReplayDoesNotGoRound(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		args := amqp.Table{}
		if g.kind == "classic" {
			args["x-max-priority"] = int32(5)
		}
		g.declare(args, "graves")
		// An expiry of 0 sends each straight back.
		g.declare(amqp.Table{"x-message-ttl": int32(0), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "graves"}, "hopeless")
		for i := range 5 {
			g.put("graves", amqp.Publishing{MessageId: fmt.Sprint(i), Headers: amqp.Table{HeaderOrigin: "hopeless"}, Priority: uint8(i)})
		}
		ctx := within(t, patience)
		var p ReplayProgress
		must(t, g.c.Replay(ctx, Replay{Queue: "graves", Rate: 20}, &p)) // slow enough for each to come back
		if got := p.Read(); got.Picked > 5 || got.Done != got.Picked || got.Looked > 5 {
			t.Errorf("tally %+v", got)
		}
		eventually(t, "all of them", func() bool { return g.ready("graves") == 5 })
		for _, d := range g.drain("graves") {
			if l := letterOf(&d); l.Replayed > 1 {
				t.Errorf("letter %s was replayed %d times", l.Task.ID, l.Replayed)
			}
		}
	})
}

// A paused replay takes nothing, gives back what it held after a while, and goes on where it was.
func TestReplayPauses(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "graves", "task_queue")
		g.bury("graves", "task_queue", 9)
		var p ReplayProgress
		var picked []string
		w := g.c.replayer(Replay{Queue: "graves", Pick: func(l *Letter) bool {
			picked = append(picked, l.Task.ID)
			if l.Task.ID == "4" {
				p.Pause()
			}
			return l.Cause == "disk"
		}}, &p)
		w.turn = 50 * time.Millisecond
		ended := make(chan error, 1)
		go func() { ended <- w.run(within(t, patience)) }()
		eventually(t, "the pause, and then the letters that were held", func() bool { return p.Read().Paused && g.ready("graves") == 6 })
		if got := p.Read(); !got.Paused || got.Done != 3 || got.Looked != 4 {
			t.Errorf("tally %+v", got)
		}
		p.Resume()
		must(t, <-ended)
		if got := p.Read(); got != (ReplayTally{Looked: 9, Picked: 6, Done: 6}) || strings.Join(picked, " ") != numbers(1, 9) {
			t.Errorf("tally %+v, asked for %v", got, picked)
		}
		if ids := idsOf(g.drain("graves")); ids != "3 6 9" {
			t.Errorf("left are %s", ids)
		}
	})
}

// The end of ctx ends a replay in good order: what was sent is settled, the rest stays.
func TestReplayEndsWithItsContext(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "graves", "task_queue")
		g.bury("graves", "task_queue", 50)
		ctx, cancel := context.WithCancel(within(t, patience))
		var p ReplayProgress
		n := 0
		err := g.c.Replay(ctx, Replay{Queue: "graves", Pick: func(*Letter) bool {
			if n++; n == 20 {
				cancel()
			}
			return n%2 == 1
		}}, &p)
		got := p.Read()
		if err != context.Canceled || got.Done != 10 || got.Failed+got.Doubled != 0 {
			t.Errorf("ended with %v, tally %+v", err, got)
		}
		want := numbers(21, 50) + " 2 4 6 8 10 12 14 16 18 20" // a quorum queue has no other way of keeping these in a row
		if g.kind == "classic" || g.limit() > 0 {
			want = "2 4 6 8 10 12 14 16 18 20 " + numbers(21, 50)
		}
		if sent, left := len(g.drain("task_queue")), idsOf(g.drain("graves")); sent != 10 || left != want {
			t.Errorf("%d sent, left %s", sent, left)
		}
	})
}

// A Pick that has enough ends the replay, or the discard; nothing behind it is touched, and what was passed over stays first.
func TestEnough(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "graves", "task_queue")
		g.bury("graves", "task_queue", 9)
		ctx := within(t, patience)
		for _, id := range []string{"3", "5"} {
			var p ReplayProgress
			pick := func(l *Letter) bool {
				if l.Task.ID == id {
					p.Enough()
				}
				return l.Task.ID == id
			}
			var err error
			if id == "3" {
				err = g.c.Replay(ctx, Replay{Queue: "graves", Pick: pick}, &p)
			} else {
				err = g.c.Discard(ctx, "graves", pick, &p)
			}
			if got := p.Read(); err != nil || got.Done != 1 || got.Looked > 4 {
				t.Errorf("%v, %+v", err, got)
			}
		}
		if sent, left := idsOf(g.drain("task_queue")), idsOf(g.drain("graves")); sent != "3" || left != "1 2 4 6 7 8 9" {
			t.Errorf("sent %s, left %s", sent, left)
		}
	})
}
