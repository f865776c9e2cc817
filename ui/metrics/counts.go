package metrics

import (
	"slices"

	"carousel/worker"
)

// write writes what was counted. Whoever counts waits for it, no worker does.
func (m *Meter) write(p *page) {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := make([]string, 0, len(m.types))
	for name := range m.types {
		names = append(names, name)
	}
	slices.Sort(names)
	byType := func(name, kind, help string, write func(t *typeTally, name string)) {
		if len(names) == 0 {
			return
		}
		p.family(name, kind, help)
		for _, name := range names {
			write(m.types[name], name)
		}
	}
	byType("carousel_tasks_started_total", counter, "Tasks that were given to a handler, each try counted.", func(t *typeTally, name string) {
		p.count(t.started, "type", name)
	})
	byType("carousel_tasks_redelivered_total", counter, "Tasks that were given to a handler and had been handed out before.", func(t *typeTally, name string) {
		p.count(t.redelivered, "type", name)
	})
	byType("carousel_tasks_total", counter, "Tries that ended, by how; done, dead-lettered and rejected end a task for good.", func(t *typeTally, name string) {
		for i, outcome := range outcomes {
			p.count(t.ended[i], "type", name, "outcome", outcome)
		}
	})
	byType("carousel_task_wait_seconds", histogramKind, "How long tasks waited for their try, where they say since when.", func(t *typeTally, name string) {
		p.observed(&t.wait, "type", name)
	})
	byType("carousel_task_run_seconds", histogramKind, "How long handlers worked on a task, each try counted.", func(t *typeTally, name string) {
		p.observed(&t.run, "type", name)
	})
	m.writeWorkers(p)
	p.family("carousel_journal_missed_events_total", counter, "Events that came too fast to be counted in the figures of tasks.")
	p.count(m.missed)
	p.family("carousel_config_last_reload_successful", gauge, "Whether the newest reload of the config could be used.")
	p.flag(!m.reload.failed)
	p.family("carousel_config_last_reload_success_timestamp_seconds", gauge, "When the config in use was read.")
	p.moment(m.reload.loaded)
}

func (m *Meter) writeWorkers(p *page) {
	if len(m.workers) == 0 && m.rest == (workerTally{}) {
		return
	}
	each := func(write func(w *workerTally, name string)) {
		for i := range m.workers {
			write(&m.workers[i], worker.Name(i+1))
		}
		if m.rest != (workerTally{}) {
			write(&m.rest, other)
		}
	}
	p.family("carousel_worker_tasks_total", counter, "Tries that ended with a worker, by how.")
	each(func(w *workerTally, name string) {
		for i, outcome := range outcomes {
			p.count(w.ended[i], "worker", name, "outcome", outcome)
		}
	})
	p.family("carousel_worker_busy_seconds_total", counter, "Time that a worker's tries took, counted at their end.")
	each(func(w *workerTally, name string) { p.sample(w.busy.Seconds(), "worker", name) })
}
