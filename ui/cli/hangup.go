package cli

import "time"

// hangup decides what SIGHUP means to a command that can read its config again. To a service it is the order to do so. On a
// terminal it means that this has gone, and the command leaves as at any other signal; while it is there somebody sent the
// signal by hand, or a shell did that is about to leave.
type hangup struct {
	had      bool        // a terminal at the start
	terminal func() bool // whether there is one
	lag      time.Duration
	reload   chan struct{} // gets a value when the config is to be read again
}

// hangupLag is how long after the signal a terminal is looked for once more: a shell that sends it to its jobs goes a moment
// later.
const hangupLag = time.Second

func newHangup(terminal func() bool) *hangup {
	if terminal == nil {
		terminal = func() bool { return false }
	}
	return &hangup{had: terminal(), terminal: terminal, lag: hangupLag, reload: make(chan struct{}, 1)}
}

// gone reports whether the process has lost its terminal.
func (h *hangup) gone() bool { return h.had && !h.terminal() }

// ask orders a reload.
func (h *hangup) ask() {
	select {
	case h.reload <- struct{}{}:
	default: // one is ordered already, and will read what is there then
	}
}

// hungUp takes a first SIGHUP in. It reports whether the program is to leave, and otherwise returns a channel that tells when to
// look again; nil: not at all.
func (p *program) hungUp() (leave bool, again <-chan time.Time) {
	h := p.hangup.Load()
	switch {
	case h == nil, h.gone():
		return true, nil
	case h.had:
		return false, time.After(h.lag)
	}
	h.ask()
	return false, nil
}

// hungUpIndeed looks for the terminal once more, and reports whether the program is to leave.
func (p *program) hungUpIndeed() (leave bool) {
	h := p.hangup.Load()
	if h.gone() {
		return true
	}
	h.ask()
	return false
}
