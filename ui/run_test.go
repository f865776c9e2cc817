package ui

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/hinshun/vt10x"
)

// program runs a whole Program on a virtual terminal inside a synctest bubble.
type program struct {
	*tea.Program
	screen vt10x.Terminal
	app    *App
	ended  chan error
}

func startProgram(t *testing.T, ctx context.Context, o Options, w, h int) *program {
	t.Helper()
	p := &program{screen: vt10x.New(vt10x.WithSize(w, h)), app: newApp(ctx, o, testTheme), ended: make(chan error, 1)}
	out := &frames{out: p.screen}
	p.Program = tea.NewProgram(&onScreen{App: p.app, frames: out}, tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithAltScreen(),
		tea.WithInput(o.Input), tea.WithOutput(out), tea.WithFPS(idleTicks))
	go func() {
		_, err := p.Run()
		p.ended <- err
	}()
	p.Send(tea.WindowSizeMsg{Width: w, Height: h})
	return p
}

// after lets time pass and returns what the terminal shows then.
func (p *program) after(d time.Duration) string {
	time.Sleep(d)
	synctest.Wait()
	return p.screen.String()
}

// The whole console through a terminal: it starts, follows the pool, and leaves when the pool has drained.
func TestProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b, pool := busyBroker(), busyPool(3)
		pool.events = nil
		pool.drained = make(chan struct{})
		stop := make(chan struct{})
		p := startProgram(t, ctx, Options{
			Config: DefaultConfig(), Broker: b, Pool: pool, Journal: pool, Stop: stop, DrainTimeout: time.Minute,
		}, 100, 30)
		if s := p.after(100 * time.Millisecond); !strings.Contains(s, "task_queue") || !strings.Contains(s, "running") {
			t.Errorf("the first frames show no board:\n%s", s)
		}
		pool.mu.Lock()
		pool.add(worker.Event{At: time.Now(), Kind: worker.TaskFailed, Worker: 2, Task: task(1), Run: time.Second, Err: "no such file"})
		pool.mu.Unlock()
		if s := p.after(300 * time.Millisecond); !strings.Contains(s, "no such file") {
			t.Errorf("the event is not shown:\n%s", s)
		}
		p.Send(keyOf("+"))
		if s := p.after(300 * time.Millisecond); !strings.Contains(s, "4 workers wanted") {
			t.Errorf("the key does nothing:\n%s", s)
		}
		close(stop)
		if s := p.after(10 * time.Second); !strings.Contains(s, "Leaving: 3 tasks in hand, 50 s to finish") {
			t.Errorf("no countdown:\n%s", s)
		}
		close(pool.drained)
		if err := <-p.ended; err != nil {
			t.Error(err)
		}
		cancel()
		p.app.crew.dismiss()
		if !slices.Equal(pool.asked, []string{"resize 4", "drain"}) {
			t.Errorf("asked %q", pool.asked)
		}
	})
}

func TestRunLeavesAtOnceWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		pool := busyPool(3)
		pool.drained = make(chan struct{})
		ended := make(chan error, 1)
		input, _ := io.Pipe()
		go func() {
			_, err := Run(ctx, Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: pool, Journal: pool, Input: input, Output: io.Discard})
			ended <- err
		}()
		time.Sleep(time.Second)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		input.Close()
	})
}

// A panic in a Cmd ends the console with its stack, instead of taking it away with the screen.
func TestPanicInACommand(t *testing.T) {
	c := crew{ctx: t.Context()}
	msg, ok := c.send(func(context.Context) tea.Msg { panic("boom") })().(crashMsg)
	if !ok || !strings.Contains(msg.crash.Error(), "boom") || !strings.Contains(string(msg.crash.Report()), "run_test.go") {
		t.Errorf("got %v", msg)
	}
	c.dismiss()
	if msg := c.send(func(context.Context) tea.Msg { return "late" })(); msg != nil {
		t.Errorf("work began after the crew was dismissed: %v", msg)
	}
}

func TestConfigValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	err := Config{Theme: "pink", FPS: 0}.Validate()
	want := "console.theme: \"pink\" is not known; allowed are \"auto\", \"dark\", \"light\" and \"contrast\"\n" +
		"console.fps: 0 is out of range; allowed are 1 to 60"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestThemeName(t *testing.T) {
	for colours, want := range map[string]string{"": "dark", "15;0": "dark", "0;15": "light", "0;default;7": "light", "junk": "dark"} {
		t.Setenv("COLORFGBG", colours)
		if got := themeName("auto"); got != want {
			t.Errorf("%q is %s, want %s", colours, got, want)
		}
	}
	for _, c := range [][3]string{
		{"light", "15;0", "light"}, {"dark", "0;15", "dark"}, {"contrast", "", "contrast"}, {"contrast", "0;15", "contrast-light"},
	} {
		t.Setenv("COLORFGBG", c[1])
		if got := themeName(c[0]); got != c[2] {
			t.Errorf("%s with %q is %s, want %s", c[0], c[1], got, c[2])
		}
	}
}
