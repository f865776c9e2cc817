package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// typed is what a form holds with a body.
func typed(body string) formDraft {
	s := blankDraft()
	s.texts[0] = body
	return s
}

// bodies are the bodies of what was enqueued, oldest first.
func bodies(past []formDraft) string {
	var all []string
	for _, s := range past {
		all = append(all, s.texts[0])
	}
	return strings.Join(all, " ")
}

func mustAdd(t *testing.T, p formPast, s formDraft, now time.Time) {
	t.Helper()
	if err := p.add(s, now); err != nil {
		t.Fatal(err)
	}
}

// What was enqueued comes back in its order, bounded, without repetitions, and for its owner only.
func TestFormPastIsKept(t *testing.T) {
	p := formPast{filepath.Join(t.TempDir(), "carousel", "past"), 3}
	if past, err := p.load(); err != nil || len(past) > 0 {
		t.Fatalf("without a folder: %v, %v", past, err)
	}
	for i, body := range []string{"a", "b", "b", "c", "d"} {
		mustAdd(t, p, typed(body), start.Add(time.Duration(i)*time.Second))
	}
	past, err := p.load()
	if err != nil || bodies(past) != "b c d" {
		t.Errorf("%q, %v", bodies(past), err)
	}
	whole := typed("braces {{seq}}\n日本")
	whole.asIs, whole.texts[1], whole.texts[8] = true, "12", "k=v\nl=w"
	mustAdd(t, p, whole, start.Add(time.Minute))
	if past, err := p.load(); err != nil || past[len(past)-1] != whole {
		t.Errorf("%+v, %v", past, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	files, err := os.ReadDir(p.folder)
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range []string{files[0].Name(), "."} {
		if info, err := os.Stat(filepath.Join(p.folder, path)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// Consoles that enqueue at the same time lose nothing of each other's.
func TestFormPastOfSeveralConsoles(t *testing.T) {
	p := formPast{t.TempDir(), 100}
	var consoles sync.WaitGroup
	for c := range 8 {
		consoles.Go(func() {
			for i := range 10 {
				if err := p.add(typed(fmt.Sprint(c, "-", i)), start); err != nil {
					t.Error(err)
				}
				if _, err := p.load(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	consoles.Wait()
	past, err := p.load()
	seen := map[formDraft]bool{}
	for _, s := range past {
		seen[s] = true
	}
	if err != nil || len(seen) != 80 {
		t.Errorf("%d of 80 entries, %v", len(seen), err)
	}
}

// A damaged entry is set aside and named, once, and the others are there; clearing removes all, and nothing else.
func TestDamagedFormPast(t *testing.T) {
	p := formPast{t.TempDir(), 10}
	mustAdd(t, p, typed("a"), start)
	for name, text := range map[string]string{
		"2-cut.json": `{"body":"sec`, "3-list.json": "[1]", "4-odd.json": `{"body":["x"]}`, "5-null.json": "null", "other.txt": "mine",
	} {
		if err := os.WriteFile(filepath.Join(p.folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	past, err := p.load()
	if bodies(past) != "a" || err == nil || !strings.Contains(err.Error(), "4 in "+p.folder+" cannot be read; kept aside as 2-cut.json.damaged") {
		t.Errorf("%q, %v", bodies(past), err)
	}
	if text, err := os.ReadFile(filepath.Join(p.folder, "2-cut.json.damaged")); err != nil || string(text) != `{"body":"sec` {
		t.Errorf("what was damaged is %q, %v", text, err)
	}
	if past, err := p.load(); bodies(past) != "a" || err != nil {
		t.Errorf("the second time: %q, %v", bodies(past), err)
	}
	if n, err := p.clear(); n != 5 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	if files, err := os.ReadDir(p.folder); err != nil || len(files) != 1 || files[0].Name() != "other.txt" {
		t.Errorf("left are %v, %v", files, err)
	}
}

// The bytes are bounded as well as the number, and what a killed console left half-written goes.
func TestFormPastIsBounded(t *testing.T) {
	p := formPast{t.TempDir(), 100}
	part := filepath.Join(p.folder, ".carousel-1.part")
	if err := os.WriteFile(part, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		mustAdd(t, p, typed(strings.Repeat("x", 900_000)+fmt.Sprint(i)), start.Add(time.Duration(i)*time.Second))
	}
	p.trim(time.Now().Add(2 * partLife))
	names, err := p.names()
	if err != nil || len(names) != maxPastBytes/900_000 {
		t.Errorf("%d entries, %v", len(names), err)
	}
	if _, err := os.Stat(part); err == nil {
		t.Error("a part of long ago is left")
	}
	if err := p.add(typed(strings.Repeat("x", maxEntryBytes)), start); err == nil || !strings.Contains(err.Error(), "larger than 1 MB") {
		t.Errorf("a huge one: %v", err)
	}
}

// keeping is an App whose form keeps what it enqueues in a folder.
func keeping(t *testing.T, folder string, most int) *App {
	t.Helper()
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
	a.o.History, a.o.Config.History = folder, most
	return a
}

// The form goes through what an earlier run has enqueued; drafts that were not sent are not kept, and 0 keeps nothing.
func TestFormRemembersOverRuns(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "past")
	a := keeping(t, folder, 50)
	for _, body := range []string{"first", "second", "second"} {
		fill(a, body)
		press(a, "ctrl+s", "esc")
	}
	b := keeping(t, folder, 50)
	press(b, "e", "ctrl+p", "ctrl+p")
	if got := b.draft.body.value(); got != "first" || len(b.draft.past) != 2 {
		t.Errorf("two back is %q of %q", got, bodies(b.draft.past))
	}
	c := keeping(t, folder, 0)
	fill(c, "secret")
	press(c, "ctrl+s", "esc")
	past, err := formPast{folder, 50}.load()
	if len(c.draft.past) != 1 || err != nil || bodies(past) != "first second" {
		t.Errorf("with 0: %q remembered, %q kept, %v", bodies(c.draft.past), bodies(past), err)
	}
}

// The palette clears the history, after a question, of this run and on the disk.
func TestFormForgets(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "past")
	a := keeping(t, folder, 50)
	fill(a, "secret")
	press(a, "ctrl+s", "esc", ":")
	typeText(a, "forget")
	press(a, "enter")
	if !strings.Contains(a.View(), "The enqueue form forgets") {
		t.Fatalf("it does not ask:\n%s", a.View())
	}
	press(a, "enter")
	if files, err := os.ReadDir(folder); err != nil || len(files) > 0 || len(a.draft.past) > 0 {
		t.Errorf("left are %v, %v, and %q", files, err, bodies(a.draft.past))
	}
	if !strings.Contains(a.toast.text, "1 file removed") {
		t.Errorf("says %q", a.toast.text)
	}
}

// A folder that cannot be used is told of once, and publishing goes on.
func TestFormPastThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a := keeping(t, filepath.Join(file, "past"), 50)
	fill(a, "one")
	press(a, "ctrl+s", "esc")
	if len(a.batches) != 1 || a.draft.pastFault == "" {
		t.Errorf("%d batches, fault %q", len(a.batches), a.draft.pastFault)
	}
}
