package ui

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// script is an editor: a shell script that gets the file as $1.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// nowhere stands for the terminal.
func nowhere(t *testing.T) *os.File {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { null.Close() })
	return null
}

func TestEditorGetsTheBody(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	null := nowhere(t)
	for name, c := range map[string]struct{ command, body, want, err string }{
		"changed":                 {script(t, `printf dog > "$1"`), "cat", "dog", ""},
		"not changed":             {script(t, `exit 0`), "cat", "cat", ""},
		"a line end more":         {script(t, `printf 'cat\n' > "$1"`), "cat", "cat", ""},
		"a line end that was":     {script(t, `printf 'dog\n' > "$1"`), "cat\n", "dog\n", ""},
		"with arguments":          {"sed -i 's/c a/d o/'", "c at", "d ot", ""},
		"through links":           {script(t, `printf dog > "$1.new" && mv "$1.new" "$1"`), "cat", "dog", ""},
		"readable by nobody else": {script(t, `stat -c %a "$1" > "$1.mode"; mv "$1.mode" "$1"`), "cat", "600", ""},
		"named by what it is":     {script(t, `printf '%s' "${1##*.}" > "$1"`), `{"a":1}`, "json", ""},
		"fails":                   {script(t, `exit 3`), "cat", "", "ended with exit status 3, so nothing is sent"},
		"is not there":            {"no-such-editor-at-all", "cat", "", "the editor no-such-editor-at-all cannot be started: executable file not found in $PATH"},
		"not there, in a shell":   {"no-such-editor-at-all -x", "cat", "", "ended with exit status 127, so nothing is sent"},
		"takes the file away":     {script(t, `rm "$1"`), "cat", "", "the editor left no file, so nothing is sent"},
		"leaves too much":         {script(t, `head -c 5000000 /dev/zero > "$1"`), "cat", "", "larger than 4.2 MB"},
	} {
		e := &editing{command: c.command, body: []byte(c.body), in: null, out: null}
		err := e.Run()
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %s", name, err, c.err)
			}
		} else if err != nil || string(e.edited) != c.want {
			t.Errorf("%s: %q, %v; want %q", name, e.edited, err, c.want)
		}
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
}

// An editor that is open does not keep the console from leaving.
func TestEditorEndsWithTheConsole(t *testing.T) {
	stop, begun := make(chan struct{}), time.Now()
	lent := false
	null := nowhere(t)
	e := &editing{command: "exec sleep 60;", stop: stop, in: null, out: null, lend: func(use func() error) error {
		lent = true
		close(stop)
		return use()
	}}
	if err := e.Run(); err == nil || err.Error() != "the console is leaving, so nothing is sent" || !lent {
		t.Errorf("%v; lent %v", err, lent)
	}
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestEditedTaskIsSentAfterAYes(t *testing.T) {
	a := tasksApp(t, 100, 30)
	b, s := a.o.Broker.(*fakeBroker), screenOf(a)
	task := s.subject.task
	done := func(body []byte, err error) tea.Cmd { return s.edited(a, task, body, err) }
	for _, c := range []struct {
		edited string
		err    error
		say    string
	}{
		{string(task.Body), nil, "The body was not changed, so nothing is sent."},
		{"x", errors.New("the editor vi cannot be started: it is not there"), "The editor vi cannot be started: it is not there."},
	} {
		a.Update(editedMsg{done, []byte(c.edited), c.err})
		if a.dialog != nil || a.toast.text != c.say {
			t.Errorf("dialog %v, toast %q, want %q", a.dialog, a.toast.text, c.say)
		}
	}
	a.Update(editedMsg{done, []byte("resize dog.png"), nil})
	if !strings.Contains(a.View(), "Send edited task") || !strings.Contains(a.View(), "The body was JSON, and is not any more.") {
		t.Fatalf("nothing asks:\n%s", a.View())
	}
	press(a, "enter")
	if len(b.sent) != 1 || string(b.sent[0].Body) != "resize dog.png" || b.sent[0].Headers[broker.HeaderCopyOf] != task.ID {
		t.Errorf("sent %+v", b.sent)
	}
	a.o.ReadOnly = true // it became so meanwhile, or the console leaves
	a.Update(editedMsg{done, []byte("y"), nil})
	if a.dialog != nil || !strings.Contains(a.toast.text, "Not sent: the console is read-only") {
		t.Errorf("dialog %v, toast %q", a.dialog, a.toast.text)
	}
}

func TestEditorOfTheEnvironment(t *testing.T) {
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", " vi ")
	if got := editor(); got != "vi" {
		t.Errorf("%q", got)
	}
	t.Setenv("VISUAL", "code -w")
	if got := editor(); got != "code -w" {
		t.Errorf("%q", got)
	}
	c := editorCommand(t.Context(), "code -w", "/tmp/x y")
	if want := []string{"sh", "-c", `code -w "$@"`, "code -w", "/tmp/x y"}; !slices.Equal(c.Args, want) {
		t.Errorf("%q, want %q", c.Args, want)
	}
}
