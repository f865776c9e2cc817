package cli

import (
	"fmt"
	"strings"
	"testing"

	"carousel/broker/brokertest"
)

// Numbers of workers and prefetches that cannot be are refused with the limits, wherever they are said; nothing is connected.
func TestImpossiblePoolsAreRefused(t *testing.T) {
	for key, limits := range map[string]struct {
		values []string
		allows string
	}{
		"count":       {[]string{"0", "-1", "5000", "65536"}, "1 to 2000"},
		"prefetch":    {[]string{"0", "-1", "65536"}, "1 to 65535"},
		"max":         {[]string{"0", "5000"}, "1 to 2000"},
		"connections": {[]string{"0", "65"}, "1 to 64"},
	} {
		for _, value := range limits.values {
			want := fmt.Sprintf("%s is out of range; allowed are %s\n", value, limits.allows)
			path := writeConfig(t, "[workers]\n"+key+" = "+value+"\n")
			for _, command := range []string{"work", "check", ""} {
				status, stdout, stderr := invocation{args: strings.Fields(command + " --config " + path)}.run(t)
				if status != exitUsage || !strings.Contains(stdout+stderr, path+":2:1: workers."+key+": "+want) {
					t.Errorf("%s = %s: carousel %s: status %d, %s%s", key, value, command, status, stdout, stderr)
				}
			}
			if flag := map[string]string{"count": "--workers", "prefetch": "--prefetch"}[key]; flag != "" {
				status, _, stderr := invocation{args: []string{"work", flag, value}}.run(t)
				if status != exitUsage || !strings.Contains(stderr, flag+": "+want) {
					t.Errorf("%s %s: status %d, %s", flag, value, status, stderr)
				}
			}
		}
	}
}

// Two consoles on one queue: while the one asks, the other purges. The question follows, purges nothing that came after,
// and another queue is left alone.
func TestTwoConsolesOnRabbitMQ(t *testing.T) {
	r := realBroker(t)
	other := brokertest.Connect(t, r.url)
	for _, queue := range []string{"task_queue", "task_queue2"} {
		other.DeclareQueue(queue)
		other.Publish(queue, "one", "two", "three", "four", "five")
	}
	// An address that is not this machine's by its name: both watch only, and no worker takes a task.
	watched := strings.Replace(r.url, "127.0.0.1", "0.0.0.0", 1)
	open := func() *onTerminal {
		s := startFor(t, watched, "--management", r.management)
		s.until("consumers      0")
		return s
	}
	first, second := open(), open()
	first.press("P")
	first.until("Just now it has 5 ready tasks and 0 consumers.")
	first.press("task_")
	second.press("P")
	second.until("Just now it has 5 ready tasks")
	second.press("task_queue2\r") // the name of another queue will not do
	second.until("that is not the queue's name")
	second.press("\x7f\r")
	second.until("5 tasks removed from task_queue")
	first.until("there is nothing to")
	other.Publish("task_queue", "six", "seven")
	first.until("Just now it has 2 ready tasks")
	first.press("\r")
	first.until("that is not the queue's name") // what was typed before belonged to another count
	if n := other.Ready("task_queue"); n != 2 {
		t.Errorf("%d tasks of 2 are left", n)
	}
	first.press("task_queue\r")
	first.until("2 tasks removed from task_queue")
	for _, s := range []*onTerminal{first, second} {
		s.quit()
		s.end(exitDone)
	}
	if n := other.Ready("task_queue2"); n != 5 {
		t.Errorf("%d tasks of 5 are left in the other queue", n)
	}
}
