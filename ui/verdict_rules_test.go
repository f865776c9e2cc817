package ui

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"
)

// watchOnly makes a scene one without a pool.
func watchOnly(s *scene) { s.hasPool, s.pool, s.workers = false, worker.Status{}, nil }

// hoarding lets two of eight workers hold what six idle for.
func hoarding(s *scene) {
	s.queue.Ready.Value, s.queue.Unacked.Value, s.pool.InHand, s.pool.Prefetch = 0, 20, 2, 10
	for i := range s.workers[2:] {
		s.workers[i+2] = worker.WorkerStatus{ID: i + 3, State: worker.StateIdle, Since: start.Add(-4 * time.Second)}
	}
	s.symptoms.hoarded = start.Add(-5 * time.Second)
}

// returning lets task 7 come back a number of times.
func returning(s *scene, times int) {
	for i := range times {
		e := worker.Event{At: start.Add(-time.Duration(times-i) * time.Second), Kind: worker.TaskStarted, Task: task(7)}
		e.Task.Redelivered = true
		s.symptoms.returns.apply([]worker.Event{e, {Kind: worker.TaskRetried, Task: e.Task, Err: "no such file"}})
	}
}

// ruleCases are more scenes like verdictCases.
var ruleCases = []struct {
	name  string
	set   func(*scene)
	level level
	short string
	text  string
}{
	{"no majority, and what follows from it", func(s *scene) {
		s.queue.Replicas = known(broker.Replicas{Members: []string{"a", "b", "c"}, Online: []string{"b"}}, start)
		s.links[1].Status, s.links[1].Err = broker.LinkConnecting, goneFault
	}, levelAlarm, "no majority",
		"No majority: a, c are not online, of the 3 nodes that hold the queue; nothing goes in or out until one of them is back."},
	{"half is no majority", func(s *scene) {
		s.queue.Replicas = known(broker.Replicas{Members: []string{"a", "b"}, Online: []string{"b"}}, start)
	}, levelAlarm, "no majority",
		"No majority: a is not online, of the 2 nodes that hold the queue; nothing goes in or out until one of them is back."},
	{"a majority", func(s *scene) {
		s.queue.Replicas = known(broker.Replicas{Members: []string{"a", "b", "c"}, Online: []string{"b", "c"}}, start)
	}, levelNote, "watching", "1 284 tasks wait. Where that goes shows in a few seconds."},
	{"no majority, as was told long ago", func(s *scene) {
		s.queue.Replicas = known(broker.Replicas{Members: []string{"a", "b", "c"}, Online: []string{"b"}}, start.Add(-time.Minute))
	}, levelNote, "watching", "1 284 tasks wait. Where that goes shows in a few seconds."},
	{"closed", func(s *scene) { s.links[2].Status = broker.LinkClosed }, levelNote, "closed", "The connections are closed."},
	{"down before closed", func(s *scene) {
		s.links[2].Status, s.links[1].Status, s.links[1].Err, s.links[1].Since = broker.LinkClosed, broker.LinkConnecting, goneFault, start
	}, levelAlarm, "link down", "The work link is down for 0 s: cannot reach localhost:5672: connection refused · trying now."},
	{"no right", func(s *scene) {
		s.queue.AMQP.Err = &broker.Fault{Kind: broker.NoRight, What: "user guest may not read queue task_queue", Do: "give it the right"}
	}, levelAlarm, "no right", "User guest may not read queue task_queue; give it the right."},
	{"the pool drains", func(s *scene) { s.pool.State = worker.PoolDraining }, levelNote, "draining",
		"Draining: no more tasks are taken, 8 tasks in hand."},
	{"a poison task", func(s *scene) { returning(s, 4) }, levelWarn, "poison task",
		"One task keeps coming back: …0000d889 came back 4 times, the last try: no such file."},
	{"a task that came back, but not so often", func(s *scene) { returning(s, 3) }, levelNote, "watching",
		"1 284 tasks wait. Where that goes shows in a few seconds."},
	{"a poison task that ended", func(s *scene) {
		returning(s, 9)
		s.symptoms.returns.apply([]worker.Event{{Kind: worker.TaskDone, Task: task(7)}})
	}, levelNote, "watching", "1 284 tasks wait. Where that goes shows in a few seconds."},
	{"two poison tasks", func(s *scene) {
		returning(s, 5)
		e := worker.Event{At: start, Kind: worker.TaskStarted, Task: task(9)}
		e.Task.Attempt = 8
		s.symptoms.returns.apply([]worker.Event{e})
	}, levelWarn, "poison task", "2 tasks keep coming back: …00011667 the most, 7 times."},
	{"others give back what they take", func(s *scene) {
		watchOnly(s)
		s.queue.Delivered, s.queue.Redelivered = known(40.0, start), known(38.0, start)
	}, levelWarn, "redelivered", "Tasks keep coming back: 38/s of the 40/s handed out are redelivered."},
	{"others never acknowledge", func(s *scene) {
		s.queue.Consumers.Value, s.queue.Unacked.Value, s.queue.Out.Value = 10, 58, 0
		s.symptoms.unacked = start.Add(-2 * time.Minute)
	}, levelWarn, "never acked", "Unacknowledged: other consumers hold 50 tasks and have acknowledged none for 2 min; 1 284 tasks wait."},
	{"others never acknowledge, without a pool", func(s *scene) {
		watchOnly(s)
		s.queue.Ready.Value, s.queue.Unacked.Value, s.symptoms.unacked = 0, 58, start.Add(-40*time.Second)
	}, levelWarn, "never acked", "Unacknowledged: other consumers hold 58 tasks and have acknowledged none for 40 s; 0 tasks wait."},
	{"ours work for long", func(s *scene) {
		s.queue.Ready.Value, s.symptoms.unacked = 0, start.Add(-40*time.Second)
	}, levelNote, "long tasks",
		"The workers here hold all of the 8 unacknowledged tasks and have finished none for 40 s; w08 is on its task for 2.4 s."},
	{"a prefetch too high", hoarding, levelWarn, "prefetch",
		"Prefetch 10 is too high: 18 tasks wait at 2 busy workers while 6 idle; with 1 those would run 6 now (p)."},
	{"most tries fail", func(s *scene) {
		s.trending = true
		for i := range 20 {
			e := worker.Event{At: start.Add(-time.Second), Kind: worker.TaskDone}
			if i%4 > 0 {
				e.Kind, e.Err = worker.TaskRetried, "no such file"
			}
			s.past.record(&e)
		}
		s.symptoms.failing = s.fails(false)
	}, levelWarn, "tries fail", "Tries fail: 75 % of the last 20, most often with: no such file."},
	{"most tries failed a while ago", func(s *scene) {
		s.trending = true
		for range 20 {
			s.past.record(&worker.Event{At: start.Add(-time.Minute), Kind: worker.TaskRetried})
		}
		s.symptoms.failing = s.fails(true)
	}, levelCalm, "holding", "Holding: 1 284 tasks wait, and as many arrive as are finished: 8 workers finish 73/s and are 95 % busy."},
	{"none was finished lately", func(s *scene) {
		s.trending, s.symptoms.unacked = true, start.Add(-12*time.Second)
	}, levelNote, "none finished", "None was finished for 12 s: 8 are in hand; w08 is on its task for 2.4 s; 1 284 tasks wait."},
	{"retries of one batch", func(s *scene) {
		for i := range 30 {
			s.symptoms.retries.record(start.Add(time.Duration(i-29)*time.Second), int64(min(60, max(0, 10*(i-18)))))
		}
		s.queue.Retrying.Value, s.trending = 60, true
	}, levelCalm, "holding", "Holding: 1 284 tasks wait, and as many arrive as are finished: 8 workers finish 73/s and are 95 % busy."},
	{"retries pile up", func(s *scene) {
		for i := range 30 {
			s.symptoms.retries.record(start.Add(time.Duration(i-29)*time.Second), int64(100+3*i))
		}
		s.queue.Retrying.Value = 187
		s.past.record(&worker.Event{Kind: worker.TaskRetried, Err: "no such file"})
		s.past.record(&worker.Event{Kind: worker.TaskDone})
	}, levelWarn, "retries", "Retries pile up: 187 tasks wait for another try, 3.0/s more; 50 % of the last 2 tries failed."},
	{"the API is silent", func(s *scene) {
		s.trending, s.queue.API.At, s.queue.Totals.At = true, start.Add(-time.Minute), start.Add(-40*time.Second)
	}, levelNote, "api stale", "The management API has not answered for 40 s: unacked, rates and alarms are that old, ready is fresh."},
	{"there never was an API", func(s *scene) {
		s.trending, s.queue.API.At, s.queue.Totals.At, s.queue.Ready.Value = true, time.Time{}, time.Time{}, 12
	}, levelCalm, "keeping up", "Keeping up: 8 workers finish 73/s and are 95 % busy."},
	{"growing, for others work too", func(s *scene) { s.trend, s.trending, s.queue.Consumers.Value = 12, true, 20 },
		levelWarn, "growing", "Growing: 12/s more arrive than are finished."},
}

