package broker

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"
)

// queueAnswer is a queue as the management API describes it, in RabbitMQ's own field names. Every field may be absent.
type queueAnswer struct {
	Name      text            `json:"name"`
	Type      text            `json:"type"`
	State     text            `json:"state"`
	Node      text            `json:"node"`
	Durable   flag            `json:"durable"`
	RawArgs   json.RawMessage `json:"arguments"`
	Policy    json.RawMessage `json:"effective_policy_definition"`
	Messages  num             `json:"messages"`
	Ready     num             `json:"messages_ready"`
	Unacked   num             `json:"messages_unacknowledged"`
	Bytes     num             `json:"message_bytes"`
	Head      num             `json:"head_message_timestamp"` // Unix seconds
	Stats     json.RawMessage `json:"message_stats"`
	Consumers json.RawMessage `json:"consumer_details"`
	Leader    json.RawMessage `json:"leader"` // null: none just now
	Members   json.RawMessage `json:"members"`
	Online    json.RawMessage `json:"online"`
}

// moving is how many messages a retry queue has neither ready nor handed out: their wait is over, and the work queue has not
// confirmed them.
func (q *queueAnswer) moving() int {
	if !q.Messages.known || !q.Ready.known {
		return 0
	}
	return max(0, int(q.Messages.value-q.Ready.value-q.Unacked.value))
}

// rates are the queue's message rates, a second.
type rates struct {
	Publish   rate `json:"publish_details"`
	Ack       rate `json:"ack_details"`
	Deliver   rate `json:"deliver_get_details"`
	Redeliver rate `json:"redeliver_details"`
}

type rate struct {
	Rate num `json:"rate"`
}

func (r *rate) UnmarshalJSON(raw []byte) error {
	var fields struct {
		Rate num `json:"rate"`
	}
	if json.Unmarshal(raw, &fields) == nil { // an empty list where an object should be is an absent rate
		r.Rate = fields.Rate
	}
	return nil
}

// rates reads message_stats. RabbitMQ leaves out what has never happened: beside a rate that is there, one without even a count
// is 0. Without message_stats nothing is known.
func (q *queueAnswer) rates() (r rates, known bool) {
	var counts map[string]json.RawMessage
	if len(q.Stats) == 0 || json.Unmarshal(q.Stats, &r) != nil || json.Unmarshal(q.Stats, &counts) != nil {
		return r, false
	}
	all := map[string]*num{"publish": &r.Publish.Rate, "ack": &r.Ack.Rate, "deliver_get": &r.Deliver.Rate, "redeliver": &r.Redeliver.Rate}
	for _, rate := range all {
		known = known || rate.known
	}
	for name, rate := range all {
		_, counted := counts[name]
		_, detailed := counts[name+"_details"]
		rate.known = rate.known || known && !counted && !detailed
	}
	return r, known
}

// oldest is the timestamp of the message at the head of the queue.
func (q *queueAnswer) oldest() (time.Time, bool) {
	if !q.Head.known || q.Head.value <= 0 {
		return time.Time{}, false
	}
	return time.Unix(int64(q.Head.value), 0), true
}

// arguments reads the queue's declared arguments as plain values.
func (q *queueAnswer) arguments() (map[string]any, bool) {
	var args map[string]any
	if len(q.RawArgs) == 0 || json.Unmarshal(q.RawArgs, &args) != nil {
		return nil, false
	}
	return args, true
}

// replicas are the queue's members and those that are online; not known of a queue without members.
func (q *queueAnswer) replicas() (r Replicas, known bool) {
	r = Replicas{nodesOf(q.Members), nodesOf(q.Online)}
	return r, len(r.Members) > 0
}

// leader is the node that leads the queue's members, "" while none does; not told of a queue without members.
func (q *queueAnswer) leader() (node string, known bool) {
	var name text
	if len(q.Leader) == 0 || json.Unmarshal(q.Leader, &name) != nil {
		return "", false
	}
	return name.value, true
}

// nodesOf reads a list of nodes; nil: there is none.
func nodesOf(raw json.RawMessage) []string {
	var list []text
	if len(raw) == 0 || json.Unmarshal(raw, &list) != nil || list == nil {
		return nil
	}
	nodes := make([]string, len(list))
	for i := range list {
		nodes[i] = list[i].value
	}
	return nodes
}

// deadLetters reports whether the queue has a dead-letter exchange, from its arguments or its policies.
func (q *queueAnswer) deadLetters() (yes, known bool) {
	args, known := q.arguments()
	_, yes = args["x-dead-letter-exchange"]
	var policy map[string]json.RawMessage
	if len(q.Policy) > 0 && json.Unmarshal(q.Policy, &policy) == nil { // without a policy some versions send a list
		_, byPolicy := policy["dead-letter-exchange"]
		yes = yes || byPolicy
	}
	return yes, known
}

// defaultLimit is the delivery limit of a quorum queue from RabbitMQ 4.0 on.
const defaultLimit = 20

