package brokertest

import "testing"

func TestConformance(t *testing.T) {
	t.Parallel()
	vhost := Shared(t).VHost(t)
	Run(t, vhost.URL(), vhost.Node.ManagementURL())
}