// Each rule is the verdict of some scene, and explains it in three whole sentences.
func TestEveryRuleExplainsItself(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range slices.Concat(verdictCases, ruleCases) {
		s := judgedScene(c.set)
		_, at := s.judged()
		seen[rules[at].name] = true
		for _, part := range readingOf(s, at).parts() {
			if text := part[1]; !strings.HasSuffix(text, ".") || strings.Contains(text, "%!") || strings.Contains(text, "..") ||
				text[0] >= 'a' && text[0] <= 'z' && !strings.HasPrefix(text, "carousel ") && !strings.HasPrefix(text, "w0") &&
					!strings.HasPrefix(text, "e ") && !strings.HasPrefix(text, "p ") {
				t.Errorf("%s, %s: %q", c.name, part[0], text)
			}
		}
	}
	for i := range rules {
		if !seen[rules[i].name] {
			t.Errorf("no scene has the verdict %q", rules[i].name)
		}
	}
}

func TestReadingsGiveTheirFormulas(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*scene)
		want []string
	}{
		{"overloaded", func(s *scene) { s.trend, s.trending = 12, true }, []string{
			"λ = finished + growth = 73/s + 12/s = 85/s arrive", "λ ÷ μ = 9.3 keeps as many workers busy: 10 hold it, and 8 are there",
			"Start at least 2 workers more (+); 12 workers would empty it in 52 s = 1 284 ÷ (12 × 9.1/s − 85/s). w foretells it for any other number.",
		}},
		{"overloaded with idle workers", func(s *scene) { s.trend, s.trending, s.rates.busy = 12, true, 0.3 }, []string{
			"busy for only 30 % of their time", "p changes the prefetch",
		}},
		{"draining", func(s *scene) { s.trend, s.trending = -10.7, true }, []string{"depth ÷ slope = 1 284 ÷ 11/s = 2 min"}},
		{"holding", func(s *scene) { s.trending = true }, []string{"By Little's law a task that comes now waits depth ÷ rate = 1 284 ÷ 73/s = 18 s."}},
		{"prefetch", hoarding, []string{
			"20 unacknowledged − 2 in hand = 18 tasks wait behind other tasks, 6 of 8 workers idle; so it has been for 5 s",
			"Behind the longest task they wait for 600 ms already", "⌈(18 − 6) ÷ 8⌉ × 800 ms = 1.6 s",
		}},
		{"never acked", func(s *scene) {
			s.queue.Consumers.Value, s.queue.Unacked.Value, s.symptoms.unacked = 10, 58, start.Add(-2*time.Minute)
		}, []string{"the workers here hold 8 of them, other consumers 50", "busy workers × prefetch = 8 × 1"}},
		{"poison", func(s *scene) { s.queue.DeliveryLimit = known(int64(20), start); returning(s, 6) }, []string{
			"was handed out again 6 times, as seen here within 5 s, the last time 1 s ago", "takes it away after 20 returns (delivery limit)",
		}},
	} {
		s := judgedScene(c.set)
		_, at := s.judged()
		r := readingOf(s, at)
		for _, want := range c.want {
			if text := r.seen + " " + r.how + " " + r.todo; !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in %q", c.name, want, text)
			}
		}
	}
}

