package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"
)

var (
	refusedFault = &broker.Fault{Kind: broker.Refused, What: "guest may not log in", Why: "wrong password", Do: "check the URL"}
	goneFault    = &broker.Fault{Kind: broker.Unreachable, What: "cannot reach localhost:5672", Why: "connection refused"}
)

// verdictCases are scenes, each set up from a board at work, and what is said of them.
var verdictCases = []struct {
	name  string
	set   func(*scene)
	level level
	short string
	text  string
}{
	{"keeping up", func(s *scene) { s.queue.Ready.Value, s.trending = 12, true }, levelCalm, "keeping up",
		"Keeping up: 8 workers finish 73/s and are 95 % busy."},
	{"holding", func(s *scene) { s.trending = true }, levelCalm, "holding",
		"Holding: 1 284 tasks wait, and as many arrive as are finished: 8 workers finish 73/s and are 95 % busy."},
	{"watching", func(*scene) {}, levelNote, "watching", "1 284 tasks wait. Where that goes shows in a few seconds."},
	{"stalled", func(s *scene) {
		s.pool.InHand = 0
		for i := range s.workers {
			s.workers[i] = worker.WorkerStatus{ID: i + 1, State: worker.StateIdle, Since: start.Add(-4 * time.Second)}
		}
	}, levelWarn, "stalled", "Stalled: 1 284 tasks wait, and the broker hands none to 8 idle workers."},
	{"retrying", func(s *scene) { s.queue.Ready.Value, s.queue.Unacked.Value, s.pool.InHand = 0, 0, 0 },
		levelNote, "retrying", "Only retries: 3 failed tasks will be tried again, the next in 4 s."},
	{"retrying, sent by others", func(s *scene) {
		s.queue.Ready.Value, s.queue.Unacked.Value, s.pool.InHand, s.queue.RetryNext = 0, 0, 0, time.Time{}
	}, levelNote, "retrying", "Only retries: 3 failed tasks will be tried again, the next within 2 s."},
	{"idle", func(s *scene) {
		s.queue.Ready.Value, s.queue.Unacked.Value, s.pool.InHand, s.queue.Retrying.Value, s.queue.Dead.Value = 0, 0, 0, 0, 0
	},
		levelCalm, "idle", "Idle: the queue is empty and 8 workers wait."},
	{"idle without a pool", func(s *scene) {
		s.hasPool, s.pool, s.queue.Ready.Value, s.queue.Unacked.Value = false, worker.Status{}, 0, 0
		s.queue.Retrying.Value = 0
	}, levelNote, "idle", "Idle: the queue is empty, 8 consumers attached. 2 dead letters wait (3)."},
	{"overloaded", func(s *scene) { s.trend, s.trending = 12, true },
		levelWarn, "overloaded", "Overloaded: 85/s arrive, 8 workers finish 73/s. 10 workers would hold it."},
	{"keeping up beside others", func(s *scene) {
		s.queue.Ready.Value, s.trending, s.queue.Consumers.Value, s.queue.Out = 12, true, 20, broker.Figure[float64]{Value: 190, At: start}
	}, levelCalm, "keeping up", "Keeping up: 8 workers here finish 73/s of 190/s and are 95 % busy."},
	{"growing by others' work", func(s *scene) { s.trend, s.trending, s.queue.Consumers.Value = 12, true, 20 },
		levelWarn, "growing", "Growing: 12/s more arrive than are finished."},
	{"draining", func(s *scene) { s.trend, s.trending = -10.7, true },
		levelCalm, "draining", "Draining: 1 284 left, empty in 2 min at this rate."},
	{"no data", func(s *scene) { s.queue.Ready = broker.Figure[int64]{} },
		levelNote, "no data", "Waiting for the first look at the queue."},
	{"stale", func(s *scene) { s.queue.Ready.At = start.Add(-time.Minute) }, levelWarn, "stale", "The figures are 60 s old."},
	{"paused", func(s *scene) { s.pool.State = worker.PoolPaused },
		levelWarn, "paused", "Paused: the workers take no tasks, 1 284 tasks wait (space resumes)."},
	{"no workers", func(s *scene) { s.pool.Size, s.pool.Target, s.pool.InHand = 0, 0, 0 },
		levelWarn, "no workers", "No workers: 1 284 tasks wait (+ starts one)."},
	{"no consumers", func(s *scene) { s.hasPool, s.pool, s.queue.Consumers.Value = false, worker.Status{}, 0 },
		levelWarn, "no consumers", "No consumers: 1 284 tasks wait."},
	{"stuck", func(s *scene) {
		for i := range s.workers {
			s.workers[i].Started = start.Add(-time.Duration(40+i) * time.Second)
		}
	}, levelWarn, "stuck", "Stuck: each worker is on one task for over 40 s, w08 the longest with 47 s; 1 284 tasks wait."},
	{"near the consumer timeout, and stuck too", func(s *scene) {
		s.queue.ConsumerTimeout = broker.Figure[time.Duration]{Value: 30 * time.Minute, At: start, From: "config"}
		for i := range s.workers {
			s.workers[i].Started = start.Add(-time.Minute)
		}
		s.workers[2].Started = start.Add(-24 * time.Minute)
	}, levelWarn, "overtime", "w03 is on its task for 24 min; the broker takes a task back after 30 min (consumer timeout)."},
	{"not yet near the consumer timeout", func(s *scene) {
		s.queue.ConsumerTimeout = broker.Figure[time.Duration]{Value: 30 * time.Minute, At: start, From: "config"}
		s.workers[2].Started = start.Add(-23 * time.Minute)
	}, levelNote, "watching", "1 284 tasks wait. Where that goes shows in a few seconds."},
	{"held", func(s *scene) { s.pool.State, s.pool.Held = worker.PoolHeld, "there is no queue \"task_queue\"" },
		levelAlarm, "held", "There is no queue \"task_queue\". (r tries again)"},
	{"resting", func(s *scene) {
		s.pool.State, s.pool.Held, s.pool.Rests = worker.PoolHeld, "cannot reach http://127.0.0.1:8080: connection refused", true
		s.pool.Until = s.now.Add(3500 * time.Millisecond)
	}, levelAlarm, "resting", "Cannot reach http://127.0.0.1:8080: connection refused. (looks again in 4 s, r at once)"},
	{"resting, on trial", func(s *scene) {
		s.pool.State, s.pool.Held, s.pool.Rests = worker.PoolHeld, "503 Service Unavailable from http://127.0.0.1:8080", true
	}, levelAlarm, "resting", "503 Service Unavailable from http://127.0.0.1:8080. (one worker tries now)"},
	{"foreign", func(s *scene) {
		s.pool.State, s.pool.Held, s.pool.Foreign = worker.PoolHeld, "a foreign task came", true
	},
		levelAlarm, "foreign task", "A foreign task came. (r decides)"},
	{"one held", func(s *scene) { s.workers[2].State, s.workers[2].Err = worker.StateHeld, "no right to read" },
		levelWarn, "worker held", "w03 cannot take tasks: no right to read"},
	{"connecting workers", func(s *scene) {
		for i := range s.workers {
			s.workers[i] = worker.WorkerStatus{ID: i + 1, State: worker.StateConnecting}
		}
	}, levelNote, "connecting", "The workers wait for their channels."},
	{"missing", func(s *scene) { s.queue.Missing = true },
		levelAlarm, "no queue", "There is no queue \"task_queue\" in vhost \"/\" (r declares it where the config lets it)."},
	{"deleted under the workers", func(s *scene) {
		s.queue.Missing, s.pool.State = true, worker.PoolHeld
		s.pool.Held = "queue task_queue was deleted: 3 tasks in hand were lost with it"
	}, levelAlarm, "no queue",
		"Queue task_queue was deleted: 3 tasks in hand were lost with it. (r declares it where the config lets it)"},
	{"blocked", func(s *scene) { s.links[0].Blocked, s.links[0].BlockedAt = "low on memory", start.Add(-9*time.Second) },
		levelAlarm, "blocked", "The broker blocks publishers for 9 s: low on memory. Tasks already in go on."},
	{"blocked with failed tasks", func(s *scene) {
		s.links[0].Blocked, s.links[0].BlockedAt, s.pool.Keeping = "low on memory", start.Add(-9*time.Second), 2
	}, levelAlarm, "blocked", "The broker blocks publishers for 9 s: low on memory. 2 failed tasks must be kept in hand until then."},
	{"alarm", func(s *scene) { s.queue.Alarms = known([]string{"disk"}, start) },
		levelAlarm, "alarm", "The broker has an alarm: disk. It blocks publishers until that is over."},
	{"down before paused", func(s *scene) {
		s.pool.State = worker.PoolPaused
		s.links[2].Status, s.links[2].Err, s.links[2].Since = broker.LinkConnecting, goneFault, start.Add(-12*time.Second)
		s.links[2].NextTry = start.Add(3 * time.Second)
	}, levelAlarm, "link down",
		"Down for 12 s: cannot reach localhost:5672: connection refused · next try in 3 s."},
	{"refused before down", func(s *scene) {
		s.links[2].Status, s.links[2].Err = broker.LinkConnecting, goneFault
		s.links[0].Status, s.links[0].Err = broker.LinkRefused, refusedFault
	}, levelAlarm, "refused",
		"Guest may not log in: wrong password; check the URL. (r tries again)"},
	{"first connection", func(s *scene) {
		for i := range s.links {
			s.links[i] = broker.LinkState{Role: s.links[i].Role, Since: start.Add(-2 * time.Second)}
		}
	}, levelNote, "connecting", "Connecting to the broker, for 2 s."},
	{"the work link of a console that only watches", func(s *scene) {
		s.hasPool, s.pool = false, worker.Status{}
		s.links[1].Status, s.links[1].Err = broker.LinkConnecting, goneFault
	}, levelNote, "watching", "1 284 tasks wait. Where that goes shows in a few seconds."},
}

