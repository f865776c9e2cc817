package sandbox

// maxBody is the largest message, in octets.
const maxBody = 128 << 20

// expected is what must come next on a channel.
type expected uint8

const (
	nothing expected = iota // of a message: the next frame is a method
	aHeader
	aBody
)

// incoming is a message on its way in: basic.publish, a header, and frames of body.
type incoming struct {
	expected  expected
	exchange  string
	key       string
	mandatory bool

	message   *message // from the header on
	remaining uint64   // octets of body that are still to come
	reserved  int64    // memory that it has
}

func (in *incoming) unexpected() *fault {
	if in.expected == aBody {
		return refuse(unexpectedFrame, "expected content body, got non content body frame instead")
	}
	return refuse(unexpectedFrame, "expected content header for class %d, got non content header frame instead",
		classBasic>>16)
}

func decodePublish(r *reader) action {
	exchange, key, options := r.reserved().shortstr(), r.shortstr(), r.flags()
	return func(ch *channel) *fault {
		if immediate := options.bit(1); immediate {
			return refuse(notImplemented, "immediate=true")
		}
		ch.incoming = incoming{expected: aHeader, exchange: exchange, key: key, mandatory: options.bit(0)}
		return nil
	}
}

func (ch *channel) header(payload []byte) *fault {
	in := &ch.incoming
	if len(payload) < contentHeaderMin {
		return cannotDecode(errMalformed, payload)
	}
	class, size, rest := big.Uint16(payload), big.Uint64(payload[4:]), payload[contentHeaderMin:]
	if class != classBasic>>16 {
		return refuse(unexpectedFrame, "expected content header for class %d, got one for class %d instead",
			classBasic>>16, class)
	}
	if size > maxBody { // RabbitMQ finds out when it has taken it all in
		return refuse(preconditionFailed, "message size %d is larger than configured max size %d", size, maxBody)
	}
	m := &message{exchange: in.exchange, key: in.key, properties: append([]byte{}, rest...), holders: 1}
	in.reserved = m.cost() + int64(size)
	if limit := ch.broker().options.MemoryLimit; in.reserved > limit {
		return refuse(preconditionFailed, "message size %d is larger than the sandbox's memory of %d", size, limit)
	}
	if !ch.broker().awaitRoom(ch.conn, in.reserved) {
		return nil // the connection is over, and with it this
	}
	in.message, in.remaining, in.expected = m, size, aBody
	m.body = make([]byte, 0, min(size, frameMaxOffer)) // the rest when it comes: a header is easily sent
	if size == 0 {
		return ch.arrived()
	}
	return nil
}

func (ch *channel) body(payload []byte) *fault {
	in := &ch.incoming
	if uint64(len(payload)) > in.remaining {
		return refuse(unexpectedFrame, "the content body is longer than its header said")
	}
	in.message.body = append(in.message.body, payload...)
	in.remaining -= uint64(len(payload))
	if in.remaining > 0 {
		return nil
	}
	return ch.arrived()
}

// arrived publishes the message that has come in whole, or keeps it for the transaction.
func (ch *channel) arrived() *fault {
	in := ch.incoming
	ch.incoming = incoming{}
	b := ch.broker()
	p, err := parseProperties(in.message.properties)
	if err != nil {
		b.release(in.message)
		return refuse(syntaxError, "malformed properties")
	}
	x, refused := b.admissible(ch.conn, &in, &p)
	if refused != nil {
		b.release(in.message)
		return refused
	}
	if ch.confirms {
		ch.published++
	}
	out := outgoing{message: in.message, exchange: x, properties: p, mandatory: in.mandatory, tag: ch.published}
	if ch.tx != nil {
		ch.tx.messages = append(ch.tx.messages, out)
		return nil
	}
	ch.publish(&out)
	return nil
}

// admissible checks what RabbitMQ checks of a message, and completes it.
func (b *Broker) admissible(c *conn, in *incoming, p *properties) (*exchange, *fault) {
	x := b.exchanges[in.exchange]
	if x == nil {
		return nil, missing(exchangeNamed(in.exchange))
	}
	if x.internal {
		return nil, refuse(accessRefused, "cannot publish to internal %s", exchangeNamed(x.name))
	}
	if claimed, ok := p.text(userID); ok && claimed != c.user {
		return nil, refuse(preconditionFailed, "user_id property set to '%s' but authenticated user was '%s'",
			claimed, c.user)
	}
	ttl, refused := parseExpiration(p)
	if refused != nil {
		return nil, refused
	}
	if mode := p.octet(deliveryMode); mode > 2 || p[deliveryMode] != nil && mode == 0 {
		return nil, refuse(preconditionFailed, "invalid message: {delivery_mode_unknown,%d}", mode)
	}
	if _, err := p.headers(); err != nil {
		return nil, refuse(syntaxError, "malformed headers")
	}
	in.message.ttl, in.message.priority = ttl, p.octet(priority)
	return x, nil
}

// outgoing is a message that may be published.
type outgoing struct {
	message    *message
	exchange   *exchange
	properties properties
	mandatory  bool
	tag        uint64 // to confirm
}

// publish routes the message, and answers: a return first, then the confirm. It ends the publisher's hold.
func (ch *channel) publish(out *outgoing) {
	b, m := ch.broker(), out.message
	queues := b.route(out.exchange, m.key, &out.properties)
	tally(statPublish, &ch.meter, &b.meter)
	tally(statPublishIn, &out.exchange.meter)
	taken := true
	b.cascade(func() {
		for _, q := range queues {
			tally(statPublishOut, &out.exchange.meter)
			tally(statPublish, &q.meter)
			taken = q.offer(m) && taken
		}
	})
	switch {
	case len(queues) > 0:
	case out.mandatory:
		tally(statReturn, &ch.meter, &b.meter)
		ch.sendMessage(m.properties, m, func(buf []byte) []byte {
			return appendMethod(buf, ch.id, basicReturn, uint16(noRoute), replyNames[noRoute], m.exchange, m.key)
		})
	default:
		tally(statDrop, &ch.meter, &b.meter)
	}
	if ch.confirms && taken {
		tally(statConfirm, &ch.meter, &b.meter)
		ch.send(basicAck, out.tag, false)
	} else if ch.confirms {
		ch.send(basicNack, out.tag, false, false)
	}
	b.release(m)
}

func decodeConfirmSelect(r *reader) action {
	noWait := r.flags().bit(0)
	return func(ch *channel) *fault {
		if ch.tx != nil {
			return refuse(preconditionFailed, "cannot switch from tx to confirm mode")
		}
		ch.confirms = true
		ch.answer(noWait, confirmSelectOK)
		return nil
	}
}
