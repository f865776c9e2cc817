package fleet

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"carousel/broker"
	"carousel/worker"
)

// However many tasks end, no more are told of than there is room for, in their order, failures first, and the rest is counted.
func TestThin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "room")
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"done", "done", "done", "failed", "retried"}), 0, 1000).Draw(t, "ends")
		ends := make([]Task, len(kinds))
		failed := 0
		for i, k := range kinds {
			ends[i] = Task{At: int64(i), Kind: k}
			if k != "done" {
				failed++
			}
		}
		kept, left := thin(ends, n)
		if len(kept) != min(len(ends), n) || len(kept)+int(left) != len(ends) {
			t.Fatalf("%d of %d kept, %d left out, room for %d", len(kept), len(ends), left, n)
		}
		before, bad := int64(-1), 0
		for _, e := range kept {
			if e.At <= before {
				t.Fatalf("out of order")
			}
			before = e.At
			if e.Kind != "done" {
				bad++
			}
		}
		if bad < min(failed, n/2) {
			t.Fatalf("%d of %d failures kept, room for %d", bad, failed, n)
		}
	})
}

// Whatever the clocks and the way, an event is never put after the notice that told of it, nor further back than the slowest
// notice of the last minute was on its way.
func TestClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ahead := time.Duration(rapid.Int64Range(-int64(48*time.Hour), int64(48*time.Hour)).Draw(t, "ahead"))
		var c clock
		now := time.Unix(1_700_000_000, 0)
		slowest := time.Duration(0)
		for range rapid.IntRange(1, 200).Draw(t, "notices") {
			now = now.Add(time.Duration(rapid.Int64Range(1, int64(5*time.Second)).Draw(t, "after")))
			way := time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "way"))
			slowest = max(slowest, way)
			sent := now.Add(-way).Add(-ahead)
			c.note(sent, now)
			at := sent.Add(c.ahead()) // an event at the moment of sending
			if at.After(now) || now.Sub(at) < 0 || now.Sub(at) > slowest+time.Nanosecond {
				t.Fatalf("an event is put %v before now, on the way for %v, at most %v", now.Sub(at), way, slowest)
			}
		}
	})
}

// A clock that is set meanwhile is believed after a minute.
func TestClockIsSet(t *testing.T) {
	var c clock
	now := time.Unix(1_700_000_000, 0)
	for range 60 {
		now = now.Add(time.Second)
		c.note(now.Add(time.Hour), now)
	}
	for range 61 {
		now = now.Add(time.Second)
		c.note(now.Add(-time.Hour), now)
	}
	if c.ahead() != time.Hour {
		t.Errorf("our clock is %v ahead", c.ahead())
	}
}

// Four times as many tasks as are told of, at 64 workers: the bytes are bounded, the console says how many it was not told of,
// and the figures stay exact.
func TestBandwidthIsBounded(t *testing.T) {
	inRoom(t, 64, func(r *room) {
		r.report(nil)
		w, _ := r.watch(nil)
		r.pass(KnockEvery + BeatEvery)
		_, before := r.bus.count()
		const (
			seconds = int(BeatEvery / time.Second)
			ended   = seconds * 4 * Rate
			every   = 10 * time.Millisecond
		)
		for i := range ended {
			id := i%64 + 1
			r.pool.begin(id, fmt.Sprintf("0192f3a1-%04x-7000-8000-%012x", i>>4, i))
			r.pool.end(id, worker.TaskDone, "")
			if i%(ended*int(every)/int(BeatEvery)) == 0 {
				time.Sleep(every)
			}
		}
		r.pass(BeatEvery + time.Millisecond)
		if _, bytes := r.bus.count(); (bytes-before)/seconds > 250_000 {
			t.Errorf("%d bytes a second", (bytes-before)/seconds)
		}
		h, done := r.host(w), uint64(0)
		for _, s := range w.Workers(time.Now(), nil) {
			done += s.Done
		}
		if h.Told+h.Thinned != uint64(ended) || h.Told < uint64(seconds*Rate*9/10) || h.Told > uint64(seconds*Rate*11/10) || done != uint64(ended) {
			t.Errorf("told %d, thinned %d, done %d", h.Told, h.Thinned, done)
		}
	})
}

