package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"carousel/broker"
)

// fakeGraves are the dead letters of a fake broker, none unless a test says so.
type fakeGraves struct {
	letters []broker.Letter
	cost    broker.LookCost
	barred  error
	replay  func(ctx context.Context, r broker.Replay, p *broker.ReplayProgress) error
}

func (g *fakeGraves) LookCost(context.Context, string) (broker.LookCost, error) {
	cost := g.cost
	cost.Depth = len(g.letters)
	return cost, g.barred
}

func (g *fakeGraves) Letters(_ context.Context, queue string, limit int) (broker.Letters, error) {
	return broker.Letters{Queue: queue, Letters: g.letters[:min(limit, len(g.letters))], Depth: len(g.letters), At: time.Now()}, nil
}

func (g *fakeGraves) Replay(ctx context.Context, r broker.Replay, p *broker.ReplayProgress) error {
	return g.replay(ctx, r, p)
}

func (g *fakeGraves) Discard(ctx context.Context, queue string, pick func(*broker.Letter) bool, p *broker.ReplayProgress) error {
	return g.replay(ctx, broker.Replay{Queue: queue, Pick: pick}, p)
}

// mourned is a fake broker with letters that died in jobs and in mail.
func mourned() *fakeBroker {
	b := newFakeBroker()
	for i, cause := range []string{"no disk", "no disk", "timeout\x1b[2J", ""} {
		task := broker.NewTask(fmt.Appendf(nil, "body %d", i+1))
		task.ID = fmt.Sprint(i + 1)
		l := broker.Letter{Key: task.ID + " x", Task: task, Origin: "jobs", Cause: cause, Tries: 3, FailedAt: time.Now().Add(-time.Duration(i) * time.Hour)}
		if i == 3 {
			l.Origin, l.Tries, l.FailedAt, l.Replayed, l.Task.Body = "mail", 0, time.Time{}, 2, []byte{0xff}
		}
		b.letters = append(b.letters, l)
	}
	return b
}

func TestDeadList(t *testing.T) {
	status, stdout, stderr := invocation{args: []string{"dead", "list"}, broker: mourned()}.run(t)
	want := "LETTERS  OLDEST  NEWEST  CAME BACK  ORIGIN  CAUSE\n" +
		"      2     1 h     0 s          0  jobs    no disk\n" +
		"      1       –       –          1  mail    –\n" +
		"      1     2 h     2 h          0  jobs    timeout^[[2J\n" +
		"4 letters in task_queue.dead\n"
	if status != exitDone || stdout != want || stderr != "" {
		t.Errorf("status %d, %s\n%swant\n%s", status, stderr, stdout, want)
	}
	status, stdout, _ = invocation{args: []string{"dead", "list", "--all", "--cause", "TIMEOUT"}, broker: mourned()}.run(t)
	if status != exitDone || !strings.Contains(stdout, "jobs    timeout^[[2J  body 3\n1 letter of 4 in task_queue.dead\n") {
		t.Errorf("status %d\n%s", status, stdout)
	}
	b := mourned()
	b.cost.Limit, b.cost.Text = 20, "It counts."
	_, stdout, stderr = invocation{args: []string{"dead", "list", "--json", "--from", "x"}, broker: b}.run(t)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var last deadLetter
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || len(lines) != 4 || last.ID != "4" || last.FailedAt != nil ||
		last.Body != nil || string(last.Bytes) != "\xff" || last.Replayed != 2 || stderr != "carousel: It counts.\n" {
		t.Errorf("%v, %s\n%s", err, stderr, stdout)
	}
}

