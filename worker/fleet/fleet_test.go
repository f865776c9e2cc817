package fleet

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"carousel/worker"
)

// A process says next to nothing while nobody listens, everything once somebody does, and is silent again after the last left.
func TestSilentWhileNobodyListens(t *testing.T) {
	inRoom(t, 1000, func(r *room) {
		r.report(nil)
		r.pass(time.Minute - time.Second)
		if sent, bytes := r.bus.count(); sent != 12 || bytes > 12*400 {
			t.Errorf("%d notices, %d bytes in a minute with nobody there", sent, bytes)
		}
		w, leave := r.watch(nil)
		r.pass(KnockEvery)
		if h := r.host(w); h.Pool.Size != 1000 || len(w.Workers(time.Now(), nil)) != 1000 || h.State != HostLive {
			t.Errorf("after %v: %+v", KnockEvery, h)
		}
		leave()
		r.pass(KnockEvery + BeatEvery)
		before, _ := r.bus.count()
		r.pass(time.Minute)
		if sent, _ := r.bus.count(); sent-before != 12 {
			t.Errorf("%d notices in a minute after the last listener left", sent-before)
		}
	})
}

// What a console sees elsewhere is what happens there: who has which task since when, how each ended, and the figures.
func TestTasksAreSeenElsewhere(t *testing.T) {
	inRoom(t, 3, func(r *room) {
		r.report(nil)
		w, _ := r.watch(nil)
		r.pass(KnockEvery + BeatEvery)
		r.pool.begin(2, "slow")
		began := time.Now()
		r.pass(3 * BatchEvery)
		rows := w.Workers(time.Now(), nil)
		if s := rows[1]; !s.HasTask || s.Task.ID != "slow" || s.Started.Sub(began).Abs() > time.Millisecond || s.State != worker.StateRunning ||
			s.Name != s.Host+"/w02" || s.ID != FirstID+1 || s.Host == "" {
			t.Errorf("a task in hand: %+v", s)
		}
		r.pool.end(2, worker.TaskDone, "")
		r.pool.begin(1, "bad")
		r.pass(10 * time.Millisecond)
		r.pool.end(1, worker.TaskFailed, "no \x1b[31mspace")
		r.pass(2 * BatchEvery)
		var ends []string
		for _, e := range since(w) {
			ends = append(ends, fmt.Sprintf("%s %d %d %v %v %s", e.Task.ID, e.Kind, e.Worker-FirstID, e.Wait, e.Run.Round(time.Millisecond), e.Err))
		}
		want := []string{
			fmt.Sprintf("slow %d 1 1s 0s ", worker.TaskStarted), fmt.Sprintf("slow %d 1 1s 750ms ", worker.TaskDone),
			fmt.Sprintf("bad %d 0 1s 0s ", worker.TaskStarted), fmt.Sprintf("bad %d 0 1s 10ms no ^[[31mspace", worker.TaskFailed),
		}
		if strings.Join(ends, "\n") != strings.Join(want, "\n") {
			t.Errorf("the ends are\n%s\nwant\n%s", strings.Join(ends, "\n"), strings.Join(want, "\n"))
		}
		rows = w.Workers(time.Now(), nil)
		if rows[1].HasTask || rows[1].Done != 1 || rows[0].HasTask || rows[0].Dead != 1 {
			t.Errorf("afterwards: %+v", rows[:2])
		}
		r.pool.mu.Lock()
		r.pool.rows[0].Done, r.pool.rows[0].Dead, r.pool.rows[2].Err = 41, 7, "held \x9b"
		r.pool.mu.Unlock()
		r.pass(BeatEvery)
		if rows = w.Workers(time.Now(), nil); rows[0].Done != 41 || rows[0].Dead != 7 || rows[2].Err != "held \ufffd" {
			t.Errorf("a beat has the figures exact: %+v", rows)
		}
	})
}

// Silence is late first and lost then, a goodbye is neither, and a console that could not hear blames nobody.
func TestHostsComeAndGo(t *testing.T) {
	inRoom(t, 2, func(r *room) {
		_, stop := r.report(nil)
		w, _ := r.watch(nil)
		r.pass(KnockEvery + BeatEvery)
		name, _ := os.Hostname()
		if h := r.host(w); h.Name != name || h.PID != os.Getpid() || h.Version != "1.2" || h.State != HostLive || h.Max != 10 {
			t.Errorf("a host: %+v", h)
		}
		r.bus.cut() // for both
		r.pass(time.Minute)
		if h := r.host(w); h.State != HostLive || w.Deaf() == nil {
			t.Errorf("it is %v for our own silence; deaf: %v", h.State, w.Deaf())
		}
		r.bus.mend()
		r.pass(listenMost + KnockEvery)
		if h := r.host(w); h.State != HostLive || w.Deaf() != nil || h.Missed == 0 || !h.Gap.To.After(h.Gap.From) {
			t.Errorf("after the silence: %+v, deaf: %v", h, w.Deaf())
		}
		stop()
		r.pass(time.Millisecond)
		if h := r.host(w); h.State != HostLeft {
			t.Errorf("after the goodbye it is %v", h.State)
		}
		for _, s := range w.Workers(time.Now(), nil) {
			if s.State != worker.StateGone {
				t.Errorf("after the goodbye: %+v", s)
			}
		}
		r.pass(forgetOut + time.Second)
		if hosts := w.Hosts(time.Now(), nil); len(hosts) != 0 {
			t.Errorf("still known: %+v", hosts)
		}
	})
}

