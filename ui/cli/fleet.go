package cli

import (
	"cmp"
	"context"
	"os"
	"os/user"
	"sync"

	"carousel/worker"
	"carousel/worker/fleet"
)

// report tells consoles elsewhere of a pool, as the settings allow, until stop; id names the process there, "" where nothing is
// told. drain is what an order to drain does; nil: nothing.
func (s settings) report(b *backend, pool *worker.Pool, console bool, drain func()) (id string, stop func()) {
	if b.meet == nil || pool == nil || !s.named || !s.Fleet.Report || s.Broker.ReadOnly {
		return "", func() {}
	}
	r := fleet.NewReporter(pool, fleet.ReporterOptions{
		Queue: s.Queue.Name, Version: version(), Max: s.Workers.Max, Console: console, Voice: b.meet.Announcer(fleet.Exchange),
		Listen: fleet.ListenOn(b.meet), Steer: s.Fleet.Steer, Drain: drain, Log: b.log,
	})
	return r.ID(), inBackground(r.Run)
}

// others are the processes elsewhere on the same queue, heard until stop; nil where nobody listens. self is this process's own.
func (s settings) others(b *backend, self string) (*fleet.Watcher, func()) {
	if b.meet == nil || !s.named || !s.Fleet.Watch {
		return nil, func() {}
	}
	o := fleet.WatchOptions{Queue: s.Queue.Name, Self: self, By: whoAmI(), Listen: fleet.ListenOn(b.meet), Log: b.log}
	if !s.Broker.ReadOnly {
		o.Voice = b.meet.Announcer(fleet.Exchange)
	}
	w := fleet.NewWatcher(o)
	return w, inBackground(w.Run)
}

// inBackground runs something until stop, which waits for its end.
func inBackground(run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { run(ctx) })
	return sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
}

// whoAmI is who gives orders, as those who obey write it down: "deploy@web-1".
func whoAmI() string {
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return name + "@" + cmp.Or(host, "unknown")
}
