package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// picturesEnv names the folder that TestPictures writes README's pictures to; without it they are compared with what is there.
const picturesEnv = "CAROUSEL_PICTURES"

// README's pictures are made by the program itself, on its sandbox, each beside the same screen as text. Here they are made
// anew, and those in the repository must be of the same build: the same panes, tabs, heads and keys.
func TestPictures(t *testing.T) {
	folder := os.Getenv(picturesEnv)
	for _, c := range []struct {
		name string
		keys string
		show string // what is to be seen before the picture is taken
	}{
		{"board", "", `✓ w05(.|\n)*✓ w05`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			into := t.TempDir()
			s := startSized(t, carousel(t, "", "--workers", "6"), 130, 38)
			s.until("6 workers wait")
			s.press("t")
			show := c.show
			if folder != "" {
				show = `publishing [78]\d of 90` // enough has happened for a handsome picture
			}
			s.untilMatch(show)
			s.press(c.keys + "\x1b") // what is told for the moment hides the keys
			s.untilMatch(`q quit *$`)
			text := s.screen.String()
			saveScreen(s, filepath.Join(into, c.name+".svg"))
			if err := os.WriteFile(filepath.Join(into, c.name+".txt"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			s.press("q\r")
			s.end(exitDone)
			if folder != "" {
				keep(t, into, folder)
				return
			}
			got, want := buildOf(t, filepath.Join(into, c.name+".txt")), buildOf(t, filepath.Join("..", "..", ".readme", c.name+".txt"))
			if !slices.Equal(got, want) {
				t.Errorf("the picture in README is out of date, run .ci/pictures:\nnow it has  %q\nand it had  %q", got, want)
			}
		})
	}
}

// saveScreen has the program save its screen under a name.
func saveScreen(s *onTerminal, path string) {
	s.t.Helper()
	s.press("S")
	s.until("Save the screen")
	s.press("\x15" + path + "\r")
	s.until("the screen is in")
}

// keep moves what was made to where README has it.
func keep(t *testing.T, from, to string) {
	t.Helper()
	files, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, f.Name()), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var (
	title = regexp.MustCompile(`╭[─▸] ([A-Z][a-z]*(?: [a-z]+)*)`)
	word  = regexp.MustCompile(`[a-z]{2,}|p\d\d`)
	heads = regexp.MustCompile(`^│ *[a-z][ a-z]*(?:p\d\d[ a-z]+)*│$`)
)

// buildOf is what a screen is built of, whatever it shows just then: its tabs, the titles of its panes, the heads of its
// tables, its keys.
func buildOf(t *testing.T, path string) (parts []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, " ")
		switch {
		case strings.Contains(line, "╭"):
			for _, m := range title.FindAllStringSubmatch(line, -1) {
				parts = append(parts, m[1])
			}
		case i == 1, i == len(lines)-1, heads.MatchString(line):
			parts = append(parts, strings.Join(word.FindAllString(line, -1), " "))
		}
	}
	return parts
}
