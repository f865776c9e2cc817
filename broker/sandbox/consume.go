package sandbox

import (
	"crypto/rand"
	"slices"
)

func decodeQos(r *reader) action {
	size, count, global := r.long(), r.short(), r.flags().bit(0)
	return func(ch *channel) *fault {
		if size != 0 {
			return refuse(notImplemented, "prefetch_size!=0 (%d)", size)
		}
		if global {
			ch.globalPrefetch = count
		} else {
			ch.prefetch, ch.globalPrefetch = count, 0
		}
		ch.resume()
		ch.send(basicQosOK)
		return nil
	}
}

func decodeConsume(r *reader) action {
	queueName, tag, options, arguments := r.reserved().shortstr(), r.shortstr(), r.flags(), r.table()
	noWait := options.bit(3)
	return func(ch *channel) *fault {
		if slices.ContainsFunc(ch.consumers, func(c *consumer) bool { return c.tag == tag }) {
			return refuse(notAllowed, "attempt to reuse consumer tag '%s'", tag)
		}
		q, refused := ch.findQueue(queueName)
		if refused != nil {
			return refused
		}
		c := &consumer{
			tag: tag, channel: ch, queue: q, arguments: arguments, prefetch: ch.prefetch,
			noAck: options.bit(1), exclusive: options.bit(2),
		}
		if c.tag == "" {
			c.tag = "amq.ctag-" + rand.Text()
		}
		if refused := c.admit(); refused != nil {
			return refused
		}
		ch.consumers = append(ch.consumers, c)
		ch.answer(noWait, basicConsumeOK, c.tag)
		q.join(c)
		return nil
	}
}

// admit checks what the consumer asks for against its queue.
func (c *consumer) admit() *fault {
	q := c.queue
	if value, present := c.arguments["x-priority"]; present {
		var wrong string
		if c.priority, wrong = checkInteger(value); wrong != "" {
			return refuse(preconditionFailed, "invalid arg 'x-priority' for %s: %s", queueNamed(q.name), wrong)
		}
	}
	if c.channel.globalPrefetch > 0 && q.kind == quorum {
		return refuse(notImplemented, "%s does not support global qos", queueNamed(q.name))
	}
	alone := len(q.consumers) == 0
	taken := !alone && q.consumers[0].exclusive
	if taken || c.exclusive && (!alone || q.policy.single) {
		return refuse(accessRefused, "%s in exclusive use", queueNamed(q.name))
	}
	c.cost = costOf(c.tag, c.arguments)
	return q.broker.reserve(c.cost)
}

func decodeCancel(r *reader) action {
	tag, noWait := r.shortstr(), r.flags().bit(0)
	return func(ch *channel) *fault {
		at := slices.IndexFunc(ch.consumers, func(c *consumer) bool { return c.tag == tag })
		if at < 0 {
			ch.answer(noWait, basicCancelOK, tag)
			return nil
		}
		c := ch.consumers[at]
		ch.forget(c)
		c.queue.leave(c)
		ch.answer(noWait, basicCancelOK, tag)
		c.queue.left()
		return nil
	}
}

func decodeGet(r *reader) action {
	name, noAck := r.reserved().shortstr(), r.flags().bit(0)
	return func(ch *channel) *fault {
		q, refused := ch.findQueue(name)
		if refused != nil {
			return refused
		}
		if q.policy.single && q.kind == quorum {
			return refuse(resourceLocked, "cannot obtain access to locked %s. basic.get operations are not supported "+
				"by quorum queues with single active consumer", queueNamed(q.name))
		}
		q.used()
		q.expire()
		if q.ready.len() == 0 {
			tally(statGetEmpty, &ch.meter, &q.meter, &ch.broker().meter)
			ch.send(basicGetEmpty, "")
			return nil
		}
		ch.give(q, q.ready.pop(), noAck)
		q.watchHead()
		return nil
	}
}

// give answers basic.get.
func (ch *channel) give(q *queue, e *entry, noAck bool) {
	m := e.message
	tag := ch.hand(e, q, nil, noAck)
	ch.sendMessage(q.propertiesOf(e, true), m, func(buf []byte) []byte {
		return appendMethod(buf, ch.id, basicGetOK, tag, e.redelivered, m.exchange, m.key, uint32(q.ready.len()))
	})
	if !noAck {
		ch.tally(statGet, q, e)
		return
	}
	ch.tally(statGetNoAck, q, e)
	q.broker.drop(e)
}
