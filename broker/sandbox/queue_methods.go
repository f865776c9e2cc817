package sandbox

import (
	"crypto/rand"
)

// queueDeclaration is what queue.declare asks for.
type queueDeclaration struct {
	name                                    string
	passive, durable, exclusive, autoDelete bool
	arguments                               table
}

func decodeQueueDeclare(r *reader) action {
	name, options, arguments := r.reserved().shortstr(), r.flags(), r.table()
	d := queueDeclaration{
		name: withoutBreaks(name), passive: options.bit(0), durable: options.bit(1), exclusive: options.bit(2),
		autoDelete: options.bit(3), arguments: arguments,
	}
	noWait := options.bit(4)
	return func(ch *channel) *fault {
		var q *queue
		var refused *fault
		if d.passive {
			q, refused = ch.findQueue(d.name)
		} else {
			q, refused = ch.declareQueue(d)
		}
		if refused != nil {
			return refused
		}
		ch.lastQueue = q.name
		q.used()
		ch.answer(noWait, queueDeclareOK, q.name, uint32(q.ready.len()), uint32(len(q.consumers)))
		return nil
	}
}

// findQueue returns a queue that the connection may use. An empty name is the channel's last declared queue.
func (ch *channel) findQueue(name string) (*queue, *fault) {
	if name == "" {
		if ch.lastQueue == "" {
			return nil, refuse(notFound, "no previously declared queue")
		}
		name = ch.lastQueue
	}
	q := ch.broker().queues[name]
	if q == nil {
		return nil, missing(queueNamed(name))
	}
	return q, q.checkOwner(ch.conn)
}

func (q *queue) checkOwner(c *conn) *fault {
	if q.owner == nil || q.owner == c {
		return nil
	}
	return lockedTo(q)
}

func lockedTo(q *queue) *fault {
	return refuse(resourceLocked, "cannot obtain exclusive access to locked %s. It could be originally declared on "+
		"another connection or the exclusive property value does not match that of the original declaration.",
		queueNamed(q.name))
}

func (ch *channel) declareQueue(d queueDeclaration) (*queue, *fault) {
	b := ch.broker()
	d.durable = d.durable && !d.exclusive // there is nothing to keep when the connection is gone
	if d.name == "" {
		if typeOf(d.arguments) == quorum {
			return nil, refuse(preconditionFailed, "Cannot declare a server-named queue for type rabbit_quorum_queue")
		}
		d.name = "amq.gen-" + rand.Text()
	} else if refused := reservedName("queue", d.name); refused != nil {
		return nil, refused
	}
	if q := b.queues[d.name]; q != nil {
		return q, q.checkSame(ch.conn, d)
	}
	if refused := checkArguments(d.name, d.arguments); refused != nil {
		return nil, refused
	}
	q := &queue{
		broker: b, name: d.name, kind: typeOf(d.arguments), durable: d.durable, autoDelete: d.autoDelete,
		arguments: d.arguments, policy: policyOf(d.arguments), meter: newMeter(b.now()),
		cost: costOf(d.name, d.arguments),
	}
	if d.exclusive {
		q.owner = ch.conn
	}
	if refused := q.checkQuorum(); refused != nil {
		return nil, refused
	}
	if refused := b.reserve(q.cost); refused != nil {
		return nil, refused
	}
	b.queues[q.name] = q
	return q, nil
}

// checkQuorum refuses what a quorum queue cannot be.
func (q *queue) checkQuorum() *fault {
	property := ""
	switch {
	case q.kind != quorum:
		return nil
	case q.autoDelete:
		property = "auto-delete"
	case q.owner != nil:
		property = "exclusive-owner"
	case !q.durable:
		property = "non-durable"
	default:
		return nil
	}
	return refuse(preconditionFailed, "invalid property '%s' for %s", property, queueNamed(q.name))
}

// checkSame compares a queue with how it is declared again.
func (q *queue) checkSame(c *conn, d queueDeclaration) *fault {
	if refused := q.checkOwner(c); refused != nil {
		return refused
	}
	if d.exclusive != (q.owner != nil) {
		return lockedTo(q)
	}
	what := queueNamed(q.name)
	if refused := checkSameField("durable", what, q.durable, d.durable); refused != nil {
		return refused
	}
	if refused := checkSameField("auto_delete", what, q.autoDelete, d.autoDelete); refused != nil {
		return refused
	}
	return q.checkSameArguments(d.arguments)
}

func decodeQueuePurge(r *reader) action {
	name, noWait := r.reserved().shortstr(), r.flags().bit(0)
	return func(ch *channel) *fault {
		q, refused := ch.findQueue(name)
		if refused != nil {
			return refused
		}
		ch.answer(noWait, queuePurgeOK, uint32(q.purge()))
		return nil
	}
}

func decodeQueueDelete(r *reader) action {
	name, options := r.reserved().shortstr(), r.flags()
	ifUnused, ifEmpty, noWait := options.bit(0), options.bit(1), options.bit(2)
	return func(ch *channel) *fault {
		q, refused := ch.findQueue(withoutBreaks(name))
		if refused != nil && refused.code == notFound && (name != "" || ch.lastQueue != "") {
			ch.answer(noWait, queueDeleteOK, uint32(0)) // gone is gone
			return nil
		}
		switch {
		case refused != nil:
			return refused
		case ifUnused && len(q.consumers) > 0:
			return refuse(preconditionFailed, "%s in use", queueNamed(q.name))
		case ifEmpty && q.ready.len() > 0:
			return refuse(preconditionFailed, "%s not empty", queueNamed(q.name))
		}
		ch.answer(noWait, queueDeleteOK, uint32(ch.broker().deleteQueue(q)))
		return nil
	}
}
