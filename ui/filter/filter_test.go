package filter

import (
	"strings"
	"testing"
	"time"
	"unicode"
)

var failed = Task{
	ID: "0193c4f2-7a10-7c3e-9b1d-000000001eef", Type: "Resize", Body: `{"file":"Größe.png"}`, State: "failed", Try: 3, Size: 12_000,
	Tries: []Try{{"w01", "timeout after 3 s"}, {"w03", "no such file"}},
	Ran:   1200 * time.Millisecond, Waited: -1, Redelivered: true,
}

func TestMatch(t *testing.T) {
	for line, want := range map[string]bool{
		"": true, "   ": true, "0193": true, "1EEF": true, "resize": true, "GRÖSSE": false, "größe": true, "TIMEOUT": true, "nothing": false,
		`"no such"`: true, `"such no"`: false, "no such": true, `"no such`: true, `"a \"quote\""`: false, `"`: true, "-": true,
		"state:failed": true, "state:f": true, "state:r": false, "state:u": false, "-state:done": true, "state=failed": true, "STATE:Failed": true,
		"worker:w03": true, "worker:W3": false, "worker:3": true, "worker:w01": true, "worker:2": false, "-worker:w01": false,
		"type:res": true, "type=res": false, "type=resize": true, "id:0193": true, "id:0194": false, `body:"file"`: true,
		"error:timeout": true, `error:"such file"`: true, "error=timeout": false, `error="no such file"`: true,
		"ran>1s": true, "ran>1.2s": false, "ran>=1.2s": true, "ran<2s": true, "waited>0s": false, "waited<1h": false, "-waited>1s": true,
		"try>1": true, "try:3": true, "try=2": false, "try<=3": true, "size>10kB": true, "size:12000": true, "size<1.2MB": true,
		"redelivered": true, "-redelivered": false, `"redelivered"`: false,
		"state:failed worker:w03 type:resize ran>1s try>1 id:0193 redelivered error:timeout": true,
		"state:failed worker:w03 state:done":                                                 false,
		"12:30":                                                                              false, "http": false,
	} {
		f, wrong := Parse(line)
		if wrong != nil {
			t.Errorf("%s: %v", line, wrong)
		} else if got := f.Match(&failed); got != want {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for line, want := range map[string]struct {
		at  int
		msg string
	}{
		"state:failed wrked:w01": {13, "there is no field wrked; there are state, worker"},
		"state:broken":           {0, "there is no state broken; there are running, done"},
		"  -state:":              {2, "state: needs something after it, such as state:failed"},
		"try>1 ran>1":            {6, "ran> needs a time with its unit, such as ran>1.5s"},
		"waited:3s":              {0, "waited is compared, such as waited>1.5s"},
		"ran>-1s":                {0, "ran> needs a time"},
		"try>two":                {0, "try> needs a number, such as try>2"},
		"size>10 ":               {-1, ""},
		"size>10xB":              {0, "size> needs a number, such as size>10kB"},
		"size<NaN":               {0, "size< needs a number"},
		"worker>3":               {0, "worker goes with a colon: worker:w03"},
		"error:":                 {0, "error: needs something after it, such as error:timeout"},
		"http://x":               {0, "Text with a : goes in quotes"},
		strings.Repeat("a ", 33): {64, "at most 32 terms"},
	} {
		_, wrong := Parse(line)
		switch {
		case wrong == nil && want.at >= 0:
			t.Errorf("%q: nothing is wrong", line)
		case wrong != nil && (wrong.At != want.at || !strings.Contains(wrong.Error(), want.msg) || !strings.HasPrefix(line[wrong.At:], wrong.Term)):
			t.Errorf("%q: at %d %q: %v; want at %d: %v", line, wrong.At, wrong.Term, wrong, want.at, want.msg)
		}
	}
}

// While a term is being typed the others go on.
func TestTheOtherTermsAreRead(t *testing.T) {
	f, wrong := Parse("wrked:w01 state:done ran>")
	if wrong == nil || wrong.At != 0 || len(f.terms) != 1 || f.Match(&failed) {
		t.Errorf("%d terms are read, with mistake %v", len(f.terms), wrong)
	}
}

// Whatever is typed, a line has a meaning or a mistake that can be pointed at, and a minus turns a term round.
func FuzzParse(f *testing.F) {
	for _, line := range []string{`state:failed worker:w03 ran>1s -error:timeout "two words"`, `-"a\"`, "size>1e400", "\x00é:", "-", `x:"`, "try>=9", "ſ"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		filter, wrong := Parse(line)
		if wrong != nil {
			if wrong.At < 0 || wrong.At >= len(line) || wrong.Term == "" || !strings.HasPrefix(line[wrong.At:], wrong.Term) || wrong.Msg == "" {
				t.Fatalf("%q: a mistake at %d, %q: %q", line, wrong.At, wrong.Term, wrong.Msg)
			}
			return
		}
		met := filter.Match(&failed)
		if filter.Empty() && !met {
			t.Fatalf("%q is empty and picks not all", line)
		}
		line = strings.TrimLeftFunc(line, unicode.IsSpace)
		if len(filter.terms) != 1 || strings.HasPrefix(line, "-") {
			return
		}
		turned, wrong := Parse("-" + line)
		if wrong != nil || turned.Match(&failed) == met {
			t.Fatalf("-%q: %v, and the same tasks are picked", line, wrong)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	f, _ := Parse("state:failed error:timeout thumbnail")
	task := failed
	task.Body = strings.Repeat("resize the picture of a cat, ", 4)
	b.ReportAllocs()
	for b.Loop() {
		f.Match(&task)
	}
}
