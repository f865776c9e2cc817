package tape

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"

	"pgregory.net/rapid"
)

var made = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// at is a frame a number of milliseconds after the beginning, with one event and one worker at work.
func at(ms int) Frame {
	now := made.Add(time.Duration(ms) * time.Millisecond)
	return Frame{
		At:    now,
		Links: []broker.LinkState{{Role: broker.RoleWatch, Status: broker.LinkUp, Address: "localhost:5672"}},
		Queue: broker.Snapshot{Queue: "task_queue", Ready: broker.Figure[int64]{Value: int64(ms), At: now, From: "amqp"}},
		Pool:  worker.Status{State: worker.PoolRunning, Size: 1, Target: 1},
		Workers: []worker.WorkerStatus{{ID: 1, Name: "w01", State: worker.StateRunning, HasTask: true, Started: made,
			BusyTime: time.Duration(ms) * time.Millisecond, UpTime: time.Duration(ms) * time.Millisecond}},
		Events: []worker.Event{{Seq: uint64(ms + 1), At: now, Kind: worker.TaskDone, Worker: 1}},
	}
}

func record(t testing.TB, frames ...Frame) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tape")
	w, err := Create(path, Header{Made: made, Version: "1.0", HasPool: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		w.Settle() // a disk that keeps up
		w.Record(f)
	}
	if err := w.Close(time.Minute); err != nil {
		t.Fatal(err)
	}
	return path
}

func play(t testing.TB, path string) (*Tape, []Frame) {
	t.Helper()
	tape, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := tape.Play()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var frames []Frame
	for f, more := p.Next(1 << 60); more; f, more = p.Next(1 << 60) {
		frames = append(frames, *f)
	}
	if !p.Ended() {
		t.Error("the player does not know that it has ended")
	}
	return tape, frames
}

// What is played is what was recorded, with the events of the frames that share a line.
func TestFramesComeBack(t *testing.T) {
	tape, frames := play(t, record(t, at(0), at(100), at(300), at(600)))
	if tape.Length != 600*time.Millisecond || tape.Cut || !tape.HasPool || tape.Version != "1.0" || !tape.Made.Equal(made) {
		t.Errorf("the tape is %+v", tape)
	}
	if len(frames) != 3 {
		t.Fatalf("%d frames, want 3: the second is too close to the first", len(frames))
	}
	want := at(300)
	want.Events = append(at(100).Events, want.Events...)
	want.Stage = &Stage{HasPool: true} // where nothing else was recorded, that of the header
	if !reflect.DeepEqual(frames[1], want) {
		t.Errorf("got  %+v\nwant %+v", frames[1], want)
	}
}

// A fault comes back with its kind and its words, since both are on the screen.
func TestFaultsComeBack(t *testing.T) {
	f := at(0)
	f.Links[0].Err = &broker.Fault{Kind: broker.Refused, What: "login refused", Why: "wrong password", Do: "correct it"}
	f.Queue.API.Err = errors.New("no answer")
	_, frames := play(t, record(t, f))
	link, api := frames[0].Links[0].Err, frames[0].Queue.API.Err
	if broker.KindOf(link) != broker.Refused || link.Error() != f.Links[0].Err.Error() || api.Error() != "no answer" || frames[0].Queue.AMQP.Err != nil {
		t.Errorf("link %v, api %v, amqp %v", link, api, frames[0].Queue.AMQP.Err)
	}
}

// Rows that nothing but time changes are not written again, and yet grow older; rows that went are gone.
func TestRowsBetweenTheirLines(t *testing.T) {
	last := at(1000)
	last.Workers = append(last.Workers[:0], worker.WorkerStatus{ID: 2, State: worker.StateIdle})
	_, frames := play(t, record(t, at(0), at(500), last))
	if got := frames[1].Workers[0]; got != at(500).Workers[0] {
		t.Errorf("got %+v, want %+v", got, at(500).Workers[0])
	}
	if got := frames[2].Workers; len(got) != 1 || got[0].ID != 2 {
		t.Errorf("got %+v", got)
	}
}

// A tape of somebody who was killed can be played up to its last whole line.
func TestCutTape(t *testing.T) {
	whole, err := os.ReadFile(record(t, at(0), at(300), at(600), at(900)))
	if err != nil {
		t.Fatal(err)
	}
	_, all := play(t, record(t, at(0), at(300), at(600), at(900)))
	before := -1
	for n := range len(whole) {
		path := filepath.Join(t.TempDir(), "cut")
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err != nil {
			if before >= 0 {
				t.Fatalf("cut at %d: %v, though less of it could be played", n, err)
			}
			continue // not even its first line is whole
		}
		tape, frames := play(t, path)
		if len(frames) < before || !tape.Cut && len(frames) < len(all) {
			t.Fatalf("cut at %d: %d frames after %d, said to be cut: %v", n, len(frames), before, tape.Cut)
		}
		before = len(frames)
	}
	if before < len(all)-1 {
		t.Errorf("only %d of %d frames can be played of a tape that lacks its last byte", before, len(all))
	}
}

