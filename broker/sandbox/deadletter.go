package sandbox

import (
	"slices"
	"time"
)

// The reasons for which a message dies, as RabbitMQ names them in its headers.
const (
	diedRejected  = "rejected"
	diedOfAge     = "expired"
	diedOfLength  = "maxlen"
	diedOfReturns = "delivery_limit"
)

// bury ends an entry: as a dead letter where the queue has an exchange for these.
func (q *queue) bury(e *entry, reason string) {
	q.deadLetter(e.message, reason)
	q.broker.drop(e)
}

// deadLetter publishes a copy of the message that tells of its death. It is lost when nothing takes it, like any other
// message, and when it would go round for ever with nobody having rejected it on the way.
func (q *queue) deadLetter(m *message, reason string) {
	x := q.broker.exchanges[q.policy.deadExchange]
	if !q.policy.buries || x == nil {
		return
	}
	key := m.key
	if q.policy.deadKey != "" {
		key = q.policy.deadKey
	}
	letter := &message{exchange: x.name, key: key, body: m.body, ttl: noTTL, priority: m.priority, holders: 1}
	var deaths array
	letter.properties = withHeaders(m.properties, func(p *properties, headers table) {
		deaths = q.tellDeath(m, reason, p, headers)
		p[expiration] = nil // or it would die again at once
	})
	q.broker.memory += letter.cost()
	b := q.broker
	b.letters = append(b.letters, deadLetter{letter, x, deaths, reason})
	if !b.burying {
		b.cascade(func() {})
	}
}

// deadLetter is a letter on its way from the queue where the message died.
type deadLetter struct {
	message  *message
	exchange *exchange
	deaths   array
	reason   string
}

// cascadeLimit is how many copies the dead letters of one publish, or of one other death, may become all in all. Queues
// that dead-letter to each other would make as many as there are orders of them.
const cascadeLimit = 10_000

// cascade acts, and then delivers the dead letters of that, and theirs in turn. What is beyond the limit is lost.
func (b *Broker) cascade(act func()) {
	b.burying = true
	act()
	copies := 0
	for len(b.letters) > 0 {
		letter := b.letters[0]
		b.letters = b.letters[1:]
		if copies == cascadeLimit {
			b.release(letter.message)
			continue
		}
		p, _ := parseProperties(letter.message.properties)
		for _, to := range b.route(letter.exchange, letter.message.key, &p) {
			if copies == cascadeLimit || letter.reason != diedRejected && circles(to.name, letter.deaths) {
				continue
			}
			copies++
			tally(statPublishOut, &letter.exchange.meter)
			tally(statPublish, &to.meter)
			to.offer(letter.message)
		}
		b.release(letter.message)
	}
	b.letters, b.burying = nil, false
}

// withHeaders returns the properties with their headers changed. They were checked when the message came in.
func withHeaders(raw []byte, change func(*properties, table)) []byte {
	p, _ := parseProperties(raw)
	headers, _ := p.headers()
	change(&p, headers)
	p.setHeaders(headers)
	return p.append(nil)
}

// tellDeath writes the death into the headers, as RabbitMQ does: newest first, one entry for a queue and a reason. It
// returns all deaths.
func (q *queue) tellDeath(m *message, reason string, p *properties, headers table) array {
	death := table{
		"count": int64(1), "reason": reason, "queue": q.name, "time": timestamp(time.Now().Unix()),
		"exchange": m.exchange, "routing-keys": array{m.key},
	}
	if ttl, ok := p.text(expiration); ok {
		death["original-expiration"] = ttl
	}
	if _, before := headers["x-death"]; !before {
		headers["x-first-death-reason"] = reason
		headers["x-first-death-queue"] = q.name
		headers["x-first-death-exchange"] = m.exchange
	}
	deaths, _ := headers["x-death"].(array)
	at := slices.IndexFunc(deaths, func(entry any) bool {
		earlier, _ := entry.(table)
		return earlier["queue"] == q.name && earlier["reason"] == reason
	})
	if at >= 0 {
		death = deaths[at].(table)
		count, _ := integer(death["count"])
		death["count"] = count + 1
		deaths = slices.Delete(deaths, at, at+1)
	}
	deaths = append(array{death}, deaths...)
	headers["x-death"] = deaths
	return deaths
}

// circles reports whether a message that died so has been in the queue before, and nobody rejected it since.
func circles(name string, deaths array) bool {
	for _, entry := range deaths {
		death, ok := entry.(table)
		if !ok || death["reason"] == diedRejected {
			return false
		}
		if death["queue"] == name {
			return true
		}
	}
	return false
}
