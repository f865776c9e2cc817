package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"carousel/broker"
	"carousel/ui"
	"carousel/worker"
)

// client is what the commands need of a broker client; *broker.Client is the real one.
type client interface {
	ui.Broker
	CheckPublish(ctx context.Context) error
	Waiting(ctx context.Context) (broker.Waiting, error)
	Close()
}

// backend is an open broker client, with the consumers it gives to a pool, and the log that all of them write.
type backend struct {
	client
	source   worker.Source
	log      *slog.Logger
	closeLog func()
}

// backendFor opens the log and the broker that the settings name. Without a [log] file the log is written to fallback;
// nil: nowhere. The caller closes it.
func (p *program) backendFor(s settings, fallback io.Writer) (*backend, error) {
	log, closeLog, err := openLog(s.Log, fallback)
	if err != nil {
		return nil, err
	}
	b, err := p.open(s.Broker, log)
	if err != nil {
		closeLog()
		return nil, &exit{exitUsage, err}
	}
	b.log, b.closeLog = log, closeLog
	return b, nil
}

// Close ends the client, then the log.
func (b *backend) Close() {
	b.client.Close()
	b.closeLog()
}

func openBackend(cfg broker.Config, log *slog.Logger) (*backend, error) {
	c, err := broker.Open(cfg, log)
	if err != nil {
		return nil, err
	}
	return &backend{client: c, source: worker.OnBroker(c)}, nil
}

// connect waits until the role's link is up. Once every address was tried in vain it returns why: a script would rather be
// told than wait for a broker that may never come.
func connect(ctx context.Context, b client, role broker.Role, cfg broker.Config) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		l := linkOf(b, role)
		switch {
		case l.Status == broker.LinkUp:
			return nil
		case l.Status == broker.LinkRefused, l.Err != nil && l.Tries >= len(cfg.URLs):
			return l.Err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// linkOf is the state of the role's first link.
func linkOf(b client, role broker.Role) broker.LinkState {
	for _, l := range b.Links() {
		if l.Role == role {
			return l
		}
	}
	return broker.LinkState{Role: role}
}

// openLog returns a log that is written to the [log] file, else to fallback; nil: nowhere. The returned function closes
// the file.
func openLog(cfg LogConfig, fallback io.Writer) (*slog.Logger, func(), error) {
	out, done := fallback, func() {}
	if cfg.File != "" {
		f, err := os.OpenFile(cfg.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, &exit{exitUsage, errors.New("the log file " + cfg.File + " cannot be opened: " + plainCause(err).Error())}
		}
		out, done = f, func() { _ = f.Close() } // what could not be written is lost; there is nobody left to tell
	}
	if out == nil {
		return slog.New(slog.DiscardHandler), done, nil
	}
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.Level)) // validated before
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level})), done, nil
}
