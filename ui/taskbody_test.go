package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"carousel/broker"

	"pgregory.net/rapid"
)

func TestFormOf(t *testing.T) {
	for body, want := range map[string]bodyForm{
		"": formText, "resize cat.png": formText, "größer": formText, "77": formText, `{"a":1}`: formJSON, " [1]\n": formJSON, `{"a":`: formText,
		"\xff\xfe": formHex, "a\x00b": formHex, `{"a":"` + strings.Repeat("x", maxJSON) + `"}`: formText,
	} {
		if got := formOf([]byte(body)); got != want {
			t.Errorf("%.20q is shown as %s, want %s", body, got, want)
		}
	}
}

func TestFormatted(t *testing.T) {
	for _, c := range []struct {
		body string
		as   bodyForm
		want []string
	}{
		{"one\r\n\ttwo\n", formText, []string{"one", "    two"}},
		{`{"b":[1,"x"],"a":null}`, formJSON, []string{"{", `  "b": [`, "    1,", `    "x"`, "  ],", `  "a": null`, "}"}},
		{"", formText, []string{""}},
		{"", formHex, []string{"000000"}},
		{"0123456789abcdef\x00é", formHex, []string{
			"000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef",
			"000010  00 c3 a9                                          ...",
		}},
	} {
		lines, whole := formatted([]byte(c.body), c.as)
		for i := range lines {
			if c.as == formHex {
				lines[i] = strings.TrimRight(lines[i], " ")
			}
		}
		if !whole || !slices.Equal(lines, c.want) {
			t.Errorf("%q as %s: %q, want %q", c.body, c.as, lines, c.want)
		}
	}
}

// A long body is cut between characters, and everything else of it is shown.
func TestLongBodiesAreCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat("x", rapid.IntRange(0, 3).Draw(t, "shift")) + strings.Repeat(rapid.SampledFrom([]string{"é", "日", "👍", "yy"}).Draw(t, "rune"), maxShown)
		lines, whole := formatted([]byte(text), formText)
		got := strings.Join(lines, "\n")
		if whole || !utf8.ValidString(got) || !strings.HasPrefix(text, got) || len(got) < maxShown-utf8.UTFMax || len(got) > maxShown {
			t.Fatalf("%d bytes are shown of %d, all: %v, valid: %v", len(got), len(text), whole, utf8.ValidString(got))
		}
	})
	if lines, whole := formatted(make([]byte, maxShown+1), formHex); whole || len(lines) != maxShown/16 {
		t.Errorf("%d lines of hex, all: %v", len(lines), whole)
	}
}

// withBody opens a task with a body.
func withBody(t *testing.T, body string) *App {
	t.Helper()
	a := tasksApp(t, 80, 24)
	id := screenOf(a).subject.ref.ID
	a.o.Kept = fakeKept{id: broker.Task{ID: id, Body: []byte(body)}}
	screenOf(a).keep = nil
	screenOf(a).subject = subject{}
	look(a, start)
	press(a, "enter")
	return a
}

func TestViewScrollsWrapsAndSaysWhatWasCut(t *testing.T) {
	a := withBody(t, strings.Repeat("abcdefghij", 20)+"\n"+strings.Repeat("line\n", 30_000))
	if press(a, "G"); !strings.Contains(a.View(), "lines ") || !strings.Contains(a.View(), "│ li") {
		t.Errorf("the end of what is shown:\n%s", a.View())
	}
	press(a, "g", "pgup")
	for _, want := range []string{"Body 150 kB, as text: the first 65.5 kB of it; s saves all", "lines 1 to 18 of "} {
		if !strings.Contains(a.View(), want) {
			t.Errorf("%q is not said:\n%s", want, a.View())
		}
	}
	wrapped := strings.Count(a.View(), "abcdefghij")
	if press(a, "w"); !strings.Contains(a.View(), "not wrapped") || strings.Count(a.View(), "abcdefghij") >= wrapped {
		t.Errorf("w does not unwrap:\n%s", a.View())
	}
	if press(a, "l", "l"); !strings.Contains(a.View(), "│ ghijabcdef") {
		t.Errorf("l does not move long lines by 16 cells:\n%s", a.View())
	}
	if press(a, "h", "h"); !strings.Contains(a.View(), "│ abcdefghij") {
		t.Errorf("h does not move them back:\n%s", a.View())
	}
	for range 100 {
		press(a, "l")
	}
	if a.draw(); screenOf(a).open.side != 200-76 {
		t.Errorf("l goes on to %d cells, beyond the longest line", screenOf(a).open.side)
	}
	press(a, "w", "w")
	if press(a, "b"); !strings.Contains(a.View(), "as hex") || !strings.Contains(a.View(), fmt.Sprintf("%06x  %x", 0, "a")) {
		t.Errorf("a body that is no JSON is text, then hex:\n%s", a.View())
	}
	if press(a, "b"); !strings.Contains(a.View(), "as text") {
		t.Errorf("and then text:\n%s", a.View())
	}
	if press(a, "esc"); screenOf(a).open != nil || !strings.Contains(a.View(), "460") {
		t.Error("esc does not lead back to the list")
	}
}

// A task that is let go of while it is open stays on the screen.
func TestViewOutlivesTheList(t *testing.T) {
	a := withBody(t, "resize cat.png")
	a.scene.worked = newTaskStore()
	if look(a, start); !strings.Contains(a.View(), "resize cat.png") {
		t.Errorf("it is gone:\n%s", a.View())
	}
	press(a, "esc")
	checkFrame(t, a)
}
