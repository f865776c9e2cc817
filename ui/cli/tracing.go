package cli

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"carousel/broker"
	"carousel/ui"
)

// Tracing costs everybody on a vhost, and nobody would know who has left it on. So before the console switches it on, two others
// know where: the monitor that outlives a crash, which is given the login and switches it off, and a file without it for the next
// console, should both be killed.

// pledge is a vhost that is traced, at these nodes, for as long as somebody does not take it back.
type pledge struct {
	Context string    `json:"context,omitempty"`
	Broker  string    `json:"broker"` // user@host:port
	VHost   string    `json:"vhost"`
	Nodes   []string  `json:"nodes"`
	PID     int       `json:"pid"`
	Time    time.Time `json:"time"`
}

// told is what the monitor is given of a pledge. It travels by a pipe that only the two have.
type told struct {
	Pledge pledge   `json:"pledge"`
	File   string   `json:"file"`
	URLs   []string `json:"urls"`

	Management   []string         `json:"management"`
	PasswordFile string           `json:"password_file"`
	TLS          broker.TLSConfig `json:"tls"`
}

// config is what is needed to reach the broker again.
func (t told) config() broker.Config {
	cfg := broker.DefaultConfig()
	cfg.URLs, cfg.Management, cfg.PasswordFile, cfg.TLS = t.URLs, t.Management, t.PasswordFile, t.TLS
	return cfg
}

// tracings counts the traces of this process: each has a file of its own.
var tracings atomic.Int64

// tracingDir is where pledges are kept, beside the user's own config; "" where there is no folder for it.
func (p *program) tracingDir() string {
	if p.ConfigDir == "" {
		return ""
	}
	return filepath.Join(p.ConfigDir, "carousel", "tracing")
}

// trace is how a console's session switches tracing on; nil where nobody would switch it off after a crash, or may not.
func (c *consoleRun) trace(s settings, b *backend) func(context.Context, string) (ui.Lens, error) {
	if b.meet == nil || c.monitor == nil || c.tracingDir() == "" || !s.named || s.Broker.ReadOnly {
		return nil
	}
	return func(ctx context.Context, queue string) (ui.Lens, error) {
		t := told{URLs: s.Broker.URLs, Management: s.Broker.Management, PasswordFile: s.Broker.PasswordFile, TLS: s.Broker.TLS,
			File:   filepath.Join(c.tracingDir(), fmt.Sprintf("%d-%d.json", os.Getpid(), tracings.Add(1))),
			Pledge: pledge{Context: s.Context, Broker: s.brokerName(), VHost: b.meet.Snapshot().VHost, PID: os.Getpid(), Time: time.Now().UTC()}}
		trace, err := b.meet.Trace(ctx, queue, func(nodes []string) error {
			t.Pledge.Nodes = nodes
			if err := t.keep(); err != nil {
				return fmt.Errorf("tracing stays off, for it could not be written down that it is on: %w", plainCause(err))
			}
			c.monitor.tellPledge(t)
			return nil
		})
		if err != nil {
			return nil, err
		}
		return trace, nil
	}
}

// brokerName is the broker's first address as user@host:port.
func (s settings) brokerName() string {
	if len(s.Broker.URLs) == 0 {
		return ""
	}
	e, err := broker.ParseEndpoint(s.Broker.URLs[0])
	if err != nil {
		return ""
	}
	return e.String()
}

// keep writes a pledge down for the next console, or takes it back.
func (t told) keep() error {
	if len(t.Pledge.Nodes) == 0 {
		err := os.Remove(t.File)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	if err := os.MkdirAll(filepath.Dir(t.File), 0o700); err != nil {
		return err
	}
	text, err := json.MarshalIndent(t.Pledge, "", "  ")
	if err != nil {
		return err
	}
	fresh := t.File + ".new" // or a crash between would leave half of it
	if err := os.WriteFile(fresh, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, t.File)
}

// tellPledge tells the monitor what is to be switched off after a crash: in one write, for a crash may come between two.
func (m *monitor) tellPledge(t told) {
	text, err := json.Marshal(t)
	if m == nil || err != nil {
		return
	}
	_, _ = m.pipe.Write(append(binary.BigEndian.AppendUint32([]byte{tracing}, uint32(len(text))), text...))
}

// pledges are those that the monitor was told of and that were not taken back, by their files.
type pledges struct {
	patience time.Duration // with a console that stands still: pledgeTime
	all      map[string]told
	overdue  map[string]*time.Timer
}

// pledgeTime is how long a trace can last at most, with its beginning and its end. A console that was stopped does not switch it
// off then, and its monitor does.
const pledgeTime = broker.TraceLimit + 30*time.Second

func newPledges(patience time.Duration) *pledges {
	return &pledges{patience, map[string]told{}, map[string]*time.Timer{}}
}

// read reads what tellPledge wrote, without the first byte. One without nodes is taken back.
func (p *pledges) read(r io.Reader) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return
	}
	text := make([]byte, min(binary.BigEndian.Uint32(size[:]), maxReport))
	var t told
	if _, err := io.ReadFull(r, text); err != nil || json.Unmarshal(text, &t) != nil {
		return
	}
	p.all[t.File] = t
	if timer := p.overdue[t.File]; timer != nil {
		timer.Stop()
	}
	if len(t.Pledge.Nodes) == 0 {
		delete(p.all, t.File)
		return
	}
	p.overdue[t.File] = time.AfterFunc(time.Until(t.Pledge.Time.Add(p.patience)), func() { t.redeem() })
}

