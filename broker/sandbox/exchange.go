package sandbox

import (
	"bytes"
	"slices"
	"strings"
)

// exchange routes messages to the queues and exchanges that are bound to it.
type exchange struct {
	name       string
	kind       string // "direct", "fanout", "topic" or "headers"
	durable    bool
	autoDelete bool
	internal   bool
	arguments  table
	alternate  string // takes what matches no binding; "" without
	bindings   []*binding
	cost       int64
	meter      meter
}

// binding leads from its source, an exchange, to a queue or to another exchange.
type binding struct {
	source      *exchange
	queue       *queue // or
	destination *exchange
	key         string
	arguments   table
	cost        int64
}

func (b *Broker) predeclare() {
	for name, kind := range map[string]string{
		"": "direct", "amq.direct": "direct", "amq.fanout": "fanout", "amq.topic": "topic",
		"amq.headers": "headers", "amq.match": "headers", "amq.rabbitmq.trace": "topic",
	} {
		b.exchanges[name] = &exchange{
			name: name, kind: kind, durable: true, internal: name == "amq.rabbitmq.trace", meter: newMeter(b.now()),
		}
	}
}

func (bd *binding) same(other *binding) bool {
	return bd.queue == other.queue && bd.destination == other.destination && bd.key == other.key &&
		bytes.Equal(appendTable(nil, bd.arguments), appendTable(nil, other.arguments))
}

// bind adds the binding unless it exists.
func (b *Broker) bind(bd *binding) *fault {
	x := bd.source
	if slices.ContainsFunc(x.bindings, bd.same) {
		return nil
	}
	if x.kind == "headers" {
		if refused := checkMatch(bd.arguments); refused != nil {
			return refused
		}
	}
	bd.cost = costOf(bd.key, bd.arguments)
	if refused := b.reserve(bd.cost); refused != nil {
		return refused
	}
	x.bindings = append(x.bindings, bd)
	return nil
}

// unbind removes the bindings of x that match, and x with the last of them when it is declared so.
func (b *Broker) unbind(x *exchange, match func(*binding) bool) {
	before := len(x.bindings)
	x.bindings = slices.DeleteFunc(x.bindings, func(bd *binding) bool {
		gone := match(bd)
		if gone {
			b.free(bd.cost)
		}
		return gone
	})
	if x.autoDelete && len(x.bindings) == 0 && before > 0 {
		b.deleteExchange(x)
	}
}

func (b *Broker) deleteExchange(x *exchange) {
	delete(b.exchanges, x.name)
	b.free(x.cost)
	x.autoDelete = false // it is being deleted: not once more with its last binding
	b.unbind(x, func(*binding) bool { return true })
	for _, source := range b.exchanges {
		b.unbind(source, func(bd *binding) bool { return bd.destination == x })
	}
}

// route returns the queues that a message goes to: each once, whatever way leads there.
func (b *Broker) route(from *exchange, key string, p *properties) []*queue {
	if from.name == "" {
		if q := b.queues[key]; q != nil {
			return []*queue{q}
		}
		return nil
	}
	var queues []*queue
	var header table // decoded when the first headers exchange asks
	walk := []*exchange{from}
	for i := 0; i < len(walk); i++ {
		x := walk[i]
		if x.kind == "headers" && header == nil {
			header, _ = p.headers() // checked when the message came in
		}
		matched := false
		for _, bd := range x.bindings {
			if !bd.matches(key, header) {
				continue
			}
			matched = true
			switch {
			case bd.queue != nil && !slices.Contains(queues, bd.queue):
				queues = append(queues, bd.queue)
			case bd.destination != nil && !slices.Contains(walk, bd.destination):
				walk = append(walk, bd.destination)
			}
		}
		if matched || x.alternate == "" {
			continue
		}
		if alternate := b.exchanges[x.alternate]; alternate != nil && !slices.Contains(walk, alternate) {
			walk = append(walk, alternate)
		}
	}
	return queues
}

func (bd *binding) matches(key string, header table) bool {
	switch bd.source.kind {
	case "fanout":
		return true
	case "topic":
		return topicMatches(strings.Split(bd.key, "."), strings.Split(key, "."))
	case "headers":
		return headersMatch(bd.arguments, header)
	}
	return bd.key == key
}

// topicMatches matches words: "*" is any one, "#" any number. A word more is tried at each "#" from the last on, as
// wildcards in file names are, which takes at most len(pattern) × len(words) steps.
func topicMatches(pattern, words []string) bool {
	p, w, hash, retry := 0, 0, -1, 0
	for w < len(words) {
		switch {
		case p < len(pattern) && pattern[p] == "#":
			hash, retry = p, w
			p++
		case p < len(pattern) && (pattern[p] == "*" || pattern[p] == words[w]):
			p++
			w++
		case hash >= 0:
			retry++
			p, w = hash+1, retry
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "#" {
		p++
	}
	return p == len(pattern)
}
