package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestFormExpandsPlaceholders(t *testing.T) {
	b := busyBroker()
	a := newTestApp(t, 120, 40, b, busyPool(2))
	fill(a, `{"id":{{seq}}}`, "3", "0", "", "0", "{{pick resize}}", "0", "", "n=a{{seq}}b{{{{")
	press(a, "ctrl+s")
	for i, task := range b.sent {
		if n := fmt.Sprint(i + 1); string(task.Body) != `{"id":`+n+`}` || task.Type != "resize" || task.Headers["n"] != "a"+n+"b{{" {
			t.Errorf("task %d is %q, %q, %v", i, task.Body, task.Type, task.Headers)
		}
	}
	if len(b.sent) != 3 {
		t.Fatalf("%d were sent: %q", len(b.sent), a.draft.mistake())
	}
	b.sent = nil
	press(a, "esc", "e", "ctrl+x", "ctrl+s")
	if len(b.sent) != 3 || string(b.sent[2].Body) != `{"id":{{seq}}}` || b.sent[0].Headers["n"] != "a{{seq}}b{{{{" {
		t.Errorf("with placeholders off it sent %+v", b.sent)
	}
}

func TestUnknownPlaceholderIsAMistakeOfItsField(t *testing.T) {
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, []byte("Dear {{name}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at     int
		values []string
	}{
		{0, []string{"{{name}}"}}, {0, []string{"@" + path}}, {5, []string{"x", "1", "0", "", "0", "{{name}}"}},
		{8, []string{"x", "1", "0", "", "0", "", "0", "", "h={{name}}"}},
	} {
		b := busyBroker()
		a := newTestApp(t, 120, 40, b, busyPool(2))
		fill(a, c.values...)
		press(a, "ctrl+s")
		if a.draft.at != c.at || !strings.Contains(a.draft.mistake(), "{{name}} is no placeholder; there are {{seq}}") || len(b.sent) > 0 {
			t.Errorf("%q: at field %d, %q", c.values, a.draft.at, a.draft.mistake())
		}
		press(a, "ctrl+x", "ctrl+s")
		if len(b.sent) != 1 {
			t.Errorf("%q: with placeholders off it is not sent: %q", c.values, a.draft.mistake())
		}
	}
}

func TestFormGoldenWithPlaceholders(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a := newTestApp(t, size[0], size[1], busyBroker(), busyPool(8))
		fill(a, `{"id":{{seq}},"file":"cat{{rand 7 7}}.png","braces":"{{{{"}`, "500", "20")
		checkFrame(t, a)
		golden(t, fmt.Sprintf("dialog-form-placeholders-%dx%d", size[0], size[1]), a.View())
	}
}

func TestPreviewFollowsWhatIsTyped(t *testing.T) {
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
	press(a, "e")
	for _, c := range []struct{ typed, want string }{
		{"@@n", ""}, {"{{", ""}, {"seq", ""}, {"}}", "@n1"}, {" {{{{", "@n1 {{"}, {"{{x}}", ""},
	} {
		typeText(a, c.typed)
		if a.draft.first != c.want {
			t.Errorf("after %q the first body is %q, want %q", c.typed, a.draft.first, c.want)
		}
	}
	press(a, "ctrl+x")
	if a.draft.first != "" || !strings.Contains(a.View(), "braces are sent as they are") {
		t.Errorf("with placeholders off: %q", a.draft.first)
	}
}

// send fills the body and sends it.
func send(a *App, body string) {
	press(a, "esc", "esc", "e")
	for range a.draft.body.value() {
		press(a, "backspace")
	}
	typeText(a, body)
	press(a, "ctrl+s")
}

func TestHistory(t *testing.T) {
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
	press(a, "e", "ctrl+p", "ctrl+n")
	if a.draft.back != 0 {
		t.Fatal("there is something before anything was enqueued")
	}
	for _, body := range []string{"one", "two", "two", "three"} {
		send(a, body)
	}
	press(a, "esc", "e")
	typeText(a, "!")
	walk := func(want string, keys ...string) {
		t.Helper()
		press(a, keys...)
		if got := a.draft.body.value(); got != want {
			t.Fatalf("after %q the body is %q, want %q", keys, got, want)
		}
	}
	walk("three", "ctrl+p")
	if !strings.Contains(a.View(), "earlier 1 of 3") {
		t.Error("the title does not tell")
	}
	walk("one", "ctrl+p", "ctrl+p", "ctrl+p", "ctrl+p")
	walk("two", "ctrl+n")
	walk("three!", "ctrl+n", "ctrl+n", "ctrl+n")
	walk("two", "ctrl+p", "ctrl+p")
	typeText(a, "?") // goes on from what was recalled, and loses nothing
	walk("two?")
	walk("three!", "ctrl+p")
	walk("two?", "ctrl+n")
	checkFrame(t, a)
}

func TestEnqueuedSheetsAreBounded(t *testing.T) {
	f := newForm()
	for i := range 3 * mostSent {
		s := blankDraft()
		s.texts[0] = fmt.Sprint(i)
		f.sent(s)
	}
	if len(f.past) != mostSent || f.past[mostSent-1].texts[0] != fmt.Sprint(3*mostSent-1) {
		t.Errorf("%d are kept, the newest is %q", len(f.past), f.past[len(f.past)-1].texts[0])
	}
	f.sent(blankDraft())
	if len(f.past) != mostSent || f.past[mostSent-1] == blankDraft() {
		t.Error("a form that nobody has written on is kept")
	}
}

func TestPasteCountsAsAnEdit(t *testing.T) {
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
	press(a, "e")
	_, cmd := a.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a{{seq}}"), Paste: true})
	settle(a, cmd)
	if a.draft.first != "a1" {
		t.Errorf("the first body is %q", a.draft.first)
	}
}