// untraceTime bounds what the monitor spends on one broker after a crash.
const untraceTime = 10 * time.Second

// redeem switches off what a console has left on, and returns a sentence about each.
func (p *pledges) redeem() (said []string) {
	for _, t := range p.all {
		said = append(said, t.redeem())
	}
	return said
}

func (t told) redeem() string {
	ctx, cancel := context.WithTimeout(context.Background(), untraceTime)
	defer cancel()
	left, err := broker.Untrace(ctx, t.config(), t.Pledge.VHost, t.Pledge.Nodes)
	t.Pledge.Nodes = left
	_ = t.keep() // one that stays asks the next console to look again
	if len(left) > 0 {
		return fmt.Sprintf("tracing of vhost %s may still be on at %s: %v; the next console there looks again",
			broker.Plain(t.Pledge.VHost), broker.Plain(strings.Join(left, ", ")), err)
	}
	return "tracing of vhost " + broker.Plain(t.Pledge.VHost) + " is off again"
}

// sayLeft tells what this process could not switch off; the screen is gone by then.
func (c *consoleRun) sayLeft() {
	files, _ := filepath.Glob(filepath.Join(c.tracingDir(), fmt.Sprintf("%d-*.json", os.Getpid()))) // its only error is a wrong pattern
	for _, file := range files {
		if was, ok := readPledgeFile(file); ok {
			c.say(fmt.Sprintf("tracing of vhost %s may still be on at %s; the next console there looks again, and rabbitmqctl trace_off -p %s there switches it off",
				broker.Plain(was.VHost), broker.Plain(strings.Join(was.Nodes, ", ")), broker.Plain(was.VHost)))
		}
	}
}

func readPledgeFile(file string) (was pledge, ok bool) {
	text, err := os.ReadFile(file)
	ok = err == nil && json.Unmarshal(text, &was) == nil && len(was.Nodes) > 0
	return was, ok
}

// leftTracing are the pledges that nobody keeps any more, by their files: their process has ended, or its time is over by far.
func (p *program) leftTracing(now time.Time) map[string]pledge {
	left := map[string]pledge{}
	dir := p.tracingDir()
	if dir == "" {
		return left
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.json")) // its only error is a wrong pattern
	for _, file := range files {
		was, ok := readPledgeFile(file)
		if !ok {
			continue
		}
		if !runs(was.PID) || now.Sub(was.Time) > broker.TraceLimit+time.Minute {
			left[file] = was
		}
	}
	return left
}

// leftHere sorts out what was left on at the broker of a session, and returns sentences about what was left elsewhere.
func (c *consoleRun) leftHere(s settings, b *backend) (here *ui.LeftTracing, elsewhere []string) {
	files := map[string]pledge{}
	var nodes []string
	var since time.Time
	for file, was := range c.leftTracing(time.Now()) {
		if b.meet != nil && s.named && !s.Broker.ReadOnly && was.Broker == s.brokerName() && was.VHost == b.meet.Snapshot().VHost {
			files[file] = was
			nodes = append(nodes, was.Nodes...)
			since = was.Time
			continue
		}
		elsewhere = append(elsewhere, fmt.Sprintf("Tracing of vhost %s may still be on at %s, where a console was killed at %s: open one there to switch it off, or run rabbitmqctl trace_off -p %s.",
			broker.Plain(was.VHost), broker.Plain(was.Broker), was.Time.Local().Format("15:04 on 2 January"), broker.Plain(was.VHost)))
	}
	if len(files) == 0 {
		return nil, elsewhere
	}
	slices.Sort(nodes)
	nodes = slices.Compact(nodes)
	vhost := b.meet.Snapshot().VHost
	forget := func() {
		for file := range files {
			_ = os.Remove(file) // it is asked about once more
		}
	}
	return &ui.LeftTracing{
		Since: since,
		Still: func(ctx context.Context) ([]string, error) {
			if err := b.meet.Ready(ctx, broker.RoleWatch); err != nil {
				return nil, err
			}
			on, err := b.meet.TracedAt(ctx)
			if err != nil {
				return nil, err
			}
			on = slices.DeleteFunc(on, func(node string) bool { return !slices.Contains(nodes, node) })
			if len(on) == 0 {
				forget()
			}
			return on, nil
		},
		End: func(ctx context.Context) error {
			left, err := broker.Untrace(ctx, s.Broker, vhost, nodes)
			if len(left) == 0 {
				forget()
			}
			return err
		},
	}, elsewhere
}
