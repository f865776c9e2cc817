package ui

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// crew owns the goroutines that work for the screen. bubbletea starts them and never waits for them, so they are counted
// here, and a panic in one is kept for Run to report: bubbletea would print it on the screen that is about to vanish.
type crew struct {
	ctx context.Context

	mu    sync.Mutex // guards ended, and that no one joins after it
	ended bool
	team  sync.WaitGroup
}

// Crash is the error of a console that panicked where that could be caught; its pool is the caller's to end.
type Crash struct {
	What  string
	Stack []byte
}

func (c *Crash) Error() string { return "the console crashed: " + c.What }

// Report is what a report of the crash should hold.
func (c *Crash) Report() []byte { return fmt.Appendf(nil, "panic: %s\n\n%s", c.What, c.Stack) }

// crashMsg ends the console.
type crashMsg struct{ crash *Crash }

// send turns work into a Cmd. The work's context ends with the console.
func (c *crew) send(work func(ctx context.Context) tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		if !c.join() {
			return nil
		}
		defer c.team.Done()
		defer func() {
			if v := recover(); v != nil {
				msg = crashMsg{&Crash{fmt.Sprint(v), debug.Stack()}}
			}
		}()
		return work(c.ctx)
	}
}

// asks is send for work that may wait for others, the broker above all, for a time at most.
func (c *crew) asks(timeout time.Duration, work func(ctx context.Context) tea.Msg) tea.Cmd {
	return c.send(func(ctx context.Context) tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return work(ctx)
	})
}

func (c *crew) join() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.team.Add(1)
	}
	return !c.ended
}

// dismiss waits for those at work and lets no one else begin.
func (c *crew) dismiss() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.team.Wait()
}
