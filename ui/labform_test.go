package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The form shows what is wrong where it is wrong, and a study that is right takes the place of the other.
func TestLabForm(t *testing.T) {
	a := newLabApp(t, 120, 40, nil)
	press(a, "c")
	f := a.lab().form
	for _, c := range []struct {
		field *field
		text  string
		want  string
	}{
		{f.workload, "cats", "is not a workload"}, {f.workload, "trace:" + filepath.Join(t.TempDir(), "none.csv"), "none.csv"},
		{f.tasks, "many", "no whole number"}, {f.tasks, "0", "from 1 to 100000"}, {f.mean, "soon", "no time"}, {f.mean, "2h", "from 0 to 1h"},
		{f.load, "x", "no number"}, {f.load, "-1", "from 0 to 10"}, {f.crew, "nobody", "is not a crew"},
		{f.strategies, "magic", "no strategy"}, {f.long, "-1s", "not less than 0"}, {f.seed, "-1", "no whole number"},
	} {
		before := c.field.value()
		c.field.set(c.text)
		press(a, "ctrl+s")
		if a.dialog != dialog(f) || f.current() != c.field || !strings.Contains(c.field.wrong, c.want) || f.busy {
			t.Errorf("%s %q: %q, want %q", c.field.label, c.text, c.field.wrong, c.want)
		}
		c.field.set(before)
	}
	f.workload.set("exp:5ms")
	f.tasks.set("50")
	f.crew.set("2,1x3")
	f.strategies.set("prefetch-7,split")
	press(a, "ctrl+s")
	if a.dialog != nil || len(a.lab().rows) != 2 || !strings.Contains(a.View(), "50 tasks of exp:5ms, mean ") || !strings.Contains(a.View(), "prefetch-7") {
		t.Errorf("the study is not there:\n%s", a.View())
	}
	press(a, "c", "ctrl+s") // what was typed is there again, and can be sent again
	if a.dialog != nil {
		t.Errorf("the form stands still:\n%s", a.View())
	}
}

// The figures go into a file, whose name says how.
func TestLabExport(t *testing.T) {
	t.Chdir(t.TempDir())
	a := newLabApp(t, 120, 40, nil)
	pretend(a, 7)
	for name, want := range map[string]string{"figures.csv": "prefetch-10,measured,240,", "figures.jsonl": `"stints":[{`} {
		press(a, "X", "ctrl+u")
		typeText(a, name)
		press(a, "enter")
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, %.200s", name, err, text)
		}
	}
	press(a, "X", "ctrl+u")
	typeText(a, "figures.png")
	if press(a, "enter"); !strings.Contains(a.View(), "the name must end with .csv or .jsonl") {
		t.Errorf("a picture was written:\n%s", a.View())
	}
}
