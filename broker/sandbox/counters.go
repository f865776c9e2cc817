package sandbox

import "time"

// stat is one of the things that are counted.
type stat int

const (
	statPublish      stat = iota // into a queue, or by a channel
	statPublishIn                // into an exchange
	statPublishOut               // from an exchange into queues
	statConfirm                  //
	statReturn                   // unroutable and mandatory
	statDrop                     // unroutable and not
	statDeliver                  //
	statDeliverNoAck             //
	statGet                      //
	statGetNoAck                 //
	statGetEmpty                 //
	statRedeliver                // among those delivered or got
	statAck                      //
	statReceived                 // octets from a client
	statSent                     // octets to a client

	statCount
)

// counters count since their owner came to be.
type counters [statCount]uint64

// rates are per second.
type rates [statCount]float64

// meter tells rates from counters without a goroutine of its own: a look compares with one of at least rateWindow ago,
// as far as there was one.
type meter struct {
	count        counters
	base, recent sample
}

type sample struct {
	at    time.Duration // on the broker's clock
	count counters
}

// rateWindow is the shortest time that rates are taken over, once there is so much.
const rateWindow = 5 * time.Second

func newMeter(now time.Duration) meter { return meter{base: sample{at: now}, recent: sample{at: now}} }

// look returns the rates of the last window or two.
func (m *meter) look(now time.Duration) rates {
	if now-m.recent.at >= rateWindow {
		m.base, m.recent = m.recent, sample{now, m.count}
	}
	var r rates
	if seconds := (now - m.base.at).Seconds(); seconds > 0 {
		for i := range r {
			r[i] = float64(m.count[i]-m.base.count[i]) / seconds
		}
	}
	return r
}

// tally counts one event wherever it is to be seen.
func tally(s stat, meters ...*meter) {
	for _, m := range meters {
		m.count[s]++
	}
}
