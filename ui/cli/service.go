package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carousel/broker"
	"carousel/ui"
	"carousel/ui/metrics"
	"carousel/worker"
)

// service is what the work command tells others of itself while it works: the service manager, and whoever asks for its
// figures. Its goroutine looks after the pool of the moment; end waits for it.
type service struct {
	backend *backend
	queue   string
	meter   *metrics.Meter
	server  *metrics.Server // nil: nothing is served
	manager *notifier       // nil: nobody is told

	pool    atomic.Pointer[worker.Pool] // that works; nil: none does just now
	begun   atomic.Bool                 // the manager was told that tasks are taken
	leaving atomic.Bool                 // no more tasks are taken
	began   time.Time
	looked  atomic.Int64             // how long after began the pool was looked after last
	silent  atomic.Pointer[[]string] // the workers that do not answer

	news    chan []string // for the manager, from other goroutines
	done    chan struct{}
	running sync.WaitGroup
}

const (
	attendEvery = time.Second
	// stuckAfter is how long a worker may give no sign of life: far above a call to the broker, which rpc_timeout bounds.
	stuckAfter = 3 * time.Minute
	// unattended is how long the pool may go without being looked after.
	unattended = 30 * time.Second
)

// startService begins to tell. server is nil where nothing is served.
func (p *program) startService(s settings, b *backend, server *metrics.Server) *service {
	v := &service{
		backend: b, queue: s.Queue.Name, meter: metrics.NewMeter(s.Metrics), server: server,
		began: time.Now(), news: make(chan []string), done: make(chan struct{}),
	}
	manager, err := newNotifier(p.Getenv)
	if err != nil {
		b.log.Warn(err.Error())
	}
	v.manager = manager
	if server != nil {
		server.Serve(metrics.Figures{Version: version(), Broker: b.client, Pool: v.current, Meter: v.meter}, v.alive, v.ready)
		b.log.Info("metrics are served", "address", server.Address())
		if server.Open() {
			b.log.Warn("other machines can read the metrics, without a login", "address", server.Address())
		}
	}
	v.running.Go(v.attend)
	return v
}

// end says that the work is over, and waits for the goroutines.
func (v *service) end() {
	v.leave()
	close(v.done)
	v.running.Wait()
	if v.server != nil {
		v.server.Close()
	}
	v.manager.close()
}

// current is the pool for the figures.
func (v *service) current() metrics.Pool {
	if pool := v.pool.Load(); pool != nil {
		return pool
	}
	return nil
}

// leave says that no more tasks are taken for good. It may be called again.
func (v *service) leave() {
	if !v.leaving.Swap(true) {
		v.tell("STOPPING=1")
	}
}

// tell passes lines to the manager, if there is one.
func (v *service) tell(lines ...string) {
	if v.manager != nil {
		v.news <- lines
	}
}

// attend looks after the pool until end.
func (v *service) attend() {
	every := attendEvery
	if v.manager != nil && v.manager.watchdog > 0 {
		every = min(every, v.manager.watchdog/2) // as sd_watchdog_enabled(3) recommends
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	herald := herald{service: v}
	for {
		select {
		case lines := <-v.news:
			v.manager.tell(lines...)
		case now := <-tick.C:
			v.look(now)
			herald.tell(now)
		case <-v.done:
			return
		}
	}
}

// look asks the workers for a sign of life.
func (v *service) look(now time.Time) {
	var silent []string
	if pool := v.pool.Load(); pool != nil {
		silent = pool.Unresponsive(now, stuckAfter)
	}
	v.silent.Store(&silent)
	v.looked.Store(int64(now.Sub(v.began)))
}

// alive says why the process is not well; "" when it is. What is wrong with the broker is no illness of ours.
func (v *service) alive() string {
	if since := time.Since(v.began) - time.Duration(v.looked.Load()); since > unattended {
		return fmt.Sprintf("nobody has looked after the workers for %v", since.Round(time.Second))
	}
	names := v.silent.Load()
	if names == nil || len(*names) == 0 {
		return ""
	}
	text := strings.Join((*names)[:min(len(*names), 10)], ", ")
	if more := len(*names) - 10; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("workers that have given no sign of life for %v: %s", stuckAfter, text)
}

// ready says why no tasks are taken; "" when they are.
func (v *service) ready() string {
	if v.leaving.Load() {
		return "no more tasks are taken"
	}
	pool := v.pool.Load()
	if pool != nil {
		if s := pool.Status(); s.State != worker.PoolRunning {
			return broker.Plain(cmp.Or(s.Held, "the pool is "+s.State.String()))
		}
		if pool.Census().Consuming > 0 {
			return ""
		}
	}
	if l := linkOf(v.backend, broker.RoleWork); l.Status != broker.LinkUp {
		why := cmp.Or(l.Err, errors.New(l.Status.String()))
		return broker.Plain(fmt.Sprintf("the link to %s is not up: %v", l.Address, why))
	}
	if s := v.backend.Snapshot(); s.Missing {
		return broker.Plain("there is no queue " + v.queue)
	}
	return "no worker has a consumer yet"
}

// herald keeps the service manager posted. One goroutine uses it.
type herald struct {
	service *service
	status  string // as it was told last
	judge   *ui.Judge
	of      *worker.Pool // that judge judges
}

func (h *herald) tell(now time.Time) {
	v := h.service
	if v.manager == nil {
		return
	}
	var lines []string
	if !v.begun.Load() && v.ready() == "" {
		v.begun.Store(true)
		lines = append(lines, "READY=1")
	}
	if status := broker.Plain(h.verdict(now)); status != h.status {
		h.status = status
		lines = append(lines, "STATUS="+status)
	}
	if v.manager.watchdog > 0 && v.alive() == "" {
		lines = append(lines, "WATCHDOG=1")
	}
	if len(lines) > 0 {
		v.manager.tell(lines...)
	}
}

// verdict is one line about the queue and the pool.
func (h *herald) verdict(now time.Time) string {
	pool := h.service.pool.Load()
	if pool == nil {
		return h.service.ready()
	}
	if h.of != pool {
		h.of, h.judge = pool, ui.NewJudge(h.service.backend, pool)
	}
	return h.judge.Verdict(now)
}

// listenForMetrics takes the address of the [metrics] table, before anything is connected; nil: it names none.
func listenForMetrics(cfg metrics.Config) (*metrics.Server, error) {
	if cfg.Listen == "" {
		return nil, nil
	}
	return metrics.Listen(cfg)
}
