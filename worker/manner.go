package worker

// manner is how tasks are worked. A task is seen through to its end in the manner that it was begun in.
type manner struct {
	handler Handler
	name    string // of the handler
	failure FailureConfig
}

// Work has the tasks that are begun from now on worked by another handler of the same kind, and their failures dealt with by
// another policy. It returns at once.
func (p *Pool) Work(h Handler, failure FailureConfig) {
	p.manner.Store(&manner{h, p.opt.HandlerName, failure})
}

// Spent reports whether the pool has taken as many tasks as Options.MaxTasks says. It drains by itself then.
func (p *Pool) Spent() bool { return p.opt.MaxTasks > 0 && p.taken.Load() >= int64(p.opt.MaxTasks) }

// Taken is how many tasks the pool has taken of Options.MaxTasks; 0 where that sets no bound.
func (p *Pool) Taken() int { return int(p.taken.Load()) }

// spend counts a task that a handler is about to get. It reports false, and counts nothing, when all were taken.
func (p *Pool) spend() bool {
	most := int64(p.opt.MaxTasks)
	if most == 0 {
		return true
	}
	for {
		n := p.taken.Load()
		if n >= most {
			return false
		}
		if p.taken.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// stopWhenSpent ends the taking with the last task that is to be taken.
func (p *Pool) stopWhenSpent() {
	if p.Spent() {
		p.stopTaking()
	}
}
