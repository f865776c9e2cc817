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
)

// A panic in a goroutine of a library cannot be recovered, and would leave the terminal raw, in the alternate screen and
// without a cursor. So a second process stands by: the Go runtime writes the crash into a pipe, the monitor reads it, puts
// the terminal in order, keeps the report and says where. runtime/debug.SetCrashOutput describes the method.

// What became of the tasks in hand, for whoever reads that it ended.
const (
	tasksBack = "tasks in hand are in the queue again"
	tasksGone = "the sandbox and its tasks are gone"
)

// monitorEnv makes the program a crash monitor. Its value is the directory of the reports.
const monitorEnv = "CAROUSEL_CRASH_REPORTS"

// fateEnv tells the monitor which of the two it is.
const fateEnv = "CAROUSEL_CRASH_TASKS"

// restoreScreen leaves the alternate screen, and undoes what the console switches on: hidden cursor, colours, mouse, and
// bracketed paste.
const restoreScreen = "\x1b[?1049l\x1b[?25h\x1b[0m\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l"

// goodEnd is what the monitor reads when the process that started it ends as it should. Nothing at all means that it was
// killed; anything else is a crash report.
const goodEnd = "\x00"

// maxReport bounds the report of a crash.
const maxReport = 16 << 20

// startMonitor starts the monitor and waits until it has seen the state of the terminal, which must still be as the shell
// left it. The returned function ends the monitor and waits for it.
func startMonitor(terminal *os.File, fate string) (stop func(), err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	monitor := exec.Command(self)
	monitor.Env = append(os.Environ(), monitorEnv+"="+filepath.Join(cache, "carousel"), fateEnv+"="+fate)
	monitor.Stdin, monitor.Stderr = read, terminal
	ready, err := monitor.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := monitor.Start(); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	_, _ = ready.Read(make([]byte, 1))                                        // the end of the pipe is an answer, too: the monitor is gone, and Wait says why
	if err := debug.SetCrashOutput(write, debug.CrashOptions{}); err != nil { // the runtime keeps a duplicate
		return nil, errors.Join(err, write.Close(), monitor.Wait())
	}
	return func() {
		_, _ = io.WriteString(write, goodEnd)               // a monitor that is gone needs no word
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{}) // closing cannot fail
		_ = write.Close()
		_ = monitor.Wait() // its work is over, whatever its status
	}, nil
}

// monitorCrash waits for the end of the process that started it. When that was a crash, it restores the terminal and
// keeps the report. It returns the exit status.
func (p *program) monitorCrash() int {
	terminal, _ := p.Stderr.(*os.File)
	var before *term.State
	if terminal != nil {
		before, _ = term.GetState(terminal.Fd()) // not a terminal: nothing to restore
	}
	if _, err := io.WriteString(p.Stdout, "!"); err != nil {
		return exitFailed
	}
	first := make([]byte, 1)
	n, _ := io.ReadFull(p.Stdin, first)
	if string(first[:n]) == goodEnd {
		return exitDone
	}
	if before != nil {
		_ = term.Restore(terminal.Fd(), before) // the shell restores it anyway when it is quicker
		fmt.Fprint(terminal, restoreScreen)
	}
	if n == 0 {
		p.say("it was killed; " + p.Getenv(fateEnv))
		return exitDone
	}
	rest, _ := io.ReadAll(io.LimitReader(p.Stdin, maxReport))
	path, err := keepReport(p.Getenv(monitorEnv), append(first, rest...))
	if err != nil {
		p.say("it crashed, and the report could not be kept: " + err.Error())
		return exitFailed
	}
	p.say("it crashed; " + p.Getenv(fateEnv) + ". The report is in " + path)
	return exitDone
}

func keepReport(dir string, report []byte) (path string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path = filepath.Join(dir, fmt.Sprintf("crash-%s-%d.txt", time.Now().Format("20060102-150405"), os.Getpid()))
	return path, os.WriteFile(path, report, 0o600)
}
