package brokertest

import (
	"sync"
	"testing"
)

// shared is the node of this test binary, started when the first test asks for it.
var shared struct {
	once sync.Once
	node *Node
	err  error
}

// Shared returns the node that the tests of this binary share. The first call starts it, and the others wait for that.
// Tests leave it running and keep to a vhost of their own. A binary that uses it runs its tests through StopAfter.
func Shared(tb testing.TB) *Node {
	tb.Helper()
	shared.once.Do(func() { shared.node, shared.err = start() })
	require(tb, shared.err)
	return shared.node
}

// Tests runs the tests of one binary.
type Tests struct{ m *testing.M }

// StopAfter wraps a binary's tests so that the shared node is stopped when they have ended. It is for TestMain, and
// goes with goleak too: goleak.VerifyTestMain(brokertest.StopAfter(m)).
func StopAfter(m *testing.M) Tests { return Tests{m} }

// Run runs the tests, stops the shared node, and returns the exit status.
func (t Tests) Run() int {
	defer func() {
		if shared.node != nil {
			shared.node.close()
		}
	}()
	return t.m.Run()
}