// Anyone with the right may write to the exchange: nothing that comes can break, fill or colour a console.
func FuzzHear(f *testing.F) {
	p := newFakePool(3)
	p.begin(1, "\x1b]52;c;x\a")
	p.end(2, worker.TaskFailed, "\u202e")
	reporter := NewReporter(p, ReporterOptions{Queue: "q", Version: "\x1b[31m"})
	reporter.seq = 4
	n := reporter.beat(time.Now())
	n.Seq = 5
	whole, err := encode(n, n.ID)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	raw, _ := json.Marshal(n)
	f.Add(raw)
	f.Add([]byte(`{"v":1,"id":"a","seq":1,"sent":1,"every":-5,"about":{"host":"\u001b[31m","queue":"q","pid":-1},"pool":{"state":"?"},` +
		`"workers":[{"id":-1,"s":"idle"},{"id":-1,"s":"running","task":{"at":9223372036854775807}}],` +
		`"tasks":[{"w":-1,"k":"done","at":9223372036854775807,"run":-9223372036854775808}],"notes":[{"k":"changed","at":1}]}`))
	f.Add([]byte{0x1f, 0x8b, 8})
	f.Fuzz(func(t *testing.T, body []byte) {
		w := NewWatcher(WatchOptions{Queue: "q", Events: 100})
		now := time.Now()
		w.hear(whole, now)
		w.hear(body, now)
		w.hear(body, now.Add(time.Second))
		later := now.Add(2 * time.Second)
		for _, h := range w.Hosts(later, nil) {
			plain(t, h.ID, h.Name, h.Version, h.Pool.Held, h.Pool.Handler)
			_, _ = h.State.String(), h.Pool.State.String()
		}
		rows := w.Workers(later, nil)
		if len(rows) > 2*workersMost {
			t.Errorf("%d workers", len(rows))
		}
		seen := map[int]bool{}
		for _, s := range rows {
			plain(t, s.Name, s.Host, s.Err, s.Tag, s.Task.ID, s.Task.Type)
			if _ = s.State.String(); seen[s.ID] || s.ID < FirstID {
				t.Errorf("id %d", s.ID)
			}
			seen[s.ID] = true
		}
		events, _, _ := w.Journal().Since(0, nil)
		for _, e := range events {
			plain(t, e.Err, e.Task.ID, e.Task.Type)
			if e.At.After(later) || e.Kind.Ended() && !seen[e.Worker] {
				t.Errorf("an event at %v of %d", e.At, e.Worker)
			}
		}
	})
}

func plain(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if broker.Plain(s) != s || len(s) > 4*textMost {
			t.Errorf("raw or long: %q", s)
		}
	}
}

// A notice that unpacks to more than it may is refused, and so is a thousandth process, each with a count.
func TestBoundsOfWhatIsHeard(t *testing.T) {
	w := NewWatcher(WatchOptions{Queue: "q"})
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(`{"v":1,"id":"` + strings.Repeat("a", unpackedBytes) + `"}`))
	_ = z.Close()
	w.hear(b.Bytes(), time.Now())
	w.hear(make([]byte, packedBytes+1), time.Now())
	w.hear([]byte("hello"), time.Now())
	if w.Refused() != 3 {
		t.Errorf("%d refused", w.Refused())
	}
	for i := range 1000 {
		w.hear(fmt.Appendf(nil, `{"v":1,"id":"%d","seq":1,"sent":1,"every":2000000,"about":{"host":"h","queue":"q","pid":7}}`, i), time.Now())
	}
	if n := len(w.Hosts(time.Now(), nil)); n != hostsMost || w.Refused() != 3+1000-hostsMost {
		t.Errorf("%d hosts, %d refused", n, w.Refused())
	}
	many := Notice{Version: version, ID: "0", Seq: 2, Sent: 1, Pool: &Pool{State: "running"}}
	for i := range workersMost + 500 {
		many.Workers = append(many.Workers, Worker{ID: i, Name: "w", State: "idle"})
	}
	body, err := encode(many, many.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.hear(body, time.Now())
	if n := len(w.Workers(time.Now(), nil)); n != workersMost {
		t.Errorf("%d workers", n)
	}
}

// A pool that ends and hires all day leaves no rows behind.
func TestEndedWorkersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWatcher(WatchOptions{Queue: "q"})
		for i := range 500 {
			n := Notice{
				Version: version, ID: "a", Seq: uint64(i + 1), Sent: time.Now().UnixMicro(), Every: BeatEvery.Microseconds(),
				About: &About{Host: "h", Queue: "q"}, Pool: &Pool{State: "running"}, Workers: []Worker{{ID: i + 1, Name: "w", State: "idle"}},
			}
			body, err := encode(n, n.ID)
			if err != nil {
				t.Fatal(err)
			}
			w.hear(body, time.Now())
			time.Sleep(BeatEvery)
		}
		if n := len(w.Workers(time.Now(), nil)); n > 2+int(forgetOut/BeatEvery) {
			t.Errorf("%d rows for one worker", n)
		}
	})
}
