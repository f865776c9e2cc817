package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// The rhythm of the screens that ask the broker themselves. The broker's own statistics are made every five seconds; counts are
// fresher.
const (
	rereadPause   = 3 * time.Second
	rereadShare   = 10               // an open screen has the broker at work for one part in so many of the time at most
	rereadLongest = time.Minute      // and is read this often at least
	rereadAfresh  = 10 * time.Second // the longest pause after an answer that was none
	rereadTimeout = 90 * time.Second // of one reading, whose requests have deadlines of their own
	typingPause   = 400 * time.Millisecond
)

// reread is the state of something that is read over and over while its screen is shown: one request at a time, the next one a
// pause after the last was answered, which is the longer the longer the answer took. It is used on the program's goroutine only.
type reread struct {
	session int                // counts what was given up: an answer to that is no answer
	flying  bool               // a request is under way
	asked   time.Time          // when the newest one was sent
	stop    context.CancelFunc // ends it; nil while none is
	next    time.Time          // when the next one is due
	err     error              // why the newest answer was none; nil when it was one
	at      time.Time          // of the newest good answer; zero: never
}

func (r *reread) due(now time.Time) bool { return !r.flying && !now.Before(r.next) }

// soon makes the next request due at once.
func (r *reread) soon() { r.next = time.Time{} }

// anew gives up what is under way, and makes the next request due at once.
func (r *reread) anew() {
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
	r.session++
	r.flying = false
	r.soon()
}

// leave gives up what is under way, since nobody looks any more.
func (r *reread) leave() {
	if r.stop != nil {
		r.anew()
	}
}

// send orders a request. Its context ends with the console, with its time, and when it is given up.
func (r *reread) send(a *App, work func(ctx context.Context) tea.Msg) tea.Cmd {
	r.flying, r.asked = true, a.scene.now
	given, stop := context.WithCancel(context.Background())
	r.stop = stop
	return a.crew.asks(rereadTimeout, func(ctx context.Context) tea.Msg {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer stop()
		release := context.AfterFunc(given, cancel)
		defer release()
		return work(ctx)
	})
}

// answered takes in how a request went.
func (r *reread) answered(now time.Time, err error) {
	r.flying, r.stop = false, nil
	pause, most := rereadShare*max(0, now.Sub(r.asked)), rereadLongest
	if err != nil {
		most = rereadAfresh
	}
	r.next, r.err = now.Add(max(rereadPause, min(pause, most))), err
	if err == nil {
		r.at = now
	}
}

// waiting is for how long an answer is waited for already, as a remark; "" when that is not long.
func (r *reread) waiting(now time.Time) string {
	if since := now.Sub(r.asked); r.flying && since >= 2*time.Second {
		return span(since.Truncate(time.Second)) + " "
	}
	return ""
}

// unread is one sentence about figures that are old or that never came, "" when there is nothing to say.
func (r *reread) unread(now time.Time, what string) string {
	last := "stale: " + what + " last read " + age(now, r.at) + " ago"
	switch {
	case r.err != nil && r.at.IsZero():
		return sentence(r.err.Error())
	case r.err != nil:
		return sentence(last + ": " + r.err.Error())
	case !r.at.IsZero() && r.flying && now.Sub(r.asked) > staleAfter:
		return sentence(last + ", no answer since")
	}
	return ""
}
