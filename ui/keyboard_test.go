package ui

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

// However a terminal's bytes are cut, no event of the mouse is read by halves, nothing is lost, and Escape is read at once.
func TestMouseEventsAreReadWhole(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	rapid.Check(t, func(t *rapid.T) {
		var sent strings.Builder
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				sent.WriteString(rapid.SampledFrom([]string{"j", "\x1b", "\x1b[A", "\x1bx", "日", "M"}).Draw(t, "key"))
			default:
				fmt.Fprintf(&sent, "\x1b[<%d;%d;%dM", rapid.SampledFrom([]int{0, 35, 65}).Draw(t, "button"),
					rapid.IntRange(1, 300).Draw(t, "x"), rapid.IntRange(1, 99).Draw(t, "y"))
			}
		}
		k, got := newKeyboard(in), ""
		buffer := make([]byte, 256) // as bubbletea has
		for rest := sent.String(); rest != ""; {
			n := min(len(rest), rapid.IntRange(1, 256).Draw(t, "chunk"))
			for n < len(rest) && (rest[n-1] == 0x1b || strings.HasSuffix(rest[:n], "\x1b[")) { // nobody can tell it from Escape there
				n++
			}
			chunk := rest[:n]
			rest = rest[len(chunk):]
			if _, err := out.WriteString(chunk); err != nil {
				t.Fatal(err)
			}
			for read := 0; read < len(chunk); { // a buffer that is filled up leaves bytes in the pipe
				held := len(k.held)
				n, err := k.Read(buffer)
				if err != nil {
					t.Fatal(err)
				}
				if got += string(buffer[:n]); unfinished([]byte(got), false) > 0 {
					t.Fatalf("read by halves: %q", got)
				}
				read += n + len(k.held) - held
			}
		}
		if got += string(k.held); got != sent.String() {
			t.Fatalf("read %q of %q", got, sent.String())
		}
	})
}

func TestEscapeIsReadAtOnce(t *testing.T) {
	for _, c := range []struct {
		input string
		more  bool
		want  int
	}{
		{"\x1b", false, 0}, {"\x1b[", false, 0}, {"\x1b", true, 1}, {"\x1b[", true, 2}, {"\x1bO", true, 0}, {"", true, 0}, {"jj", true, 0},
		{"\x1b[<35;1;1M", true, 0}, {"\x1b[<35;1;1M\x1b[<3", false, 4}, {"\x1b[<", false, 3}, {"\x1b[<x", false, 0}, {"\x1b[A", true, 0},
		{"\x1b[<" + strings.Repeat("1", 40), true, 0},
	} {
		if got := unfinished([]byte(c.input), c.more); got != c.want {
			t.Errorf("%q, more to come %v: %d, want %d", c.input, c.more, got, c.want)
		}
	}
}

// With ASCII only, no key is told by the twin of its picture: < is a key of its own.
func TestKeysAreSpelledInASCII(t *testing.T) {
	p := busyPool(4)
	o := Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p}
	o.Config.ASCII = true
	a := newApp(t.Context(), o, newTheme("dark", termenv.Ascii))
	a.w, a.h = 200, 60
	look(a, start)
	for _, place := range []string{"1", "2", "3", "4", "5"} {
		press(a, place)
		lines := strings.Split(a.View(), "\n")
		if keys := lines[len(lines)-1]; !strings.Contains(keys, "enter ") || strings.Contains(keys, "< ") {
			t.Errorf("on screen %s: %q", place, keys)
		}
	}
	press(a, "1", "?")
	if !strings.Contains(a.View(), "  enter  ") || !strings.Contains(a.View(), "shift+tab") {
		t.Errorf("the help:\n%s", a.View())
	}
	checkFrame(t, a)
}
