package cli

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
)

// logFile is the file of a log. What it refuses is gone, and told. One goroutine writes, its spool's; the other methods may be
// called from any.
type logFile struct {
	tell func(string) // is told of the first trouble with each file

	mu   sync.Mutex // guards path: reopen and close
	path string
	file atomic.Pointer[os.File]
	told atomic.Pointer[string] // the trouble; nil: none
}

func openLogFile(path string, tell func(string)) (*logFile, error) {
	f := &logFile{tell: tell}
	return f, f.reopen(path)
}

// reopen goes on in a new file of this name, which may be the old one's: that one was moved away. An error leaves things as
// they are.
func (f *logFile) reopen(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return errors.New("the log file " + repeated(path) + " cannot be opened: " + plainCause(err).Error())
	}
	f.path = path
	f.told.Store(nil)
	if old := f.file.Swap(file); old != nil {
		_ = old.Close() // a write that is under way ends first
	}
	return nil
}

// Write never fails.
func (f *logFile) Write(lines []byte) (int, error) {
	for rest := lines; ; {
		file := f.file.Load()
		n, err := file.Write(rest)
		if errors.Is(err, os.ErrClosed) && f.file.Load() != file {
			rest = rest[n:]
			continue
		}
		if err != nil && f.told.Load() == nil {
			text := "the log file " + repeated(file.Name()) + " cannot be written: " + plainCause(err).Error() + "; the work goes on"
			f.told.Store(&text)
			f.tell(text)
		}
		return len(lines), nil
	}
}

// trouble says why the file is not written; "" when it is.
func (f *logFile) trouble() string {
	if text := f.told.Load(); text != nil {
		return *text
	}
	return ""
}

func (f *logFile) close() { _ = f.file.Load().Close() }
