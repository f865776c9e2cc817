package ui

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// exported is a task as it is written to a file, with its newest try. Times that are not known are left out.
type exported struct {
	ID          string        `json:"id"`
	Type        string        `json:"type,omitempty"`
	State       string        `json:"state"`
	Worker      string        `json:"worker"`
	Try         int           `json:"try"`
	Redelivered bool          `json:"redelivered"`
	Made        string        `json:"made,omitempty"`
	Started     string        `json:"started"`
	Ended       string        `json:"ended,omitempty"`
	WaitedMS    *float64      `json:"waited_ms,omitempty"`
	RanMS       *float64      `json:"ran_ms,omitempty"`
	Error       string        `json:"error,omitempty"`
	Bytes       int           `json:"bytes"`
	Preview     string        `json:"body_preview"`
	Earlier     []exportedTry `json:"earlier_tries,omitempty"`
	Unknown     int           `json:"earlier_tries_not_kept,omitempty"`
}

// exportedTry is an earlier try.
type exportedTry struct {
	State   string   `json:"state"`
	Worker  string   `json:"worker"`
	Try     int      `json:"try"`
	Started string   `json:"started"`
	RanMS   *float64 `json:"ran_ms,omitempty"`
	Error   string   `json:"error,omitempty"`
}

func (s *tasksPlace) barExport(a *App) string {
	if len(s.rows) == 0 {
		return "no task is shown"
	}
	return a.barWrite()
}

// askExport asks where to write the tasks that are shown.
func (s *tasksPlace) askExport(a *App, _ string) tea.Cmd {
	s.refresh(a)
	about := "The " + plural(len(s.rows), "task") + " shown, in this order. The name says how: .csv, or .jsonl for JSON lines, with every try."
	a.askPath("Export", about, "tasks-"+s.now.Format("20060102-150405")+".csv", func(path string) string {
		if exportFormat(path) == nil {
			return "the name must end with .csv or .jsonl"
		}
		return ""
	}, func(path string) outfile {
		rows := s.exported() // as they are when Enter is pressed
		write := exportFormat(path)
		return outfile{path: path, what: plural(len(rows), "task") + " written", write: func(w io.Writer) error {
			out := bufio.NewWriter(w)
			if err := write(out, rows); err != nil {
				return err
			}
			return out.Flush()
		}}
	})
	return nil
}

// exportFormat is how a file of that name is written; nil: it says nothing that is known.
func exportFormat(path string) func(io.Writer, []exported) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return writeCSV
	case ".jsonl", ".ndjson", ".json":
		return writeJSONLines
	}
	return nil
}

// exported copies the rows, for they go on changing.
func (s *tasksPlace) exported() []exported {
	rows := make([]exported, 0, len(s.rows))
	for i := range s.rows {
		e := s.rows[i].taskEntry
		t := e.last()
		x := exported{
			ID: e.ref.ID, Type: e.ref.Type, State: stateWords[t.state], Worker: s.workerOf(t), Try: t.number, Redelivered: t.redelivered,
			Made: stamp(e.ref.Made), Started: stamp(t.start), Ended: stamp(t.end), WaitedMS: milliseconds(t.wait),
			RanMS: milliseconds(e.ran(s.now)), Error: t.err, Bytes: e.ref.Size, Preview: e.ref.Preview, Unknown: e.gone,
		}
		for j := range e.tries {
			if before := &e.tries[j]; before != t {
				x.Earlier = append(x.Earlier, exportedTry{
					stateWords[before.state], s.workerOf(before), before.number, stamp(before.start), milliseconds(before.run), before.err,
				})
			}
		}
		rows = append(rows, x)
	}
	return rows
}

// stamp is a time as programs read it; "" for one that is not known.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02T15:04:05.000Z07:00")
}

// milliseconds is nil for a duration that is not known.
func milliseconds(d time.Duration) *float64 {
	if d < 0 {
		return nil
	}
	ms := float64(d.Microseconds()) / 1000
	return &ms
}

func writeJSONLines(w io.Writer, rows []exported) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for i := range rows {
		if err := out.Encode(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

var csvHeads = []string{
	"id", "type", "state", "worker", "try", "redelivered", "made", "started", "ended", "waited_ms", "ran_ms", "error", "bytes", "body_preview",
}

func writeCSV(w io.Writer, rows []exported) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvHeads); err != nil {
		return err
	}
	figure := func(ms *float64) string {
		if ms == nil {
			return ""
		}
		return strconv.FormatFloat(*ms, 'f', -1, 64)
	}
	for i := range rows {
		x := &rows[i]
		row := []string{
			x.ID, x.Type, x.State, x.Worker, strconv.Itoa(x.Try), strconv.FormatBool(x.Redelivered), x.Made, x.Started, x.Ended,
			figure(x.WaitedMS), figure(x.RanMS), x.Error, strconv.Itoa(x.Bytes), x.Preview,
		}
		for c := range row {
			row[c] = harmless(row[c])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// formulaStarts begin what a spreadsheet would compute rather than show.
var formulaStarts = []byte("=+-@\t\r\n")

// harmless is text from outside as a cell that spreadsheets show and terminals print: a formula begins with an apostrophe,
// and what would act on a terminal is spelled out.
func harmless(cell string) string {
	if start := strings.TrimLeft(cell, " "); start != "" && slices.Contains(formulaStarts, start[0]) {
		cell = "'" + cell
	}
	return broker.Plain(cell)
}
