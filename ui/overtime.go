package ui

import (
	"fmt"
	"time"
)

// overtime warns of the longest task in hand: the broker is about to take it back, and it would run again.
func (s *scene) overtime(worker string, run time.Duration) verdict {
	text := fmt.Sprintf("%s is on its task for %s; the broker takes a task back after %s (consumer timeout).",
		worker, span(run), span(s.queue.ConsumerTimeout.Value))
	return verdict{levelWarn, "overtime", text}
}
