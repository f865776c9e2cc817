package ui

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// fill opens the form and types into its fields, in the order of Tab.
func fill(a *App, values ...string) {
	press(a, "e")
	for i, v := range values {
		for range a.draft.fields[i].value() {
			press(a, "backspace")
		}
		typeText(a, v)
		press(a, "tab")
	}
}

func TestFormSends(t *testing.T) {
	b := busyBroker()
	a := newTestApp(t, 120, 40, b, busyPool(2))
	press(a, "e")
	typeText(a, "resize")
	press(a, "enter") // a line in the body, not the next field
	typeText(a, "cat.png")
	press(a, "tab", "backspace", "3", "tab", "tab")
	typeText(a, "250ms")
	press(a, "tab", "backspace")
	typeText(a, "0.5")
	press(a, "tab")
	typeText(a, "image")
	press(a, "tab", "backspace", "7", "enter")
	typeText(a, "90s")
	press(a, "tab")
	typeText(a, "tenant=acme")
	press(a, "enter")
	typeText(a, "trace = 9")
	press(a, "tab", "enter")
	if len(b.sent) != 3 {
		t.Fatalf("%d tasks were sent; the form says %q", len(b.sent), a.draft.mistake())
	}
	got := b.sent[0]
	if string(got.Body) != "resize\ncat.png" || got.Type != "image" || got.Priority != 7 || got.TTL != 90*time.Second ||
		got.Fail != 0.5 || got.Work == nil || *got.Work != 250*time.Millisecond ||
		got.Headers["tenant"] != "acme" || got.Headers["trace"] != "9" {
		t.Errorf("sent %+v", got)
	}
}

func TestFormSaysWhatIsWrongBesideTheField(t *testing.T) {
	for name, c := range map[string]struct {
		values []string
		at     int
		want   string
	}{
		"count":    {[]string{"x", "none"}, 1, "write a whole number from 1 to 10 000 000"},
		"no count": {[]string{"x", "0"}, 1, "write a whole number from 1 to 10 000 000"},
		"rate":     {[]string{"x", "1", "NaN"}, 2, "write a number from 0 to 1 000 000"},
		"work":     {[]string{"x", "1", "0", "soon"}, 3, "soon"},
		"failures": {[]string{"x", "1", "0", "", "1.5"}, 4, "write a number from 0 to 1"},
		"priority": {[]string{"x", "1", "0", "", "0", "", "256"}, 6, "write a whole number from 0 to 255"},
		"expires":  {[]string{"x", "1", "0", "", "0", "", "0", "soon"}, 7, "write a number with its unit, such as 30s"},
		"headers":  {[]string{"x", "1", "0", "", "0", "", "0", "", "nonsense"}, 8, "write key=value, one a line"},
		"routing":  {[]string{"x", "1", "0", "", "0", "", "0", "", "CC=other"}, 8, "CC"},
	} {
		b := busyBroker()
		a := newTestApp(t, 120, 40, b, busyPool(2))
		fill(a, c.values...)
		press(a, "ctrl+s")
		if a.draft.at != c.at || !strings.Contains(a.draft.mistake(), c.want) || len(b.asked) > 0 {
			t.Errorf("%s: at field %d, %q, asked %q", name, a.draft.at, a.draft.mistake(), b.asked)
		}
		if !strings.Contains(a.View(), "× ") {
			t.Errorf("%s: the mistake is not marked", name)
		}
	}
}

func TestDraftSurvives(t *testing.T) {
	a := newTestApp(t, 120, 40, busyBroker(), busyPool(2))
	fill(a, "resize cat.png", "12")
	press(a, "esc")
	if a.dialog != nil {
		t.Fatal("esc does not close the form")
	}
	press(a, "e")
	if got := a.draft.body.value() + " " + a.draft.count.value(); got != "resize cat.png 12" {
		t.Errorf("the draft is %q", got)
	}
}

func TestBodyFromFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "task.json")
	if err := os.WriteFile(path, []byte("{\"a\":\n1}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{"@" + path: "{\"a\":\n1}", "@@home": "@home", "plain": "plain", "": ""} {
		if got, err := bodyOf(in); err != nil || string(got) != want {
			t.Errorf("bodyOf(%q) = %q, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{"@/no/such/file": "/no/such/file cannot be read: no such file or directory", "@/dev/null": "that is not a file"} {
		if _, err := bodyOf(in); err == nil || err.Error() != want {
			t.Errorf("bodyOf(%q): %v, want %q", in, err, want)
		}
	}
	a := newTestApp(t, 120, 40, busyBroker(), busyPool(2))
	fill(a, "@/no/such/file")
	press(a, "ctrl+s")
	if a.draft.at != 0 || !strings.Contains(a.View(), "cannot be read") {
		t.Errorf("the form does not say that the file is missing:\n%s", a.View())
	}
}

func TestPaste(t *testing.T) {
	a := newTestApp(t, 120, 40, busyBroker(), busyPool(2))
	settlePasted(a, "qqqP")
	if a.dialog != nil || a.leaving != nil {
		t.Fatal("a paste on the board presses keys")
	}
	press(a, "e")
	settlePasted(a, "\x1b[2J日本"+strings.Repeat("x", maxPaste))
	checkFrame(t, a)
	if strings.Contains(a.View(), "\x1b[2J") {
		t.Error("an escape of the paste reaches the terminal")
	}
	if !strings.Contains(a.View(), "The paste was cut at 32 768 characters") {
		t.Error("nothing says that the paste was cut")
	}
	if n := len(a.draft.body.value()); n > maxPaste+8 {
		t.Errorf("%d bytes were taken", n)
	}
}

func TestCursorIsAlwaysSeen(t *testing.T) {
	f := newField("name", "", strings.Repeat("日本", 30)+"end")
	f.focus(true)
	var p pen
	for range 64 {
		p.begin(20)
		f.draw(&p, testTheme, 0, 20, true)
		if line := p.end(); !strings.Contains(line, "▎") {
			t.Fatalf("no cursor in %q", line)
		}
		f.key(tea.KeyMsg{Type: tea.KeyLeft})
	}
}

// publishing is an App with a batch of 1000 under way, whose tally the test sets.
func publishing(t *testing.T, b *fakeBroker) (*App, *broker.Tally, tea.Cmd) {
	a := newTestApp(t, 100, 30, b, busyPool(2))
	fill(a, "x", "1000")
	_, cmd := a.Update(keyOf("ctrl+s"))
	_, run := a.Update(cmd())
	tally := new(broker.Tally)
	a.batch.read = func() broker.Tally { return *tally }
	return a, tally, run
}

func TestBatchShowsItsOutcomes(t *testing.T) {
	a, tally, run := publishing(t, busyBroker())
	*tally = broker.Tally{Sent: 900, Confirmed: 700, Returned: 20, Rejected: 3, Unknown: 1, Waiting: "the broker blocks publishers: low on memory"}
	look(a, start.Add(2*time.Second))
	checkFrame(t, a)
	golden(t, "dialog-publishing", a.View())
	press(a, "esc")
	if !strings.Contains(a.View(), "publishing 724 of 1 000") {
		t.Errorf("the board shows no segment:\n%s", a.View())
	}
	*tally = broker.Tally{Sent: 1000, Confirmed: 976, Returned: 20, Rejected: 3, Unknown: 1, Trouble: "no queue took it"}
	settle(a, run)
	if want := "976 of 1 000 tasks confirmed, 20 returned, 3 rejected, 1 unknown: no queue took it."; a.toast.text != want {
		t.Errorf("toast %q, want %q", a.toast.text, want)
	}
	if strings.Contains(a.View(), "publishing") {
		t.Error("the segment stays")
	}
}

func TestBatchVerdicts(t *testing.T) {
	for _, c := range []struct {
		set  func(*batch)
		want string
	}{
		{func(b *batch) { b.tally.Confirmed = 5 }, "All 5 tasks confirmed."},
		{func(b *batch) { b.tally.Confirmed, b.tally.Unknown, b.cancelled = 2, 1, true }, "Cancelled: 2 of 5 tasks confirmed, 1 unknown."},
		{func(b *batch) { b.tally.Unknown, b.err = 1, errors.New("the link was lost") }, "The batch broke off, 1 unknown: the link was lost."},
		{func(b *batch) { b.tally.Returned, b.tally.Trouble = 5, "no queue took it" }, "0 of 5 tasks confirmed, 5 returned: no queue took it."},
	} {
		b := &batch{total: 5}
		c.set(b)
		if _, got := b.verdict(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestBatchCanBeCancelled(t *testing.T) {
	b := busyBroker()
	b.gate = make(chan struct{})
	a, _, run := publishing(t, b)
	press(a, "c")
	settle(a, run) // Enqueue sees its context end
	if !a.batch.ended || !a.batch.cancelled {
		t.Error("the batch goes on")
	}
	if !strings.Contains(a.View(), "Cancelled: 0 of 1 000 tasks confirmed.") {
		t.Errorf("the dialog does not say so:\n%s", a.View())
	}
}

func TestALookFromBeforeABatchTellsNothingOfIt(t *testing.T) {
	a, tally, run := publishing(t, busyBroker())
	*tally = broker.Tally{Sent: 1000, Confirmed: 1000}
	settle(a, run)
	ordered := a.lookAfter(0)
	a.start(worker.Load{Bodies: [][]byte{[]byte("x")}, Count: 10})
	a.Update(ordered())
	if a.batch.tally != (broker.Tally{}) {
		t.Errorf("the new batch has %+v before anything was sent", a.batch.tally)
	}
}