func TestDeadFilters(t *testing.T) {
	for args, want := range map[string]string{
		"":                                "1 2 3 4",
		"--cause DISK":                    "1 2",
		"--origin mail":                   "4",
		"--id 2 --id 4":                   "2 4",
		"--older 30m":                     "2 3", // of the fourth nobody knows
		"--limit 2":                       "1 2",
		"--cause disk --older 1m":         "2",
		"--origin jobs --limit 1 --id 3":  "3",
		"--origin nobody --cause nothing": "",
	} {
		for _, command := range []string{"replay", "discard --yes"} {
			b := mourned()
			var got []string
			b.replay = func(_ context.Context, r broker.Replay, _ *broker.ReplayProgress) error {
				for i := range b.letters {
					if r.Pick(&b.letters[i]) {
						got = append(got, b.letters[i].Task.ID)
					}
				}
				return nil
			}
			status, _, stderr := invocation{args: strings.Fields("dead " + command + " " + args), broker: b}.run(t)
			if status != exitDone || strings.Join(got, " ") != want {
				t.Errorf("%s %s: picked %v; status %d, %s", command, args, got, status, stderr)
			}
		}
	}
}

// A link that is lost while the queue is looked for is told at once: nothing more is asked that would wait for it.
func TestDeadOnALostLink(t *testing.T) {
	b := newFakeBroker()
	b.barred = &broker.Fault{Kind: broker.LinkLost, What: "the link was lost"}
	status, _, stderr := invocation{args: []string{"dead", "list"}, broker: b}.run(t)
	if status != exitFailed || !strings.Contains(stderr, "the link was lost") || b.looked != 0 {
		t.Errorf("status %d, %q, looked for the work queue %d times", status, stderr, b.looked)
	}
}