// deliveryLimit is how often a quorum queue takes a message back: the lower one of its argument and its policy, as RabbitMQ
// takes it, else the version's default; 0 without a limit, and 1 also where it takes none back. It is known of quorum queues
// only.
func (q *queueAnswer) deliveryLimit(version string) (limit int64, known bool) {
	if q.Type.value != "quorum" {
		return 0, false
	}
	set := q.limits()
	for _, n := range set {
		if least := max(1, int64(n)); n >= 0 && (limit == 0 || least < limit) { // less than 0 is none
			limit = least
		}
	}
	if len(set) == 0 && major(version) >= 4 {
		return defaultLimit, true
	}
	return limit, true
}

// takesNoneBack reports whether a quorum queue's limit is 0: what comes back, for whatever reason, is dropped or dead-lettered.
func (q *queueAnswer) takesNoneBack() bool {
	return q.Type.value == "quorum" && slices.ContainsFunc(q.limits(), func(n float64) bool { return n == 0 })
}

// limits are the delivery limits that the queue's argument and its policy set, as far as they do.
func (q *queueAnswer) limits() (set []float64) {
	args, _ := q.arguments()
	var policy map[string]any
	if len(q.Policy) > 0 {
		_ = json.Unmarshal(q.Policy, &policy) // without a policy some versions send a list
	}
	for _, v := range []any{args["x-delivery-limit"], policy["delivery-limit"]} {
		if n, ok := v.(float64); ok {
			set = append(set, n)
		}
	}
	return set
}

// consumers reads consumer_details, one item at a time: an item that cannot be read leaves the others.
func (q *queueAnswer) consumers() ([]ConsumerInfo, bool) {
	var items []json.RawMessage
	if len(q.Consumers) == 0 || json.Unmarshal(q.Consumers, &items) != nil {
		return nil, false
	}
	list := make([]ConsumerInfo, 0, len(items))
	for _, item := range items {
		list = append(list, consumerOf(item))
	}
	return list, true
}

func consumerOf(item json.RawMessage) ConsumerInfo {
	var c struct {
		Tag       text            `json:"consumer_tag"`
		Prefetch  num             `json:"prefetch_count"`
		Ack       flag            `json:"ack_required"`
		Active    flag            `json:"active"`
		Exclusive flag            `json:"exclusive"`
		Channel   json.RawMessage `json:"channel_details"`
	}
	var d struct {
		Name       text `json:"name"`
		Connection text `json:"connection_name"`
		Host       text `json:"peer_host"`
		Port       num  `json:"peer_port"`
		User       text `json:"user"`
		Node       text `json:"node"`
	}
	if json.Unmarshal(item, &c) == nil {
		_ = json.Unmarshal(c.Channel, &d) // shovels and federation links have no channel here
	}
	info := ConsumerInfo{
		Tag: c.Tag.value, Prefetch: int(c.Prefetch.value), AckNeeded: c.Ack.value, Exclusive: c.Exclusive.value,
		Active:  c.Active.value || !c.Active.known, // RabbitMQ before 3.8 does not say; there every consumer is active
		Channel: d.Name.value, Connection: d.Connection.value, User: d.User.value, Node: d.Node.value,
	}
	if d.Host.known && d.Port.known {
		info.Peer = Endpoint{Host: d.Host.value, Port: int(d.Port.value)}.Address()
	}
	return info
}

// overviewAnswer is the part of GET /api/overview that is used.
type overviewAnswer struct {
	Cluster text `json:"cluster_name"`
	Node    text `json:"node"` // that answered
	Version text `json:"rabbitmq_version"`

	Listeners json.RawMessage `json:"listeners"` // of every node that runs
}

// nodes are those of the cluster that listen, each once; nil: not told.
func (a *overviewAnswer) nodes() (names []string) {
	var listeners []struct {
		Node text `json:"node"`
	}
	_ = json.Unmarshal(a.Listeners, &listeners) // a user without the monitoring tag is told of none
	for _, l := range listeners {
		if l.Node.known {
			names = append(names, l.Node.value)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// The kinds below take what RabbitMQ may send in a place (a number, a number in quotes, "undefined", null, nothing) and keep
// whether it was there. Nothing makes the rest of the answer unreadable.

type num struct {
	value float64
	known bool
}

func (n *num) UnmarshalJSON(raw []byte) error {
	raw = bytes.Trim(raw, `"`)
	v, err := strconv.ParseFloat(string(raw), 64)
	if err == nil && math.Abs(v) < 1<<62 { // ParseFloat takes NaN and infinities, too
		n.value, n.known = v, true
	}
	return nil
}

type text struct {
	value string // made plain
	raw   string
	known bool
}

func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil && s != "undefined" && string(raw) != "null" {
		t.value, t.raw, t.known = Plain(s), s, true
	}
	return nil
}

type flag struct{ value, known bool }

func (f *flag) UnmarshalJSON(raw []byte) error {
	if s := string(raw); s == "true" || s == "false" {
		f.value, f.known = s == "true", true
	}
	return nil
}