// A tape that is damaged says so, and is refused where nothing can be played; one that was only cut short is not called damaged.
func TestDamagedTape(t *testing.T) {
	whole, err := os.ReadFile(record(t, at(0), at(300), at(600), at(900)))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "damaged")
	spoil := func(from, to int) (*Tape, error) {
		spoilt := bytes.Clone(whole)
		for i := from; i < to; i++ {
			spoilt[i] ^= 0xff
		}
		if err := os.WriteFile(path, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		return Open(path)
	}
	header := bytes.Index(whole, []byte{0, 0, 0xff, 0xff}) + 4 // a flush ends with these
	second := header + bytes.Index(whole[header:], []byte{0, 0, 0xff, 0xff}) + 4
	for _, c := range []struct {
		name     string
		from, to int
		want     error
	}{
		{"its gzip header", 0, 2, ErrNoTape}, {"the header's block", 10, header - 4, ErrNoTape},
		{"the first line's block", header, second - 4, ErrNothing}, {"all behind the header", header, len(whole), ErrNothing},
	} {
		if tape, err := spoil(c.from, c.to); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v", c.name, tape, err)
		}
	}
	if tape, err := spoil(second, second+20); err != nil || !tape.Damaged || tape.Cut {
		t.Errorf("behind the first line: %+v, %v", tape, err)
	}
	if tape, err := spoil(len(whole)-8, len(whole)-4); err != nil || !tape.Damaged || tape.Length != 900*time.Millisecond {
		t.Errorf("only its checksum: %+v, %v", tape, err)
	}
	if _, err := Open(record(t)); !errors.Is(err, ErrNothing) {
		t.Errorf("nothing was recorded: %v", err)
	}
}

func TestOnlyTheOwnerReadsATape(t *testing.T) {
	path := record(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := Create(path, Header{}); !errors.Is(err, os.ErrExist) {
		t.Errorf("a file that is there is written over: %v", err)
	}
}

func TestNoTape(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "text": "hello", "another format": `{"carousel":99}` + "\n", "no JSON": "x\n"} {
		path := filepath.Join(t.TempDir(), "file")
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		content := b.Bytes()
		if name == "text" {
			content = []byte(text)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); !errors.Is(err, ErrNoTape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A disk that does not keep up costs the oldest events, which are counted, and never memory.
func TestSlowDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tape")
	w, err := Create(path, Header{Made: made})
	if err != nil {
		t.Fatal(err)
	}
	w.Settle()
	w.last = made // nothing is due for the next quarter of a second
	f := at(10)
	f.Events = make([]worker.Event, 1000)
	for range 60 {
		w.Record(f)
	}
	if len(w.waiting) != maxWaiting || w.missed != 10_000 {
		t.Errorf("%d wait, %d missed", len(w.waiting), w.missed)
	}
	w.Record(at(1000))
	if err := w.Close(time.Minute); err != nil {
		t.Fatal(err)
	}
	_, frames := play(t, path)
	if len(frames) != 1 || len(frames[0].Events) != maxWaiting || frames[0].Missed != 10_001 {
		t.Errorf("%d frames, %d events, %d missed", len(frames), len(frames[0].Events), frames[0].Missed)
	}
}

// Every event is on the tape once, in order, however the looks fall.
func TestEventsAddUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var frames []Frame
		ms, events := 0, 0
		for range rapid.IntRange(1, 20).Draw(r, "frames") {
			ms += rapid.IntRange(1, 400).Draw(r, "pause")
			f := at(ms)
			f.Events = nil
			for range rapid.IntRange(0, 5).Draw(r, "events") {
				events++
				f.Events = append(f.Events, worker.Event{Seq: uint64(events)})
			}
			frames = append(frames, f)
		}
		_, played := play(t, record(t, frames...))
		seen := 0
		for _, f := range played {
			for _, e := range f.Events {
				if seen++; e.Seq != uint64(seen) {
					r.Fatalf("event %d is number %d", e.Seq, seen)
				}
			}
		}
		if seen != events {
			r.Fatalf("%d events of %d", seen, events)
		}
	})
}

// Whatever a line holds, the player plays on.
func FuzzPlayer(f *testing.F) {
	f.Add([]byte(`{"t":1,"q":{},"p":{},"w":[{"ID":1}],"x":[1],"e":[{}],"l":[{}]}` + "\n"))
	f.Add([]byte(`{"t":-5}` + "\n" + `{"t":99999999999999999999}` + "\n{\"t\":1,\"w\":[{\"ID\":\"x\"}]}\nrubbish"))
	f.Fuzz(func(t *testing.T, lines []byte) {
		path := filepath.Join(t.TempDir(), "tape")
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, `{"carousel":1,"made":"2026-11-26T12:00:00Z"}`+"\n")
		_, _ = z.Write(lines)
		_ = z.Close()
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); errors.Is(err, ErrNothing) {
			return
		}
		play(t, path)
	})
}
