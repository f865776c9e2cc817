package cli

import (
	"strings"
	"testing"

	"github.com/hinshun/vt10x"
)

func TestStatusLineStaysBelowTheLog(t *testing.T) {
	screen := vt10x.New(vt10x.WithSize(20, 5))
	s := &statusLine{out: newlines{screen}}
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() { s.show("10 done") }, "10 done"},
		{func() { s.show("9 done") }, "9 done"},
		{func() { _, _ = s.Write([]byte("one\n")) }, "one|9 done"},
		{func() { _, _ = s.Write([]byte("two\nthree\n")) }, "one|two|three|9 done"},
		{func() { s.show("") }, "one|two|three"},
		{func() { _, _ = s.Write([]byte("four\n")) }, "one|two|three|four"},
	} {
		step.do()
		var lines []string
		for line := range strings.Lines(screen.String()) {
			if line = strings.TrimRight(line, " \n"); line != "" {
				lines = append(lines, line)
			}
		}
		if got := strings.Join(lines, "|"); got != step.want {
			t.Errorf("screen %q; want %q", got, step.want)
		}
	}
}

// newlines turns \n into \r\n, as a terminal's driver does.
type newlines struct{ screen vt10x.Terminal }

func (n newlines) Write(p []byte) (int, error) {
	if _, err := n.screen.Write([]byte(strings.ReplaceAll(string(p), "\n", "\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}
