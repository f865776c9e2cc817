package cli

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
)

func TestCheck(t *testing.T) {
	seen := broker.Source{At: time.Now()}
	fault := func(kind broker.Kind, what string, err error) *broker.Fault {
		return &broker.Fault{Kind: kind, What: what, Err: err}
	}
	const (
		config = "ok   config     no config file; flags, environment and defaults\n"
		reach  = "ok   broker     127.0.0.1:5672, RabbitMQ 3.10.8, not encrypted\n"
		login  = "ok   login      user guest, vhost /\n"
		queue  = "ok   queue      task_queue: 2 ready, 0 consumers, classic\n"
		rights = "ok   rights     the user may publish; whether it may consume shows when workers start\n"
		fails  = "ok   failures   5 tries, 1s to 8s apart, then a copy in task_queue.dead\n"
		api    = "ok   management it answers, and the user may see the queue's figures\n"
	)
	for _, c := range []struct {
		name   string
		change func(*fakeBroker)
		status int
		want   string
	}{
		{"all well", func(*fakeBroker) {}, exitDone, config + reach + login + queue + rights + fails + api},
		{"TLS", func(b *fakeBroker) { b.link.TLS, b.link.Insecure = true, true }, exitDone,
			config + strings.Replace(reach, "not encrypted", "TLS, certificate not verified", 1) + login + queue + rights + fails + api},
		{"an alarm", func(b *fakeBroker) {
			b.seen.Alarms = broker.Figure[[]string]{Value: []string{"memory on rabbit@a"}, At: time.Now()}
		}, exitFailed, config + reach + login + queue + rights + fails + api +
			"fail alarms     memory on rabbit@a; the broker blocks publishers until that is over\n"},
		{"unreachable", func(b *fakeBroker) {
			b.link = broker.LinkState{Tries: 1, Err: fault(broker.Unreachable, "cannot reach it", nil)}
		}, exitFailed, config + "fail broker     cannot reach it\n"},
		{"refused", func(b *fakeBroker) {
			b.link = broker.LinkState{Status: broker.LinkRefused, Err: fault(broker.Refused, "login refused", nil)}
		}, exitFailed, config + "fail login      login refused\n"},
		{"certificate", func(b *fakeBroker) {
			b.link = broker.LinkState{Status: broker.LinkRefused, Err: fault(broker.Refused, "not trusted", x509.UnknownAuthorityError{})}
		}, exitFailed, config + "fail broker     not trusted\n"},
		{"queue missing", func(b *fakeBroker) {
			b.queue = fault(broker.QueueMissing, "no queue", nil)
			b.seen.Totals.Err = b.queue
		}, exitDone, config + reach + login +
			"ok   queue      task_queue does not exist yet; carousel declares it (classic) when it first needs it\n" + rights + fails + api},
		{"no right", func(b *fakeBroker) { b.queue = fault(broker.NoRight, "no right to look", nil) }, exitFailed,
			config + reach + login + "fail queue      no right to look\n" + rights + fails + api},
		{"no right to publish", func(b *fakeBroker) { b.publish = fault(broker.NoRight, "cannot publish", nil) }, exitFailed,
			config + reach + login + queue + "fail rights     cannot publish\n" + fails + api},
		{"management denied", func(b *fakeBroker) { b.seen.API.Err = errors.New("user guest has no\x1b[2J tag") }, exitFailed,
			config + reach + login + queue + rights + fails + "fail management user guest has no^[[2J tag\n"},
		{"management silent", func(b *fakeBroker) { b.seen.Totals = broker.Source{} }, exitFailed, config + reach + login + queue + rights + fails +
			"fail management the management API gave no answer in time; enable the plugin with rabbitmq-plugins enable rabbitmq_management, " +
			"or name its address with --management\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newFakeBroker(tasksOf(2, 0)...)
				b.seen = broker.Snapshot{Totals: seen, API: seen, Type: broker.Figure[string]{Value: "classic", At: time.Now()}}
				c.change(b)
				status, stdout, stderr := invocation{args: []string{"check"}, broker: b}.run(t)
				if status != c.status || stdout != c.want {
					t.Errorf("status %d, stderr %q, stdout\n%swant\n%s", status, stderr, stdout, c.want)
				}
			})
		})
	}
}

func TestCheckOfFailures(t *testing.T) {
	for file, want := range map[string]string{
		"then = \"reject\"\nattempts = 1": "fail failures   a task that fails for good is dropped",
		"then = \"requeue\"":              "ok   failures   5 tries, 1s to 8s apart, then at once and for ever",
		"attempts = 1":                    "ok   failures   one try, then a copy in task_queue.dead",
	} {
		path := writeConfig(t, "[failure]\n"+file+"\n")
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBroker()
			good := broker.Source{At: time.Now()}
			b.seen = broker.Snapshot{Totals: good, API: good, DeadLetters: broker.Figure[bool]{At: time.Now()}}
			if _, stdout, _ := (invocation{args: []string{"check", "--config", path}, broker: b}).run(t); !strings.Contains(stdout, want) {
				t.Errorf("%s:\n%swant %s", file, stdout, want)
			}
		})
	}
}

func TestCheckJSON(t *testing.T) {
	b := newFakeBroker()
	b.link = broker.LinkState{Status: broker.LinkRefused, Err: &broker.Fault{Kind: broker.Refused, What: "login refused"}}
	status, stdout, _ := invocation{args: []string{"check", "--json"}, broker: b}.run(t)
	var found []finding
	for line := range strings.Lines(stdout) {
		var f finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		found = append(found, f)
	}
	if status != exitFailed || len(found) != 2 || found[1] != (finding{"check", "login", false, "login refused"}) {
		t.Errorf("status %d, found %+v", status, found)
	}
}

func TestCheckTellsOfAWrongConfig(t *testing.T) {
	status, stdout, _ := invocation{args: []string{"check", "--config", writeConfig(t, "[log]\nlevel = 1\nx = 2\n")}}.run(t)
	if status != exitUsage || strings.Count(stdout, "fail config ") != 2 {
		t.Errorf("status %d, stdout\n%s", status, stdout)
	}
}
