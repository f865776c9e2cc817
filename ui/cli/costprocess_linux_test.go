package cli

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cpuUse is what a process used in a stretch of time.
type cpuUse struct {
	cpu, wall time.Duration
}

func (u cpuUse) share() float64 { return u.cpu.Seconds() / u.wall.Seconds() }

// bytes is how many a second came to the terminal, since it was opened.
func (u cpuUse) bytes(s *costScreen) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return float64(s.got) / time.Since(s.started).Seconds()
}

// cpu watches a process for so long.
func (b *costBench) cpu(c *exec.Cmd, span time.Duration) cpuUse {
	b.t.Helper()
	from, before := time.Now(), cpuOf(b.t, c.Process.Pid)
	time.Sleep(span)
	return cpuUse{cpu: cpuOf(b.t, c.Process.Pid) - before, wall: time.Since(from)}
}

// cpuOf is the time that a process has run, in steps of 10 ms.
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ") // of its name, which may hold anything else
	fields := strings.Fields(rest)
	var sum time.Duration
	for _, f := range fields[11:13] { // utime, stime; proc(5) counts from pid as 1
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
}

// resident is a process's memory, in bytes.
func resident(t *testing.T, pid int) (n int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatal(err)
	}
	return n * 1024
}

func millis(d time.Duration) string { return fmt.Sprintf("%6.1f ms", float64(d.Microseconds())/1000) }

func size(n float64) string {
	if n >= 1e6 {
		return fmt.Sprintf("%5.1f MB", n/1e6)
	}
	return fmt.Sprintf("%5.1f kB", n/1e3)
}
