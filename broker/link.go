package broker

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// link keeps one connection up for as long as the client is open: dial, wait for the end, back off, dial again, with no
// last try. Only a refusal (login, rights, vhost, certificate) stops it, until reconnect: repeating one locks accounts.
//
// run owns the connection and is the only writer of state; everybody else reads copies under mu.
type link struct {
	cfg  *Config
	ends *endpoints
	log  *slog.Logger
	kick chan struct{} // capacity 1: try again now

	mu      sync.Mutex
	state   LinkState
	current *session      // nil unless state.Status is LinkUp
	changed chan struct{} // closed and replaced whenever state changes
}

func newLink(role Role, index int, cfg *Config, ends *endpoints, log *slog.Logger) *link {
	return &link{
		cfg: cfg, ends: ends, log: log.With("link", string(role), "index", index),
		kick:    make(chan struct{}, 1),
		state:   LinkState{Role: role, Index: index, Since: time.Now(), Insecure: cfg.TLS.Insecure},
		changed: make(chan struct{}),
	}
}

// Backoff: full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that a fleet does
// not come back in step; and never two dials within dialSpacing.
const (
	backoffBase = 250 * time.Millisecond
	backoffCap  = 15 * time.Second
	dialSpacing = time.Second
	// A connection that lived this long was a good one: the next loss starts from the shortest wait again. One that the
	// broker cuts at once (a message the library cannot decode does that) keeps backing off.
	stableAfter = 10 * time.Second
)

// backoff is the wait before try number attempt, counted from 1; spread draws from [0, 1).
func backoff(attempt int, spread func() float64) time.Duration {
	ceiling := backoffCap
	if attempt < 8 { // 250 ms doubled six times is beyond the cap
		ceiling = min(backoffCap, backoffBase<<(attempt-1))
	}
	return time.Duration(spread() * float64(ceiling))
}

// run supervises the connection until ctx ends, and returns when it is closed.
func (l *link) run(ctx context.Context) {
	defer l.set(func(s *LinkState) { s.Status, s.Err, s.NextTry = LinkClosed, nil, time.Time{} })
	refusals, attempt := 0, 0
	for ctx.Err() == nil {
		attempt++
		started := time.Now()
		endpoint := l.ends.amqp[(attempt-1)%len(l.ends.amqp)]
		l.trying(endpoint, attempt)
		s, err := dial(endpoint, l.cfg, l.ends, l.state.Role, l.state.Generation+1)
		if err == nil {
			refusals = 0
			err = l.serve(ctx, s)
			if time.Since(started) > stableAfter {
				attempt = 0
			}
		}
		if ctx.Err() != nil {
			return
		}
		if KindOf(err) == Refused {
			refusals++
		} else {
			refusals = 0
		}
		if refusals >= len(l.ends.amqp) { // every address said no
			l.lost(LinkRefused, err, time.Time{})
			refusals, attempt = 0, 0
			if !l.waitKick(ctx, nil) {
				return
			}
			continue
		}
		next := time.Now().Add(backoff(attempt+1, rand.Float64))
		if soonest := started.Add(dialSpacing); next.Before(soonest) {
			next = soonest
		}
		l.lost(LinkConnecting, err, next)
		timer := time.NewTimer(time.Until(next))
		if !l.waitKick(ctx, timer.C) {
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// serve publishes the session to everybody who waits for it, and returns why it ended.
func (l *link) serve(ctx context.Context, s *session) error {
	// Both are drained here until the library closes them: an undrained one stalls its reader and can panic in it.
	closes := s.conn.NotifyClose(make(chan *amqp.Error, 1))
	blocks := s.conn.NotifyBlocked(make(chan amqp.Blocking, 16))
	l.up(s)
	quit := ctx.Done()
	var closing sync.WaitGroup
	defer closing.Wait()
	for {
		select {
		case b, ok := <-blocks:
			if !ok {
				blocks = nil
				continue
			}
			l.blocked(b)
		case <-quit:
			quit = nil
			closing.Go(s.close) // its end comes back through closes
		case e := <-closes:
			s.err = closeFault(s.endpoint, e)
			close(s.done)
			_ = s.socket.Close()
			return s.err
		}
	}
}

func (l *link) trying(e Endpoint, attempt int) {
	l.set(func(s *LinkState) {
		s.Attempt, s.NextTry = attempt, time.Time{}
		s.Address, s.User, s.VHost, s.TLS = e.Address(), e.User, e.VHost, e.TLS
		s.Product, s.Version = "", ""
	})
}

func (l *link) up(s *session) {
	text := func(key string) string {
		v, _ := s.conn.Properties[key].(string)
		return Plain(v)
	}
	l.set(func(st *LinkState) {
		l.current = s
		st.Status, st.Generation, st.Err, st.NextTry = LinkUp, s.generation, nil, time.Time{}
		st.Product, st.Version = text("product"), text("version")
	})
	l.log.Info("link up", "address", s.endpoint.Address(), "generation", s.generation)
}

func (l *link) lost(status LinkStatus, err error, next time.Time) {
	l.set(func(s *LinkState) {
		l.current = nil
		s.Status, s.Err, s.NextTry, s.Blocked = status, err, next, ""
	})
	l.log.Warn("link down", "status", status.String(), "error", err)
}

func (l *link) blocked(b amqp.Blocking) {
	l.set(func(s *LinkState) {
		s.Blocked, s.BlockedAt = "", time.Now()
		if b.Active {
			s.Blocked = Plain(b.Reason)
		}
	})
	l.log.Warn("publishers blocked", "active", b.Active, "reason", Plain(b.Reason))
}

// set changes the state, under mu, and wakes whoever waits for a change. Since moves only when the status does.
func (l *link) set(change func(*LinkState)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.state.Status
	change(&l.state)
	if l.state.Status != before {
		l.state.Since = time.Now()
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// snapshot returns a copy of the state, the live session if there is one, and a channel that the next change closes.
func (l *link) snapshot() (LinkState, *session, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state, l.current, l.changed
}

// session waits for the connection to be up. It returns the refusal when the link has stopped trying, ErrClosed's fault
// after the client was closed, and ctx's error when that ends first.
func (l *link) session(ctx context.Context) (*session, error) {
	for {
		state, s, changed := l.snapshot()
		switch {
		case state.Status == LinkRefused:
			return nil, state.Err
		case state.Status == LinkClosed:
			return nil, errClosed
		case s != nil && s.alive():
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// waitKick waits for reconnect or for elapsed, whichever is first; false when ctx ended.
func (l *link) waitKick(ctx context.Context, elapsed <-chan time.Time) bool {
	select {
	case <-l.kick:
	case <-elapsed:
	case <-ctx.Done():
		return false
	}
	return true
}

// reconnect ends the wait before the next try, also after a refusal.
func (l *link) reconnect() {
	select {
	case l.kick <- struct{}{}:
	default: // one is on its way
	}
}
