package worker

// orders are what the pool wants of one worker.
type orders struct {
	take     bool // consume; otherwise rest, or end
	end      bool // finish the task in hand and go
	guard    bool // hand back tasks that carousel did not make
	trial    bool // the pool rests, and goes on when the next task says that it may
	prefetch int
	held     string // why the pool holds; "" when it does not
}

// ordersFor works out what the worker should be doing. The caller holds mu.
func (p *Pool) ordersFor(w *worker) orders {
	end := p.phase != working || w.leaving
	o := orders{
		take:     !end && !p.paused && !w.paused && p.held == "",
		end:      end,
		guard:    p.guard,
		prefetch: p.prefetch,
		held:     p.held,
	}
	if p.onTrial(w) && !p.paused && !end {
		o.take, o.trial, o.prefetch = true, true, 1
	}
	return o
}

// command tells every worker what it should be doing now. The caller holds mu.
func (p *Pool) command() {
	for _, w := range p.workers {
		w.tell(p.ordersFor(w))
	}
}

// tell hands the worker new orders and wakes it. From its return on, orders not to take keep it from claiming a task.
// The caller holds Pool.mu.
func (w *worker) tell(o orders) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o == w.orders {
		return
	}
	w.orders = o
	if !o.take && w.interrupt != nil {
		w.interrupt()
	}
	w.nudge()
}

// nudge makes the worker read its orders. The caller holds w.mu.
func (w *worker) nudge() {
	select {
	case w.wake <- struct{}{}:
	default: // it has not looked since the last one
	}
	w.haveHeeded()
}

// read returns the worker's orders, and whether its channel is to be crashed.
func (w *worker) read() (o orders, crash bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = w.pool.pings.Load()
	return w.orders, w.crash
}

// claim is what a worker does with a delivery.
type claim uint8

const (
	try     claim = iota // give it to the handler; it counts as in hand
	refuse               // hand it back: the orders are not to take
	foreign              // hand it back and hold the pool: carousel did not make it, and must not settle it
	spent                // hand it back and take no more: the pool has taken all it was to take
	leave                // let it go back with the channel, which is about to crash
)

// claim decides about a delivery in one step with reading the orders, so that a pause that has returned holds.
func (w *worker) claim(made bool) claim {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.crash:
		return leave
	case !w.orders.take || w.pool.work.Err() != nil:
		return refuse
	case w.orders.guard && !made:
		return foreign
	case !w.pool.spend():
		return spent
	}
	w.pool.inHand.Add(1)
	return try
}
