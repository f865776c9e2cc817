package brokertest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken below 32768, where Linux begins to give them to outgoing connections: a port stays free while the
// process behind it is down.
const (
	firstPort = 20000
	lastPort  = 29999
	runLength = 8 // every run has this length and starts at a multiple of it, so that two never overlap in part
)

// ports is a run of neighbouring loopback ports that no other test binary takes while it is held: the first is kept
// bound as the mark of that, the others are ours even while nothing listens on them.
type ports struct {
	mark  net.Listener
	first int
}

func reservePorts() (ports, error) {
	const tries = 200
	for range tries {
		first := firstPort + rand.IntN((lastPort-firstPort+1)/runLength)*runLength
		mark, err := net.Listen("tcp", loopback(first))
		if err != nil {
			continue
		}
		if allFree(first+1, runLength-1) {
			return ports{mark: mark, first: first}, nil
		}
		mark.Close()
	}
	return ports{}, fmt.Errorf("found no %d free ports in a row on 127.0.0.1 between %d and %d; stop what listens there",
		runLength, firstPort, lastPort)
}

// at is the i-th port, from 0 to runLength-2.
func (p ports) at(i int) int { return p.first + 1 + i }

func (p ports) release() { p.mark.Close() }

func allFree(first, n int) bool {
	for port := first; port < first+n; port++ {
		listener, err := net.Listen("tcp", loopback(port))
		if err != nil {
			return false
		}
		listener.Close()
	}
	return true
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
