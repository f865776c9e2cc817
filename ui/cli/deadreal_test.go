package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"carousel/broker/brokertest"
)

// bury lets n tasks fail for good, with real workers.
func (r onRabbitMQ) bury(t *testing.T, n int) {
	t.Helper()
	path := writeConfig(t, "[failure]\nattempts = 1\n")
	for _, args := range [][]string{
		{"enqueue", "task", "--count", fmt.Sprint(n), "--work", "0", "--fail", "1"}, {"work", "--drain"},
	} {
		if status, _, stderr := r.run(t, "", append(args, "--config", path)...); status != exitDone {
			t.Fatal(stderr)
		}
	}
}

// deadLetters goes through the commands on a broker, from tasks that fail to tasks that are done.
func deadLetters(t *testing.T, r onRabbitMQ) {
	r.bury(t, 9)
	run := func(want int, args ...string) string {
		t.Helper()
		status, stdout, stderr := r.run(t, "", append([]string{"dead"}, args...)...)
		if status != want {
			t.Fatalf("dead %v: status %d, %s%s", args, status, stdout, stderr)
		}
		return stdout + stderr
	}
	if text := run(exitDone, "list"); !strings.Contains(text, "9 letters in task_queue.dead") || !strings.Contains(text, "          0  task_queue  ") {
		t.Errorf("list:\n%s", text)
	}
	var one deadLetter
	first, _, _ := strings.Cut(run(exitDone, "list", "--json"), "\n")
	if err := json.Unmarshal([]byte(first), &one); err != nil || one.Origin != "task_queue" || one.Tries != 1 || *one.Body != "task" || one.Cause == "" {
		t.Errorf("%v, %s", err, first)
	}
	if text := run(exitDone, "replay", "--dry-run"); text != "would replay 9 letters of 9 in task_queue.dead: 9 to task_queue\n" {
		t.Errorf("a dry run: %s", text)
	}
	if text := run(exitDone, "replay", "--id", one.ID, "--json"); !strings.Contains(text, `{"event":"replayed","done":1,"doubled":0,"failed":0,"looked":9,`) {
		t.Errorf("one: %s", text)
	}
	run(exitFailed, "replay", "--to", "nowhere")
	run(exitFailed, "replay", "--read-only")
	run(exitFailed, "discard", "--yes", "--read-only")
	if text := run(exitDone, "discard", "--limit", "3", "--dry-run", "--json"); !strings.Contains(text, `"letters":3,`) {
		t.Errorf("a dry run: %s", text)
	}
	if text := run(exitDone, "discard", "--yes", "--limit", "3"); !strings.HasPrefix(text, "3 discarded, 3 looked at") {
		t.Errorf("discard: %s", text)
	}
	if text := run(exitDone, "replay", "--rate", "1000"); !strings.HasPrefix(text, "5 replayed, 5 looked at") {
		t.Errorf("the rest: %s", text)
	}
	if ready, _ := r.queue(t); ready != 6 {
		t.Errorf("%d tasks are back", ready)
	}
	path := writeConfig(t, "[failure]\nattempts = 1\n")
	if status, _, stderr := r.run(t, "", "work", "--drain", "--config", path); status != exitDone {
		t.Fatal(stderr)
	}
	if text := run(exitDone, "list"); !strings.Contains(text, "          6  task_queue  ") {
		t.Errorf("those that came back:\n%s", text)
	}
}

func TestDeadLettersOnSandbox(t *testing.T) {
	t.Parallel()
	deadLetters(t, onSandbox(t))
}

func TestDeadLettersOnRabbitMQ(t *testing.T) { deadLetters(t, realBroker(t)) }

// carousel that is killed in the middle of a replay loses no letter, and running it again goes on.
func TestKilledReplayLosesNothing(t *testing.T) {
	r := realBroker(t)
	other := brokertest.Connect(t, r.url)
	other.DeclareQueue("graves")
	other.DeclareQueue("jobs")
	const letters = 3000
	bodies := make([]string, letters)
	for i := range bodies {
		bodies[i] = fmt.Sprint(i)
	}
	other.Publish("graves", bodies...)
	args := []string{"dead", "replay", "--from", "graves", "--to", "jobs", "--rate", "2000"}
	kills := 0
	for range 4 {
		before := other.Ready("jobs")
		c := carousel(t, r.url, append(args, "--management", r.management)...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the first letters", func() bool { return other.Ready("jobs") > before+100 || other.Ready("graves") == 0 })
		_ = c.Process.Kill()
		if c.Wait() != nil {
			kills++
		}
	}
	eventually(t, "what the killed one held", func() bool {
		status, _, _ := r.run(t, "", args...)
		return status == exitDone && other.Ready("graves") == 0
	})
	copies := map[string]int{}
	sent := other.Ready("jobs")
	tasks := other.Consume("jobs")
	for range sent {
		d := <-tasks
		copies[string(d.Body)]++
		if err := d.Ack(false); err != nil {
			t.Fatal(err)
		}
	}
	twice := 0
	for _, body := range bodies {
		if copies[body] == 0 {
			t.Errorf("letter %s is lost", body)
		}
		twice += max(0, copies[body]-1)
	}
	t.Logf("%d kills, %d letters, lost 0, there twice %d", kills, letters, twice)
	if kills == 0 || twice > kills*128 {
		t.Errorf("%d kills, there twice %d", kills, twice)
	}
}
