package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// costEnv names the program whose screen TestScreenCosts measures; .ci/bench-screen sets it. costTimeEnv is for how long each.
const (
	costEnv     = "CAROUSEL_BENCH_SCREEN"
	costTimeEnv = "CAROUSEL_BENCH_TIME"
)

// The load: tasks a second, each of which starts and ends, and how many workers do them.
const (
	costRate    = 10_000
	costWorkers = 64
	costWork    = "5ms"
)

// What the console costs: from the start of the process to the first frame, at rest, under load beside the same pool without a
// screen, and from a key to its frame.
func TestScreenCosts(t *testing.T) {
	binary := os.Getenv(costEnv)
	if binary == "" {
		t.Skip("a measurement: run .ci/bench-screen")
	}
	span := 20 * time.Second
	if text := os.Getenv(costTimeEnv); text != "" {
		var err error
		if span, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	b := &costBench{t: t, binary: binary, span: span, load: costRate}
	for _, part := range []struct {
		name    string
		measure func()
	}{
		{"first frame", b.firstFrames}, {"at rest", b.rest}, {"under load", b.underLoad}, {"key to frame", b.keys}, {"a million tasks", b.million},
	} {
		t.Run(part.name, func(t *testing.T) {
			b.t = t
			b.serve()
			part.measure()
		})
	}
}

// costBench measures a program, on a sandbox that is a process of its own.
type costBench struct {
	t               *testing.T
	binary          string
	span            time.Duration
	load            int // tasks a second
	url, management string
}

// say prints a line of the table.
func (b *costBench) say(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) }

// command is a run of the program, at home in a folder of its own.
func (b *costBench) command(args ...string) *exec.Cmd {
	c := carousel(b.t, "", args...)
	c.Path, c.Args[0] = b.binary, b.binary
	c.Env = append(c.Env, mainEnv+"=")
	return c
}

// onBroker adds the sandbox's addresses.
func (b *costBench) onBroker(args ...string) *exec.Cmd {
	return b.command(append(args, "--url", b.url, "--management", b.management)...)
}

// run starts a command that ends with the part.
func (b *costBench) run(c *exec.Cmd) *exec.Cmd {
	b.t.Helper()
	if err := c.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended
		_ = c.Wait()
	})
	return c
}

var (
	amqpOf       = regexp.MustCompile(`amqp://\S+`)
	managementOf = regexp.MustCompile(`http://\S+`)
)

