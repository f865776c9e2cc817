package sandbox

// What an operator does from outside of AMQP. Each takes the lock, may be called from any goroutine, and reports if
// there was such a thing.

// purgeQueue removes a queue's ready messages.
func (b *Broker) purgeQueue(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queues[name]
	if q == nil {
		return false
	}
	q.purge()
	return true
}

// removal is what became of an order to delete a queue.
type removal uint8

const (
	queueRemoved removal = iota + 1
	queueMissing
	queueInUse
	queueNotEmpty
)

// removeQueue deletes a queue with what it holds; unless it has consumers or ready messages, where that is asked for.
func (b *Broker) removeQueue(name string, ifUnused, ifEmpty bool) removal {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queues[name]
	switch {
	case q == nil:
		return queueMissing
	case ifUnused && len(q.consumers) > 0:
		return queueInUse
	case ifEmpty && q.ready.len() > 0:
		return queueNotEmpty
	}
	b.deleteQueue(q)
	return queueRemoved
}

// closeConnection ends a connection, and tells its client the reason.
func (b *Broker) closeConnection(name, reason string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		if c.name == name && c.state == running {
			c.end(refuse(connectionForced, "%s", reason))
			return true
		}
	}
	return false
}
