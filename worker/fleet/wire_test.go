package fleet

import (
	"crypto/rand"
	"testing"
	"time"

	"carousel/worker"
)

// A console whose own pool is busy knows that pool's notices without reading them, long and short, and takes nobody else's for them.
func TestOwnNoticesAreNotRead(t *testing.T) {
	p := newFakePool(64)
	r := NewReporter(p, ReporterOptions{Queue: "q"})
	for i := range 300 {
		p.begin(1+i%64, rand.Text())
		p.end(1+i%64, worker.TaskDone, "")
	}
	own := NewWatcher(WatchOptions{Queue: "q", Self: r.ID()})
	other := NewWatcher(WatchOptions{Queue: "q", Self: NewReporter(p, ReporterOptions{}).ID()})
	for name, n := range map[string]*Notice{"short": r.notice(time.Now(), BeatEvery), "long": r.beat(time.Now())} {
		n.Seq = 1
		body, err := encode(n, r.ID())
		if err != nil {
			t.Fatal(err)
		}
		if packed := body[0] == 0x1f; packed != (name == "long") || !mine(body, r.ID()) || mine(body, other.o.Self) || mine(body, "") {
			t.Errorf("%s: packed %v, ours %v, another's %v, nobody's %v", name, packed, mine(body, r.ID()), mine(body, other.o.Self), mine(body, ""))
		}
		own.hear(body, time.Now())
		other.hear(body, time.Now())
	}
	if n := len(own.Hosts(time.Now(), nil)); n != 0 {
		t.Errorf("a console hears %d processes, and is alone", n)
	}
	if n := len(other.Hosts(time.Now(), nil)); n != 1 || other.Refused() != 0 {
		t.Errorf("another one hears %d processes, and refused %d notices", n, other.Refused())
	}
}

// BenchmarkOwnNotice is what a console pays four times a second for a pool of its own that is busy: to tell of 250 tasks, and to
// pass over what it told.
func BenchmarkOwnNotice(b *testing.B) {
	p := newFakePool(64)
	r := NewReporter(p, ReporterOptions{Queue: "q"})
	w := NewWatcher(WatchOptions{Queue: "q", Self: r.ID()})
	for i := range Rate / 4 {
		p.begin(1+i%64, rand.Text())
		p.end(1+i%64, worker.TaskDone, "")
	}
	n := r.beat(time.Now())
	b.ReportAllocs()
	for b.Loop() {
		body, err := encode(n, r.ID())
		if err != nil {
			b.Fatal(err)
		}
		w.hear(body, time.Now())
	}
}
