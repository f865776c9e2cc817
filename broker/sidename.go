package broker

import "strings"

// SideOf tells by a queue's name whether it keeps the failed tasks of another queue, as a retry queue or a dead-letter queue,
// and of which.
func SideOf(name string) (queue string, yes bool) {
	if queue, dead := strings.CutSuffix(name, DeadQueue("")); dead && queue != "" {
		return queue, true
	}
	if at := strings.LastIndex(name, retryInfix); at > 0 {
		if _, retry := retryWait(name[:at], name); retry {
			return name[:at], true
		}
	}
	return "", false
}
