package ui

import "time"

// The rhythm of the screens that ask the broker themselves. The broker's own statistics are made every five seconds; counts are
// fresher.
const (
	rereadPause   = 3 * time.Second
	rereadTimeout = 10 * time.Second
)

// reread is the state of something that is read over and over while its screen is shown: one request at a time, the next one a
// pause after the last was answered. It is used on the program's goroutine only.
type reread struct {
	session int       // counts the sessions: an answer of one that was left is no answer
	flying  bool      // a request is under way
	next    time.Time // when the next one is due
	err     error     // why the newest answer was none; nil when it was one
	at      time.Time // of the newest good answer; zero: never
}

func (r *reread) due(now time.Time) bool { return !r.flying && !now.Before(r.next) }

// soon makes the next request due at once.
func (r *reread) soon() { r.next = time.Time{} }

// anew forgets what is under way on a session that was left.
func (r *reread) anew() {
	r.session++
	r.flying = false
	r.soon()
}

// answered takes in how a request went.
func (r *reread) answered(now time.Time, err error) {
	r.next, r.err = now.Add(rereadPause), err
	if err == nil {
		r.at = now
	}
}

// unread is one sentence about figures that are old or that never came, "" when there is nothing to say.
func (r *reread) unread(now time.Time, what string) string {
	last := "stale: " + what + " last read " + age(now, r.at) + " ago"
	switch {
	case r.err != nil && r.at.IsZero():
		return sentence(r.err.Error())
	case r.err != nil:
		return sentence(last + ": " + r.err.Error())
	case !r.at.IsZero() && now.Sub(r.at) > staleAfter:
		return sentence(last + ", no answer since")
	}
	return ""
}
