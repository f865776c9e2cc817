package worker

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Mark is in the environment of every command that this process starts, and of what those start: it tells them from others' after
// this process was killed.
func Mark() string { return mark }

var mark = rand.Text()

// orphanRounds is how often EndOrphans looks: what is killed may have started another one just before.
const orphanRounds = 10

// EndOrphans kills what the commands of another process have left behind, by that one's Mark, and returns how many processes that
// were. The system kills the commands themselves with the process that started them, but not what they have started. A process
// that has cleared its environment, or is another user's, is not found.
func EndOrphans(mark string) (ended int) {
	want := []byte("\x00" + ourVariables + markVariable + "=" + mark + "\x00")
	for range orphanRounds {
		found := 0
		files, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is a valid one
		for _, name := range files {
			env, err := os.ReadFile(name)
			if err != nil || !bytes.Contains(append([]byte{0}, env...), want) {
				continue
			}
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			if err == nil && pid != os.Getpid() && syscall.Kill(pid, syscall.SIGKILL) == nil {
				found++
			}
		}
		if found == 0 {
			break
		}
		ended += found
	}
	return ended
}
