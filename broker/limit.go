package broker

// isLast reports whether the queue takes a task that it has delivered so often back once more at most.
func (k *Consumer) isLast(count int64) bool {
	limit := k.limit()
	return limit > 0 && count >= max(1, limit-1)
}

// deliveryLimit is the queue's limit, or the usual one where the management API does not tell: a task that came back so often
// ends its workers, whatever the queue would still take.
func (c *Client) deliveryLimit() int64 {
	s := c.Snapshot()
	switch {
	case s.DeliveryLimit.Known():
		return s.DeliveryLimit.Value
	case s.Type.Known(): // no quorum queue: a count is left over from another queue
		return 0
	}
	return defaultLimit
}
