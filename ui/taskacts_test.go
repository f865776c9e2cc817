package ui

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/ui/spool"
	"carousel/worker"

	"pgregory.net/rapid"
)

func TestResendPublishesACopy(t *testing.T) {
	a := tasksApp(t, 100, 30)
	b := a.o.Broker.(*fakeBroker)
	press(a, "j", "R")
	first := screenOf(a).subject.task
	if !strings.Contains(a.View(), "host   guest@localhost:5672") || !strings.Contains(a.View(), "still running") {
		t.Errorf("the question does not say where it goes, or that the task runs:\n%s", a.View())
	}
	if press(a, "n"); len(b.sent) > 0 {
		t.Fatal("it is sent without a yes")
	}
	press(a, "R", "enter")
	if len(b.sent) != 1 || screenOf(a).sending {
		t.Fatalf("%d tasks are sent; still on its way: %v", len(b.sent), screenOf(a).sending)
	}
	if sent := b.sent[0]; sent.ID == first.ID || sent.Headers[broker.HeaderCopyOf] != first.ID || !bytes.Equal(sent.Body, first.Body) || sent.Type != first.Type {
		t.Errorf("sent %+v", sent)
	}
	if _, changed := first.Headers[broker.HeaderCopyOf]; changed {
		t.Error("the headers of the kept task were written to")
	}
}

