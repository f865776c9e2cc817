package broker

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// A vhost keeps its description and tags while tracing goes on and off, and it goes off whichever way the trace ends; the pledge
// is given before and taken back after.
func TestTraceGoesOffAgain(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	for name, end := range map[string]func(t *testing.T, c *Client, tr *Trace){
		"by Close":        func(_ *testing.T, _ *Client, tr *Trace) { tr.Close() },
		"by Close, twice": func(_ *testing.T, _ *Client, tr *Trace) { tr.Close(); tr.Close() },
		"with the client": func(_ *testing.T, c *Client, _ *Trace) { c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vhost := node.VHost(t)
			describe(t, node, vhost.Name)
			c := connect(t, node, vhost.URL(), nil)
			_, err := c.EnsureQueue(within(t, patience))
			must(t, err)
			var pledges [][]string
			tr := traceOf(t, c, func(nodes []string) error {
				if len(nodes) > 0 && len(pledges) == 0 && traced(t, node, vhost.Name) {
					t.Error("it is on before the pledge")
				}
				pledges = append(pledges, nodes)
				return nil
			})
			described(t, node, vhost.Name, true)
			end(t, c, tr)
			described(t, node, vhost.Name, false)
			s := tr.Status()
			if s.Ended == "" || s.Left != nil || s.Nodes[0].State != TraceOff {
				t.Errorf("status %+v", s)
			}
			if len(pledges) != 2 || len(pledges[0]) != 1 || len(pledges[1]) != 0 {
				t.Errorf("pledges %q", pledges)
			}
		})
	}
}

func describe(t *testing.T, node *brokertest.Node, vhost string) {
	node.Management().Call(t, http.MethodPut, "/api/vhosts/"+vhost, map[string]any{"description": "the shop's, ünïcode", "tags": "production,eu-west-1"}, nil)
}

// described checks that the vhost's description and tags are as describe made them.
func described(t *testing.T, node *brokertest.Node, vhost string, tracing bool) {
	t.Helper()
	var v struct {
		Tracing     bool
		Description string
		Tags        []string
	}
	node.Management().Call(t, http.MethodGet, "/api/vhosts/"+vhost, nil, &v)
	if v.Tracing != tracing || v.Description != "the shop's, ünïcode" || fmt.Sprint(v.Tags) != "[production eu-west-1]" {
		t.Errorf("vhost %+v", v)
	}
}

// A trace whose beginning is given up leaves everything as it was, at whatever step that happens.
func TestTraceGivenUp(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	for name, give := range map[string]func(cancel func(), c *Client) error{
		"by ctx":        func(cancel func(), _ *Client) error { cancel(); return nil },
		"by the pledge": func(func(), *Client) error { return context.DeadlineExceeded },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vhost := node.VHost(t)
			c := connect(t, node, vhost.URL(), nil)
			_, err := c.EnsureQueue(within(t, patience))
			must(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err = c.Trace(ctx, "task_queue", func(nodes []string) error {
				if len(nodes) == 0 {
					return nil
				}
				return give(cancel, c)
			})
			if err == nil || traced(t, node, vhost.Name) {
				t.Errorf("%v, traced %v", err, traced(t, node, vhost.Name))
			}
			tr := traceOf(t, c, nil) // and another one can begin
			if _, err := c.Trace(t.Context(), "task_queue", nil); KindOf(err) != Busy {
				t.Errorf("a second one: %v", err)
			}
			tr.Close()
		})
	}
}

// Of two that look, the one that found tracing on leaves it on; the other's end is the end for both, and is said.
func TestTwoTraces(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	first, second := connect(t, node, vhost.URL(), nil), connect(t, node, vhost.URL(), nil)
	_, err := first.EnsureQueue(within(t, patience))
	must(t, err)
	a := traceOf(t, first, nil)
	b := traceOf(t, second, func(nodes []string) error {
		if len(nodes) > 0 {
			t.Errorf("it means to switch off %q", nodes)
		}
		return nil
	})
	if s := b.Status(); s.Nodes[0].State != TraceFound {
		t.Errorf("status %+v", s)
	}
	b.Close()
	if !traced(t, node, vhost.Name) {
		t.Error("the one that found tracing on has switched it off")
	}
	b = traceOf(t, second, nil)
	a.Close()
	eventually(t, "the second one to notice", func() bool { return b.Status().Ended != "" })
	if s := b.Status(); !strings.Contains(s.Ended, "somebody switched it off") || s.Nodes[0].State != TraceOff {
		t.Errorf("status %+v", s)
	}
	if at, err := second.TracedAt(t.Context()); err != nil || len(at) > 0 {
		t.Errorf("traced at %q, %v", at, err)
	}
	c := traceOf(t, second, nil) // pressed again
	if at, err := first.TracedAt(t.Context()); err != nil || len(at) != 1 || at[0] != c.Status().Nodes[0].Name {
		t.Errorf("traced at %q, %v", at, err)
	}
}

// Who sees that somebody has switched tracing off by hand, and on again, does not switch it off: it is not his any more.
func TestTraceSwitchedByHand(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), nil)
	_, err := c.EnsureQueue(within(t, patience))
	must(t, err)
	tr := traceOf(t, c, nil)
	byHand := func(on bool) {
		node.Management().Call(t, http.MethodPut, "/api/vhosts/"+vhost.Name, map[string]any{"tracing": on}, nil)
	}
	byHand(false)
	eventually(t, "it to notice", func() bool { return tr.Status().Ended != "" })
	byHand(true)
	tr.Close()
	if !traced(t, node, vhost.Name) {
		t.Error("it has switched off what somebody else switched on")
	}
}

// What a process that was killed has left on can be switched off by another one.
func TestUntrace(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	describe(t, node, vhost.Name)
	c := connect(t, node, vhost.URL(), nil)
	_, err := c.EnsureQueue(within(t, patience))
	must(t, err)
	tr := traceOf(t, c, nil)
	name := tr.Status().Nodes[0].Name
	left, err := Untrace(within(t, patience), c.cfg, vhost.Name, []string{name, "rabbit@gone"})
	if KindOf(err) != Failed || fmt.Sprint(left) != "[rabbit@gone]" {
		t.Errorf("left %q, %v", left, err)
	}
	described(t, node, vhost.Name, false)
	if left, err := Untrace(within(t, patience), c.cfg, vhost.Name, []string{name}); err != nil || left != nil {
		t.Errorf("again: left %q, %v", left, err)
	}
}

// The ten minutes are the broker side's own: it does not hang on whoever looks.
func TestTraceHasAnEnd(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), nil)
	_, err := c.EnsureQueue(within(t, patience))
	must(t, err)
	tr := traceOf(t, c, nil)
	if end, ok := tr.life.Deadline(); !ok || !end.Equal(tr.Status().Until) || time.Until(end) > TraceLimit {
		t.Errorf("it ends %v, %v; told %v", end, ok, tr.Status().Until)
	}
}
