package cli

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"

	"carousel/worker/lab"
)

// plainly writes the lab's pictures for terminals and fonts that have only ASCII.
var plainly = strings.NewReplacer("█", "#", "▓", "=", "▒", "-", "┃", "|", "│", "|", "×", "x", "↻", "@", "▸", ">", "–", "-", "−", "-", "µ", "u")

// columns is how wide the text may be.
func (r *labRun) columns() int {
	width := 80
	if f := fileOf(r.Stdout); f != nil {
		if w, _, err := term.GetSize(f.Fd()); err == nil {
			width = w
		}
	}
	return min(max(width, 60), 140)
}

// wrapped breaks a text into lines, of which all but the first are indented.
func (r *labRun) wrapped(text, indent string) string {
	lines := strings.Split(ansi.Wordwrap(text, r.columns()-len(indent), " "), "\n")
	return strings.Join(lines, "\n"+indent) + "\n"
}

// head says what is run, and how.
func (r *labRun) head(how string) string {
	var work time.Duration
	for _, t := range r.study.Tasks {
		work += t.Work
	}
	n := len(r.study.Tasks)
	come := "all there from the start"
	if last := r.study.Tasks[n-1].At; last > 0 {
		come = "coming within " + lab.Spell(last)
	}
	return r.wrapped(fmt.Sprintf("%s of %s, %s on average, %s, for %s (%s); seed %d.", counted(n, "task"), r.study.Workload,
		lab.Spell(work/time.Duration(n)), come, counted(len(r.study.Crew), "worker"), lab.CrewText(r.study.Crew), r.study.Seed), "") +
		r.wrapped(how, "") + "\n"
}

// names is the width of the first column.
func (r *labRun) names() int {
	width := len("  predicted")
	for _, row := range r.rows {
		width = max(width, len(row.Strategy.Name))
	}
	return width
}

// legend is the line above the bars.
func (r *labRun) legend() string {
	text := "█ the least possible  ▒ more than that  ┃ predicted"
	if r.model {
		text = "█ the least possible  ▒ more than that"
	}
	return fmt.Sprintf("%-*s %6s %6s  %s\n", r.names(), "", "took", "×least", text)
}

// bar is a row as a bar: how long it took, of that the least that was possible, and how long it should have taken.
func (r *labRun) bar(row lab.Row) string {
	f := row.Predicted
	switch {
	case row.Measured != nil:
		f = *row.Measured
	case row.State == lab.Failed, row.State == lab.Cancelled:
		return fmt.Sprintf("%-*s %6s\n", r.names(), row.Strategy.Name, row.State)
	}
	cells := r.columns() - r.names() - 17
	longest := time.Duration(1)
	for _, other := range r.rows {
		longest = max(longest, other.Predicted.Makespan)
	}
	at := func(d time.Duration) int { // some room is left for what takes longer than it should
		return int(math.Round(0.9 * float64(cells) * d.Seconds() / longest.Seconds()))
	}
	line := []rune(strings.Repeat("█", at(f.Bound)) + strings.Repeat("▒", max(0, at(f.Makespan)-at(f.Bound))))
	if row.Measured != nil {
		mark := max(0, at(row.Predicted.Makespan)-1)
		for len(line) <= mark {
			line = append(line, ' ')
		}
		line[mark] = '┃'
	}
	if len(line) > cells {
		line = append(line[:cells-1], '▸')
	}
	return fmt.Sprintf("%-*s %6s %6s  %s\n", r.names(), row.Strategy.Name, sixCells(f.Makespan), times(f), string(line))
}

// times is how many times the least possible something took.
func times(f lab.Figures) string {
	if f.Bound <= 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", f.Makespan.Seconds()/f.Bound.Seconds())
}

// sixCells writes a duration in six cells at most.
func sixCells(d time.Duration) string {
	switch {
	case d <= 0:
		return "0"
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 1000*time.Second:
		return fmt.Sprintf("%.*f s", 2-len(fmt.Sprint(int(d.Seconds())))+1, d.Seconds())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}

// table is all figures, measured and under them predicted.
func (r *labRun) table() string {
	var b strings.Builder
	name := r.names()
	fmt.Fprintf(&b, "\n%-*s%14s%21s%12s%13s\n", name, "", "", "waited", "idle", "fair by")
	fmt.Fprintf(&b, "%-*s%7s%7s%7s%7s%7s%6s%7s%7s%7s%6s\n", name, "", "took", "×least", "p50", "p95", "p99", "idle", "work", "count", "a sec.", "again")
	for _, row := range r.rows {
		if row.Measured != nil {
			r.line(&b, row.Strategy.Name, *row.Measured)
			r.line(&b, "  predicted", row.Predicted)
		} else if r.model {
			r.line(&b, row.Strategy.Name, row.Predicted)
		}
	}
	return b.String()
}

func (r *labRun) line(b *strings.Builder, name string, f lab.Figures) {
	fmt.Fprintf(b, "%-*s%7s%7s%7s%7s%7s%6s%7.3f%7.3f%7s%6d\n", r.names(), name, sixCells(f.Makespan), times(f),
		sixCells(f.WaitP50), sixCells(f.WaitP95), sixCells(f.WaitP99), fmt.Sprintf("%.0f %%", 100*f.Idle), f.Busy, f.Count,
		fmt.Sprintf("%.0f", f.Throughput), f.Again)
}

// differences says of each row what lies between predicted and measured.
func (r *labRun) differences() string {
	var b strings.Builder
	for _, row := range r.rows {
		if len(row.Why) > 0 {
			b.WriteString("\n" + r.wrapped(row.Strategy.Name+": "+strings.Join(row.Why, " "), "  "))
		}
	}
	return b.String()
}

// advice is what follows from it all.
func (r *labRun) advice() string {
	var b strings.Builder
	for _, text := range r.study.Advise(r.rows) {
		b.WriteString("\n" + strings.TrimSuffix(r.wrapped(text, ""), "\n"))
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}
