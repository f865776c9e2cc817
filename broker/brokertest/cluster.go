package brokertest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// member is a node's part in a cluster; that of a node by itself has only a name.
type member struct {
	name   string // before the "@"
	cookie string // Erlang's shared secret; empty: one of its own
	first  *Node  // the cluster's first node, which has the port mapper of them all; nil: this is it
}

// Name is the node's name in its cluster, and in what the management API tells: "rabbit@localhost".
func (n *Node) Name() string { return n.options.member.name + "@localhost" }

func (n *Node) portOfEPMD() int {
	if first := n.options.member.first; first != nil {
		return first.portOfEPMD()
	}
	return n.ports.at(portEPMD)
}

// discovery are the config's lines by which a later node joins the first as it starts, which spares a second start:
// rabbitmqctl join_cluster wants a node that was up. It is told of no other node, or on RabbitMQ 3.10 several wait in
// turn for ten tries at each that is not up yet.
func (n *Node) discovery() []string {
	first := n.options.member.first
	if first == nil {
		return nil
	}
	return []string{
		"cluster_formation.peer_discovery_backend = classic_config",
		"cluster_formation.classic_config.nodes.1 = " + first.Name(),
		"cluster_formation.classic_config.nodes.2 = " + n.Name(),
	}
}

// Cluster is some private nodes that are one broker.
type Cluster struct{ nodes []*Node }

// Nodes are the cluster's nodes, in a fixed order. Each can be killed, stopped, frozen and restarted by itself.
func (c *Cluster) Nodes() []*Node { return c.nodes }

// StartCluster starts n nodes and returns when each serves and sees all the others; they end with the test. Three nodes
// take eight seconds on RabbitMQ 4.0 and twelve on 3.10, and 400 MB. The options hold for every node. Without a RabbitMQ
// on this machine the test is skipped or fails, as with Start.
func StartCluster(tb testing.TB, n int, opts ...Option) *Cluster {
	tb.Helper()
	c, err := startCluster(n, opts...)
	require(tb, err)
	tb.Cleanup(c.close)
	return c
}

func startCluster(n int, opts ...Option) (c *Cluster, err error) {
	c = &Cluster{}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if err = c.prepare(n, optionsOf(opts)); err != nil {
		return nil, err
	}
	// The others join the first one. Started beside it they would be up no sooner: starting is work for two cores.
	if err = c.nodes[0].Restart(); err != nil {
		return nil, err
	}
	if err = each(c.nodes[1:], (*Node).Restart); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	return c, each(c.nodes, func(node *Node) error { return node.awaitPeers(ctx, n) })
}

// prepare makes every node's folder.
func (c *Cluster) prepare(n int, o options) error {
	o.member.cookie = rand.Text()
	for i := range n {
		o.member.name = fmt.Sprintf("rabbit%d", i+1)
		node, err := newNode(o)
		if err != nil {
			return err
		}
		c.nodes = append(c.nodes, node)
		o.member.first = c.nodes[0]
		if err := node.furnish(); err != nil {
			return err
		}
	}
	return nil
}

// Flush writes what the cluster knows to every node's disk, and takes about a second; see Node.Flush.
func (c *Cluster) Flush() error { return each(c.nodes, (*Node).Flush) }

// close kills every node, the one with the port mapper last.
func (c *Cluster) close() {
	for i := len(c.nodes) - 1; i >= 0; i-- {
		c.nodes[i].close()
	}
}

// each does something with every one of the nodes at once.
func each(nodes []*Node, do func(*Node) error) error {
	errs := make([]error, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() {
			if err := do(n); err != nil {
				errs[i] = fmt.Errorf("%s: %w", n.Name(), err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// awaitPeers waits until the node knows of so many running nodes, itself among them.
func (n *Node) awaitPeers(ctx context.Context, want int) error {
	const interval = 50 * time.Millisecond
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		names, err := n.sees(ctx)
		if err == nil && len(names) == want {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("sees %q running, want %d nodes (%w)", names, want, errors.Join(err, ctx.Err()))
		}
	}
}

// sees are the names of the running nodes of its cluster, as the node knows it.
func (n *Node) sees(ctx context.Context) (names []string, err error) {
	var nodes []struct {
		Name    string
		Running bool
	}
	err = n.Management().call(ctx, http.MethodGet, "/api/nodes?columns=name,running", nil, &nodes)
	for _, node := range nodes {
		if node.Running {
			names = append(names, node.Name)
		}
	}
	return names, err
}
