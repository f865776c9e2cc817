package sandbox

import "time"

// channel is one of a connection's conversations.
type channel struct {
	conn   *conn
	id     uint16
	since  time.Time
	closed bool // after a fault, frames are skipped until the client agrees

	incoming  incoming
	lastQueue string // most recently declared, which an empty queue name means

	consumers []*consumer // in the order in which they came
	unacked   unacked
	nextTag   uint64 // of a delivery
	prefetch  uint16 // of the next consumers; 0 is no limit
	// globalPrefetch limits what all consumers of the channel have in hand together, which is held; 0 is no limit.
	globalPrefetch uint16
	held           int

	confirms  bool
	published uint64 // messages since confirm.select, which is the tag of the last
	tx        *transaction

	meter meter
}

// action is a decoded method, ready to be carried out.
type action func(*channel) *fault

// decoders take a method's arguments apart. Nothing happens before all of them were found good.
var decoders map[method]func(*reader) action

func init() { // not a literal: the handlers lead back to it
	decoders = map[method]func(*reader) action{
		channelFlow:       decodeFlow,
		channelClose:      decodeClose,
		accessRequest:     decodeAccess,
		exchangeDeclare:   decodeExchangeDeclare,
		exchangeDelete:    decodeExchangeDelete,
		exchangeBind:      decodeExchangeBind,
		exchangeUnbind:    decodeExchangeUnbind,
		queueDeclare:      decodeQueueDeclare,
		queueBind:         decodeQueueBind,
		queueUnbind:       decodeQueueUnbind,
		queuePurge:        decodeQueuePurge,
		queueDelete:       decodeQueueDelete,
		basicQos:          decodeQos,
		basicConsume:      decodeConsume,
		basicCancel:       decodeCancel,
		basicPublish:      decodePublish,
		basicGet:          decodeGet,
		basicAck:          decodeAck,
		basicNack:         decodeNack,
		basicReject:       decodeReject,
		basicRecover:      decodeRecover,
		basicRecoverAsync: decodeRecoverAsync,
		confirmSelect:     decodeConfirmSelect,
		txSelect:          decodeTxSelect,
		txCommit:          decodeTxCommit,
		txRollback:        decodeTxRollback,
	}
}

// onChannel handles a frame of a channel other than 0. The fault it returns, if any, ends the connection.
func (c *conn) onChannel(f frame) *fault {
	ch := c.channels[f.channel]
	var m method
	if f.kind == frameMethod && len(f.payload) >= 4 {
		m = method(big.Uint32(f.payload))
	}
	switch {
	case ch == nil && m == channelOpen:
		return c.openChannel(f.channel)
	case ch == nil && m == channelCloseOK: // of a channel that both sides closed at once
		return nil
	case ch == nil:
		return &fault{code: channelError, text: "expected 'channel.open'", method: m}
	case ch.closed && m == channelCloseOK:
		delete(c.channels, ch.id)
		return nil
	case ch.closed && m == channelClose:
		ch.send(channelCloseOK)
		return nil
	case ch.closed:
		return nil
	}
	refused := ch.handle(f, m)
	if refused == nil || refused.hard() {
		return refused
	}
	ch.release()
	ch.send(channelClose, refused.code, refused.reply(), refused.method.class(), refused.method.number())
	return nil
}

func (c *conn) openChannel(id uint16) *fault {
	if len(c.channels) >= int(c.channelMax) || id > c.channelMax {
		return refuse(notAllowed, "number of channels opened (%d) has reached the negotiated channel_max (%d)",
			len(c.channels), c.channelMax)
	}
	if refused := c.broker.reserve(thingCost); refused != nil {
		return refused
	}
	c.channels[id] = &channel{conn: c, id: id, since: time.Now(), nextTag: 1, meter: newMeter(c.broker.now())}
	c.send(id, channelOpenOK, longstr(""))
	return nil
}

// handle handles a frame of an open channel: a method, or a part of the content that follows basic.publish.
func (ch *channel) handle(f frame, m method) *fault {
	var refused *fault
	switch expected := ch.incoming.expected; {
	case expected == aHeader && f.kind == frameHeader:
		m, refused = basicPublish, ch.header(f.payload)
	case expected == aBody && f.kind == frameBody:
		m, refused = basicPublish, ch.body(f.payload)
	case expected != nothing:
		m, refused = basicPublish, ch.incoming.unexpected()
	case f.kind == frameMethod:
		refused = ch.method(m, f.payload)
	default:
		refused = refuse(unexpectedFrame, "expected method frame, got non method frame instead")
	}
	if refused != nil {
		refused.method = m
	}
	return refused
}

func (ch *channel) method(m method, payload []byte) *fault {
	if m == channelOpen {
		return refuse(channelError, "second 'channel.open' seen")
	}
	decode := decoders[m]
	if decode == nil { // short payloads have no method either
		return refuse(commandInvalid, "unimplemented method")
	}
	r := &reader{rest: payload[4:]}
	act := decode(r)
	if r.err != nil {
		return cannotDecode(r.err, payload)
	}
	return act(ch)
}

func (ch *channel) broker() *Broker { return ch.conn.broker }

func (ch *channel) send(m method, args ...any) { ch.conn.send(ch.id, m, args...) }

// sendMessage sends a method, whose frame head appends, and the message with it.
func (ch *channel) sendMessage(properties []byte, m *message, head func(buf []byte) []byte) {
	ch.broker().memory += ch.conn.out.addMessage(ch, properties, m, head)
}

// answer sends what the client waits for, unless it said that it does not.
func (ch *channel) answer(noWait bool, m method, args ...any) {
	if !noWait {
		ch.send(m, args...)
	}
}

// release closes the channel, and gives back what it holds.
func (ch *channel) release() {
	if ch.closed {
		return
	}
	ch.closed = true // none of its consumers is given anything more
	b := ch.broker()
	b.free(thingCost)
	if ch.incoming.message != nil {
		b.free(ch.incoming.reserved)
	}
	ch.incoming = incoming{}
	consumers := ch.consumers
	ch.consumers = nil
	for _, c := range consumers {
		c.queue.leave(c)
	}
	if ch.tx != nil {
		ch.tx.rollback(ch)
		ch.tx = nil
	}
	ch.finish(ch.unacked.all(), abandoned)
	for _, c := range consumers {
		c.queue.left()
	}
}

func decodeFlow(r *reader) action {
	active := r.flags().bit(0)
	return func(ch *channel) *fault {
		if !active {
			return refuse(notImplemented, "active=false")
		}
		ch.send(channelFlowOK, true)
		return nil
	}
}

func decodeClose(r *reader) action {
	r.short()
	r.shortstr()
	r.long()
	return func(ch *channel) *fault {
		ch.release()
		delete(ch.conn.channels, ch.id)
		ch.send(channelCloseOK)
		return nil
	}
}

// decodeAccess answers a method that the specification dropped and old clients still send.
func decodeAccess(r *reader) action {
	r.shortstr()
	r.flags()
	return func(ch *channel) *fault {
		const ticket = 1
		ch.send(accessRequestOK, uint16(ticket))
		return nil
	}
}
