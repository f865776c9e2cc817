package brokertest

import (
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Relay stands between a client and a broker and makes their link bad on demand. What it is told holds for the
// connections it has and for later ones. Its methods may be called from any goroutine.
type Relay struct {
	target string
	ports  ports
	tasks  sync.WaitGroup // the accepting goroutine and those of every link

	mu       sync.Mutex // guards what follows
	listener net.Listener
	links    map[*link]struct{}
	dials    int
	delay    time.Duration
	rate     int           // bytes a second and direction; 0: no limit
	thawed   chan struct{} // closed while bytes may move
}

// NewRelay starts a relay on loopback to the target, a host:port. It ends with the test.
func NewRelay(tb testing.TB, target string) *Relay {
	tb.Helper()
	reserved, err := reservePorts()
	if err != nil {
		tb.Fatal(err)
	}
	thawed := make(chan struct{})
	close(thawed)
	r := &Relay{target: target, ports: reserved, links: make(map[*link]struct{}), thawed: thawed}
	tb.Cleanup(func() {
		r.Cut()
		r.tasks.Wait()
		r.ports.release()
	})
	if err := r.Mend(); err != nil {
		tb.Fatal(err)
	}
	return r
}

// Addr is the host:port where clients reach the relay.
func (r *Relay) Addr() string { return loopback(r.ports.at(0)) }

// URL is the given address with the relay's host and port in place of its own.
func (r *Relay) URL(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", err
	}
	u.Host = r.Addr()
	return u.String(), nil
}

// Dials is how many connections clients have opened so far, those that did not reach the broker among them.
func (r *Relay) Dials() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dials
}

// Freeze stops every byte both ways and leaves the sockets open, as a cable pulled somewhere in between would. New
// connections are accepted and hear nothing.
func (r *Relay) Freeze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.frozen() {
		r.thawed = make(chan struct{})
	}
}

// Thaw lets the bytes go on. None was lost.
func (r *Relay) Thaw() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.frozen() {
		close(r.thawed)
	}
}

func (r *Relay) frozen() bool {
	select {
	case <-r.thawed:
		return false
	default:
		return true
	}
}

// SetDelay holds every byte back for d in each direction; 0 ends it.
func (r *Relay) SetDelay(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.delay = d
}

// SetRate limits each direction of each connection to so many bytes a second; 0 ends it.
func (r *Relay) SetRate(bytesPerSecond int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rate = bytesPerSecond
}

// Reset drops every connection with a TCP reset at both ends; what was under way is lost.
func (r *Relay) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reset()
}

func (r *Relay) reset() {
	for l := range r.links {
		l.reset()
	}
}

// Cut resets every connection, and new ones are refused until Mend.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listener != nil {
		r.listener.Close()
		r.listener = nil
	}
	r.reset()
}

// Mend accepts connections again after Cut, on the same port.
func (r *Relay) Mend() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", r.Addr())
	if err != nil {
		return err
	}
	r.listener = listener
	r.tasks.Go(func() { r.accept(listener) })
	return nil
}

func (r *Relay) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return // Cut closed it
		}
		if l := r.admit(listener, client.(*net.TCPConn)); l != nil {
			r.tasks.Go(func() {
				l.run()
				r.mu.Lock()
				defer r.mu.Unlock()
				delete(r.links, l)
			})
		}
	}
}

// admit counts the connection. It returns nil when the relay was cut between the accept and now.
func (r *Relay) admit(listener net.Listener, client *net.TCPConn) *link {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dials++
	l := &link{relay: r, client: client, ended: make(chan struct{})}
	if r.listener != listener {
		l.reset()
		return nil
	}
	r.links[l] = struct{}{}
	return l
}

// state is how bytes move at this moment.
func (r *Relay) state() (delay time.Duration, rate int, thawed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.delay, r.rate, r.thawed
}
