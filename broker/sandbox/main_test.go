package sandbox_test

import (
	"testing"

	"go.uber.org/goleak"

	"carousel/broker/brokertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(brokertest.StopAfter(m)) }
