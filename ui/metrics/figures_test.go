package metrics

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/worker"
)

// The words are those of the journal, each in its place.
func TestOutcomesAreTheJournals(t *testing.T) {
	ours, theirs := slices.Sorted(slices.Values(outcomes[:])), slices.Sorted(slices.Values(worker.Outcomes()))
	if !slices.Equal(ours, theirs) {
		t.Errorf("%q are shown; %q may come", ours, theirs)
	}
}

// says checks that a page has lines.
func says(t *testing.T, page string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(page, "\n"+line+"\n") {
			t.Errorf("%q is not in\n%s", line, page)
		}
	}
}

func TestPage(t *testing.T) {
	m := NewMeter(Config{Workers: 2, Types: 2})
	m.Count(run(1, "resize", 2*time.Second, 20*time.Millisecond, worker.TaskDone, worker.Acked), 0)
	m.Count(run(2, "resize", time.Hour, time.Hour+1, worker.TaskRetried, worker.Requeued), 0)
	m.Count(run(3, "", -1, 0, worker.TaskUnsettled, 0), 7)
	m.Count(run(4, "third", -1, time.Second, worker.TaskFailed, worker.Rejected), 0)
	m.Count(run(4, "fourth", -1, time.Second, worker.TaskReturned, worker.Returned), 0)
	m.Count([]worker.Event{{Kind: worker.TaskStarted, Task: worker.TaskRef{Redelivered: true}, Wait: -1}}, 0)
	m.Reloaded(true, noon)
	m.Reloaded(false, noon.Add(time.Hour))
	page := seen().figures(m).page()
	says(t, page,
		`carousel_build_info{version="v1",goversion="`+runtime.Version()+`"} 1`,
		`# TYPE carousel_tasks_total counter`,
		`carousel_tasks_total{type="resize",outcome="done"} 1`,
		`carousel_tasks_total{type="resize",outcome="requeued"} 1`,
		`carousel_tasks_total{type="resize",outcome="dead-lettered"} 0`,
		`carousel_tasks_total{type="",outcome="unsettled"} 1`,
		`carousel_tasks_total{type="other",outcome="rejected"} 1`,
		`carousel_tasks_total{type="other",outcome="returned"} 1`,
		`carousel_tasks_started_total{type="other"} 2`,
		`carousel_tasks_redelivered_total{type=""} 1`,
		`carousel_worker_tasks_total{worker="w01",outcome="done"} 1`,
		`carousel_worker_tasks_total{worker="w02",outcome="requeued"} 1`,
		`carousel_worker_tasks_total{worker="other",outcome="unsettled"} 1`,
		`carousel_worker_tasks_total{worker="other",outcome="rejected"} 1`,
		`carousel_worker_busy_seconds_total{worker="w01"} 0.02`,
		`# TYPE carousel_task_wait_seconds histogram`,
		`carousel_task_wait_seconds_bucket{type="resize",le="1"} 0`,
		`carousel_task_wait_seconds_bucket{type="resize",le="2.5"} 1`,
		`carousel_task_wait_seconds_bucket{type="resize",le="900"} 1`,
		`carousel_task_wait_seconds_bucket{type="resize",le="3600"} 2`,
		`carousel_task_wait_seconds_bucket{type="resize",le="+Inf"} 2`,
		`carousel_task_wait_seconds_sum{type="resize"} 3602`,
		`carousel_task_wait_seconds_count{type="resize"} 2`,
		`carousel_task_wait_seconds_count{type=""} 0`,
		`carousel_task_run_seconds_bucket{type="resize",le="0.025"} 1`,
		`carousel_task_run_seconds_bucket{type="resize",le="3600"} 1`,
		`carousel_task_run_seconds_bucket{type="resize",le="+Inf"} 2`,
		`carousel_task_run_seconds_count{type="other"} 1`, // what was cut short tells nothing of the task
		`carousel_journal_missed_events_total 7`,
		`carousel_pool_state{state="running"} 1`, `carousel_pool_state{state="held"} 0`,
		`carousel_workers{state="running"} 3`, `carousel_workers{state="idle"} 1`, `carousel_workers{state="held"} 0`,
		`carousel_workers_consuming 4`, `carousel_workers_wanted 4`, `carousel_worker_prefetch 1`,
		`carousel_tasks_in_hand 3`, `carousel_tasks_awaiting_copy 1`,
		`carousel_link_up{role="publish",index="0"} 1`, `carousel_link_up{role="work",index="0"} 0`,
		`carousel_link_refused{role="work",index="0"} 1`, `carousel_link_blocked{role="publish",index="0"} 1`,
		`carousel_link_reconnects_total{role="publish",index="0"} 2`, `carousel_link_reconnects_total{role="work",index="0"} 0`,
		`carousel_publishes_total{outcome="confirmed"} 5`, `carousel_publishes_total{outcome="unknown"} 1`,
		`carousel_queue_ready_messages{queue="task_queue"} 1284`, `carousel_queue_unacked_messages{queue="task_queue"} 8`,
		`carousel_queue_retrying_messages{queue="task_queue"} 2`,
		`carousel_queue_oldest_message_timestamp_seconds{queue="task_queue"} 1795694340`,
		`carousel_queue_observed_timestamp_seconds{queue="task_queue",figure="ready"} 1795694400`,
		`carousel_config_last_reload_successful 0`,
		`carousel_config_last_reload_success_timestamp_seconds 1795694400`,
	)
	if strings.Contains(page, "carousel_queue_dead_messages") || strings.Contains(page, `figure="dead"`) {
		t.Errorf("a figure that is not known is shown in\n%s", page)
	}
	if strings.Contains(page, "third") || strings.Contains(page, `"w03"`) {
		t.Errorf("more labels than wanted in\n%s", page)
	}
	lint(t, page)
}

