package broker

import (
	"encoding/json"
	"time"
)

// consumerTimeout is the limit that holds for the queue: the shorter of its own argument and its policy, else the config's
// figure for the whole broker.
func (c Config) consumerTimeout(q *queueAnswer, now time.Time) Figure[time.Duration] {
	if c.ConsumerTimeout == 0 {
		return Figure[time.Duration]{}
	}
	if own := q.consumerTimeout(); own > 0 {
		return Figure[time.Duration]{own, now, "api"}
	}
	return Figure[time.Duration]{c.ConsumerTimeout.D(), now, "config"}
}

// consumerTimeout reads the queue's own limit, 0 when it has none.
func (q *queueAnswer) consumerTimeout() (shortest time.Duration) {
	for _, of := range []struct {
		raw json.RawMessage
		key string
	}{{q.RawArgs, "x-consumer-timeout"}, {q.Policy, "consumer-timeout"}} {
		var entries map[string]json.RawMessage
		if len(of.raw) == 0 || json.Unmarshal(of.raw, &entries) != nil { // an empty table may come as a list
			continue
		}
		var ms num
		if json.Unmarshal(entries[of.key], &ms) != nil || ms.value < 1 || ms.value > float64(maxConsumerTimeout.Milliseconds()) {
			continue
		}
		if d := time.Duration(ms.value) * time.Millisecond; shortest == 0 || d < shortest {
			shortest = d
		}
	}
	return shortest
}

// maxConsumerTimeout is more than any task waits for; a larger figure stands for "none".
const maxConsumerTimeout = 365 * 24 * time.Hour

// timeoutNear is the share of the consumer timeout from which a person is warned.
const timeoutNear = 0.8

// NearTimeout reports whether a task that has been in hand for so long comes near the consumer timeout, so that the broker
// may take it back before it is done.
func (s *Snapshot) NearTimeout(inHand time.Duration) bool {
	return s.ConsumerTimeout.Known() && float64(inHand) >= timeoutNear*float64(s.ConsumerTimeout.Value)
}
