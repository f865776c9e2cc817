package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
)

// saveAs types a path into the question.
func saveAs(a *App, path string) {
	press(a, "S", "ctrl+u")
	typeText(a, path)
	press(a, "enter")
}

func TestSaveTheScreen(t *testing.T) {
	dir, p := t.TempDir(), busyPool(8)
	a := newApp(t.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p}, newTheme("light", termenv.ANSI256))
	a.Update(tea.WindowSizeMsg{Width: 100, Height: 30})
	look(a, start)
	frame := a.View()
	for ending, want := range map[string]string{".svg": "stroke=\"" + palettes["light"].frame, ".txt": "\n╭─ Queue ▒ 3 retry", ".ANS": frame[:200]} {
		path := filepath.Join(dir, "screen"+ending)
		saveAs(a, path)
		got, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(got), want) || strings.Contains(string(got), "Save the screen") {
			t.Errorf("%s holds %.300q, %v", path, got, err)
		}
		if !strings.HasPrefix(a.toast.text, "The screen is saved: ") || !strings.HasSuffix(a.toast.text, " in "+path+".") {
			t.Errorf("toast %q", a.toast.text)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("unfinished files are left: %q", left)
	}
	if a.draw(); strings.Contains(a.View(), "\x1b[38;2;") {
		t.Error("the screen keeps the picture's colours")
	}
}

func TestSaveAsksBeforeItOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "screen.txt")
	if err := os.WriteFile(path, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
	saveAs(a, path)
	if !strings.Contains(a.View(), "There is a file of that name already") {
		t.Fatal("it does not ask")
	}
	press(a, "esc")
	if got, _ := os.ReadFile(path); string(got) != "precious" {
		t.Fatalf("no is not taken: %.40q", got)
	}
	saveAs(a, path)
	press(a, "enter")
	if got, _ := os.ReadFile(path); !strings.Contains(string(got), "Dispatch") {
		t.Errorf("yes is not taken: %.40q", got)
	}
}

func TestSaveSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
	for path, want := range map[string]string{"screen.png": "end it in .svg, .txt or .ans", "": "name a file"} {
		saveAs(a, path)
		if q, open := a.dialog.(*question); !open || q.field.wrong != want {
			t.Errorf("%q is taken", path)
		}
		press(a, "esc")
	}
	saveAs(a, filepath.Join(dir, "none", "screen.svg"))
	if want := filepath.Join(dir, "none", "screen.svg") + " cannot be written: no such file or directory"; !strings.HasPrefix(a.toast.text, want) {
		t.Errorf("toast %q, want %q", a.toast.text, want)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.svg"), 0o755); err != nil {
		t.Fatal(err)
	}
	saveAs(a, filepath.Join(dir, "folder.svg"))
	if !strings.HasSuffix(a.toast.text, "folder.svg cannot be written: what is there is no file to write to.") {
		t.Errorf("toast %q", a.toast.text)
	}
}
