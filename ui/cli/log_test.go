package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// logLine is what every line about the end of a task has.
type logLine struct {
	Time, Level, Msg                 string
	ID, Type, Worker, Outcome, Error string
	Attempt                          int
	Redelivered                      *bool
	Wait, Run                        *float64
	NextIn                           float64 `json:"next_in"`
}

// As JSON, all of standard error is an object a line, and a task's end has the same names whatever the end was.
func TestLogAsJSON(t *testing.T) {
	path := writeConfig(t, "[log]\nformat = \"json\"\nlevel = \"debug\"\n[failure]\nattempts = 2\nbackoff = \"2s\"\njitter = 0\n")
	synctest.Test(t, func(t *testing.T) {
		tasks := tasksOf(2, time.Second)
		tasks[0].Type, tasks[1].Fail = "resize", 1
		_, _, stderr := runWork(t, newFakeBroker(tasks...), nil, "--workers", "1", "--drain", "--config", path)
		ends := map[string]logLine{}
		for line := range strings.Lines(stderr) {
			var l logLine
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$`).MatchString(l.Time) || l.Level == "" || l.Msg == "" {
				t.Errorf("%+v: %s", l, line)
			}
			if l.Outcome != "" {
				ends[l.Outcome] = l
			}
		}
		for outcome, want := range map[string]logLine{
			"done":          {Level: "DEBUG", Msg: "task done", ID: tasks[0].ID, Type: "resize", Attempt: 1},
			"retried":       {Level: "WARN", Msg: "task failed and will be tried again", ID: tasks[1].ID, Attempt: 1, Error: "simulated failure", NextIn: 2},
			"dead-lettered": {Level: "WARN", Msg: "task failed for good", ID: tasks[1].ID, Attempt: 2, Error: "simulated failure"},
		} {
			got := ends[outcome]
			if got.Worker != "w01" || got.Run == nil || *got.Run != 1 || got.Wait == nil || got.Redelivered == nil {
				t.Errorf("%s: %+v", outcome, got)
			}
			want.Time, want.Worker, want.Outcome = got.Time, got.Worker, outcome
			want.Run, want.Wait, want.Redelivered = got.Run, got.Wait, got.Redelivered
			if got != want {
				t.Errorf("%s:\n%+v; want\n%+v", outcome, got, want)
			}
		}
	})
}

// What the program says at its end is a line of the log, too.
func TestLastWordsAsJSON(t *testing.T) {
	b := newFakeBroker()
	b.queue = io.ErrUnexpectedEOF
	status, _, stderr := invocation{args: []string{"work", "--log-format", "json"}, broker: b}.run(t)
	var line logLine
	if err := json.Unmarshal([]byte(stderr), &line); err != nil || status != exitFailed || line.Msg != io.ErrUnexpectedEOF.Error() {
		t.Errorf("status %d, %v: %s", status, err, stderr)
	}
}

// A log file that was moved away is left, and the lines go on in a new one.
func TestLogFileIsOpenedAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	p := &program{Process: Process{Stderr: io.Discard}, stop: t.Context()}
	var told bytes.Buffer
	b, err := p.openLog(LogConfig{File: path, Level: "info", Format: formatText}, &told)
	if err != nil {
		t.Fatal(err)
	}
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	b.Info("first")
	eventually(t, "the first line", func() bool { return strings.Contains(read(path), "first") })
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := b.file.reopen(filepath.Join(path+".1", "x")); err == nil || !strings.Contains(err.Error(), "cannot be opened: not a directory") {
		t.Errorf("a file in a file: %v", err)
	}
	b.Info("second") // still in the old one
	eventually(t, "the second line", func() bool { return strings.Contains(read(path+".1"), "second") })
	if err := b.file.reopen(path); err != nil {
		t.Fatal(err)
	}
	b.setLevel("debug")
	b.Debug("third")
	b.close()
	if got := read(path); !strings.Contains(got, "third") || strings.Contains(got, "second") || told.Len() > 0 || b.trouble() != "" {
		t.Errorf("%q, told %q, trouble %q", got, &told, b.trouble())
	}
}

// Trouble with one file is told once, and is over with the next one.
func TestLogFileTrouble(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	var told []string
	f, err := openLogFile("/dev/full", func(text string) { told = append(told, text) })
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(newLogHandler(formatText, f, slog.LevelInfo))
	log.Info("lost")
	log.Info("lost")
	if len(told) != 1 || f.trouble() != told[0] || !strings.Contains(told[0], "no space left on device") {
		t.Errorf("told %q, trouble %q", told, f.trouble())
	}
	if err := f.reopen(filepath.Join(t.TempDir(), "log")); err != nil {
		t.Fatal(err)
	}
	log.Info("kept")
	if f.close(); f.trouble() != "" {
		t.Errorf("still %q", f.trouble())
	}
}
