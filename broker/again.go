package broker

import "maps"

// HeaderCopyOf is the id of the task that a task was made from by hand: sent again as it was, or edited.
const HeaderCopyOf = "x-carousel-copy-of"

// Again returns a task made of another one: its body, properties and headers under a fresh id, made now, on its first try, and
// with HeaderCopyOf. What a broker or carousel wrote on the way of the first one stays behind, and so does CC, by which copies
// would go to other queues. A task of another program stays one: the simulate handler does not settle it unasked. It may be
// called from any goroutine, and changes nothing of t.
func Again(t Task) Task {
	again := NewTask(t.Body)
	again.Type, again.ContentType, again.ContentEncoding = t.Type, t.ContentType, t.ContentEncoding
	again.Priority, again.TTL, again.Work, again.Fail = t.Priority, t.TTL, t.Work, t.Fail
	again.CorrelationID, again.ReplyTo, again.AppID, again.Made = t.CorrelationID, t.ReplyTo, t.AppID, t.Made
	again.Headers = maps.Clone(t.Headers)
	maps.DeleteFunc(again.Headers, func(name string, _ any) bool {
		return byBroker(name) || byCarousel(name) || name == "CC" || name == "BCC"
	})
	if t.ID != "" {
		if again.Headers == nil {
			again.Headers = map[string]any{}
		}
		again.Headers[HeaderCopyOf] = t.ID
	}
	return again
}

// HeaderBytes is about how many bytes a task's headers take on their way.
func HeaderBytes(headers map[string]any) int { return tableSize(headers) }
