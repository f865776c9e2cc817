package broker

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	rabbithole "github.com/michaelklishin/rabbit-hole/v2"
)

// RabbitMQ's switch for tracing a vhost is each node's own: a request acts on the node that answers it, and tells of that node
// alone. So every node is asked at an address of its own, and an address that leads to several is of no use.

// traceSwitch reaches the switches of one vhost.
type traceSwitch struct {
	ends  endpoints
	vhost string
	base  *http.Transport
}

// asker asks one address only, until ctx ends. One goroutine uses it.
func (w *traceSwitch) asker(ctx context.Context, e Endpoint) *management {
	return &management{endpoints: []Endpoint{e}, ends: w.ends, transport: &recorder{ctx: ctx, base: w.base, deadline: &deadline{}}}
}

// reach is where the management addresses lead.
type reach struct {
	nodes   map[string]Endpoint // an address of each node that has one to itself
	running []string            // nodes of the cluster, as far as they are told; in order
	why     map[string]string   // of a node that is not among the first: why; "" for none in particular
	err     error               // of the first address that led nowhere
}

// surveys is how often an address is asked who answers, over a connection of its own each time: what spreads requests over
// several nodes does so by connections, or by requests.
const surveys = 3

// survey finds out where each management address leads.
func (w *traceSwitch) survey(ctx context.Context) reach {
	fresh := w.base.Clone()
	fresh.DisableKeepAlives = true
	var (
		mu     sync.Mutex
		asking sync.WaitGroup
		found  = reach{nodes: map[string]Endpoint{}, why: map[string]string{}}
	)
	for _, e := range w.ends.management {
		asking.Go(func() {
			lone := traceSwitch{w.ends, w.vhost, fresh}
			names, running, err := lone.whoAnswers(ctx, e)
			mu.Lock()
			defer mu.Unlock()
			found.running = append(found.running, running...)
			switch {
			case err != nil:
				found.err = cmp.Or(found.err, err)
			case len(names) > 1:
				for _, name := range names {
					found.why[name] = "the address " + e.Address() + " leads to several nodes in turn"
				}
			default:
				found.nodes[names[0]] = e
			}
		})
	}
	asking.Wait()
	slices.Sort(found.running)
	found.running = slices.Compact(found.running)
	return found
}

