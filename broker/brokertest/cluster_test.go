package brokertest

import (
	"context"
	"fmt"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

// One cluster goes through what can happen to its nodes, which takes about twenty seconds: they start slowly.
func TestClusterLivesWithoutOneNode(t *testing.T) {
	t.Parallel()
	var cluster *Cluster
	t.Run("the test", func(t *testing.T) {
		cluster = StartCluster(t, 3)
		nodes := cluster.Nodes()
		program := Connect(t, nodes[1].URL())
		queue := program.queue(amqp.Table{"x-queue-type": "quorum"})
		program.Publish(queue, "a", "b")
		if err := cluster.Flush(); err != nil {
			t.Fatal(err)
		}

		nodes[0].Kill() // the one that the others joined
		wantPeers(t, nodes[1], 2)
		program.Publish(queue, "c")
		if err := nodes[0].Restart(); err != nil {
			t.Fatal(err)
		}
		wantPeers(t, nodes[1], 3)
		wantReadyOn(t, nodes[0], queue, 3)

		if err := nodes[2].Freeze(); err != nil {
			t.Fatal(err)
		}
		program.Publish(queue, "d")
		if err := nodes[2].Thaw(); err != nil {
			t.Fatal(err)
		}
		wantReadyOn(t, nodes[2], queue, 4)
	})
	for _, n := range cluster.Nodes() {
		if n.server.running() || !allFree(n.ports.first, runLength) {
			t.Errorf("%s still runs, or holds ports", n.Name())
		}
	}
	if cluster.Nodes()[0].epmd.running() {
		t.Error("the port mapper still runs")
	}
}

func wantPeers(t *testing.T, n *Node, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startPatience)
	defer cancel()
	if err := n.awaitPeers(ctx, want); err != nil {
		t.Fatal(err)
	}
}

// wantReadyOn asks through one node, which may still be catching up.
func wantReadyOn(t *testing.T, n *Node, queue string, want int) {
	t.Helper()
	program := Connect(t, n.URL())
	poll(t, patience, func() error {
		if ready := program.Ready(queue); ready != want {
			return fmt.Errorf("through %s the queue has %d tasks, want %d", n.Name(), ready, want)
		}
		return nil
	})
}
