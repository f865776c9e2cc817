package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withTemplates is an App whose templates are in a folder of the test's own.
func withTemplates(t *testing.T, w, h int, document string) (*App, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "carousel", "enqueue-templates.toml")
	if document != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := newTestApp(t, w, h, busyBroker(), busyPool(2))
	a.o.Templates = path
	return a, path
}

func TestTemplatesAreSavedLoadedAndDeleted(t *testing.T) {
	a, path := withTemplates(t, 100, 30, "")
	fill(a, "resize {{seq}}", "12")
	press(a, "ctrl+t")
	if !strings.Contains(a.View(), "there are no templates yet; s saves what the form holds") {
		t.Fatalf("without a file:\n%s", a.View())
	}
	press(a, "s")
	typeText(a, "resize cats")
	press(a, "enter")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file: %v, %v", info, err)
	}
	if names, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(names) > 0 {
		t.Errorf("left behind: %q, %v", names, err)
	}
	if !strings.Contains(a.View(), "▎resize cats") || !strings.Contains(a.View(), "Saved as template resize cats.") {
		t.Errorf("the list after saving:\n%s", a.View())
	}

	b, _ := withTemplates(t, 100, 30, "")
	b.o.Templates = path // another console
	fill(b, "half written")
	press(b, "ctrl+t", "enter")
	if got := b.draft.body.value() + " " + b.draft.count.value(); got != "resize {{seq}} 12" || b.draft.first != "resize 1" {
		t.Errorf("loaded %q, first %q", got, b.draft.first)
	}
	press(b, "ctrl+p")
	if got := b.draft.body.value(); got != "half written" {
		t.Errorf("what was written before is %q", got)
	}
	press(b, "ctrl+t", "D")
	if !strings.Contains(b.View(), "Template resize cats is taken out of") {
		t.Fatalf("it does not ask:\n%s", b.View())
	}
	press(b, "esc", "D", "enter", "esc")
	if d, err := readTemplates(path); err != nil || len(d.list) != 0 {
		t.Errorf("after deleting there are %v, %v", d, err)
	}
	if b.dialog != dialog(b.draft) {
		t.Error("esc does not lead back to the form")
	}
}

func TestATakenNameIsAskedForTwice(t *testing.T) {
	a, path := withTemplates(t, 100, 30, "[[template]]\nname = \"a\"\nbody = \"old\"\n")
	fill(a, "new")
	press(a, "ctrl+t", "s")
	typeText(a, "a")
	press(a, "enter")
	if d, err := readTemplates(path); err != nil || d.list[0].form.texts[0] != "old" || !strings.Contains(a.View(), "enter again replaces it") {
		t.Fatalf("%v, %v\n%s", d, err, a.View())
	}
	press(a, "enter")
	if d, err := readTemplates(path); err != nil || len(d.list) != 1 || d.list[0].form.texts[0] != "new" {
		t.Errorf("%v, %v", d, err)
	}
}

// What carousel does not know stays in the file, and what it cannot use is counted.
func TestTemplatesAreReadTolerantly(t *testing.T) {
	document := `other = 1
[[template]]
name = "good"
body = "x"
count = 5
rate = 2.5
colour = "red"
[[template]]
name = "good"
[[template]]
body = "no name"
[[template]]
name = "odd"
body = ["a", "list"]
[[template]]
name = "as is"
braces_as_they_are = true
[section]
key = 2026-11-26
`
	a, path := withTemplates(t, 100, 30, document)
	press(a, "e", "ctrl+t")
	if !strings.Contains(a.View(), "3 in ") || !strings.Contains(a.View(), "cannot be used") {
		t.Errorf("nothing tells of what was skipped:\n%s", a.View())
	}
	press(a, "enter")
	if got := a.draft.text().texts; got[0] != "x" || got[1] != "5" || got[2] != "2.5" || got[4] != "0" {
		t.Errorf("loaded %q", got)
	}
	press(a, "ctrl+t", "s", "enter", "enter")
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{"other = 1", "colour = 'red'", "no name", "'odd'", "key = 2026-11-26", "braces_as_they_are = true"} {
		if !strings.Contains(string(written), kept) {
			t.Errorf("%q was lost in\n%s", kept, written)
		}
	}
}

func TestTemplatesThatCannotBeRead(t *testing.T) {
	for document, want := range map[string]string{
		"template = [": "cannot be read: it is not TOML in line 1; mend it or move it away",
		"template = 5": "cannot be read: its key template is not a list",
		strings.Repeat("# long\n", maxTemplateBytes/7+100): "cannot be read: it is larger than 1 MB",
	} {
		a, path := withTemplates(t, 160, 45, document)
		press(a, "e", "ctrl+t", "s", "D")
		if l, ok := a.dialog.(*templateList); !ok || l.err == nil || !strings.Contains(l.err.Error(), want) {
			t.Errorf("%.20q: %v", document, a.dialog)
		}
		checkFrame(t, a)
		if now, err := os.ReadFile(path); err != nil || string(now) != document {
			t.Errorf("%.20q was changed, %v", document, err)
		}
	}
	a, path := withTemplates(t, 160, 45, "")
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	press(a, "e", "ctrl+t")
	if l := a.dialog.(*templateList); l.err == nil || !strings.HasSuffix(l.err.Error(), "cannot be read: that is not a file") {
		t.Errorf("a folder: %v", l.err)
	}
	a.o.Templates = ""
	press(a, "esc", "ctrl+t")
	if a.dialog != dialog(a.draft) || !strings.Contains(a.View(), "Templates need the user's config folder") {
		t.Errorf("without a folder:\n%s", a.View())
	}
}

func TestSavingThatFailsIsSaidAndChangesNothing(t *testing.T) {
	a, path := withTemplates(t, 160, 45, "")
	if err := os.WriteFile(filepath.Dir(path), nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	l := newTemplateList(a, a.draft)
	l.found = &templateDoc{}
	a.dialog = l
	l.askSave(a)
	typeText(a, "x")
	press(a, "enter")
	if l.err == nil || !strings.Contains(a.View(), "not a directory") || len(l.found.list) != 0 {
		t.Errorf("%v\n%s", l.err, a.View())
	}
}

func TestReplacedFileKeepsItsLink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(real); err != nil || string(got) != "new" {
		t.Errorf("%q, %v", got, err)
	}
	if info, err := os.Stat(real); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestTemplateListGolden(t *testing.T) {
	document := ""
	for i, name := range []string{"resize cats", "invoice", "a heavy tail", "日本 \u202eno"} {
		document += fmt.Sprintf("[[template]]\nname = %q\nbody = %q\ncount = %d\ntype = \"mail\"\n", name, "{\"id\":{{seq}}}\nsecond line", 10*(i+1))
	}
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a, _ := withTemplates(t, size[0], size[1], document)
		a.o.Templates = "/home/ada/.config/carousel/enqueue-templates.toml"
		d, err := parseTemplates([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		press(a, "e")
		l := newTemplateList(a, a.draft)
		a.dialog = l
		templatesMsg{list: l, found: d}.tell(a)
		press(a, "j")
		checkFrame(t, a)
		golden(t, fmt.Sprintf("dialog-templates-%dx%d", size[0], size[1]), a.View())
	}
}