func TestResentVerdicts(t *testing.T) {
	for want, m := range map[string]resentMsg{
		"Sent as task …00000001, confirmed in 3.0 ms.":                      {tally: broker.Tally{Sent: 1, Confirmed: 1}, took: 3 * time.Millisecond},
		"Not sent, no queue took it: gone.":                                 {tally: broker.Tally{Sent: 1, Returned: 1, Trouble: "gone"}},
		"Not sent, the broker refused it: full.":                            {tally: broker.Tally{Sent: 1, Rejected: 1, Trouble: "full"}},
		"Whether task …00000001 was stored is not known: the link is gone.": {tally: broker.Tally{Sent: 1, Unknown: 1, Trouble: "the link is gone"}, err: errors.New("x")},
		"Not sent: low on memory.":                                          {tally: broker.Tally{Waiting: "low on memory"}, err: errors.New("x")},
		"Not sent: the login was refused.":                                  {err: errors.New("the login was refused")},
		"Whether task …00000001 was stored is not known.":                   {},
	} {
		m.id = "0193c4f2-7a10-7c3e-9b1d-000000000001"
		if _, got := m.verdict(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestReadOnlyBarsSending(t *testing.T) {
	a := tasksApp(t, 100, 30)
	a.o.ReadOnly = true
	for _, key := range []string{"R", "E"} {
		if press(a, key); a.dialog != nil || !strings.Contains(a.toast.text, "read-only") {
			t.Errorf("%s: dialog %v, toast %q", key, a.dialog, a.toast.text)
		}
	}
}

// saved answers the question for a path.
func saved(a *App, key, path string) {
	press(a, key)
	typeText(a, path)
	press(a, "enter")
}

func TestSaveReplacesNothingUnasked(t *testing.T) {
	a := tasksApp(t, 160, 45)
	path := filepath.Join(t.TempDir(), "body.json")
	body := screenOf(a).subject.task.Body
	saved(a, "s", path)
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, body) || !strings.Contains(a.toast.text, "The body of …00795154 is saved: 58 B in "+path) {
		t.Fatalf("%q, %v; toast %q", got, err, a.toast.text)
	}
	if there, _ := os.Stat(path); there.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", there.Mode())
	}
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	saved(a, "s", path)
	if got, _ := os.ReadFile(path); string(got) != "precious" || !strings.Contains(a.View(), "with 8 B.") {
		t.Fatalf("it was replaced, or nothing asks: %q\n%s", got, a.View())
	}
	press(a, "enter")
	if got, _ := os.ReadFile(path); !bytes.Equal(got, body) {
		t.Errorf("it was not replaced: %q; toast %q", got, a.toast.text)
	}
	for path, want := range map[string]string{
		filepath.Dir(path): " cannot be written: what is there is no file to write to.", "/no/such/folder/x": "/no/such/folder/x cannot be written: no such file or directory.",
	} {
		if saved(a, "s", path); !strings.Contains(a.toast.text, want) {
			t.Errorf("%s: %q", path, a.toast.text)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("files are left behind: %v", left)
	}
}

func TestExportWritesWhatIsShown(t *testing.T) {
	a := tasksApp(t, 100, 30)
	p, dir := a.o.Pool.(*fakePool), t.TempDir()
	ref := task(1)
	ref.Type, ref.Preview = "=cmd|' /C calc'!A0", "\x1b[2J+1"
	p.add(worker.Event{At: start, Kind: worker.TaskFailed, Worker: 2, Task: ref, Err: "-1", Run: time.Second, Wait: -1})
	look(a, start)
	press(a, "/")
	typeText(a, "id="+ref.ID)
	press(a, "enter")
	saved(a, "X", filepath.Join(dir, "out.csv"))
	if !strings.Contains(a.toast.text, "1 task written") {
		t.Fatalf("toast %q", a.toast.text)
	}
	text, err := os.ReadFile(filepath.Join(dir, "out.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[1]) != len(csvHeads) {
		t.Fatalf("%q: %v", rows, err)
	}
	if x := rows[1]; x[0] != ref.ID || x[1] != "'"+ref.Type || x[2] != "failed" || x[9] != "" || x[10] != "1000" || x[11] != "'-1" || x[13] != "^[[2J+1" {
		t.Errorf("row %q", x)
	}
	saved(a, "X", filepath.Join(dir, "out.jsonl"))
	text, err = os.ReadFile(filepath.Join(dir, "out.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var x exported
	if err := json.Unmarshal(text, &x); err != nil || x.ID != ref.ID || x.Type != ref.Type || x.Preview != ref.Preview || len(x.Earlier) != 1 || x.WaitedMS != nil {
		t.Errorf("%s: %v", text, err)
	}
	if saved(a, "X", filepath.Join(dir, "out.xls")); a.dialog == nil || !strings.Contains(a.View(), "must end with .csv or .jsonl") {
		t.Error("any ending will do")
	}
}

// No cell is a formula, and none acts on a terminal.
func TestHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := harmless(rapid.OneOf(rapid.String(), rapid.StringMatching(`[ \t\r=+@-][a-z(]{0,5}`)).Draw(t, "cell"))
		if start := strings.TrimLeft(cell, " \t\r\n"); start != "" && strings.ContainsRune("=+-@", rune(start[0])) || strings.ContainsAny(cell, "\x1b\x07\n") {
			t.Fatalf("%q", cell)
		}
	})
}

// heldTerminal takes what is written in order, and remembers each write.
type heldTerminal struct{ writes []string }

func (h *heldTerminal) Write(p []byte) (int, error) {
	h.writes = append(h.writes, string(p))
	return len(p), nil
}

func TestCopyIsOptIn(t *testing.T) {
	a := tasksApp(t, 100, 30)
	out := &heldTerminal{}
	a.display = &display{spool: spool.New(out, spool.Options{})}
	a.display.frames.out = a.display.spool
	press(a, "y", "Y")
	if <-a.display.spool.Quiet(); len(out.writes) > 0 || !strings.Contains(a.toast.text, "[console] clipboard = true") {
		t.Fatalf("copied unasked %q, or the toast says not how to turn it on: %q", out.writes, a.toast.text)
	}
	a.o.Config.Clipboard = true
	s := screenOf(a)
	press(a, "y")
	<-a.display.spool.Quiet()
	press(a, "Y")
	<-a.display.spool.Quiet()
	want := osc52([]byte(s.subject.ref.ID)) + osc52(s.subject.task.Body)
	if got := strings.Join(out.writes, ""); got != want || !strings.Contains(a.toast.text, "The body, 58 B, was sent to the terminal's clipboard.") {
		t.Errorf("%q, want %q; toast %q", got, want, a.toast.text)
	}
	s.subject.task.Body = make([]byte, maxCopied+1)
	if press(a, "Y"); !strings.Contains(a.toast.text, "terminals take 75.0 kB at most") {
		t.Errorf("toast %q", a.toast.text)
	}
}

// A body's text cannot end the sequence that carries it.
func TestOSC52CarriesAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := osc52(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		if inner := text[len("\x1b]52;c;") : len(text)-1]; strings.ContainsFunc(inner, func(r rune) bool { return r < ' ' || r > '~' || r == ';' }) {
			t.Fatalf("%q", text)
		}
	})
}
