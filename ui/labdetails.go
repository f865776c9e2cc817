package ui

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"carousel/worker/lab"

	tea "github.com/charmbracelet/bubbletea"
)

// openRow shows all figures of the selected strategy, measured and predicted, and what explains their difference.
func (s *labPlace) openRow(a *App, _ string) tea.Cmd {
	name := s.selected
	a.dialog = &sheet{title: "Strategy", facts: func(*App) []fact {
		for i := range s.rows {
			if s.rows[i].Strategy.Name == name {
				return s.rowFacts(&s.rows[i])
			}
		}
		return nil
	}}
	return nil
}

func (s *labPlace) rowFacts(r *lab.Row) []fact {
	facts := []fact{{"strategy", s.t.strong, r.Strategy.Name + ": " + r.Strategy.About()}, {"state", "", s.stateOf(r)}}
	put := func(label string, figure func(lab.Figures) string) {
		if r.Measured == nil {
			facts = append(facts, fact{label, s.t.dim, figure(r.Predicted)})
			return
		}
		facts = append(facts, fact{label, "", figure(*r.Measured)}, fact{"  predicted", s.t.dim, figure(r.Predicted)})
	}
	put("took", func(f lab.Figures) string {
		return fmt.Sprintf("%s, %s times the least possible, %s", span(f.Makespan), timesLeast(f), span(f.Bound))
	})
	put("waits", func(f lab.Figures) string {
		return fmt.Sprintf("p50 %s, p95 %s, p99 %s, longest %s", span(f.WaitP50), span(f.WaitP95), span(f.WaitP99), span(f.WaitMax))
	})
	put("idle", func(f lab.Figures) string {
		return string(appendShare(nil, f.Idle)) + " of the workers' time while tasks waited"
	})
	put("fairness", func(f lab.Figures) string {
		return fmt.Sprintf("%.3f by busy time, %.3f by count (by chance %.3f)", f.Busy, f.Count, f.Noise)
	})
	put("rate", func(f lab.Figures) string { return rate(f.Throughput) })
	if r.Predicted.Again+r.Predicted.Stranded > 0 || r.Measured != nil && r.Measured.Again+r.Measured.Stranded > 0 {
		put("deaths", func(f lab.Figures) string {
			return fmt.Sprintf("%s redelivered, %s left in the queue of a dead worker", plural(f.Again, "task"), count(int64(f.Stranded)))
		})
	}
	if r.Err != nil {
		facts = append(facts, fact{"failed", s.t.alarm, sentence(plain(r.Err.Error()))})
	}
	for i, text := range r.Why {
		label := ""
		if i == 0 {
			label = "difference"
		}
		facts = append(facts, fact{label, "", text})
	}
	return facts
}

// timesLeast is how many times the least possible something took.
func timesLeast(f lab.Figures) string {
	if f.Bound <= 0 {
		return unknown
	}
	return fmt.Sprintf("%.2f", f.Makespan.Seconds()/f.Bound.Seconds())
}

// stateOf is how far a row is, in words.
func (s *labPlace) stateOf(r *lab.Row) string {
	switch r.State {
	case lab.Running:
		return fmt.Sprintf("measuring: %s of %s done", count(int64(r.Done)), plural(len(s.study.Tasks), "task"))
	case lab.Finished:
		return "measured"
	case lab.Failed:
		return "failed"
	case lab.Cancelled:
		return "stopped"
	}
	if s.trial != nil {
		return "to be measured"
	}
	return "predicted, not measured"
}

func (s *labPlace) barExport(a *App) string {
	if why := s.barNone(a); why != "" {
		return why
	}
	return a.barWrite()
}

// askExport asks where to write the figures.
func (s *labPlace) askExport(a *App, _ string) tea.Cmd {
	about := "The figures of " + plural(len(s.rows), "run") + ". The name says how: .csv, or .jsonl for JSON lines with every try."
	a.askPath("Save figures", about, "lab-"+s.now.Format("20060102-150405")+".csv", func(path string) string {
		if figuresFormat(path) == nil {
			return "the name must end with .csv or .jsonl"
		}
		return ""
	}, func(path string) outfile {
		study, rows, write := s.study, s.rows, figuresFormat(path)
		return outfile{path: path, what: "The lab's figures are written", write: func(w io.Writer) error {
			out := bufio.NewWriter(w)
			if err := write(out, study, rows); err != nil {
				return err
			}
			return out.Flush()
		}}
	})
	return nil
}

// figuresFormat is how a file of that name is written; nil: it says nothing that is known.
func figuresFormat(path string) func(io.Writer, lab.Study, []lab.Row) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return func(w io.Writer, _ lab.Study, rows []lab.Row) error { return lab.WriteCSV(w, rows) }
	case ".jsonl", ".ndjson", ".json":
		return func(w io.Writer, s lab.Study, rows []lab.Row) error { return s.WriteJSON(w, rows, true) }
	}
	return nil
}

// longest is the longest makespan of the rows, measured or predicted: what bars and lanes are drawn to scale of.
func (s *labPlace) longest() time.Duration {
	longest := time.Nanosecond
	for i := range s.rows {
		longest = max(longest, s.rows[i].Predicted.Makespan)
		if m := s.rows[i].Measured; m != nil {
			longest = max(longest, m.Makespan)
		}
	}
	return longest
}
