package ui

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// Keys in, what was asked of the broker out; "cost" inquiries, which touch no message, are left out.
func TestDeadKeysAct(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(*fakeDead)
		keys  []string
		asked []string
		sent  string // the bodies that were sent, and where to
		toast string
	}{
		{"coming here looks at nothing", nil, nil, nil, "", ""},
		{"a look", nil, []string{"L"}, []string{"look task_queue.dead"}, "", ""},
		{"Enter looks, too", nil, []string{"enter"}, []string{"look task_queue.dead"}, "", ""},
		{"the next look asks", nil, []string{"L", "L"}, []string{"look task_queue.dead"}, "", ""},
		{"and is made", nil, []string{"L", "L", "enter"}, []string{"look task_queue.dead", "look task_queue.dead"}, "", ""},
		{"one that the broker counts asks the first time", func(f *fakeDead) { f.cost.Limit = 20 }, []string{"L"}, nil, "", ""},
		{"one that would drop messages is not made", func(f *fakeDead) { f.cost.Bar = "it would drop them" }, []string{"L", "enter"}, nil, "",
			"No look now: it would drop them"},
		{"the selected letter", nil, []string{"L", "enter", "R", "enter"}, []string{"look task_queue.dead", `replay task_queue.dead to "" at 0`},
			"task_queue < a0", "1 letter replayed."},
		{"a group", nil, []string{"L", "j", "j", "j", "R", "enter"}, []string{"look task_queue.dead", `replay task_queue.dead to "" at 0`},
			"other < b1", "1 letter replayed."},
		{"the marked ones", nil, []string{"L", "enter", " ", " ", "R", "enter"}, []string{"look task_queue.dead", `replay task_queue.dead to "" at 0`},
			"task_queue < a0, other < b1", "All 2 letters replayed."},
		{"all but a mark taken back", nil, []string{"L", " ", "enter", " ", "R", "enter"},
			[]string{"look task_queue.dead", `replay task_queue.dead to "" at 0`}, "other < b1, task_queue < a2", "2 of 3 letters replayed, 1 stays: it does not say where it came from."},
		{"another choice in the form", nil, []string{"L", "enter", "R", "shift+tab", "shift+tab", "shift+tab", "right", "ctrl+s"},
			[]string{"look task_queue.dead", `replay task_queue.dead to "" at 0`}, "task_queue < a0, other < b1, task_queue < a2",
			"3 of 4 letters replayed, 1 stays: it does not say where it came from."},
		{"to another queue, slowly", nil, []string{"L", "R", "tab", "tab", "x", "tab", "2", ".", "5", "ctrl+s"},
			[]string{"look task_queue.dead", `replay task_queue.dead to "x" at 2.5`}, "x < a0, x < b1, x < a2, x < ", "All 4 letters replayed."},
		{"a wrong rate", nil, []string{"L", "R", "tab", "tab", "tab", "n", "o", "ctrl+s"}, []string{"look task_queue.dead"}, "", ""},
		{"one without an origin goes nowhere", nil, []string{"L", "enter", "G", "R", "enter"}, []string{"look task_queue.dead"}, "", ""},
		{"a discard needs the name", nil, []string{"L", "X", "enter"}, []string{"look task_queue.dead"}, "", ""},
		{"one that was given up", nil, []string{"L", "X", "t", "esc"}, []string{"look task_queue.dead"}, "", ""},
		{"another queue", nil, []string{"Q", "m", "y", "enter", "L"}, []string{"look my"}, "", ""},
		{"the work queue is none", nil, append(append([]string{"Q"}, strings.Split("task_queue", "")...), "enter", "esc"), nil, "", ""},
	} {
		f := &fakeDead{cost: broker.LookCost{Text: "It marks them."}, letters: []broker.Letter{
			letterOf("a0", "fails", "task_queue"), letterOf("b1", "is gone", "other"), letterOf("a2", "fails", "task_queue"), letterOf("", "", ""),
		}}
		if c.set != nil {
			c.set(f)
		}
		a := deadApp(t, 120, 40, f)
		for _, key := range c.keys {
			ordered(a, f, key)()
		}
		var asked, sent []string
		for _, what := range f.asked {
			if !strings.HasPrefix(what, "cost") {
				asked = append(asked, what)
			}
		}
		for i := range f.sent {
			sent = append(sent, f.to[i]+" < "+string(f.sent[i].Body))
		}
		if !slices.Equal(asked, c.asked) {
			t.Errorf("%s: asked %q, want %q\n%s", c.name, asked, c.asked, a.View())
		}
		if got := strings.Join(sent, ", "); got != c.sent {
			t.Errorf("%s: sent %q, want %q", c.name, got, c.sent)
		}
		if a.toast.text != c.toast {
			t.Errorf("%s: toast %q, want %q", c.name, a.toast.text, c.toast)
		}
		checkFrame(t, a)
	}
}

