package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/charmbracelet/x/term"

	"carousel/ui"
	"carousel/worker"
)

// A panic in a goroutine of a library cannot be recovered, and would leave the terminal raw, in the alternate screen and
// without a cursor, and its report where nobody looks. So a second process stands by: the Go runtime writes the crash into
// a pipe, the monitor reads it, puts the console's terminal in order, keeps the report and says where.
// runtime/debug.SetCrashOutput describes the method.

// What became of the tasks in hand, for whoever reads that it ended.
const (
	tasksBack = "tasks in hand are in the queue again"
	tasksGone = "the sandbox and its tasks are gone"
)

// monitorEnv makes the program a crash monitor. Its value is the directory of the reports; noCache: there is none.
const (
	monitorEnv = "CAROUSEL_CRASH_REPORTS"
	noCache    = "-"
)

// fateEnv tells the monitor which of the two it is at the start, screenEnv that its standard error is a terminal with a console on it,
// and markEnv the worker.Mark of the process that started it.
const (
	fateEnv   = "CAROUSEL_CRASH_TASKS"
	screenEnv = "CAROUSEL_CRASH_SCREEN"
	markEnv   = "CAROUSEL_CRASH_MARK"
)

// What the monitor reads, a byte each. Nothing more means that the process which started it was killed; anything else is
// a crash report.
const (
	goodEnd        = iota // the process ends as it should
	screenGiven           // the terminal is the shell's for a while
	screenTaken           // it is ours again
	tasksOnBroker         // the tasks are a broker's: tasksBack
	tasksOnSandbox        // the tasks are our sandbox's: tasksGone
	tracing               // where tracing is on, or is off again: tellPledge says more
	lastWord       = tracing
)

// maxReport bounds the report of a crash.
const maxReport = 16 << 20

// monitor is the process that stands by. Nil is none.
type monitor struct {
	command *exec.Cmd
	pipe    *os.File
	ready   io.Reader // comes to its end, or has a byte, once it is at its post
}

// startMonitor starts the monitor, which will speak on the given file: the console's terminal, whose state must be as the shell left
// it until the monitor is at its post, or standard error.
func startMonitor(speak *os.File, screen bool, fate string) (*monitor, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	command := exec.Command(self)
	command.Env = append(os.Environ(), monitorEnv+"="+reportsDir(), fateEnv+"="+fate, markEnv+"="+worker.Mark())
	if screen {
		command.Env = append(command.Env, screenEnv+"=1")
	}
	command.Stdin, command.Stderr = read, speak
	ready, err := command.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	if err := command.Start(); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	if err := debug.SetCrashOutput(write, debug.CrashOptions{}); err != nil { // the runtime keeps a duplicate
		return nil, errors.Join(err, write.Close(), command.Wait())
	}
	// A crash ends with SIGABRT, or its status would be 2: that of wrong use.
	debug.SetTraceback("crash")
	return &monitor{command, write, ready}, nil
}

// await waits until the monitor is at its post: it has noted how the terminal is.
func (m *monitor) await() {
	if m != nil {
		_, _ = m.ready.Read(make([]byte, 1)) // its end is an answer, too: the monitor is gone
	}
}

// tell sends the monitor a byte. One that is gone needs no word.
func (m *monitor) tell(word byte) {
	if m != nil {
		_, _ = m.pipe.Write([]byte{word})
	}
}

// end ends the monitor and waits for it.
func (m *monitor) end() {
	if m == nil {
		return
	}
	m.tell(goodEnd)
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{}) // closing cannot fail
	_ = m.pipe.Close()
	_ = m.command.Wait() // its work is over, whatever its status
}

// monitorCrash waits for the end of the process that started it. When that was a crash, it restores the console's terminal
// and keeps the report. It returns the exit status.
func (p *program) monitorCrash() int {
	stayAtPost()
	var terminal *os.File
	var before *term.State
	if p.Getenv(screenEnv) != "" {
		terminal = fileOf(p.Stderr)
		before, _ = term.GetState(terminal.Fd()) // not a terminal: nothing to restore
	}
	if _, err := io.WriteString(p.Stdout, "!"); err != nil {
		return exitFailed
	}
	ours, fate := true, p.Getenv(fateEnv) // the terminal is ours
	pledges := newPledges(pledgeTime)
	first := make([]byte, 1)
	n, _ := io.ReadFull(p.Stdin, first)
	for n == 1 && first[0] <= lastWord {
		switch first[0] {
		case goodEnd:
			return exitDone
		case tasksOnBroker:
			fate = tasksBack
		case tasksOnSandbox:
			fate = tasksGone
		case tracing:
			pledges.read(p.Stdin)
		default:
			ours = first[0] == screenTaken
		}
		n, _ = io.ReadFull(p.Stdin, first)
	}
	if mark := p.Getenv(markEnv); mark != "" {
		worker.EndOrphans(mark)
	}
	if before != nil && ours {
		if isRaw(terminal) { // or the shell was quicker, and may have set it up for its own line
			_ = term.Restore(terminal.Fd(), before)
		}
		fmt.Fprint(terminal, ui.RestoreScreen)
	}
	rest, _ := io.ReadAll(io.LimitReader(p.Stdin, maxReport))
	status := p.tellEnd(append(first[:n], rest...), fate)
	for _, text := range pledges.redeem() {
		p.say(text)
	}
	return status
}

// tellEnd keeps the report, if there is one, and says how it ended. It returns the exit status.
func (p *program) tellEnd(report []byte, fate string) int {
	if len(report) == 0 {
		p.say("it was killed; " + fate)
		return exitDone
	}
	path, err := keepReport(p.Getenv(monitorEnv), report)
	if err != nil {
		p.say("it crashed, and the report could not be kept: " + plainCause(err).Error() + "; " + fate)
		return exitFailed
	}
	p.say("it crashed; " + fate + ". The report is in " + path)
	return exitDone
}

// keepCrash is what the monitor does, for a crash that could be recovered.
func keepCrash(crash *ui.Crash, fate string) error {
	path, err := keepReport(reportsDir(), crash.Report())
	if err != nil {
		return fmt.Errorf("%w; the report could not be kept: %w; %s", crash, plainCause(err), fate)
	}
	return fmt.Errorf("%w; %s. The report is in %s", crash, fate, path)
}

// reportsDir is where reports are kept; noCache when there is no such place.
func reportsDir() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return noCache
	}
	return filepath.Join(cache, "carousel")
}

// keepReport writes the report into a file of its own, in the user's cache or else among the temporary files.
func keepReport(dir string, report []byte) (path string, err error) {
	if dir != noCache && os.MkdirAll(dir, 0o700) == nil {
		if path, err = writeReport(dir, "crash-", report); err == nil {
			return path, nil
		}
	}
	return writeReport("", "carousel-crash-", report)
}

func writeReport(dir, prefix string, report []byte) (path string, err error) {
	f, err := os.CreateTemp(dir, prefix+time.Now().Format("20060102-150405")+"-*.txt") // of a new name, readable by us only
	if err != nil {
		return "", err
	}
	_, err = f.Write(report)
	return f.Name(), errors.Join(err, f.Close())
}
