package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// The bounds of a request. A scrape is answered from memory; whoever takes longer is slow, or means harm.
const (
	headerTimeout = 5 * time.Second
	writeTimeout  = 10 * time.Second
	idleTimeout   = 2 * time.Minute // above Prometheus' usual interval of a minute
	maxHeader     = 16 << 10
	maxAtOnce     = 4 // pages that may be in memory; further scrapes are told to come again
)

// Server answers whoever asks for the figures. It reads, and changes nothing.
type Server struct {
	listener net.Listener
	http     http.Server
	figures  Figures
	alive    func() string
	ready    func() string

	pages   sync.Pool // of *page
	slots   chan struct{}
	serving sync.WaitGroup
}

// Listen takes the address of the config, so that it is known early whether it can be had. Serve begins to answer; Close ends
// both. Its error is one sentence.
func Listen(cfg Config) (*Server, error) {
	address, err := cfg.address()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		why := errors.Unwrap(err)
		if why == nil {
			why = err
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			why = errors.New("another program listens there; name another port with --metrics or metrics.listen")
		}
		return nil, fmt.Errorf("the metrics cannot be served on %s: %w", address, why)
	}
	return &Server{listener: l, slots: make(chan struct{}, maxAtOnce)}, nil
}

// Address is where the server listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Open reports whether other machines can reach the server.
func (s *Server) Open() bool {
	a, ok := s.listener.Addr().(*net.TCPAddr)
	return !ok || !a.IP.IsLoopback()
}

// Serve answers until Close. alive says why the process is not well, and ready why it takes no tasks; "" when it is, or does.
// Both are called from many goroutines.
func (s *Server) Serve(figures Figures, alive, ready func() string) {
	s.figures, s.alive, s.ready = figures, alive, ready
	s.pages.New = func() any { return &page{} }
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", s.scrape)
	mux.HandleFunc("/healthz", health(func() string { return s.alive() }))
	mux.HandleFunc("/readyz", health(func() string { return s.ready() }))
	s.http = http.Server{
		Handler: readOnly(mux), ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: log.New(io.Discard, "", 0), // of clients that break off, which is theirs to know
	}
	s.serving.Go(func() { _ = s.http.Serve(s.listener) }) // ends with Close, and has nothing else to say
}

// Close ends the server at once and waits for its goroutine. Answers under way are given a moment.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	_ = s.listener.Close() // closed already, where it has served
	s.serving.Wait()
}

// readOnly refuses whatever is no question.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (s *Server) scrape(w http.ResponseWriter, _ *http.Request) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many scrapes at once", http.StatusServiceUnavailable)
		return
	}
	p := s.pages.Get().(*page)
	defer s.pages.Put(p)
	p.text = p.text[:0]
	s.figures.write(p)
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(p.text) // whoever asked has gone; the next one gets a whole page
}

// health answers with 200 when there is nothing to say, and else with 503 and what there is.
func health(trouble func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if why := trouble(); why != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, why+"\n")
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	}
}
