package sandbox

import (
	"strings"
)

var exchangeKinds = map[string]bool{"direct": true, "fanout": true, "topic": true, "headers": true}

func decodeExchangeDeclare(r *reader) action {
	name, kind, options, arguments := r.reserved().shortstr(), r.shortstr(), r.flags(), r.table()
	passive, noWait := options.bit(0), options.bit(4)
	wanted := &exchange{
		name: withoutBreaks(name), kind: kind, arguments: arguments,
		durable: options.bit(1), autoDelete: options.bit(2), internal: options.bit(3),
	}
	return func(ch *channel) *fault {
		var refused *fault
		if passive {
			refused = ch.broker().findExchange(wanted.name)
		} else {
			refused = ch.broker().declareExchange(wanted)
		}
		if refused == nil {
			ch.answer(noWait, exchangeDeclareOK)
		}
		return refused
	}
}

// withoutBreaks is RabbitMQ's protection of its log.
func withoutBreaks(name string) string { return strings.NewReplacer("\r", "", "\n", "").Replace(name) }

func notDefault(exchange string) *fault {
	if exchange == "" {
		return refuse(accessRefused, "operation not permitted on the default exchange")
	}
	return nil
}

func reservedName(kind, name string) *fault {
	if strings.HasPrefix(name, "amq.") {
		return refuse(accessRefused, "%s name '%s' contains reserved prefix 'amq.*'", kind, name)
	}
	return nil
}

func (b *Broker) findExchange(name string) *fault {
	if refused := notDefault(name); refused != nil {
		return refused
	}
	if b.exchanges[name] == nil {
		return missing(exchangeNamed(name))
	}
	return nil
}

func (b *Broker) declareExchange(x *exchange) *fault {
	if !exchangeKinds[x.kind] {
		return refuse(commandInvalid, "unknown exchange type '%s'", x.kind)
	}
	if refused := notDefault(x.name); refused != nil {
		return refused
	}
	if existing := b.exchanges[x.name]; existing != nil {
		return existing.checkSame(x)
	}
	if refused := reservedName("exchange", x.name); refused != nil {
		return refused
	}
	if refused := checkExchangeName(alternateExchange, exchangeNamed(x.name), x.arguments); refused != nil {
		return refused
	}
	x.alternate, _ = x.arguments[alternateExchange].(string)
	x.cost = costOf(x.name, x.arguments)
	if refused := b.reserve(x.cost); refused != nil {
		return refused
	}
	x.meter = newMeter(b.now())
	b.exchanges[x.name] = x
	return nil
}

const alternateExchange = "alternate-exchange"

// checkSame compares an exchange with how it is declared again.
func (x *exchange) checkSame(wanted *exchange) *fault {
	what := exchangeNamed(x.name)
	for _, refused := range []*fault{
		checkSameField("type", what, x.kind, wanted.kind),
		checkSameField("durable", what, x.durable, wanted.durable),
		checkSameField("auto_delete", what, x.autoDelete, wanted.autoDelete),
		checkSameField("internal", what, x.internal, wanted.internal),
		checkSame(alternateExchange, what, x.arguments, wanted.arguments),
	} {
		if refused != nil {
			return refused
		}
	}
	return nil
}

func decodeExchangeDelete(r *reader) action {
	name, options := r.reserved().shortstr(), r.flags()
	ifUnused, noWait := options.bit(0), options.bit(1)
	return func(ch *channel) *fault {
		b := ch.broker()
		if refused := notDefault(name); refused != nil {
			return refused
		}
		if strings.HasPrefix(name, "amq.") {
			return refuse(accessRefused, "deletion of system %s not allowed", exchangeNamed(name))
		}
		if x := b.exchanges[withoutBreaks(name)]; x != nil {
			if ifUnused && len(x.bindings) > 0 {
				return refuse(preconditionFailed, "%s in use", exchangeNamed(name))
			}
			b.deleteExchange(x)
		}
		ch.answer(noWait, exchangeDeleteOK)
		return nil
	}
}

func decodeExchangeBind(r *reader) action {
	wanted := readBinding(r, false)
	noWait, arguments := r.flags().bit(0), r.table()
	return func(ch *channel) *fault { return ch.bind(wanted, arguments, noWait, exchangeBindOK) }
}

func decodeExchangeUnbind(r *reader) action {
	wanted := readBinding(r, false)
	noWait, arguments := r.flags().bit(0), r.table()
	return func(ch *channel) *fault { return ch.unbind(wanted, arguments, noWait, exchangeUnbindOK) }
}

func decodeQueueBind(r *reader) action {
	wanted := readBinding(r, true)
	noWait, arguments := r.flags().bit(0), r.table()
	return func(ch *channel) *fault { return ch.bind(wanted, arguments, noWait, queueBindOK) }
}

func decodeQueueUnbind(r *reader) action {
	wanted := readBinding(r, true)
	arguments := r.table()
	return func(ch *channel) *fault { return ch.unbind(wanted, arguments, false, queueUnbindOK) }
}

// wantedBinding is a binding by the names in a method.
type wantedBinding struct {
	toQueue                  bool
	destination, source, key string
}

func readBinding(r *reader, toQueue bool) wantedBinding {
	return wantedBinding{
		toQueue: toQueue, destination: r.reserved().shortstr(), source: r.shortstr(), key: r.shortstr(),
	}
}

// resolve looks the names up.
func (ch *channel) resolve(w wantedBinding, arguments table) (*binding, *fault) {
	b := ch.broker()
	if w.toQueue && w.destination == "" {
		if ch.lastQueue == "" {
			return nil, refuse(notFound, "no previously declared queue")
		}
		w.destination = ch.lastQueue
		if w.key == "" {
			w.key = ch.lastQueue
		}
	}
	if w.source == "" || !w.toQueue && w.destination == "" {
		return nil, notDefault("")
	}
	bd := &binding{source: b.exchanges[w.source], key: w.key, arguments: arguments}
	if bd.source == nil {
		return nil, missing(exchangeNamed(w.source))
	}
	if !w.toQueue {
		if bd.destination = b.exchanges[w.destination]; bd.destination == nil {
			return nil, missing(exchangeNamed(w.destination))
		}
		return bd, nil
	}
	if bd.queue = b.queues[w.destination]; bd.queue == nil {
		return nil, missing(queueNamed(w.destination))
	}
	return bd, bd.queue.checkOwner(ch.conn)
}

func (ch *channel) bind(w wantedBinding, arguments table, noWait bool, answer method) *fault {
	bd, refused := ch.resolve(w, arguments)
	if refused != nil {
		return refused
	}
	if refused := ch.broker().bind(bd); refused != nil {
		return refused
	}
	ch.answer(noWait, answer)
	return nil
}

// unbind is content when there is no such binding, or nothing that it could bind, as RabbitMQ is.
func (ch *channel) unbind(w wantedBinding, arguments table, noWait bool, answer method) *fault {
	bd, refused := ch.resolve(w, arguments)
	switch {
	case refused == nil:
		ch.broker().unbind(bd.source, bd.same)
	case refused.code != notFound || w.destination == "":
		return refused
	}
	ch.answer(noWait, answer)
	return nil
}
