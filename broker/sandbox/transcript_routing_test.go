package sandbox_test

import (
	"maps"
	"slices"

	amqp "github.com/rabbitmq/amqp091-go"
)

func routingScript(s *script) {
	queues := []string{"a", "b", "c"}
	for _, q := range queues {
		s.declare(q, nil)
	}
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	ch := s.channel()
	cases := map[string]string{"d": "direct", "f": "fanout", "t": "topic", "h": "headers", "e": "direct"}
	for _, name := range slices.Sorted(maps.Keys(cases)) { // in one order for both
		kind := cases[name]
		must(ch.ExchangeDeclare(s.name(name), kind, true, false, false, false, nil))
	}
	must(ch.ExchangeDeclare(s.name("alt"), "direct", true, false, false, false,
		amqp.Table{"alternate-exchange": s.name("f")}))
	bind := func(queue, key, exchange string, arguments amqp.Table) {
		must(ch.QueueBind(s.name(queue), key, s.name(exchange), false, arguments))
	}
	bind("a", "k", "d", nil)
	bind("b", "k", "d", nil)
	bind("c", "other", "d", nil)
	bind("a", "", "f", nil)
	bind("c", "", "f", nil)
	bind("a", "*.orange.*", "t", nil)
	bind("b", "*.*.rabbit", "t", nil)
	bind("b", "lazy.#", "t", nil)
	bind("c", "#", "t", nil)
	bind("c", "#.x.#.y", "t", nil)
	bind("a", "", "h", amqp.Table{"x-match": "all", "n": int32(1), "s": "x"})
	bind("b", "", "h", amqp.Table{"x-match": "any", "n": int64(2), "s": "x"})
	bind("c", "", "h", amqp.Table{"v": nil})
	bind("b", "", "h", amqp.Table{"x-match": "any-with-x", "x-y": true})
	bind("b", "k", "alt", nil)
	must(ch.ExchangeBind(s.name("d"), "via", s.name("e"), false, nil))
	must(ch.ExchangeBind(s.name("e"), "via", s.name("d"), false, nil)) // a circle
	bind("a", "via", "d", nil)
	routeAll(func(exchange, key string, headers amqp.Table) {
		s.t.Helper()
		s.send(s.name(exchange), key, amqp.Publishing{Headers: headers})
		for _, q := range queues {
			n, err := ch.QueuePurge(s.name(q), false)
			must(err)
			if n > 0 {
				s.log("%s %q %v: %d in %s", exchange, key, headers, n, q)
			}
		}
	})
}

// routeAll tries every exchange of the script with what may and may not match.
func routeAll(route func(exchange, key string, headers amqp.Table)) {
	for _, key := range []string{"k", "other", "nothing", "via", ""} {
		route("d", key, nil)
		route("f", key, nil)
		route("e", key, nil)
		route("alt", key, nil)
	}
	for _, key := range []string{
		"quick.orange.rabbit", "lazy.orange.elephant", "lazy", "lazy.a.b.c.d", "orange", "", ".", "..", "a.orange.", "x.y",
		"a.x.b.c.y", "x.y.y", "quick.orange.male.rabbit",
	} {
		route("t", key, nil)
	}
	for _, headers := range []amqp.Table{
		nil, {"n": int32(1)}, {"n": int64(1), "s": "x"}, {"n": int16(2)}, {"s": "x"}, {"v": "anything"}, {"v": nil},
		{"x-y": true}, {"n": "1", "s": "x"}, {"n": int32(1), "s": "x", "v": false, "more": 1.5},
	} {
		route("h", "k", headers)
	}
}
