package cli

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"carousel/broker/brokertest"
)

// onRabbitMQ runs a command line on a real broker, in a vhost of its own.
type onRabbitMQ struct {
	vhost           brokertest.VHost
	url, management string
}

func realBroker(t *testing.T) onRabbitMQ {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	return onRabbitMQ{vhost, vhost.URL(), node.ManagementURL()}
}

func (r onRabbitMQ) run(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	status = Run(Process{
		Args: args, Getenv: func(k string) string {
			return map[string]string{"CAROUSEL_URL": r.url, "CAROUSEL_MANAGEMENT_URL": r.management}[k]
		},
		Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs,
	})
	return status, out.String(), errs.String()
}

func TestEnqueueAndWorkOnRabbitMQ(t *testing.T) {
	r := realBroker(t)
	var in struct{ Confirmed, Returned, Rejected, Unknown int }
	status, stdout, stderr := r.run(t, "", "enqueue", "--count", "500", "--work", "0", "--fail", "0.1", "--json")
	if err := json.Unmarshal([]byte(stdout), &in); err != nil || status != exitDone || in.Confirmed != 500 {
		t.Fatalf("enqueue: status %d, %v, %s%s", status, err, stdout, stderr)
	}
	status, stdout, stderr = r.run(t, `{"body":"a"}`+"\n"+`{"body":"b","work":"1ms"}`, "enqueue", "--work", "0", "--json")
	if status != exitDone || !strings.Contains(stdout, `"confirmed":2,`) {
		t.Fatalf("enqueue: status %d, %s%s", status, stdout, stderr)
	}
	var out worked
	status, stdout, stderr = r.run(t, "", "work", "--workers", "8", "--drain", "--json")
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || status != exitDone {
		t.Fatalf("work: status %d, %v, %s%s", status, err, stdout, stderr)
	}
	if out.Done+out.Dead != 502 || out.Unsettled != 0 || out.Failed < 20 || out.Failed > 120 || len(out.Workers) != 8 {
		t.Errorf("work: %+v", out)
	}
	if status, stdout, stderr = r.run(t, "", "check"); status != exitDone || strings.Contains(stdout, "fail ") || !strings.Contains(stdout, "task_queue: 0 ready") {
		t.Errorf("check: status %d\n%s%s", status, stdout, stderr)
	}
}

// A task that always fails is tried as often as the config says, by a drain that waits for it, and then kept.
func TestFailedTasksAreKeptOnRabbitMQ(t *testing.T) {
	for _, kind := range []string{"classic", "quorum"} {
		t.Run(kind, func(t *testing.T) {
			r := realBroker(t)
			path := writeConfig(t, "[queue]\ntype = \""+kind+"\"\n[failure]\nattempts = 3\nbackoff = \"100ms\"\n")
			status, stdout, stderr := r.run(t, "", "enqueue", "--count", "3", "--work", "0", "--fail", "1", "--json", "--config", path)
			if status != exitDone {
				t.Fatalf("enqueue: status %d, %s%s", status, stdout, stderr)
			}
			var out worked
			status, stdout, stderr = r.run(t, "", "work", "--drain", "--json", "--config", path)
			if err := json.Unmarshal([]byte(stdout), &out); err != nil || status != exitDone {
				t.Fatalf("work: status %d, %v, %s%s", status, err, stdout, stderr)
			}
			if out.Done != 0 || out.Failed != 9 || out.Dead != 3 || out.Unsettled != 0 {
				t.Errorf("%+v", out)
			}
			other := brokertest.Connect(t, r.url)
			if work, dead := other.Ready("task_queue"), other.Ready("task_queue.dead"); work != 0 || dead != 3 {
				t.Errorf("%d ready, %d dead", work, dead)
			}
			other.Close()
		})
	}
}

func TestTasksOfOthersAreLeftOnRabbitMQ(t *testing.T) {
	r := realBroker(t)
	other := brokertest.Connect(t, r.url)
	defer other.Close()
	other.DeclareQueue("task_queue")
	other.Publish("task_queue", "somebody's real task")
	status, _, stderr := r.run(t, "", "work", "--drain")
	if status != exitFailed || !strings.Contains(stderr, "--allow-consume task_queue") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	if _, stdout, _ := r.run(t, "", "check"); !strings.Contains(stdout, "task_queue: 1 ready") {
		t.Errorf("the task is gone:\n%s", stdout)
	}
}

