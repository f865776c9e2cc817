package sandbox

// transaction is what a channel in tx mode has asked for since the last commit.
type transaction struct {
	messages    []outgoing
	settlements []settlement
}

type settlement struct {
	deliveries []*delivery
	outcome    outcome
}

// rollback gives deliveries back to the channel's hands, and forgets the messages.
func (tx *transaction) rollback(ch *channel) {
	for i := range tx.messages {
		ch.broker().release(tx.messages[i].message)
	}
	for _, s := range tx.settlements {
		ch.unacked.putBack(s.deliveries)
	}
	*tx = transaction{}
}

func decodeTxSelect(*reader) action {
	return func(ch *channel) *fault {
		if ch.confirms {
			return refuse(preconditionFailed, "cannot switch from confirm to tx mode")
		}
		if ch.tx == nil {
			ch.tx = &transaction{}
		}
		ch.send(txSelectOK)
		return nil
	}
}

func decodeTxCommit(*reader) action {
	return func(ch *channel) *fault {
		if ch.tx == nil {
			return refuse(preconditionFailed, "channel is not transactional")
		}
		work := *ch.tx
		*ch.tx = transaction{}
		for i := range work.messages {
			ch.publish(&work.messages[i])
		}
		for _, s := range work.settlements {
			ch.finish(s.deliveries, s.outcome)
		}
		ch.send(txCommitOK)
		return nil
	}
}

func decodeTxRollback(*reader) action {
	return func(ch *channel) *fault {
		if ch.tx == nil {
			return refuse(preconditionFailed, "channel is not transactional")
		}
		ch.tx.rollback(ch)
		ch.send(txRollbackOK)
		return nil
	}
}
