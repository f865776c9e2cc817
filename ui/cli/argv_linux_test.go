package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// What the process list shows of a running carousel holds no password, and carousel still knows it.
func TestPasswordLeavesTheProcessList(t *testing.T) {
	home := t.TempDir()
	c := exec.Command(os.Args[0], "work", "--url", "amqp://someone:s3cret%40x@127.0.0.1:1/", "--management=http://someone:s3cret@127.0.0.1:1", "--queue", "q")
	c.Env = append(os.Environ(), mainEnv+"=1", "GORACE=atexit_sleep_ms=0", "HOME="+home, "XDG_CONFIG_HOME="+home)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	}()
	want := strings.Join([]string{"work", "--url", "amqp://someone:**********@127.0.0.1:1/", "--management=http://someone:******@127.0.0.1:1", "--queue", "q", ""}, "\x00")
	await(t, func() string {
		shown, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", c.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasSuffix(shown, []byte("\x00"+want)) {
			return ""
		}
		return fmt.Sprintf("the process list shows %q", shown)
	})
}

// A file that this user may not read. The test may run as root, who may read every file, so one thread gives that up.
func TestConfigThatMayNotBeRead(t *testing.T) {
	path := writeConfig(t, "[workers]\ncount = 1\n")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	done := make(chan *configFile)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if os.Geteuid() == 0 {
			_ = syscall.Setfsuid(65534) // its error shows below
		}
		var cfg Config
		done <- readConfig(path, &cfg)
	}()
	f := <-done
	if want := path + ": the config file cannot be opened: permission denied"; len(f.errors()) != 1 || f.errors()[0].Error() != want {
		t.Errorf("%v; want %s", f.errors(), want)
	}
	if status, _, stderr := (invocation{args: []string{"work", "--config", "/proc/self/mem"}}).run(t); status != exitUsage ||
		!strings.Contains(stderr, "/proc/self/mem: the config file cannot be read: input/output error") {
		t.Errorf("status %d, %s", status, stderr)
	}
}
