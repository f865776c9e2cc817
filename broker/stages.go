package broker

import (
	"context"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// stages takes the letters of a quorum queue by consumers, where those of a classic one are taken by basic.get. A quorum queue
// takes each basic.get for a consumer of its own, and when the channel closes it puts back what its consumers held in the order
// of their tags: "1", "10", "2" as texts, and from 33 on in none at all. Of one consumer it keeps the order. So there are at
// most 30 of these, with tags in their order; several instead of one, so that the client library, which has no bound, never
// holds more than a thirtieth of the look beyond what was asked for.
type stages struct {
	r    *round
	size int // letters of one stage
	made int // stages
	left int // letters to come, of all stages
	due  int // letters to come, of this stage
	in   <-chan amqp.Delivery
}

const (
	maxStages = 30
	// stageQuiet is how long a letter may take to come; others may have taken it.
	stageQuiet = time.Second
)

func newStages(r *round, letters int) *stages {
	return &stages{r: r, size: (letters + maxStages - 1) / maxStages, left: letters}
}

// get takes the next letter; false when none comes.
func (s *stages) get(ctx context.Context) (d amqp.Delivery, more bool, err error) {
	if s.left == 0 {
		return d, false, nil
	}
	if s.due == 0 {
		if err := s.begin(); err != nil {
			return d, false, s.r.fault(err)
		}
	}
	quiet := time.NewTimer(stageQuiet)
	defer quiet.Stop()
	select {
	case d, more = <-s.in:
		if !more {
			return d, false, s.r.loss()
		}
		s.left--
		s.due--
		return d, true, nil
	case <-quiet.C:
		return d, false, nil
	case <-ctx.Done():
		return d, false, ctx.Err()
	}
}

func (s *stages) begin() error {
	s.due = min(s.size, s.left)
	s.made++
	return s.r.s.rpc(func() (err error) {
		if err := s.r.ch.Qos(s.due, 0, false); err != nil {
			return err
		}
		s.in, err = s.r.ch.Consume(s.r.queue, fmt.Sprintf("carousel-look-%02d", s.made), false, false, false, false, nil)
		return err
	})
}
