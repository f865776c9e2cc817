package sandbox

import "slices"

// consumer is a client's subscription to a queue.
type consumer struct {
	tag       string
	channel   *channel
	queue     *queue
	noAck     bool
	exclusive bool
	priority  int64
	prefetch  uint16 // 0 is no limit
	arguments table
	cost      int64
	held      int  // deliveries in hand
	lined     bool // stands in its queue's line
}

// line is the consumers that may be served next: by priority, and among equals by turns.
type line []*consumer

// next takes the first out of the line.
func (l *line) next() *consumer {
	c := (*l)[0]
	*l = append((*l)[:0], (*l)[1:]...) // in place: a line of thousands moves in less than a delivery takes
	c.lined = false
	return c
}

// join puts c behind those of its priority.
func (l *line) join(c *consumer) {
	at := len(*l)
	for at > 0 && (*l)[at-1].priority < c.priority {
		at--
	}
	*l = slices.Insert(*l, at, c)
	c.lined = true
}

func (l *line) leave(c *consumer) {
	*l = slices.DeleteFunc(*l, func(other *consumer) bool { return other == c })
	c.lined = false
}

// busy reports whether c may not have more now: it holds what its limits allow, or its client does not read, or is off.
func (c *consumer) busy() bool {
	ch := c.channel
	if ch.closed || ch.conn.state != running {
		return true
	}
	if ch.conn.full() {
		ch.conn.starved.Store(true)
		if ch.conn.full() { // still: whoever writes now sees the mark
			return true
		}
	}
	if c.noAck {
		return false
	}
	return c.prefetch > 0 && c.held >= int(c.prefetch) ||
		ch.globalPrefetch > 0 && ch.held >= int(ch.globalPrefetch)
}

// mayServe reports whether c is the active one, where only one may be.
func (c *consumer) mayServe() bool { return !c.queue.policy.single || c.queue.active == c }

// resume puts the channel's consumers that are free again back in line.
func (ch *channel) resume() {
	for _, c := range ch.consumers {
		if !c.lined && c.mayServe() && !c.busy() {
			c.queue.line.join(c)
			c.queue.wake()
		}
	}
}

// deliver sends an entry to the client.
func (c *consumer) deliver(e *entry) {
	ch, q := c.channel, c.queue
	tag := ch.hand(e, q, c, c.noAck)
	ch.sendMessage(q.propertiesOf(e, false), e.message, func(buf []byte) []byte {
		buf, start := openFrame(buf, frameMethod, ch.id)
		buf = big.AppendUint32(buf, uint32(basicDeliver))
		buf = appendShortstr(buf, c.tag)
		buf = big.AppendUint64(buf, tag)
		buf = append(buf, redeliveredBit(e))
		buf = appendShortstr(buf, e.message.exchange)
		return closeFrame(appendShortstr(buf, e.message.key), start)
	})
	if !c.noAck {
		ch.tally(statDeliver, q, e)
		return
	}
	ch.tally(statDeliverNoAck, q, e)
	q.broker.drop(e)
}

// tally counts a delivery.
func (ch *channel) tally(s stat, q *queue, e *entry) {
	tally(s, &ch.meter, &q.meter, &q.broker.meter)
	if e.redelivered {
		tally(statRedeliver, &ch.meter, &q.meter, &q.broker.meter)
	}
}

func redeliveredBit(e *entry) byte {
	if e.redelivered {
		return 1
	}
	return 0
}

// propertiesOf is what goes out with an entry: a quorum queue tells how often it was given back, 0 only when it is got.
func (q *queue) propertiesOf(e *entry, got bool) []byte {
	if q.kind != quorum || e.returns == 0 && !got {
		return e.message.properties
	}
	return withHeaders(e.message.properties, func(_ *properties, headers table) {
		headers["x-delivery-count"] = int64(e.returns)
	})
}

// hand numbers a delivery, and keeps it until it is settled unless that is not asked for. c is nil for basic.get.
func (ch *channel) hand(e *entry, q *queue, c *consumer, noAck bool) (tag uint64) {
	tag = ch.nextTag
	ch.nextTag++
	if noAck {
		return tag
	}
	ch.unacked.add(&delivery{tag: tag, entry: e, queue: q, consumer: c})
	q.unacked++
	q.broker.memory += unackedCost
	q.unackedSize += int64(len(e.message.body))
	if c != nil {
		c.held++
		ch.held++
	}
	return tag
}

// cancelled ends c because its queue was deleted.
func (c *consumer) cancelled() {
	ch := c.channel
	c.queue.broker.free(c.cost)
	ch.forget(c)
	if ch.conn.can("consumer_cancel_notify") {
		ch.send(basicCancel, c.tag, true)
	}
}

func (ch *channel) forget(c *consumer) {
	ch.consumers = slices.DeleteFunc(ch.consumers, func(other *consumer) bool { return other == c })
}
