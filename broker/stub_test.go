package broker

import (
	"net"
	"sync"
	"testing"
)

// serve accepts on l until the test ends, each connection in a goroutine of its own, and waits for all of them. It closes
// the connections that handle returns from, and at the end of the test the others.
func serve(t *testing.T, l net.Listener, handle func(net.Conn)) {
	t.Helper()
	var (
		mu      sync.Mutex
		open    = map[net.Conn]struct{}{}
		ended   bool
		running sync.WaitGroup
	)
	admit := func(conn net.Conn) bool {
		mu.Lock()
		defer mu.Unlock()
		open[conn] = struct{}{}
		return !ended
	}
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if !admit(conn) {
				_ = conn.Close()
				return
			}
			running.Go(func() {
				handle(conn)
				_ = conn.Close()
				mu.Lock()
				defer mu.Unlock()
				delete(open, conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		ended = true
		for conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		running.Wait()
	})
}

// bridge carries bytes between a client and the broker at target, in pieces of at most size, until either end closes.
func bridge(client net.Conn, target string, size int) {
	broker, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() { pipe(client, broker, size) })
	pipe(broker, client, size)
	back.Wait()
}

// pipe copies until either end closes, and then closes both.
func pipe(to, from net.Conn, size int) {
	buffer := make([]byte, size)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			_, _ = to.Write(buffer[:n])
		}
		if err != nil {
			_ = to.Close()
			_ = from.Close()
			return
		}
	}
}
