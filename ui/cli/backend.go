package cli

import (
	"context"
	"io"
	"log/slog"
	"time"

	"carousel/broker"
	"carousel/ui"
	"carousel/worker"
)

// client is what the commands need of a broker client; *broker.Client is the real one.
type client interface {
	ui.Broker
	ui.DeadLetters
	CheckPublish(ctx context.Context) error
	Waiting(ctx context.Context) (broker.Waiting, error)
	Published() broker.Published
	Close()
}

// backend is an open broker client, with the consumers it gives to a pool, and the log that all of them write.
type backend struct {
	client
	source worker.Source
	admin  ui.Admin
	meet   *broker.Client // where processes meet; nil: nowhere
	log    *slog.Logger
	book   *logbook // where log is written
}

// backendFor opens the log and the broker that the settings name. Without a [log] file the log is written to fallback;
// nil: nowhere. The caller closes it.
func (p *program) backendFor(s settings, fallback io.Writer) (*backend, error) {
	book, err := p.openLog(s.Log, fallback)
	if err != nil {
		return nil, err
	}
	b, err := p.open(s.Broker, book.Logger)
	if err != nil {
		book.close()
		return nil, &exit{exitUsage, err}
	}
	b.log, b.book = book.Logger, book
	return b, nil
}

// Close ends the client, then the log.
func (b *backend) Close() {
	b.client.Close()
	b.book.close()
}

func openBackend(cfg broker.Config, log *slog.Logger) (*backend, error) {
	c, err := broker.Open(cfg, log)
	if err != nil {
		return nil, err
	}
	return &backend{client: c, source: worker.OnBroker(c), admin: c, meet: c}, nil
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
