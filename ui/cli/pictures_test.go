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
		name  string
		press string // t, or nothing where tasks are fed
		feed  [][]string
		keys  string
		show  string // what is to be seen before the picture is taken
		rich  string // the same for one that people look at, when enough has happened
		// keyLine is how the last line ends: a terminal is read while it is drawn.
		keyLine string
	}{
		{"board", "t", nil, "", `✓ w0\d`, `publishing [78]\d of 90`, ` inspect .* q quit`},
		{"tasks", "t", nil, "2", `done +w0\d`, `publishing [6]\d of 90`, ` inspect .* q quit`},
		{"dead", "", [][]string{
			{"--count", "5", "--work", "2ms", "--fail", "1", "--type", "resize", `{"file":"cat.png","width":640}`},
			{"--count", "3", "--work", "2ms", "--fail", "1", "--type", "mail", `{"to":"ada@example.org","invoice":2041}`},
		}, "3L", `resize +\{"file"(.|\n)* R replay`, `resize +\{"file"(.|\n)*R replay`, ` v why .*`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			into := t.TempDir()
			once := writeConfig(t, "[failure]\nattempts = 1\n")
			command := carousel(t, "", "--workers", "6", "--config", once)
			command.Env = append(command.Env, "VISUAL=vi") // the key line tells what can be done, editing too
			s := startSized(t, command, 130, 38)
			s.until("6 workers wait")
			for _, args := range c.feed {
				s.feed(args...)
			}
			s.press(c.press + "1" + c.keys[:min(1, len(c.keys))])
			if len(c.feed) > 0 {
				s.until("dead letters (8)")
			}
			s.press(c.keys[min(1, len(c.keys)):])
			if folder != "" {
				s.untilMatch(c.rich)
			}
			text := s.untilMatch(c.show+"(.|\n)*"+c.keyLine+"$") + "\n"
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

// feed publishes tasks to the console's sandbox, whose address is on its screen.
func (s *onTerminal) feed(args ...string) {
	s.t.Helper()
	address := regexp.MustCompile(`guest@(127\.0\.0\.1:\d+)`).FindStringSubmatch(s.screen.String())
	if address == nil {
		s.t.Fatalf("the sandbox's address is not on the screen:\n%s", s.screen.String())
	}
	c := carousel(s.t, "amqp://guest:guest@"+address[1]+"/", append([]string{"enqueue"}, args...)...)
	if out, err := c.CombinedOutput(); err != nil {
		s.t.Fatalf("enqueue: %v\n%s", err, out)
	}
}

// saveScreen has the program save its screen under a name.
func saveScreen(s *onTerminal, path string) {
	s.t.Helper()
	s.press("S")
	s.until("Save the screen")
	s.press("\x15" + path + "\r")
	s.until("The screen is saved")
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
	heads = regexp.MustCompile(`^│ +[a-z][ a-z,]+(?:p\d\d[ a-z,]+)*│$`)
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