func TestDeadWrongUse(t *testing.T) {
	for args, want := range map[string]string{
		"dead":                        "dead wants one of list, replay and discard; see carousel dead --help",
		"dead lst":                    `there is no command "lst"; did you mean list?`,
		"dead list x":                 `list takes no argument, and has "x"`,
		"dead list --limit 0":         "--limit: look at 1 letter or more",
		"dead replay --limit -1":      "--limit must not be negative",
		"dead replay --rate NaN":      "--rate must be 0 or more letters a second",
		"dead replay --older -1s":     "--older must not be negative",
		"dead replay --older 1":       "--older wants a number with its unit, such as 250ms, 30s or 2m",
		"dead discard":                "dead discard removes letters for good; say --yes, or --dry-run to see how many",
		"dead list --queue amq.x":     `--queue: names that start with "amq." are RabbitMQ's own; choose another`,
		"dead replay amqp://u:pw@h/v": "replay takes no argument; an address is given with --url",
	} {
		status, stdout, stderr := invocation{args: strings.Fields(args)}.run(t)
		if status != exitUsage || stdout != "" || stderr != "carousel: "+want+"\n" {
			t.Errorf("%s: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
}

func TestSweptReport(t *testing.T) {
	for _, c := range []struct {
		name   string
		r      swept
		status int
		json   string
		text   string
		told   string
	}{
		{"all", swept{verb: "replayed", tally: broker.ReplayTally{Looked: 3, Picked: 2, Done: 2}, took: time.Second}, exitDone,
			`{"event":"replayed","done":2,"doubled":0,"failed":0,"looked":3,"seconds":1}`, "2 replayed, 3 looked at in 1.00 s (2/s)", ""},
		{"none picked", swept{verb: "discarded", took: time.Second}, exitDone,
			`{"event":"discarded","done":0,"doubled":0,"failed":0,"looked":0,"seconds":1}`, "0 discarded, 0 looked at in 1.00 s (0/s)", ""},
		{"some", swept{verb: "replayed", tally: broker.ReplayTally{Looked: 9, Picked: 4, Done: 2, Doubled: 1, Failed: 1, Trouble: "letter 3 stays"},
			took: time.Second, err: errors.New("link lost")}, exitPartly,
			`{"event":"replayed","done":2,"doubled":1,"failed":1,"looked":9,"seconds":1}`, "2 replayed, 1 perhaps there twice, 1 stay, 9 looked at in 1.00 s (2/s)",
			"link lost\nletter 3 stays\nletters that were sent, and may still be in the dead-letter queue as well: 1"},
		{"failed", swept{verb: "replayed", tally: broker.ReplayTally{Failed: 1, Trouble: "letter 1 stays"}}, exitFailed,
			`{"event":"replayed","done":0,"doubled":0,"failed":1,"looked":0,"seconds":0}`, "0 replayed, 1 stay, 0 looked at in 0.00 s (–)", "letter 1 stays"},
		{"interrupted", swept{verb: "replayed", tally: broker.ReplayTally{Done: 1}, stopped: true, err: context.Canceled}, exitInterrupted,
			`{"event":"replayed","done":1,"doubled":0,"failed":0,"looked":0,"seconds":0}`, "1 replayed, 0 looked at in 0.00 s (–)",
			"interrupted; the letters after these were left alone"},
	} {
		for asJSON, want := range map[bool]string{true: c.json, false: c.text} {
			var out, errs bytes.Buffer
			p := &program{Process: Process{Stdout: &out, Stderr: &errs}}
			status := p.status(p.reportSwept(c.r, asJSON))
			told := strings.TrimSuffix(strings.ReplaceAll(errs.String(), "carousel: ", ""), "\n")
			if status != c.status || out.String() != want+"\n" || told != c.told {
				t.Errorf("%s: status %d, stdout\n%sstderr\n%s", c.name, status, out.String(), told)
			}
		}
	}
	text := sweepText(broker.ReplayTally{Looked: 3, Done: 2, Failed: 1, Waiting: "memory\x1b[2J"}, "replayed", 2)
	if text != "2 replayed, 1 stay · 3 of 3 looked at · waiting: memory^[[2J" {
		t.Errorf("the line is %q", text)
	}
}

func TestReplayIsInterrupted(t *testing.T) {
	b, signals := mourned(), make(chan os.Signal, 1)
	b.replay = func(ctx context.Context, _ broker.Replay, _ *broker.ReplayProgress) error {
		signals <- syscall.SIGTERM
		<-ctx.Done()
		return ctx.Err()
	}
	status, stdout, stderr := invocation{args: []string{"dead", "replay", "--json"}, broker: b, signals: signals}.run(t)
	if status != exitInterrupted || !strings.Contains(stdout, `{"event":"replayed","done":0,`) || !strings.Contains(stderr, "interrupted") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

// A name that is mistyped is an error; a queue of which nothing has died is none.
func TestNothingDied(t *testing.T) {
	missing := &broker.Fault{Kind: broker.QueueMissing, What: "no queue"}
	for args, c := range map[string]struct {
		queue  error
		status int
		told   string
	}{
		"list":                 {nil, exitDone, "no task of task_queue has failed for good"},
		"replay --json":        {nil, exitDone, "no task of task_queue has failed for good"},
		"discard --yes":        {nil, exitDone, "no task of task_queue has failed for good"},
		"replay --dry-run":     {nil, exitDone, "no task of task_queue has failed for good"},
		"list --queue mistake": {missing, exitFailed, "there is no queue mistake in vhost /, and no mistake.dead; name the work queue"},
		"list --from mistake":  {nil, exitFailed, "there is no queue mistake in vhost /; name the dead-letter queue"},
	} {
		b := newFakeBroker()
		b.barred, b.queue = missing, c.queue
		status, stdout, stderr := invocation{args: strings.Fields("dead " + args), broker: b}.run(t)
		if status != c.status || !strings.Contains(stderr, c.told) || (status == exitDone) != (stdout != "") {
			t.Errorf("%s: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
}

// On a terminal the queue's name is typed before anything is removed.
func TestDiscardAsksForTheName(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	r.bury(t, 2)
	s := startFor(t, r.url, "dead", "discard", "--management", r.management)
	s.until("This removes the 2 letters in task_queue.dead")
	s.press("task_queue\r")
	s.until("that is not the queue's name; nothing was removed")
	s.exit(exitFailed, patience)
	s = startFor(t, r.url, "dead", "discard", "--management", r.management)
	s.until("Type the queue's name to go on:")
	s.press("task_queue.dead\r")
	s.until("2 discarded, 2 looked at")
	s.exit(exitDone, patience)
}
