package cli

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"carousel/ui/tape"
)

// What a console saw is seen again, without a broker; a console that was killed leaves what it had seen until then.
func TestRecordAndReplay(t *testing.T) {
	for _, killed := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "tape")
		s := startFor(t, "", "--workers", "3", "--record", path)
		s.until("3 workers wait")
		s.press("t")
		s.until("✓ w03")
		if killed {
			awaitSize(t, s, path)
			_ = s.command.Process.Kill()
			_ = s.command.Wait()
		} else {
			s.press("q\r")
			s.end(exitDone)
		}
		s = startFor(t, "", "replay", path, "--speed", "16")
		s.until("ended]") // what passes before may pass between two looks at the screen
		s.press("2/worker:w03 state:done\r")
		s.untilMatch(`✓ done +w03`)
		if killed {
			s.untilSaid("The end of the recording is missing")
		}
		s.quit()
		s.end(exitDone)
	}
}

// awaitSize waits until the tape holds more than at the time of the call: the disk has what the screen showed before.
func awaitSize(t *testing.T, s *onTerminal, path string) {
	t.Helper()
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	for before := size(); size() < before+2000; {
		if _, more := <-s.read; !more {
			t.Fatal("the console ended")
		}
	}
}

func TestRecordingMistakes(t *testing.T) {
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	begun := filepath.Join(t.TempDir(), "begun") // and nothing more of it reached the disk
	w, err := tape.Create(begun, tape.Header{})
	if err == nil {
		err = w.Close(patience)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"replay", begun}, "cannot be played: it is empty, or damaged from its beginning: nothing of it can be read"},
		{[]string{"--record", there}, "is there already; name a new file for the recording"},
		{[]string{"--record", filepath.Join(there, "x")}, "cannot be written: not a directory"},
		{[]string{"replay"}, "replay wants the file of one recording"},
		{[]string{"replay", there}, "cannot be played: it is no recording that this carousel can play"},
		{[]string{"replay", there + "x"}, "cannot be played: no such file or directory"},
		{[]string{"replay", there, "--speed", "100"}, "--speed wants a number from 0.25 to 64"},
		{[]string{"replay", there, "--speed", "NaN"}, "--speed wants a number from 0.25 to 64"},
	} {
		s := startFor(t, "", c.args...)
		s.untilSaid(c.want)
		s.exit(exitUsage, patience)
	}
	if text, err := os.ReadFile(there); err != nil || string(text) != "precious" {
		t.Errorf("the file that was there holds %q now; %v", text, err)
	}
}

// A console that cannot begin leaves no recording behind: the file would be in the way of the next attempt.
func TestNoRecordingOfNothing(t *testing.T) {
	dir := t.TempDir()
	config, path := filepath.Join(dir, "config.toml"), filepath.Join(dir, "tape")
	text := "[broker]\nurls = [\"amqp://me@127.0.0.1:1\"]\npassword_file = \"" + filepath.Join(dir, "none") + "\"\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startFor(t, "", "--config", config, "--record", path)
	s.untilSaid("password_file cannot be used")
	s.exit(exitUsage, patience)
	if _, err := os.Stat(path); err == nil {
		t.Error("there is a recording")
	}
}

// A recording from another part of the world has its own times throughout, and says of which zone they are.
func TestRecordingFromElsewhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tape")
	made := time.Date(2026, 11, 26, 12, 0, 0, 0, time.FixedZone("", 9*60*60))
	w, err := tape.Create(path, tape.Header{Made: made})
	if err != nil {
		t.Fatal(err)
	}
	w.Settle() // a frame that comes while another line is written is left to the next one
	w.Record(tape.Frame{At: made.Add(time.Second)})
	if err := w.Close(patience); err != nil {
		t.Fatal(err)
	}
	c := carousel(t, "", "replay", path)
	c.Env = append(c.Env, "TZ=UTC")
	s := startCommand(t, c)
	s.untilSaid("A recording of 26 November 2026, 12:00:00 +0900.")
	s.quit()
	s.end(exitDone)
}