func TestASilentHostIsLateThenLost(t *testing.T) {
	inRoom(t, 2, func(r *room) {
		w, _ := r.watch(nil)
		r.pass(time.Second)
		reporter := NewReporter(r.pool, ReporterOptions{Queue: "q", Voice: r.bus})
		r.pool.begin(1, "slow")
		reporter.send(r.Context(), reporter.beat(time.Now()))
		r.pass(BeatEvery)
		for _, c := range []struct {
			after time.Duration
			want  HostState
			state worker.State
		}{{0, HostLive, worker.StateRunning}, {lateAfter + time.Second, HostLate, worker.StateRunning}, {lostAfter, HostLost, worker.StateGone}} {
			r.pass(c.after)
			s := w.Workers(time.Now(), nil)[0]
			if h := r.host(w); h.State != c.want || s.State != c.state || s.HasTask != (c.want != HostLost) {
				t.Errorf("it is %v, its worker %v", h.State, s.State)
			}
		}
		reporter.send(r.Context(), reporter.beat(time.Now()))
		r.pass(time.Millisecond)
		if s := w.Workers(time.Now(), nil)[0]; r.host(w).State != HostLive || s.State != worker.StateRunning || !s.HasTask {
			t.Errorf("back again: %+v", s)
		}
	})
}

// Two processes on one machine, a console's own, and processes on another queue.
func TestWhoIsHeard(t *testing.T) {
	inRoom(t, 1, func(r *room) {
		self, _ := r.report(func(o *ReporterOptions) { o.Console = true })
		r.report(nil)
		r.report(nil)
		r.report(func(o *ReporterOptions) { o.Queue = "other" })
		w, _ := r.watch(func(o *WatchOptions) { o.Self = self.ID() })
		r.pass(KnockEvery + BeatEvery)
		hosts := w.Hosts(time.Now(), nil)
		if len(hosts) != 2 || hosts[0].Name == hosts[1].Name || !strings.HasPrefix(hosts[1].Name, hosts[0].Name+"-") {
			t.Errorf("hosts: %+v", hosts)
		}
		rows := w.Workers(time.Now(), nil)
		if len(rows) != 2 || rows[0].ID == rows[1].ID || rows[0].Host == rows[1].Host {
			t.Errorf("workers: %+v", rows)
		}
	})
}

// Several processes of one machine are told apart by their process ids, the first of them too as soon as it is not alone.
func TestProcessesOfOneMachine(t *testing.T) {
	w := NewWatcher(WatchOptions{Queue: "q"})
	hear := func(id string, pid int) {
		t.Helper()
		body, err := encode(Notice{
			Version: version, ID: id, Seq: uint64(len(w.hosts) + 1), Sent: time.Now().UnixMicro(), Every: BeatEvery.Microseconds(),
			About: &About{Host: "web-1", PID: pid, Queue: "q"}, Pool: &Pool{State: "running"}, Workers: []Worker{{ID: 1, Name: "w01", State: "idle"}},
		}, id)
		must(t, err)
		w.hear(body, time.Now())
	}
	names := func() (all string) {
		hosts, rows := w.Hosts(time.Now(), nil), w.Workers(time.Now(), nil)
		if len(hosts) != len(rows) {
			t.Fatalf("%d hosts, %d workers", len(hosts), len(rows))
		}
		for i, h := range hosts {
			if rows[i].Host != h.Name || rows[i].Name != h.Name+"/w01" {
				t.Errorf("%s has %+v", h.Name, rows[i])
			}
			all += h.Name + " "
		}
		return all
	}
	for _, c := range []struct {
		id   string
		pid  int
		want string
	}{
		{"a", 900, "web-1 "}, {"b", 1000, "web-1:900 web-1:1000 "}, {"c", 12, "web-1:12 web-1:900 web-1:1000 "},
		{"d", 900, "web-1:12 web-1:900 web-1:900-2 web-1:1000 "}, {"a", 900, "web-1:12 web-1:900 web-1:900-2 web-1:1000 "},
	} {
		hear(c.id, c.pid)
		if got := names(); got != c.want {
			t.Errorf("after %s: %q, want %q", c.id, got, c.want)
		}
	}
}

// A console knows which processes set their number of workers themselves, and of older ones that they do not tell.
func TestAutoscalingIsSeenElsewhere(t *testing.T) {
	inRoom(t, 2, func(r *room) {
		r.report(nil)
		w, _ := r.watch(nil)
		until := time.Now().Add(time.Minute)
		want := worker.Autoscaling{On: true, Min: 2, Max: 9, Why: "tasks that come keep 1.2 busy", Until: until}
		r.pool.mu.Lock()
		r.pool.status.Auto = want
		r.pool.mu.Unlock()
		r.pass(KnockEvery + BeatEvery)
		h := r.host(w)
		if got := h.Pool.Auto; !h.TellsAuto || !got.Until.Equal(until) || got.Why != want.Why || got.Min != 2 || got.Max != 9 || !got.On {
			t.Errorf("%+v", got)
		}
		r.pool.mu.Lock()
		r.pool.status.Auto = worker.Autoscaling{}
		r.pool.mu.Unlock()
		r.pass(BeatEvery)
		if h = r.host(w); !h.TellsAuto || h.Pool.Auto.On {
			t.Errorf("switched off: %+v", h.Pool.Auto)
		}
		w.hear([]byte(`{"v":1,"id":"old","seq":1,"sent":1,"about":{"host":"web-2","queue":"q"},"pool":{"state":"running","size":3}}`), time.Now())
		for _, h := range w.Hosts(time.Now(), nil) {
			if h.Name == "web-2" && (h.TellsAuto || h.Pool.Auto.On || h.Pool.Size != 3) {
				t.Errorf("an older version: %+v", h)
			}
		}
	})
}
