package worker

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// program finds the command as a shell would, but for the folder that it is named from: that is the one it works in. Its error
// says in one sentence what is wrong, and what to do about it.
func (c ExecConfig) program() (string, error) {
	if c.Dir != "" {
		if info, err := os.Stat(c.Dir); err != nil {
			return "", fmt.Errorf("the working folder %s cannot be used: %w; make it, or change handler.exec.dir", c.Dir, cause(err))
		} else if !info.IsDir() {
			return "", fmt.Errorf("the working folder %s is no folder; change handler.exec.dir", c.Dir)
		}
	}
	name := c.Command[0]
	if filepath.Base(name) == name {
		return c.search(name)
	}
	path := name
	if !filepath.IsAbs(path) {
		dir, err := filepath.Abs(c.Dir)
		if err != nil {
			return "", fmt.Errorf("the command %s cannot be found from here: %w; name its whole path", name, cause(err))
		}
		path = filepath.Join(dir, path)
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return "", unfit(path, err)
	}
	return found, nil
}

// search looks for a name in the folders of the PATH that the command will have. Folders named from the working one are left
// out: whoever can write there would choose the command.
func (c ExecConfig) search(name string) (string, error) {
	var near error // what was found, and cannot be run
	path, set := c.Env["PATH"]
	if !set {
		path = os.Getenv("PATH")
	}
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		file := filepath.Join(dir, name)
		found, err := exec.LookPath(file)
		switch {
		case err == nil:
			return found, nil
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, exec.ErrNotFound):
			near = cmp.Or(near, unfit(file, err))
		}
	}
	return "", cmp.Or(near, fmt.Errorf("the command %q is in no folder of PATH; install it, or name its path in handler.exec.command", name))
}

// unfit says why a file cannot be run.
func unfit(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("the command %s does not exist; install it, or change handler.exec.command", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the command %s is not executable; chmod +x it, or change handler.exec.command", path)
	case errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("the command %s is a folder; change handler.exec.command", path)
	}
	return fmt.Errorf("the command %s cannot be run: %w; change handler.exec.command", path, cause(err))
}

// cause takes the path, which the sentence names already, out of an error of the system.
func cause(err error) error {
	var (
		onPath *fs.PathError
		lookup *exec.Error
	)
	switch {
	case errors.As(err, &onPath):
		return onPath.Err
	case errors.As(err, &lookup):
		return lookup.Err
	}
	return err
}

// unstartable says why a command that was found could not be started. What would befall the next task as well holds the pool;
// what is the task's own does not.
func (c ExecConfig) unstartable(path string, err error) error {
	switch {
	case errors.Is(err, syscall.E2BIG):
		return Permanent(fmt.Errorf("the task cannot be handed to %s: its properties are too large for the environment", path))
	case errors.Is(err, syscall.ENOEXEC):
		err = fmt.Errorf("the command %s is no program; a script needs a first line such as #!/bin/sh", path)
	case errors.Is(err, syscall.ENOENT):
		err = fmt.Errorf("the command %s cannot be started: it, or the interpreter that its first line names, does not exist; "+
			"install it, or change handler.exec.command", path)
	default:
		err = unfit(path, err)
	}
	return Hold(err)
}

// scarce reports whether a command could not be started for want of what may be there again in a moment: processes, memory,
// files; or a program that is just being written.
func scarce(err error) bool {
	for _, want := range []syscall.Errno{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE, syscall.ETXTBSY} {
		if errors.Is(err, want) {
			return true
		}
	}
	return false
}