func TestWrongPasswordOnRabbitMQ(t *testing.T) {
	r := realBroker(t)
	at := strings.LastIndex(r.url, "@")
	r.url = "amqp://nobody:s3cret" + r.url[at:]
	status, stdout, stderr := r.run(t, "", "check")
	if told := stdout + stderr; status != exitFailed || !strings.Contains(told, "fail login      login refused for user nobody") ||
		strings.Contains(told, "s3cret") {
		t.Errorf("status %d\n%s", status, told)
	}
}

func TestMissingRightsOnRabbitMQ(t *testing.T) {
	r := realBroker(t)
	r.url = r.vhost.User(t, "reader", "s3cret", "", "^$", "^$", ".*")
	status, stdout, _ := r.run(t, "", "check")
	for _, want := range []string{"ok   login      user reader", "fail rights", "fail management"} {
		if status != exitFailed || !strings.Contains(stdout, want) || strings.Contains(stdout, "s3cret") {
			t.Errorf("status %d, %q is not in\n%s", status, want, stdout)
		}
	}
}

// The console on a real broker: a task goes through it, and it leaves with nothing in hand.
func TestConsoleOnRabbitMQ(t *testing.T) {
	r := realBroker(t)
	if status, _, stderr := r.run(t, "", "enqueue", "hello", "--work", "10ms"); status != exitDone {
		t.Fatal(stderr)
	}
	s := startOnTerminal(t, "--url", r.url, "--management", r.management, "--workers", "2")
	s.until("hello")
	s.until("Idle")
	s.quit()
	s.end(exitDone)
}

// The figures of a pool on a real broker, which ends after so many tasks and hands the others back: none is lost, none is with
// anybody.
func TestServiceOnRabbitMQ(t *testing.T) {
	for _, kind := range []string{"classic", "quorum"} {
		t.Run(kind, func(t *testing.T) {
			r := realBroker(t)
			path := writeConfig(t, "[queue]\ntype = \""+kind+"\"\n[failure]\nattempts = 1\n")
			for _, args := range [][]string{{"--type", "good"}, {"--type", "bad", "--fail", "1"}} {
				args = append([]string{"enqueue", "task", "--count", "50", "--work", "0", "--config", path}, args...)
				if status, _, stderr := r.run(t, "", args...); status != exitDone {
					t.Fatal(stderr)
				}
			}
			command := carousel(t, r.url, "work", "--workers", "4", "--prefetch", "10", "--config", path, "--metrics", "127.0.0.1:0", "--max-tasks", "101")
			command.Env = append(command.Env, "CAROUSEL_MANAGEMENT_URL="+r.management)
			w := startWork(t, command)
			w.until("metrics are served")
			url := servedAt(w)
			figure(t, url, `carousel_tasks_total{type="good",outcome="done"} 50`)
			figure(t, url, `carousel_tasks_total{type="bad",outcome="dead-lettered"} 50`)
			figure(t, url, `carousel_publishes_total{outcome="confirmed"} 50`)
			figure(t, url, `carousel_queue_dead_messages{queue="task_queue"} 50`)
			if status, body := get(t, url+"/readyz"); status != http.StatusOK {
				t.Errorf("%d %s", status, body)
			}
			if status, _, stderr := r.run(t, "", "enqueue", "task", "--count", "30", "--work", "10ms", "--config", path); status != exitDone {
				t.Fatal(stderr)
			}
			if status := ended(t, w.command, patience); status != exitDone {
				t.Errorf("status %d:\n%s", status, w.log())
			}
			other := brokertest.Connect(t, r.url)
			defer other.Close()
			eventually(t, "what was handed back", func() bool { return other.Ready("task_queue") == 29 })
			if dead := other.Ready("task_queue.dead"); dead != 50 {
				t.Errorf("%d dead", dead)
			}
		})
	}
}
