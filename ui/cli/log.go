package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"carousel/broker"
	"carousel/ui/spool"
)

// logbook is a log whose level and file can be changed while it is written.
type logbook struct {
	*slog.Logger
	format string
	level  slog.LevelVar
	file   *logFile // nil: it is written elsewhere, or nowhere
	done   func()   // writes what waits
}

// openLog returns a log that is written to the [log] file, else to fallback; nil: nowhere. A file is written in the
// background, and no trouble with it stops the work: it is told once, on standard error where that is the fallback, and
// by the method trouble. The caller closes it.
func (p *program) openLog(cfg LogConfig, fallback io.Writer) (*logbook, error) {
	b := &logbook{Logger: slog.New(slog.DiscardHandler), format: cfg.Format, done: func() {}}
	b.setLevel(cfg.Level)
	out := fallback
	if cfg.File != "" {
		file, err := openLogFile(cfg.File, func(text string) {
			if fallback != nil {
				_, _ = fmt.Fprintln(fallback, "carousel: "+text)
			}
		})
		if err != nil {
			return nil, &exit{exitUsage, err}
		}
		background := spool.New(file, spool.Options{Limit: maxUnread, Lost: lostLog(cfg.Format)})
		b.file, out = file, background
		b.done = func() {
			if p.await(background.Quiet()) {
				file.close() // what could not be written is lost, and told
			}
		}
	}
	if out != nil {
		b.Logger = slog.New(newLogHandler(cfg.Format, out, &b.level))
	}
	return b, nil
}

// setLevel takes a level that has passed LogConfig.Validate.
func (b *logbook) setLevel(name string) {
	var level slog.Level
	_ = level.UnmarshalText([]byte(name))
	b.level.Set(level)
}

// trouble says why the log is not written; "" when it is.
func (b *logbook) trouble() string {
	if b.file == nil {
		return ""
	}
	return b.file.trouble()
}

// close writes what waits and closes the file.
func (b *logbook) close() { b.done() }

func newLogHandler(format string, out io.Writer, level slog.Leveler) slog.Handler {
	if format == formatJSON {
		return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: jsonAttr})
	}
	return slog.NewTextHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: plainAttr})
}

// plainAttr makes what a log line holds plain: slog's own quoting lets some through that a terminal acts on.
func plainAttr(_ []string, a slog.Attr) slog.Attr {
	if kind := a.Value.Kind(); kind == slog.KindString || kind == slog.KindAny {
		a.Value = slog.StringValue(broker.Plain(a.Value.String()))
	}
	return a
}

// logTime is RFC 3339 with milliseconds, as slog's text has it by itself.
const logTime = "2006-01-02T15:04:05.000Z07:00"

// jsonAttr is plainAttr for programs that read: durations are numbers of seconds.
func jsonAttr(groups []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindTime:
		a.Value = slog.StringValue(a.Value.Time().Format(logTime))
	case slog.KindDuration:
		a.Value = slog.Float64Value(round(a.Value.Duration().Seconds()))
	}
	return plainAttr(groups, a)
}

// lostLog makes a log's line about lines that it has not.
func lostLog(format string) func(n int) []byte {
	const what = "lines are left out here: the log could not be written in time"
	if format != formatJSON {
		return func(n int) []byte { return fmt.Appendf(nil, "level=WARN msg=%q lines=%d\n", what, n) }
	}
	return func(n int) []byte {
		line, _ := json.Marshal(struct {
			Time  string `json:"time"`
			Level string `json:"level"`
			Msg   string `json:"msg"`
			Lines int    `json:"lines"`
		}{time.Now().Format(logTime), "WARN", what, n})
		return append(line, '\n')
	}
}

// speakAs has what the program says on standard error be lines of its log, where that is written there as JSON: whoever reads
// it can read all of it.
func (p *program) speakAs(cfg LogConfig) {
	if cfg.Format == formatJSON && cfg.File == "" {
		p.voice = func(text string) { slog.New(newLogHandler(cfg.Format, p.Stderr, slog.LevelWarn)).Warn(text) }
	}
}