// whoAnswers asks an address which node answers there: one, unless it leads to several.
func (w *traceSwitch) whoAnswers(ctx context.Context, e Endpoint) (names, running []string, err error) {
	m := w.asker(ctx, e)
	for range surveys {
		var name string
		if name, running, err = m.whoAmI(); err != nil {
			return nil, nil, err
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, running, nil
}

// whoAmI is the node that answers, and those that run in its cluster.
func (m *management) whoAmI() (name string, running []string, err error) {
	var answer overviewAnswer
	err = m.ask(&answer, func(c *rabbithole.Client) error {
		_, err := c.Overview()
		return err
	})
	if err == nil && !answer.Node.known {
		err = &Fault{Kind: Failed, What: "the management API at " + m.endpoints[0].Address() + " does not tell which node it is"}
	}
	return answer.Node.value, answer.nodes(), err
}

// vhostAnswer is a vhost as the management API describes it. What a request to switch tracing leaves out, RabbitMQ forgets.
type vhostAnswer struct {
	Name        text      `json:"name"`
	Tracing     flag      `json:"tracing"` // at the node that answers
	Description text      `json:"description"`
	Tags        vhostTags `json:"tags"`
	QueueType   text      `json:"default_queue_type"`
}

// vhostTags are a list, or one text where rabbitmqctl of RabbitMQ 3.10 has set them.
type vhostTags []string

func (v *vhostTags) UnmarshalJSON(raw []byte) error {
	var list []text
	if json.Unmarshal(raw, &list) != nil {
		list = make([]text, 1)
		_ = json.Unmarshal(raw, &list[0]) // without tags there are none
	}
	for _, tag := range list {
		if tag.known && tag.raw != "" {
			*v = append(*v, tag.raw)
		}
	}
	return nil
}

func (m *management) readVHost(vhost string) (answer vhostAnswer, err error) {
	err = m.send(&answer, http.MethodGet, "vhosts/"+url.PathEscape(vhost), nil)
	return answer, err
}

// send asks for what rabbit-hole has no call for.
func (m *management) send(v any, method, path string, body any) error {
	return m.ask(v, func(c *rabbithole.Client) error {
		var content bytes.Buffer
		if body != nil {
			if err := json.NewEncoder(&content).Encode(body); err != nil {
				return err
			}
		}
		req, err := http.NewRequestWithContext(m.transport.ctx, method, c.Endpoint+"/api/"+path, &content)
		if err != nil {
			return err
		}
		req.SetBasicAuth(c.Username, c.Password)
		req.Header.Set("Content-Type", "application/json")
		res, err := m.transport.RoundTrip(req)
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
}

// turn switches tracing at one node, if it stands otherwise, and reports whether it did. The vhost's description, its tags and
// its default queue type stay as they are. begin is called before the request that acts: from then on an error leaves open
// whether it did. Nothing is sent to another node than the one that is meant.
func (m *management) turn(vhost, node string, on bool, begin func()) (done bool, err error) {
	if err := m.isNode(node); err != nil {
		return false, err
	}
	now, err := m.readVHost(vhost)
	if err != nil || now.Tracing.value == on {
		return false, traceFault(err)
	}
	settings := map[string]any{"tracing": on}
	if now.Description.known {
		settings["description"] = now.Description.raw
	}
	if len(now.Tags) > 0 { // as one text: RabbitMQ 3.10 would run the items of a list together
		settings["tags"] = strings.Join(now.Tags, ",")
	}
	if now.QueueType.known {
		settings["default_queue_type"] = now.QueueType.raw
	}
	begin()
	for range switchTries {
		if err = m.press(vhost, node, on, settings); !errors.Is(err, errNotMoved) {
			break
		}
	}
	if errors.Is(err, errNotMoved) {
		err = &Fault{Kind: Failed, What: "node " + node + " does not trace", Why: "its switch did not move"}
	}
	return err == nil, traceFault(err)
}

// switchTries: a node keeps its switches in one list, and where two of them are moved at once forgets the one or the other.
const switchTries = 3

var errNotMoved = errors.New("the switch did not move")

// press sends the request that switches, and looks whether it did.
func (m *management) press(vhost, node string, on bool, settings map[string]any) error {
	if err := m.send(nil, http.MethodPut, "vhosts/"+url.PathEscape(vhost), settings); err != nil {
		return err
	}
	if err := m.isNode(node); err != nil { // another one has answered between
		return err
	}
	now, err := m.readVHost(vhost)
	if err == nil && now.Tracing.value != on {
		err = errNotMoved
	}
	return err
}

// isNode makes sure of who answers.
func (m *management) isNode(node string) error {
	name, _, err := m.whoAmI()
	if err == nil && name != node {
		err = &Fault{Kind: Failed, What: fmt.Sprintf("the management API at %s is not that of %s alone", m.endpoints[0].Address(), node), Why: name + " answered"}
	}
	return err
}

// traceFault says which right is missing.
func traceFault(err error) error {
	if KindOf(err) == NoRight {
		return advised(err, "the user needs the administrator tag to switch tracing")
	}
	return err
}

// TracedAt asks every management address whether the client's vhost is traced there, and returns the nodes where it is, in
// order. It wants no more than the monitoring tag. It blocks until ctx ends or the API's deadlines pass; its error, a *Fault, is
// that no address answered.
func (c *Client) TracedAt(ctx context.Context) (nodes []string, err error) {
	ctx, cancel := during(ctx, c.desk.life)
	defer cancel()
	w := traceSwitch{c.desk.ends, c.monitor.vhost(), c.desk.transport}
	answered := false
	for _, e := range w.ends.management {
		on, node, failed := w.asker(ctx, e).traced(w.vhost)
		if failed != nil {
			err = cmp.Or(err, failed)
			continue
		}
		answered = true
		if on {
			nodes = append(nodes, node)
		}
	}
	if answered {
		err = nil
	}
	slices.Sort(nodes)
	return slices.Compact(nodes), err
}

// traced reports whether the node that answers traces the vhost, from the list of vhosts, which the monitoring tag may read.
func (m *management) traced(vhost string) (on bool, node string, err error) {
	if node, _, err = m.whoAmI(); err != nil {
		return false, "", err
	}
	var list []vhostAnswer
	if err := m.send(&list, http.MethodGet, "vhosts?columns=name,tracing", nil); err != nil {
		return false, "", err
	}
	at := slices.IndexFunc(list, func(v vhostAnswer) bool { return v.Name.raw == vhost })
	return at >= 0 && list[at].Tracing.value, node, nil
}
