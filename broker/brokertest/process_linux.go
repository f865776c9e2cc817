package brokertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// process is a child that dies with the test binary, even when that is killed.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the child is reaped
}

// startProcess runs cmd below root, in a session of its own so that Ctrl+C in a terminal reaches only the test binary.
func startProcess(cmd *exec.Cmd, root string) (*process, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL, Chroot: root}
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The death signal follows the thread that forked, not the process: keep the thread until the child is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is told by its log
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// kill ends the child at once and waits for it.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails only when it has ended
	<-p.done
}

// terminate asks the child to end, and kills it when it takes longer than patience.
func (p *process) terminate(patience time.Duration) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(patience):
		p.kill()
		return fmt.Errorf("the node did not stop within %s and was killed", patience)
	}
}

func (p *process) freeze() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }
func (p *process) thaw() error   { return p.cmd.Process.Signal(syscall.SIGCONT) }

const (
	folderPrefix = "carousel-node-"
	staleAfter   = time.Minute // longer than it takes to lock a new folder
)

// newFolder makes a node's folder below root, and removes those of test binaries that were killed. The folder's lock is
// the open file: it ends with this process, however that ends.
func newFolder(root string) (dir string, lock *os.File, err error) {
	parent := os.TempDir()
	if root != "" {
		parent = filepath.Join(root, "tmp")
		if err := makeDevices(root); err != nil {
			return "", nil, err
		}
	}
	sweepFolders(parent)
	if dir, err = os.MkdirTemp(parent, folderPrefix); err != nil {
		return "", nil, err
	}
	if lock, err = lockFolder(dir); err != nil {
		return "", nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return dir, lock, nil
}

func sweepFolders(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return // MkdirTemp will say it
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !strings.HasPrefix(entry.Name(), folderPrefix) || time.Since(info.ModTime()) < staleAfter {
			continue
		}
		dir := filepath.Join(parent, entry.Name())
		if lock, err := lockFolder(dir); err == nil {
			_ = os.RemoveAll(dir) // another user's folder stays; the next run tries again
			lock.Close()
		}
	}
}

func lockFolder(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// makeDevices gives an unpacked root the devices that a shell and Erlang open.
func makeDevices(root string) error {
	for name, minor := range map[string]int{"null": 3, "zero": 5, "random": 8, "urandom": 9} {
		path := filepath.Join(root, "dev", name)
		if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			continue
		}
		const memory = 1 // the major number of all four
		if err := syscall.Mknod(path, syscall.S_IFCHR|0o666, memory<<8|minor); err != nil && !os.IsExist(err) {
			return fmt.Errorf("make %s: %w", path, err)
		}
	}
	return nil
}