// serve starts the sandbox.
func (b *costBench) serve() {
	b.t.Helper()
	c := b.command("sandbox", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0")
	out, err := c.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	b.run(c)
	var said strings.Builder
	for !strings.Contains(said.String(), "Stop it with") {
		if _, err := io.CopyN(&said, out, 1); err != nil {
			b.t.Fatalf("%v: %s", err, said.String())
		}
	}
	b.url, b.management = amqpOf.FindString(said.String()), managementOf.FindString(said.String())
}

// feed publishes n tasks at the load.
func (b *costBench) feed(n int) *exec.Cmd {
	b.t.Helper()
	return b.run(b.onBroker("enqueue", "--count", strconv.Itoa(n), "--rate", strconv.Itoa(b.load), "x"))
}

// done is how many tasks the sandbox was told the end of.
func (b *costBench) done() (n int) {
	b.t.Helper()
	r, err := http.NewRequest("GET", b.management+"/api/queues/%2F/task_queue", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.SetBasicAuth("guest", "guest")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	var q struct {
		Stats struct{ Ack int } `json:"message_stats"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&q); err != nil {
		b.t.Fatal(err)
	}
	return q.Stats.Ack
}

// firstFrames starts the console again and again.
func (b *costBench) firstFrames() {
	for _, kind := range []struct {
		name  string
		start func() *exec.Cmd
	}{
		{"on its sandbox", func() *exec.Cmd { return b.command() }},
		{"on a broker", func() *exec.Cmd { return b.onBroker() }},
		{"help, for comparison", func() *exec.Cmd { return b.command("--help") }},
	} {
		var took []time.Duration
		for range 20 {
			text := "Tasks"
			if c := kind.start(); slices.Contains(c.Args, "--help") {
				text = "carousel [command]"
			}
			s := openScreen(b.t, kind.start(), text)
			took = append(took, s.await(b.t).Sub(s.started))
			s.end(b.t)
		}
		slices.Sort(took)
		b.say("%-22s median %s   slowest %s", kind.name, millis(took[len(took)/2]), millis(took[len(took)-1]))
	}
}

// rest has nothing to do.
func (b *costBench) rest() {
	for _, kind := range []struct {
		name string
		c    *exec.Cmd
	}{{"on its sandbox", b.command()}, {"on a broker", b.onBroker()}, {"work, no screen", b.onBroker("work")}} {
		s := openScreen(b.t, kind.c, "")
		time.Sleep(5 * time.Second)
		used := b.cpu(s.command, 3*b.span/2)
		b.say("%-22s %5.2f %% of a core   %s/s to the terminal", kind.name, 100*used.share(), size(used.bytes(s)))
		s.end(b.t)
	}
}

// underLoad is the console and the pool without a screen, by turns. What the screen costs more is told for the tasks that the
// console did: on a machine with other things to do, the two do not do equally many.
func (b *costBench) underLoad() {
	const rounds = 3
	var ran [2]struct{ cpu, tasks, wall float64 } // console, work
	for range rounds {
		for i, args := range [][]string{nil, {"work"}} {
			feeder := b.feed(10_000_000)
			c := b.onBroker(append(args, "--workers", strconv.Itoa(costWorkers), "--work", costWork)...)
			s := openScreen(b.t, c, "")
			time.Sleep(5 * time.Second)
			before := b.done()
			used := b.cpu(c, b.span)
			tasks := float64(b.done() - before)
			r := &ran[i]
			r.cpu, r.tasks, r.wall = r.cpu+used.cpu.Seconds(), r.tasks+tasks, r.wall+used.wall.Seconds()
			b.say("%-22s %5.1f %% of a core   %6.0f tasks/s   %s/s to the terminal",
				[...]string{"console", "work"}[i], 100*used.share(), tasks/used.wall.Seconds(), size(used.bytes(s)))
			_ = feeder.Process.Kill()
			s.end(b.t)
			b.empty()
		}
	}
	screen, bare := ran[0], ran[1]
	more := screen.cpu - screen.tasks*bare.cpu/bare.tasks
	b.say("%-22s %5.1f %% of a core at %.0f tasks/s", "the screen", 100*more/screen.wall, screen.tasks/screen.wall)
}

// empty works off what is left in the queue.
func (b *costBench) empty() {
	b.t.Helper()
	if out, err := b.onBroker("work", "--workers", "8", "--work", "0", "--drain").CombinedOutput(); err != nil {
		b.t.Fatalf("%v: %s", err, out)
	}
}

// keys changes screens under load.
func (b *costBench) keys() {
	b.feed(10_000_000)
	s := openScreen(b.t, b.onBroker("--workers", strconv.Itoa(costWorkers), "--work", costWork), "")
	time.Sleep(5 * time.Second)
	var took []time.Duration
	for range 50 {
		for _, press := range []struct{ key, text string }{{"2", "body, or error"}, {"1", "Dispatch"}} {
			s.seek(press.text)
			pressed := time.Now()
			if _, err := io.WriteString(s.terminal, press.key); err != nil {
				b.t.Fatal(err)
			}
			took = append(took, s.await(b.t).Sub(pressed))
			time.Sleep(37 * time.Millisecond) // no multiple of a frame
		}
	}
	slices.Sort(took)
	b.say("%-22s median %s   99 %% %s   slowest %s", "of 100 keys", millis(took[len(took)/2]), millis(took[98]), millis(took[99]))
	s.end(b.t)
}

// million is what the console holds as tasks go by.
func (b *costBench) million() {
	b.feed(1_100_000)
	c := b.onBroker("--workers", strconv.Itoa(costWorkers), "--work", costWork)
	s := openScreen(b.t, c, "")
	for _, n := range []int{10_000, 100_000, 300_000, 1_000_000} {
		for b.done() < n {
			time.Sleep(100 * time.Millisecond)
		}
		b.say("%9d tasks        %s resident", n, size(float64(resident(b.t, c.Process.Pid))))
	}
	s.end(b.t)
}
