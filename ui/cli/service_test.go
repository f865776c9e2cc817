package cli

import (
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// A pool for recycling takes exactly so many tasks, and ends well.
func TestMaxTasks(t *testing.T) {
	for _, c := range []struct {
		name    string
		tasks   int
		args    string
		event   string
		done    uint64
		left    int
		failing int // of the tasks, from the first on, once each
	}{
		{"one worker", 10, "--workers 1 --max-tasks 3", eventMaxTasks, 3, 7, 0},
		{"many workers", 100, "--workers 16 --max-tasks 40", eventMaxTasks, 40, 60, 0},
		{"more workers than tasks", 100, "--workers 20 --max-tasks 7", eventMaxTasks, 7, 93, 0},
		{"as many as there are", 8, "--workers 3 --max-tasks 8", eventMaxTasks, 8, 0, 0},
		{"with --drain, before the end", 10, "--workers 2 --max-tasks 4 --drain", eventMaxTasks, 4, 6, 0},
		{"with --drain, beyond the end", 10, "--workers 2 --max-tasks 40 --drain", eventDrained, 10, 0, 0},
		{"tries count", 6, "--workers 1 --max-tasks 5", eventMaxTasks, 0, 6, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tasks := tasksOf(c.tasks, time.Second)
				for i := range c.failing {
					tasks[i].Fail = 1
				}
				b := newFakeBroker(tasks...)
				status, r, stderr := runWork(t, b, nil, strings.Fields(c.args)...)
				if status != exitDone || r.Done != c.done || r.Event != c.event || len(b.ready)+len(b.dead) != c.left || r.Unsettled != 0 {
					t.Errorf("status %d, %+v, %d ready\n%s", status, r, len(b.ready), stderr)
				}
				if c.failing > 0 && r.Failed != 5 {
					t.Errorf("%d failed tries", r.Failed)
				}
			})
		})
	}
}

// The tasks that were taken may finish, however long they take, unless a signal comes.
func TestMaxTasksWaitsForThem(t *testing.T) {
	for _, c := range []struct {
		name    string
		signals []time.Duration
		status  int
		done    uint64
	}{
		{"no signal", nil, exitDone, 1},
		{"a signal, and drain_timeout", []time.Duration{time.Minute}, exitInterrupted, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				signals := make(chan os.Signal, 2)
				for _, at := range c.signals {
					time.AfterFunc(at, func() { signals <- syscall.SIGTERM })
				}
				status, r, stderr := runWork(t, newFakeBroker(tasksOf(2, time.Hour)...), signals, "--workers", "1", "--max-tasks", "1")
				if status != c.status || r.Done != c.done {
					t.Errorf("status %d, %+v\n%s", status, r, stderr)
				}
			})
		})
	}
}

