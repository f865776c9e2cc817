package lab

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
)

// victimURL makes the test binary a program that measures an endless run on the broker there, and says its queues' names.
const victimURL = "CAROUSEL_LAB_VICTIM"

func runAsVictim() {
	address := os.Getenv(victimURL)
	if address == "" {
		return
	}
	cfg := broker.DefaultConfig()
	cfg.URLs = []string{address}
	c, err := broker.Open(cfg, nil)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	e := endless()
	e.Strategy = Strategy{"static", Static, 0}
	opened := make(chan Queues, 1)
	_, err = Measure(context.Background(), e, spy{Floor: OnBroker(c), opened: opened}, begun(func() {
		fmt.Println(strings.Join(names(<-opened), " "))
	}))
	fmt.Println(err)
	os.Exit(1)
}

// A program that is killed in the middle of a run leaves no queue behind.
func TestKilledProgramLeavesNoQueue(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	_, c := floorAt(t, vhost.URL(), node.ManagementURL())
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	victim := exec.CommandContext(t.Context(), program)
	victim.Env = append(os.Environ(), victimURL+"="+vhost.URL())
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	queues := strings.Fields(line)
	if err != nil || len(queues) != 2 || !strings.HasPrefix(queues[0], "carousel.lab.") {
		t.Errorf("it says %q, %v", line, err)
	}
	if _, err := c.InspectQueue(t.Context(), queues[0]); broker.KindOf(err) != broker.Busy {
		t.Errorf("%s before the kill: %v", queues[0], err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = victim.Wait()
	deleted(t, c, queues)
	deadline := time.Now().Add(time.Minute)
	for { // nor any other
		var rest []struct{ Name string }
		node.Management().Call(t, "GET", "/api/queues/"+url.PathEscape(vhost.Name), nil, &rest)
		if len(rest) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind: %+v", rest)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
