package broker

import (
	"context"
	"net/http"
	"sync/atomic"
)

// desk is where the client asks the management API for what a person wants just now, beside the monitor's own looks. Its
// methods may be called from any goroutine.
type desk struct {
	life      context.Context // ends with the client
	ends      endpoints
	transport *http.Transport
	next      atomic.Int64 // of the endpoints, as far as the requests before have learned
	deadline  deadline
}

// open returns an asker for one goroutine, whose requests end with ctx and with the client. The caller calls done.
func (d *desk) open(ctx context.Context) (m *management, done func()) {
	ctx, cancel := during(ctx, d.life)
	m = &management{
		endpoints: d.ends.management, ends: d.ends, next: int(d.next.Load()), transport: &recorder{ctx: ctx, base: d.transport, deadline: &d.deadline},
	}
	return m, func() {
		d.next.Store(int64(m.next % len(m.endpoints)))
		cancel()
	}
}

// during is ctx until life ends, too.
func during(ctx, life context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	release := context.AfterFunc(life, cancel)
	return ctx, func() {
		release()
		cancel()
	}
}

// anywhere asks each address once, until one answers.
func (m *management) anywhere(ask func() error) (err error) {
	for range m.endpoints {
		if err = ask(); KindOf(err) != Unreachable || m.transport.ctx.Err() != nil {
			break
		}
	}
	return err
}
