package worker

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Output is what was said while a task was worked on: by a command on its outputs, by a server in its answer. It is as it came:
// clean it before it reaches a terminal.
type Output struct {
	Head    []byte // the beginning, or all of it
	Tail    []byte // the end, where there was more between
	Dropped int64  // bytes between the two, which are not kept
}

// Empty reports whether nothing was said.
func (o Output) Empty() bool { return o.Size() == 0 }

// Size is how many bytes were said, those that are not kept included.
func (o Output) Size() int64 { return int64(len(o.Head)+len(o.Tail)) + o.Dropped }

// last is the end of it, at most n bytes, with a word on what comes before.
func (o Output) last(n int) string {
	kept := string(o.Head) + string(o.Tail)
	if o.Dropped > 0 {
		kept = string(o.Tail)
	}
	kept = strings.ToValidUTF8(kept[max(0, len(kept)-n):], "\uFFFD")
	if before := o.Size() - int64(len(kept)); before > 0 {
		return fmt.Sprintf("(%d bytes before) %s", before, kept)
	}
	return kept
}

// Said is the output of one try.
type Said struct {
	Worker  int       // that had the task
	Started time.Time // when, as the journal says
	Output
}

// loggedOutput is how many bytes of an output the log has.
const loggedOutput = 1000

// tell keeps what was said while the task in hand was worked on, and logs its end: that of a failed task for all to see.
func (s *stint) tell(e *Event, failed bool) {
	if s.said.Empty() {
		return
	}
	s.pool.kept.say(e.Task.ID, Said{s.id, e.At, s.said})
	level := slog.LevelDebug
	if failed {
		level = slog.LevelWarn
	}
	if s.pool.log.Enabled(s.pool.work, level) {
		s.pool.log.Log(s.pool.work, level, "a task's output", "worker", s.name, "task", e.Task.ID, "output", s.said.last(loggedOutput))
	}
}
