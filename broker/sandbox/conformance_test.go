package sandbox_test

import (
	"testing"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

func start(tb testing.TB, o sandbox.Options) *sandbox.Broker {
	tb.Helper()
	b, err := sandbox.Start(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := b.Close(); err != nil {
			tb.Error(err)
		}
	})
	return b
}

func TestConformance(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Options{})
	brokertest.Run(t, b.URL(), b.ManagementURL())
}
