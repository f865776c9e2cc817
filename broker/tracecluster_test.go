package broker

import (
	"fmt"
	"os"
	"testing"

	"carousel/broker/brokertest"
)

// A cluster is traced at every node, whichever a consumer is at, and a node that was restarted is noticed. RabbitMQ takes half a
// minute to start so often, so that it runs only where CAROUSEL_SOAK asks for long tests.
func TestTraceCluster(t *testing.T) {
	if os.Getenv("CAROUSEL_SOAK") == "" {
		t.Skip("it takes half a minute; CAROUSEL_SOAK=1m runs it")
	}
	t.Parallel()
	nodes := brokertest.StartCluster(t, 3).Nodes()
	vhost := nodes[0].VHost(t)
	other := brokertest.Connect(t, vhost.URL())
	other.DeclareQueue("task_queue")
	at := func(n *brokertest.Node) string { return brokertest.VHost{Node: n, Name: vhost.Name}.URL() }
	for _, n := range nodes {
		stranger(t, at(n), n.Name(), true)
	}
	c := connect(t, nodes[0], vhost.URL(), func(cfg *Config) {
		cfg.Management = nil
		for _, n := range nodes[:2] {
			cfg.Management = append(cfg.Management, n.ManagementURL())
		}
	})
	tr := traceOf(t, c, nil)
	if got := fmt.Sprint(states(tr)); got != "[rabbit1@localhost on rabbit2@localhost on rabbit3@localhost unknown no management address of its own leads there]" {
		t.Fatal(got)
	}
	const tasks = 30
	for range tasks {
		other.Publish("task_queue", "one")
	}
	eventually(t, "the copies of two nodes", func() bool { return tr.Status().Copies >= tasks/2 })
	eventually(t, "the names of the consumers", func() bool {
		told := 0
		for _, n := range tr.Consumers(nil) {
			if n.Client == n.Node && n.Client != "" {
				told++
			}
			if n.Client == "rabbit3@localhost" && n.Deliveries > 0 {
				t.Fatalf("a node that is not traced tells: %+v", n)
			}
		}
		return told == 3
	})
	must(t, nodes[1].Stop())
	must(t, nodes[1].Restart())
	eventually(t, "the restart to be noticed", func() bool { return tr.Status().Nodes[1].State == TraceOff })
	if s := tr.Status(); s.Nodes[1].Why != "the node was restarted" || s.Ended != "" || !s.Nodes[0].Traced() {
		t.Errorf("status %+v", s)
	}
	tr.Close()
	for _, n := range nodes {
		if traced(t, n, vhost.Name) {
			t.Errorf("%s still traces", n.Name())
		}
	}
}
