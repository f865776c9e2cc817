package sandbox

import (
	"strconv"
	"time"
)

// message is what was published. Queues that got it share it; nothing in it changes but holders.
type message struct {
	exchange   string
	key        string
	properties []byte // as they stand on the wire
	body       []byte
	ttl        time.Duration // noTTL without
	priority   uint8
	holders    int32 // entries and publishers that keep it; at 0 its memory is free
}

const noTTL time.Duration = -1

// Rough costs in memory, in octets, beside the octets that a client sent.
const (
	messageCost = 200
	entryCost   = 64   // a message's place in one queue
	unackedCost = 64   // a delivery that is not settled
	pieceCost   = 100  // a part of a body in an outbox
	thingCost   = 1500 // a queue, an exchange, a binding, a consumer or a channel
	// What decoding an octet of a table takes at worst: an entry of a map for the few that a short name has.
	tableFactor = 32
)

// costOf is what keeping something with a name and arguments takes.
func costOf(name string, arguments table) int64 {
	return int64(thingCost + len(name) + tableFactor*len(appendTable(nil, arguments)))
}

func (m *message) cost() int64 { return int64(messageCost + len(m.properties) + len(m.body)) }

// release gives one hold back.
func (b *Broker) release(m *message) {
	m.holders--
	if m.holders == 0 {
		b.free(m.cost())
	}
}

// drop ends an entry, which is in no queue and no client's hands any more.
func (b *Broker) drop(e *entry) {
	b.free(entryCost)
	b.release(e.message)
}

func (b *Broker) free(size int64) {
	b.memory -= size
	// A wake-up for each freed message would be a stampede of publishers for one place.
	if b.waiting > 0 && b.memory <= b.options.MemoryLimit/10*9 {
		b.room.Broadcast()
	}
}

// awaitRoom takes size octets for a message that comes in, and is what stops publishers: until there is room its
// connection is not read. It reports whether the connection still lives.
func (b *Broker) awaitRoom(c *conn, size int64) bool {
	if b.memory+size > b.options.MemoryLimit {
		c.setBlocked(true)
		b.waiting++
		for b.memory+size > b.options.MemoryLimit && c.state == running {
			b.room.Wait()
		}
		b.waiting--
		c.setBlocked(false)
	}
	if c.state != running {
		return false
	}
	b.memory += size
	return true
}

// reserve takes memory for something that is not a message, and which nobody waits for. It may go a quarter beyond the
// limit, for a consumer must be able to come when messages have filled it.
func (b *Broker) reserve(size int64) *fault {
	if limit := b.options.MemoryLimit; b.memory+size > limit+limit/4 {
		return refuse(resourceError, "the sandbox holds all it may: %d bytes", limit)
	}
	b.memory += size
	return nil
}

// maxTTL is RabbitMQ's, in milliseconds: ten years.
const maxTTL = 315_360_000_000

// parseExpiration reads the property of that name. The refusal is RabbitMQ's.
func parseExpiration(p *properties) (time.Duration, *fault) {
	text, ok := p.text(expiration)
	if !ok {
		return noTTL, nil
	}
	digits := 0
	for digits < len(text) && (text[digits] >= '0' && text[digits] <= '9' || digits == 0 && isSign(text[0])) {
		digits++
	}
	ms, err := strconv.ParseInt(text[:digits], 10, 64)
	reason := ""
	switch {
	case digits == 0 || digits == 1 && isSign(text[0]):
		reason = "no_integer"
	case digits < len(text):
		reason = "{leftover_string," + strconv.Quote(text[digits:]) + "}"
	case ms < 0:
		reason = "{value_negative," + text + "}"
	case err != nil || ms > maxTTL:
		reason = "{value_too_large," + text + "}"
	default:
		return time.Duration(ms) * time.Millisecond, nil
	}
	return noTTL, refuse(preconditionFailed, "invalid expiration '%s': %s", text, reason)
}

func isSign(c byte) bool { return c == '-' || c == '+' }