// Whatever the figures, every rule answers, and the dialog keeps its shape.
func TestRulesTakeAnyFigures(t *testing.T) {
	t.Parallel()
	anyRate := func(t *rapid.T, name string) float64 {
		return rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.SampledFrom([]float64{0, math.Inf(1), math.Inf(-1), 1e300})).Draw(t, name)
	}
	at := func(t *rapid.T, name string) time.Time {
		if rapid.Bool().Draw(t, name) {
			return time.Time{}
		}
		return start.Add(-time.Duration(rapid.IntRange(-5, 200).Draw(t, name)) * time.Second)
	}
	rapid.Check(t, func(t *rapid.T) {
		b, p := busyBroker(), busyPool(rapid.IntRange(0, 5).Draw(t, "workers"))
		for _, f := range []*broker.Figure[int64]{&b.queue.Ready, &b.queue.Unacked, &b.queue.Consumers, &b.queue.Retrying} {
			*f = broker.Figure[int64]{Value: rapid.Int64Range(-1, 1<<40).Draw(t, "n"), At: at(t, "at")}
		}
		for _, f := range []*broker.Figure[float64]{&b.queue.In, &b.queue.Out, &b.queue.Delivered, &b.queue.Redelivered} {
			*f = broker.Figure[float64]{Value: anyRate(t, "rate"), At: at(t, "at")}
		}
		b.queue.Missing = rapid.Bool().Draw(t, "missing")
		l := &b.links[rapid.IntRange(0, 2).Draw(t, "link")]
		l.Status, l.Generation = broker.LinkStatus(rapid.IntRange(0, 3).Draw(t, "status")), rapid.Uint64Range(0, 1).Draw(t, "generation")
		p.status.State, p.status.InHand = worker.PoolState(rapid.IntRange(0, 4).Draw(t, "state")), rapid.IntRange(0, 9).Draw(t, "hand")
		p.status.Prefetch, p.status.Foreign = rapid.IntRange(0, 20).Draw(t, "prefetch"), rapid.Bool().Draw(t, "foreign")
		for i := range p.workers {
			p.workers[i].State = worker.State(rapid.IntRange(0, 6).Draw(t, "worker"))
			p.workers[i].HasTask = rapid.Bool().Draw(t, "task")
			p.workers[i].Started = start.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "for")) * time.Second)
		}
		a := newApp(testContext, Options{Config: DefaultConfig(), Broker: b, Pool: p, Journal: p}, testTheme)
		a.Update(tea.WindowSizeMsg{Width: rapid.IntRange(1, 180).Draw(t, "w"), Height: rapid.IntRange(1, 60).Draw(t, "h")})
		look(a, start)
		s := a.scene
		s.hasPool = rapid.Bool().Draw(t, "pool")
		s.trend, s.trending = anyRate(t, "trend"), rapid.Bool().Draw(t, "trending")
		s.rates = rates{anyRate(t, "finish"), anyRate(t, "each"), rapid.Float64Range(0, 1).Draw(t, "busy"),
			rapid.Bool().Draw(t, "known"), rapid.Bool().Draw(t, "each known"), rapid.Bool().Draw(t, "settled")}
		s.lasting, s.course = rapid.Bool().Draw(t, "lasting"), course(rapid.IntRange(0, 3).Draw(t, "course"))
		s.readOnly, s.taped = rapid.Bool().Draw(t, "read-only"), rapid.Bool().Draw(t, "taped")
		s.symptoms.unacked, s.symptoms.hoarded = at(t, "unacked"), at(t, "hoarded")
		returning(s, rapid.IntRange(0, 9).Draw(t, "returns"))
		for i := range rules {
			if _, holds := rules[i].ask(s); holds {
				for _, part := range rules[i].why(s).parts() {
					if part[1] == "" || strings.Contains(part[1], "%!") {
						t.Fatalf("%s, %s: %q", rules[i].name, part[0], part[1])
					}
				}
			}
		}
		a.dialog = new(why)
		for _, key := range []string{"j", "pgdown", "G", "k"} {
			press(a, key)
			checkFrame(t, a)
		}
	})
}
