package broker

import (
	"cmp"
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
// run owns the connection and writes the state, apart from reconnect; everybody else reads copies under mu.
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
	at, refused := 0, make([]bool, len(l.ends.amqp)) // addresses that said no are passed over until reconnect
	for tries := 1; ; tries++ {
		started := time.Now()
		lived, err := l.try(ctx, l.ends.amqp[at])
		if ctx.Err() != nil {
			return
		}
		if lived > 0 {
			clear(refused)
		}
		if lived > stableAfter {
			tries = 1
		}
		refused[at] = KindOf(err) == Refused
		status, next := LinkConnecting, time.Now()
		if soonest := started.Add(dialSpacing); next.Before(soonest) {
			next = soonest
		}
		next = next.Add(backoff(tries+1, rand.Float64)) // on top, or all that were lost at once would dial at once again
		if at = following(at, refused); at < 0 {        // every address said no
			status, next, at, tries = LinkRefused, time.Time{}, 0, 0
			clear(refused)
		}
		l.lost(status, tries, err, next)
		if !l.rest(ctx, next, started.Add(dialSpacing)) {
			return
		}
	}
}

// following is the next address after at that has not refused, at itself the last; -1 when all have.
func following(at int, refused []bool) int {
	for i := 1; i <= len(refused); i++ {
		if next := (at + i) % len(refused); !refused[next] {
			return next
		}
	}
	return -1
}

// try makes one connection and blocks for as long as it lives, and returns why it ended or could not be made.
func (l *link) try(ctx context.Context, e Endpoint) (lived time.Duration, err error) {
	l.trying(e)
	s, err := dial(ctx, e, l.cfg, l.ends, l.state.Role, l.state.Generation+1)
	if err != nil {
		return 0, err
	}
	up := time.Now()
	err = l.serve(ctx, s)
	return time.Since(up), err
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

func (l *link) trying(e Endpoint) {
	l.set(func(s *LinkState) {
		s.NextTry = time.Time{}
		s.Address, s.User, s.VHost, s.TLS = e.Address(), e.User, e.VHost, e.TLS
		s.Product, s.Version, s.Node = "", "", Figure[string]{}
	})
}

func (l *link) up(s *session) {
	text := func(key string) string {
		v, _ := s.conn.Properties[key].(string)
		return Plain(v)
	}
	l.set(func(st *LinkState) {
		l.current = s
		st.Status, st.Generation, st.Tries, st.Err, st.NextTry = LinkUp, s.generation, 0, nil, time.Time{}
		st.Product, st.Version = text("product"), text("version")
	})
	l.log.Info("link up", "address", s.endpoint.Address(), "generation", s.generation)
}

func (l *link) lost(status LinkStatus, tries int, err error, next time.Time) {
	l.set(func(s *LinkState) {
		l.current = nil
		s.Status, s.Tries, s.Err, s.NextTry, s.Blocked, s.Node = status, tries, err, next, "", Figure[string]{}
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

// session waits for the connection to be up. It returns the refusal when the link has stopped trying, errClosed after the
// client was closed, and ctx's error when that ends first.
func (l *link) session(ctx context.Context) (*session, error) {
	s, _, err := l.await(ctx, func(LinkState) string { return "" }, func(string) {})
	return s, err
}

// await waits for the connection to be up and for hindered to name no reason to wait on, telling waiting each reason and
// "" at the end. It also returns a channel that the link's next change closes. Its errors are session's.
func (l *link) await(
	ctx context.Context, hindered func(LinkState) string, waiting func(why string),
) (*session, <-chan struct{}, error) {
	for waited := false; ; waited = true {
		state, s, changed := l.snapshot()
		switch {
		case state.Status == LinkRefused:
			return nil, nil, state.Err
		case state.Status == LinkClosed:
			return nil, nil, errClosed
		case s != nil && s.alive() && hindered(state) == "":
			if waited {
				waiting("")
			}
			return s, changed, nil
		}
		waiting(cmp.Or(hindered(state), waitReason(state)))
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// waitReason says why a link cannot be used just now.
func waitReason(state LinkState) string {
	switch {
	case state.Status == LinkUp:
		return ""
	case state.Err != nil:
		return state.Err.Error()
	}
	return "connecting to " + state.Address
}

// rest waits until next, for ever when that is zero, or until reconnect; and until soonest whatever happens. It returns
// false when ctx ended.
func (l *link) rest(ctx context.Context, next, soonest time.Time) bool {
	var elapsed <-chan time.Time
	if !next.IsZero() {
		elapsed = time.After(time.Until(next))
	}
	select {
	case <-l.kick:
	case <-elapsed:
	case <-ctx.Done():
		return false
	}
	select {
	case <-time.After(time.Until(soonest)):
	case <-ctx.Done():
		return false
	}
	select {
	case <-l.kick: // one that came meanwhile is served by this try
	default:
	}
	return true
}

// reconnect ends the wait before the next try, also after a refusal: from its return on, who needs the connection waits for
// that try instead of being told the old refusal.
func (l *link) reconnect() {
	l.set(func(s *LinkState) {
		if s.Status == LinkRefused {
			s.Status = LinkConnecting
		}
	})
	select {
	case l.kick <- struct{}{}:
	default: // one is on its way
	}
}