func letterOf(body, cause, origin string) broker.Letter {
	return broker.Letter{Key: "key of " + body, Cause: cause, Origin: origin, Tries: 1, FailedAt: start,
		Task: broker.Task{ID: "id of " + body, Body: []byte(body)}}
}

func TestDeadDiscard(t *testing.T) {
	f := deadLetters(6)
	a := deadApp(t, 120, 40, f)
	press(a, "L", "enter", " ", " ", "X")
	for _, want := range []string{"guest@localhost:5672", "queue  task_queue.dead", "The 2 marked letters are removed for good", "has 6 letters"} {
		if !strings.Contains(a.View(), want) {
			t.Errorf("%q is not in the question:\n%s", want, a.View())
		}
	}
	typeText(a, "task_queue")
	press(a, "enter")
	if len(f.letters) != 6 {
		t.Fatal("discarded with another queue's name")
	}
	typeText(a, ".dead")
	ordered(a, f, "enter")()
	if len(f.letters) != 4 || a.toast.text != "All 2 letters discarded." {
		t.Errorf("%d letters left, toast %q", len(f.letters), a.toast.text)
	}
	if s := a.dead(); len(s.rows) != 4 || len(s.marked) != 0 || s.outdated != "" {
		t.Errorf("the copy has %d letters, %d marks, and is outdated: %q", len(s.rows), len(s.marked), s.outdated)
	}
}

// While the question is open others work on the queue, too.
func TestDeadDiscardOfAnEmptyQueue(t *testing.T) {
	f := deadLetters(3)
	a := deadApp(t, 120, 40, f)
	press(a, "L")
	f.letters = nil
	press(a, "X")
	if !strings.Contains(a.View(), "there is nothing to discard") {
		t.Fatal(a.View())
	}
	typeText(a, "task_queue.dead")
	if press(a, "enter"); slices.Contains(f.asked, "discard task_queue.dead") {
		t.Error("discarded what nobody has seen")
	}
}

func TestDeadReadOnly(t *testing.T) {
	f := deadLetters(3)
	a := deadApp(t, 120, 40, f)
	a.o.ReadOnly = true
	press(a, "L", "enter", "R", "X")
	if slices.ContainsFunc(f.asked, func(s string) bool { return !strings.HasPrefix(s, "cost") }) {
		t.Errorf("asked %q", f.asked)
	}
	look(a, start)
	for _, want := range []string{"× 3 now", "No look now: the console is read-only, and a look is a delivery"} {
		if !strings.Contains(a.View(), want) {
			t.Errorf("%q is not on the screen:\n%s", want, a.View())
		}
	}
}