// freePort is a port that was free a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// get asks an endpoint; status 0: nobody answers.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	answer, err := client.Get(url)
	if err != nil {
		return 0, ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// servedAt is where a carousel that has said so serves its figures.
func servedAt(w *working) (url string) {
	return "http://" + regexp.MustCompile(`served" address=(\S+)`).FindStringSubmatch(w.log())[1]
}

// figure waits until a page of figures has a line.
func figure(t *testing.T, url, line string) {
	t.Helper()
	await(t, func() string {
		_, body := get(t, url+"/metrics")
		if strings.Contains(body, "\n"+line+"\n") {
			return ""
		}
		return line + " is not in\n" + body
	})
}

// The whole service as a process on the sandbox: figures, health and readiness from the start to the end.
func TestMetricsOfWork(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	r.put(t, 5, 0)
	if status, _, stderr := r.run(t, "", "enqueue", "bad", "--type", "bad", "--fail", "1", "--work", "0"); status != exitDone {
		t.Fatal(stderr)
	}
	path := writeConfig(t, "[failure]\nattempts = 1\n")
	w := startWork(t, carousel(t, r.url, "work", "--workers", "3", "--config", path, "--metrics", "127.0.0.1:0", "--management", r.management))
	w.until("metrics are served")
	url := servedAt(w)
	figure(t, url, `carousel_tasks_total{type="",outcome="done"} 5`)
	figure(t, url, `carousel_tasks_total{type="bad",outcome="dead-lettered"} 1`)
	figure(t, url, `carousel_task_run_seconds_count{type=""} 5`)
	figure(t, url, `carousel_task_wait_seconds_count{type="bad"} 1`)
	figure(t, url, `carousel_publishes_total{outcome="confirmed"} 1`)
	figure(t, url, `carousel_workers{state="idle"} 3`)
	figure(t, url, `carousel_link_up{role="work",index="0"} 1`)
	figure(t, url, `carousel_queue_ready_messages{queue="task_queue"} 0`)
	figure(t, url, `carousel_queue_dead_messages{queue="task_queue"} 1`)
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := get(t, url+path); status != http.StatusOK || body != "ok\n" {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	r.put(t, 1, 2*time.Second)
	figure(t, url, `carousel_tasks_in_hand 1`)
	w.signal(syscall.SIGTERM)
	eventually(t, "the end of being ready", func() bool {
		status, _ := get(t, url+"/readyz")
		return status != http.StatusOK
	})
	if status := ended(t, w.command, patience); status != exitInterrupted {
		t.Errorf("status %d:\n%s", status, w.log())
	}
	if status, _ := get(t, url+"/metrics"); status != 0 {
		t.Error("it is still served")
	}
	r.left(t, 0)
}

// Without a broker the process is well, and not ready, and says why.
func TestWorkWithoutALinkIsNotReady(t *testing.T) {
	t.Parallel()
	address := freePort(t)
	w := startWork(t, carousel(t, "amqp://u:s3cret@127.0.0.1:1/", "work", "--workers", "1", "--metrics", address))
	w.until("metrics are served")
	figure(t, "http://"+address, `carousel_link_up{role="work",index="0"} 0`)
	if status, body := get(t, "http://"+address+"/healthz"); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	status, body := get(t, "http://"+address+"/readyz")
	if status != http.StatusServiceUnavailable || strings.Contains(body+w.log(), "s3cret") {
		t.Errorf("%d %s\n%s", status, body, w.log())
	}
	w.signal(syscall.SIGTERM)
	if status := ended(t, w.command, patience); status != exitInterrupted {
		t.Errorf("status %d:\n%s", status, w.log())
	}
}

func TestMetricsPortIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	status, stdout, stderr := invocation{args: []string{"work", "--metrics", l.Addr().String()}}.run(t)
	want := "carousel: the metrics cannot be served on " + l.Addr().String() +
		": another program listens there; name another port with --metrics or metrics.listen\n"
	if status != exitFailed || stdout != "" || stderr != want {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

// What the answers say in each state of the link and the pool.
func TestReadiness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker()
		v := &service{backend: &backend{client: b, source: b}, queue: "task_queue", began: time.Now()}
		says := func(what, want string) {
			t.Helper()
			synctest.Wait()
			if got := v.ready(); !strings.Contains(got, want) || (got == "") != (want == "") {
				t.Errorf("%s: %q; want %q", what, got, want)
			}
		}
		says("before the start", "no worker has a consumer yet")
		pool := worker.New(worker.DefaultConfig(), b, worker.HandlerFunc(nil), worker.Options{Queue: "task_queue"})
		v.pool.Store(pool)
		says("not started", "the pool is stopped")
		pool.Start(t.Context())
		says("at work", "")
		if err := pool.Resize(0); err != nil {
			t.Fatal(err)
		}
		says("without workers", "no worker has a consumer yet")
		b.seen.Missing = true
		says("without a queue", "there is no queue task_queue")
		b.link.Status, b.link.Err = broker.LinkConnecting, io.ErrUnexpectedEOF
		says("without a link", "the link to 127.0.0.1:5672 is not up: unexpected EOF")
		pool.Pause()
		says("paused", "the pool is paused")
		v.leaving.Store(true)
		says("on the way out", "no more tasks are taken")
		if got := v.alive(); got != "" {
			t.Errorf("not well: %s", got)
		}
		time.Sleep(unattended + time.Second)
		if got := v.alive(); got != "nobody has looked after the workers for 31s" {
			t.Errorf("unattended: %q", got)
		}
		v.look(time.Now())
		if got := v.alive(); got != "" {
			t.Errorf("looked after: %s", got)
		}
		names := make([]string, 12)
		for i := range names {
			names[i] = worker.Name(i + 1)
		}
		v.silent.Store(&names)
		if got := v.alive(); got != "workers that have given no sign of life for 3m0s: w01, w02, w03, w04, w05, w06, w07, w08, w09, w10 and 2 more" {
			t.Errorf("stuck: %q", got)
		}
		if err := pool.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
