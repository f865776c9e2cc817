package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"

	"carousel/broker"
	"carousel/ui/spool"
)

// openLog returns a log that is written to the [log] file, else to fallback; nil: nowhere. A file is written in the
// background, and no trouble with it stops the work: it is told once, on standard error where that is the fallback, and
// by the function trouble. The function done writes what waits and closes the file.
func (p *program) openLog(cfg LogConfig, fallback io.Writer) (log *slog.Logger, done func(), trouble func() string, err error) {
	out, done := fallback, func() {}
	var told atomic.Pointer[string]
	trouble = func() string {
		if text := told.Load(); text != nil {
			return *text
		}
		return ""
	}
	if cfg.File != "" {
		f, err := os.OpenFile(cfg.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, nil, &exit{exitUsage, errors.New("the log file " + repeated(cfg.File) + " cannot be opened: " + plainCause(err).Error())}
		}
		file := spool.New(f, spool.Options{Limit: maxUnread, Lost: lostLog, Fail: func(err error) {
			text := "the log file " + repeated(cfg.File) + " cannot be written: " + plainCause(err).Error() + "; the work goes on"
			told.Store(&text)
			if fallback != nil {
				_, _ = fmt.Fprintln(fallback, "carousel: "+text)
			}
		}})
		out, done = file, func() {
			if p.await(file.Quiet()) {
				_ = f.Close() // what could not be written is lost, and told
			}
		}
	}
	if out == nil {
		return slog.New(slog.DiscardHandler), done, trouble, nil
	}
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.Level)) // validated before
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: plainAttr})), done, trouble, nil
}

// plainAttr makes what a log line holds plain: slog's own quoting lets some through that a terminal acts on.
func plainAttr(_ []string, a slog.Attr) slog.Attr {
	if kind := a.Value.Kind(); kind == slog.KindString || kind == slog.KindAny {
		a.Value = slog.StringValue(broker.Plain(a.Value.String()))
	}
	return a
}

// lostLog is the log's line about lines that it has not.
func lostLog(n int) []byte {
	return fmt.Appendf(nil, "level=WARN msg=\"lines are left out here: the log could not be written in time\" lines=%d\n", n)
}