func TestDeadEmptyStates(t *testing.T) {
	missing := &broker.Fault{Kind: broker.QueueMissing, What: "cannot look at queue task_queue.dead", Why: "no such queue"}
	for _, c := range []struct {
		name string
		set  func(*App, *fakeDead)
		keys []string
		want string
	}{
		{"nothing there", func(_ *App, f *fakeDead) { f.costErr = missing }, nil, "No task has failed for good: task_queue.dead is made with the first one."},
		{"another that is not there", func(_ *App, f *fakeDead) { f.costErr = missing }, []string{"Q", "y", "enter"}, "There is no queue y. Q names another one."},
		{"no data yet", func(a *App, _ *fakeDead) { a.dead().queue.Queue = "" }, nil, "No data yet"},
		{"idle", nil, nil, "Idle: task_queue.dead is empty"},
		{"stale", func(a *App, f *fakeDead) {
			a.dead().now, f.costErr = start.Add(40*time.Second), errors.New("no answer")
		}, nil, "(stale: counted 40 s ago)"},
		{"broken", func(_ *App, f *fakeDead) { f.costErr = errors.New("no answer in 5 s") }, nil, "No answer in 5 s. It is tried again by itself."},
		{"no way", func(a *App, _ *fakeDead) { a.o.Dead = nil }, nil, "This console has no way to dead letters."},
		{"one", func(_ *App, f *fakeDead) { f.letters = deadLetters(1).letters }, nil, "1 dead letter waits for a decision."},
		{"a look that would drop letters", func(_ *App, f *fakeDead) { f.letters, f.cost.Bar = deadLetters(1).letters, "It drops them." }, []string{"L"},
			"Without a look, carousel dead replay sends all of them on"},
		{"a stream", func(_ *App, f *fakeDead) {
			f.letters, f.cost.Bar, f.cost.Type = deadLetters(1).letters, "The queue is a stream.", "stream"
		}, []string{"L"}, "No look: The queue is a stream."},
		{"a look that failed", func(_ *App, f *fakeDead) { f.letters, f.err = deadLetters(1).letters, errors.New("the link is gone") }, []string{"L"}, "The last look failed: the link is gone"},
		{"in the hands of others", func(_ *App, f *fakeDead) { f.letters = deadLetters(1).letters; f.blind = true }, []string{"L"}, "The look found none"},
	} {
		f := deadLetters(0)
		b := busyBroker()
		b.queue.Dead = known(int64(0), start)
		a := newTestApp(t, 120, 40, b, busyPool(2))
		a.o.Dead = f
		if c.set != nil {
			c.set(a, f)
		}
		press(a, append([]string{"3"}, c.keys...)...)
		if !strings.Contains(a.View(), c.want) {
			t.Errorf("%s: %q is not on the screen:\n%s", c.name, c.want, a.View())
		}
	}
}

// A queue that appears while its screen is open is seen without a key.
func TestDeadQueueThatIsMade(t *testing.T) {
	f := deadLetters(0)
	f.costErr = &broker.Fault{Kind: broker.QueueMissing, What: "no such queue"}
	b := busyBroker()
	b.queue.Dead = known(int64(0), start)
	a := newTestApp(t, 120, 40, b, busyPool(2))
	a.o.Dead = f
	press(a, "3")
	f.costErr, f.letters = nil, deadLetters(2).letters
	at := start.Add(2 * time.Second)
	b.queue.Dead = known(int64(2), at)
	settle(a, a.take(a.sampler.look(at)))
	if !strings.Contains(a.View(), "2 dead letters wait for a decision") {
		t.Error(a.View())
	}
}

// An answer for the queue before is not taken for the new one.
func TestDeadLateAnswers(t *testing.T) {
	f := deadLetters(5)
	a := deadApp(t, 120, 40, f)
	_, look := a.Update(keyOf("L"))
	press(a, "Q", "y", "enter")
	settle(a, look)
	if s := a.dead(); s.found != nil || s.looking || s.target() != "y" {
		t.Errorf("the letters of another queue are shown: %+v", s.found)
	}
}

func TestDeadEdit(t *testing.T) {
	f := deadLetters(3)
	a := deadApp(t, 120, 40, f)
	var edited []byte
	var failed error
	a.dead().edit = func(a *App, body []byte, done func([]byte, error) tea.Cmd) tea.Cmd {
		if edited == nil {
			edited = body
		}
		return done(edited, failed)
	}
	a.newKeymaps()
	press(a, "L", "enter", "E")
	if a.dialog != nil || a.toast.text != "The body is as it was; nothing was sent." {
		t.Fatalf("toast %q", a.toast.text)
	}
	failed = errors.New("vi ended with status 1")
	if press(a, "E"); a.toast.text != "Vi ended with status 1." {
		t.Fatalf("toast %q", a.toast.text)
	}
	failed, edited = nil, []byte("better")
	press(a, "E")
	if !strings.Contains(a.View(), "with the edited body, 6 B") {
		t.Fatal(a.View())
	}
	ordered(a, f, "enter")()
	if len(f.sent) != 1 || string(f.sent[0].Body) != "better" || f.sent[0].ID != task(0).ID || f.sent[0].Headers["tenant"] != "blue" {
		t.Errorf("sent %+v", f.sent)
	}
	if string(deadLetters(3).letters[0].Task.Body) == "better" {
		t.Error("the letter itself was changed")
	}
}