// lint has Prometheus' own parser read a page, and its linter.
func lint(t *testing.T, page string) {
	t.Helper()
	problems, err := promlint.New(strings.NewReader(page)).Lint()
	if err != nil {
		t.Errorf("not in Prometheus' format: %v\n%s", err, page)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	all := map[string]bool{}
	for line := range strings.Lines(page) {
		series := line[:strings.LastIndexByte(line, ' ')]
		if all[series] && !strings.HasPrefix(line, "#") {
			t.Errorf("twice: %s", series)
		}
		all[series] = true
	}
}

// A page of nothing is a page, too.
func TestPageOfNothing(t *testing.T) {
	f := (&still{}).figures(NewMeter(DefaultConfig()))
	f.Pool = func() Pool { return nil }
	page := f.page()
	says(t, page, `carousel_pool_state{state="stopped"} 1`, `carousel_workers{state="running"} 0`, `carousel_queue_missing{queue=""} 0`)
	lint(t, page)
}

// Text from outside is a label of its own, whole and plain; two texts that look alike plain share one.
func TestHostileLabels(t *testing.T) {
	texts := append(brokertest.Hostile(), brokertest.HostileText{Name: "quotes", Text: "a\"b\\c\nd{}="},
		brokertest.HostileText{Name: "other", Text: other}, brokertest.HostileText{Name: "escape spelled", Text: "^[[2J"},
		brokertest.HostileText{Name: "escape", Text: "\x1b[2J"})
	m := NewMeter(Config{Types: 1000})
	texts = slices.DeleteFunc(texts, func(h brokertest.HostileText) bool { return len(h.Text) > 255 }) // AMQP carries no longer one
	for _, h := range texts {
		m.Count(run(1, h.Text, 0, 0, worker.TaskDone, worker.Acked), 0)
	}
	s := seen()
	for _, h := range texts {
		s.queue.Queue += h.Text + `"`
	}
	page := s.figures(m).page()
	if plain := strings.ReplaceAll(page, "\n", ""); broker.Plain(plain) != plain {
		t.Errorf("%q", page)
	}
	says(t, page, `carousel_tasks_total{type="^[[2J",outcome="done"} 2`)
	lint(t, page)
}

// However many workers and types come, a page has an end.
func TestPageIsBounded(t *testing.T) {
	m := NewMeter(DefaultConfig())
	for i := range 5000 {
		m.Count(run(i+1, fmt.Sprint("type ", i), time.Second, time.Second, worker.TaskDone, worker.Acked), 0)
	}
	page := seen().figures(m).page()
	if lines := strings.Count(page, "\n"); lines > 2200 || len(page) > 200_000 {
		t.Errorf("%d lines, %d bytes", lines, len(page))
	}
	says(t, page, `carousel_worker_tasks_total{worker="other",outcome="done"} 4900`, `carousel_tasks_started_total{type="other"} 4980`)
	lint(t, page)
}

// BenchmarkPage is a scrape of two thousand workers' figures and as many types as have their own.
func BenchmarkPage(b *testing.B) {
	m := NewMeter(DefaultConfig())
	for i := range 2000 {
		m.Count(run(i+1, fmt.Sprint("type ", i%30), time.Second, time.Second, worker.TaskDone, worker.Acked), 0)
	}
	f, p := seen().figures(m), &page{}
	f.write(p)
	b.SetBytes(int64(len(p.text)))
	b.ReportAllocs()
	for b.Loop() {
		p.text = p.text[:0]
		f.write(p)
	}
}

// BenchmarkCount is what an event costs whoever reads the journal.
func BenchmarkCount(b *testing.B) {
	m := NewMeter(DefaultConfig())
	events := run(3, "resize", time.Second, time.Second, worker.TaskDone, worker.Acked)
	b.ReportAllocs()
	for b.Loop() {
		m.Count(events, 0)
	}
}