// judgedScene is the scene of a case.
func judgedScene(set func(*scene)) *scene {
	b, p := busyBroker(), busyPool(8)
	s := newScene(true, false)
	s.sample = sample{now: start, links: b.links, queue: b.queue, pool: p.status, workers: p.workers}
	s.rates = rates{finish: 73, each: 73. / 8, busy: 0.95, known: true, eachKnown: true, settled: true}
	s.lasting = true
	set(s)
	s.course = s.heading()
	return s
}

func TestVerdict(t *testing.T) {
	for _, c := range slices.Concat(verdictCases, ruleCases) {
		if got := judgedScene(c.set).judge(); got != (verdict{c.level, c.short, c.text}) {
			t.Errorf("%s:\n got %v %q %q\nwant %v %q %q", c.name, got.level, got.short, got.text, c.level, c.short, c.text)
		}
	}
}

func TestAside(t *testing.T) {
	s := newScene(true, false)
	s.queue.API.Err = &broker.Fault{What: "the management API does not answer"}
	s.past.missed = 1200
	if got, want := s.aside(), "the management API does not answer · 1 200 events not seen"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAsideWarnsOfDropping(t *testing.T) {
	for _, c := range []struct {
		then string
		dlx  broker.Figure[bool]
		want bool
	}{
		{worker.ThenReject, known(false, start), true},
		{worker.ThenReject, known(true, start), false},
		{worker.ThenReject, broker.Figure[bool]{}, false},
		{worker.ThenDeadLetter, known(false, start), false},
		{worker.ThenRequeue, known(false, start), false},
	} {
		s := newScene(true, false)
		s.pool.Then, s.queue.DeadLetters = c.then, c.dlx
		if got := s.aside(); strings.Contains(got, "is dropped") != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
