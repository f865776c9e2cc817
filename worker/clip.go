package worker

import "sync"

// Clip is a writer that keeps the beginning and the end of what is written, half its limit each, and counts what is between.
// Writing never fails, whatever the amount, and memory grows only as far as something was written. Its methods may be called
// from any goroutine.
type Clip struct {
	limit int

	mu    sync.Mutex // guards what follows: the readers of pipes write, a handler takes
	head  []byte
	tail  []byte // a ring once it is full: its oldest byte is at next
	next  int
	total int64
}

// NewClip returns a clip that keeps at most limit bytes.
func NewClip(limit int) *Clip { return &Clip{limit: limit} }

// Write takes all of p.
func (c *Clip) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total += int64(len(p))
	rest := p
	if room := c.limit - c.limit/2 - len(c.head); room > 0 {
		n := min(room, len(rest))
		c.head, rest = append(c.head, rest[:n]...), rest[n:]
	}
	if size := c.limit / 2; len(rest) > size {
		rest = rest[len(rest)-size:] // what comes before it would be overwritten
	}
	if room := c.limit/2 - len(c.tail); room > 0 {
		n := min(room, len(rest))
		c.tail, rest = append(c.tail, rest[:n]...), rest[n:]
	}
	for len(rest) > 0 {
		n := copy(c.tail[c.next:], rest)
		c.next, rest = (c.next+n)%len(c.tail), rest[n:]
	}
	return len(p), nil
}

// Take returns what was kept, and begins anew.
func (c *Clip) Take() Output {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := Output{Head: c.head, Dropped: c.total - int64(len(c.head)+len(c.tail))}
	if o.Tail = c.tail; c.next > 0 {
		o.Tail = append(append(make([]byte, 0, len(c.tail)), c.tail[c.next:]...), c.tail[:c.next]...)
	}
	if o.Dropped == 0 {
		o.Head, o.Tail = append(o.Head, o.Tail...), nil
	}
	c.head, c.tail, c.next, c.total = nil, nil, 0, 0
	return o
}
