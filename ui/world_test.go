package ui

import (
	"context"
	"fmt"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// world is a console with all that it stands on, on every queue that it has been to, and what was asked of that.
type world struct {
	*App
	brokers []*fakeBroker
	pools   []*fakePool
	dead    *fakeDead
	admin   *fakeAdmin
	due     []order     // what was ordered and is not carried out yet
	others  *fakeOthers // nil: the console hears of nobody
	read    map[any]int
	cut     bool // a batch, a replay or a discard was under way when the console went to another queue
}

// order is a Cmd with the moment that it came of.
type order struct {
	cmd  tea.Cmd
	from moment
}

// moment is what a key met: the place and the dialog that stood there, and what was typed into it. broker tells the sessions apart.
type moment struct {
	key    string
	place  placeID
	dialog dialog
	title  string // of a question
	typed  string
	named  bool // a name is to be typed
	ready  bool // the question waits for its answer, not for a count
	queue  string
	broker Broker
	busy   bool // batches, or a replay, or a discard are under way
}

// newWorld gives an App that stands on fakes dead letters, a vhost with a fleet, and other queues to go to.
func newWorld(a *App, dead *fakeDead, admin *fakeAdmin) *world {
	w := &world{App: a, dead: dead, admin: admin, read: map[any]int{}}
	w.brokers = append(w.brokers, a.o.Broker.(*fakeBroker))
	if p, ok := a.o.Pool.(*fakePool); ok {
		w.pools = append(w.pools, p)
	}
	a.o.Dead, a.o.Admin, a.o.Switch, a.o.Trace, a.o.Floor = dead, admin, w.open, w.trace, fakeFloor{admin}
	return w
}

// open is what the console switches by.
func (w *world) open(_ context.Context, queue string, work bool) (Session, error) {
	w.admin.mu.Lock()
	w.admin.note("switch %s %v", queue, work)
	w.admin.mu.Unlock()
	b, p := busyBroker(), busyPool(3)
	b.queue.Queue, b.info.Name = queue, queue
	w.brokers = append(w.brokers, b)
	n := Session{Broker: b, Dead: w.dead, Admin: w.admin, Trace: w.trace, Floor: fakeFloor{w.admin}, Close: func() {}}
	if w.others != nil {
		n.Others = w.others
	}
	if work {
		w.pools = append(w.pools, p)
		n.Pool, n.Journal, n.Start = p, p, func() {}
	}
	return n, nil
}

// now is the moment that a key meets.
func (w *world) now(key string) moment {
	m := moment{key: key, place: w.place, dialog: w.App.dialog, ready: true, queue: w.scene.queue.Queue, broker: w.o.Broker}
	m.busy = len(w.running()) > 0 || w.App.dead().job.runs()
	if q := questionOf(m.dialog); q != nil {
		m.title, m.ready = q.title, q.busy == ""
		if q.field != nil {
			m.named, m.typed = true, q.field.value()
		}
	}
	return m
}

// questionOf is the question in a dialog; nil when it asks none.
func questionOf(d dialog) *question {
	switch d := d.(type) {
	case *question:
		return d
	case *purging:
		return &d.question
	case *queueEnd:
		return &d.question
	case *connectionEnd:
		return &d.question
	case *discarding:
		return &d.question
	case *lookQuestion:
		return &d.question
	}
	return nil
}

// give hands a message to the App and keeps what it orders.
func (w *world) give(key string, msg tea.Msg) {
	from := w.now(key)
	_, cmd := w.Update(msg)
	w.due = append(w.due, order{cmd, from})
}

// carryOut runs one of the orders, and hands its message back. It returns the moment that the order came of.
func (w *world) carryOut(at int) moment {
	o := w.due[at]
	w.due = append(w.due[:at:at], w.due[at+1:]...)
	if o.cmd == nil {
		return o.from
	}
	switch msg := o.cmd().(type) {
	case nil, tea.QuitMsg:
	case tea.BatchMsg:
		for _, cmd := range msg {
			w.due = append(w.due, order{cmd, o.from})
		}
	default:
		before := w.now("")
		_, cmd := w.Update(msg)
		w.due = append(w.due, order{cmd, o.from})
		w.cut = w.cut || before.busy && before.broker != w.o.Broker
	}
	return o.from
}

// asked is what was asked since the last call, each as "whom: what".
func (w *world) asked() (news []string) {
	add := func(who any, name string, list []string) {
		for _, what := range list[w.read[who]:] {
			news = append(news, name+": "+what)
		}
		w.read[who] = len(list)
	}
	for _, b := range w.brokers {
		add(b, "broker", b.asked)
	}
	for _, p := range w.pools {
		add(p, "pool", p.asked)
	}
	add(w.dead, "dead", w.dead.asked)
	add(w.admin, "admin", w.admin.asked)
	if w.others != nil {
		add(w.others, "others", w.others.asked)
	}
	return news
}

// hostileDead are letters that producers and handlers have filled with what could do harm.
func hostileDead(h *mischief, n int) *fakeDead {
	f := deadLetters(n)
	f.cost.Text = "Looking marks every letter as redelivered; nothing else changes."
	for i := range f.letters {
		l := &f.letters[i]
		if i%3 > 0 {
			l.Origin, l.Cause = h.next(), h.next()
		}
		l.Task.ID, l.Task.Type, l.Task.Body, l.Task.ContentType = h.next(), h.next(), []byte(h.next()), h.next()
		l.Task.CorrelationID, l.Task.Headers = h.next(), map[string]any{h.next(): h.next(), "list": []any{h.next(), map[string]any{h.next(): int64(1)}}}
	}
	return f
}

// hostileVHost are queues and a fleet whose owners have done the same.
func hostileVHost(h *mischief) *fakeAdmin {
	f := busyVHost()
	for i := range f.queues {
		if q := &f.queues[i]; i%4 > 0 {
			q.Name, q.Type, q.State, q.Policy, q.Node = fmt.Sprint(h.next(), i), h.next(), h.next(), h.next(), h.next()
			q.Leader, q.Replicas.Members, q.Replicas.Online, q.Arguments = h.next(), []string{h.next(), h.next()}, []string{h.next()}, map[string]any{h.next(): h.next()}
		}
	}
	for i := range f.fleet.Rows {
		r := &f.fleet.Rows[i]
		r.Tag, r.User, r.Peer, r.Client, r.State, r.Activity = h.next(), h.next(), h.next(), h.next(), h.next(), h.next()
		r.Node, r.Product, r.Version, r.Platform = h.next(), h.next(), h.next(), h.next()
		if i%2 > 0 {
			r.Connection = h.next()
		}
	}
	return f
}

// hostileKept keeps a whole task for each that a pool has told of.
func hostileKept(h *mischief, p *fakePool) fakeKept {
	kept := fakeKept{}
	for i := range p.events {
		if ref := p.events[i].Task; ref.ID != "" {
			kept[ref.ID] = broker.Task{ID: ref.ID, Type: ref.Type, Body: []byte(h.next()), ContentType: h.next(), CorrelationID: h.next(),
				Headers: map[string]any{h.next(): h.next(), "list": []any{h.next()}}, Created: start, TTL: time.Second}
		}
	}
	return kept
}

// answers is what a dialog wants typed before it does what cannot be undone; "" when nothing.
func (w *world) answers() string {
	switch d := w.App.dialog.(type) {
	case *purging:
		return broker.Plain(w.scene.queue.Queue)
	case *queueEnd:
		return broker.Plain(d.name)
	case *connectionEnd:
		return broker.Plain(d.host())
	case *discarding:
		return broker.Plain(d.queue)
	case *question:
		if d.title == "Foreign task" || d.title == "Watch other consumers" {
			return broker.Plain(w.scene.queue.Queue)
		}
	}
	return ""
}
