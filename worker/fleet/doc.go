// Package fleet lets every console see the workers of every process that works on the same queue, and steer those that allow
// it. A Reporter tells what its pool does; a Watcher hears all of them.
//
// They meet at a topic exchange, Exchange. A process's notices have the routing key Topic(queue)+".host", orders to it
// Topic(queue)+".do."+id. What a notice is, wire.go says: JSON, which any program may read or write.
//
// A process costs the broker next to nothing while nobody listens: a short knock every KnockEvery, which the broker hands back
// as unroutable. Once one is heard, it tells everything every BeatEvery, and what changed every BatchEvery. Tasks beyond
// Rate a second are told of in part; how many were left out is told too, and the figures of the workers stay exact.
//
// Notices hold no bodies: who may listen to the exchange need not have the right to read the queue.
package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Exchange is the topic exchange of all notices and orders in a vhost: durable, declared by whoever needs it first.
const Exchange = "carousel.fleet"

// How often a process tells of itself.
const (
	KnockEvery = 5 * time.Second        // while nobody listens
	BeatEvery  = 2 * time.Second        // everything
	BatchEvery = 250 * time.Millisecond // what changed
)

// Rate is how many ended tasks a second a process tells of, at most; about 250 kB/s on the wire, before compression.
const Rate = 1000

// Topic is the first word of the routing keys for a queue: a hash, for a queue's name may be longer than a routing key.
func Topic(queue string) string {
	sum := sha256.Sum256([]byte(queue))
	return hex.EncodeToString(sum[:8])
}

func hostKey(queue string) string { return Topic(queue) + ".host" }

func orderKey(queue, id string) string { return Topic(queue) + ".do." + id }
