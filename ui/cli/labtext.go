package cli

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"

	"carousel/broker"
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
	held := unitGap.ReplaceAllString(text, "$1\u00a0$2")
	lines := strings.Split(ansi.Wordwrap(held, r.columns()-len(indent), ""), "\n")
	return strings.ReplaceAll(strings.Join(lines, "\n"+indent), "\u00a0", " ") + "\n"
}

// unitGap is what stands between a number and its unit.
var unitGap = regexp.MustCompile(`([0-9]) (ms|s|µs|%)`)

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
	return r.wrapped(fmt.Sprintf("%s of %s, %s on average, %s, for %s (%s); seed %d.", counted(n, "task"), broker.Plain(r.study.Workload),
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
	first, second, what := "took", "×least", "█ the least possible  ▒ more than that"
	if !r.study.Drains() {
		first, second, what = "p99", "p50", "█ half of the tasks waited so long at most  ▒ 99 % did"
	}
	if !r.model {
		what += "  ┃ predicted"
	}
	return fmt.Sprintf("%-*s %6s %6s  %s\n", r.names(), "", first, second, what)
}

// bar is a row as a bar. Of a backlog it shows how long it took, and the least that was possible; of tasks that come one by one how
// long most of them waited, and half of them. A mark shows where it should end.
func (r *labRun) bar(row lab.Row) string {
	f := row.Predicted
	switch {
	case row.Measured != nil:
		f = *row.Measured
	case row.State == lab.Failed, row.State == lab.Cancelled:
		return fmt.Sprintf("%-*s %6s\n", r.names(), row.Strategy.Name, row.State)
	}
	cells := r.columns() - r.names() - 17
	longest := time.Millisecond
	for _, other := range r.rows {
		_, all := r.lengths(other.Predicted)
		longest = max(longest, all)
	}
	at := func(d time.Duration) int { // some room is left for what takes longer than it should
		return int(min(math.Round(0.9*float64(cells)*d.Seconds()/longest.Seconds()), float64(cells+1)))
	}
	some, all := r.lengths(f)
	line := []rune(strings.Repeat("█", at(some)) + strings.Repeat("▒", max(0, at(all)-at(some))))
	if row.Measured != nil {
		_, should := r.lengths(row.Predicted)
		mark := max(0, at(should)-1)
		for len(line) <= mark {
			line = append(line, ' ')
		}
		line[mark] = '┃'
	}
	if len(line) > cells {
		line = append(line[:cells-1], '▸')
	}
	second := times(f)
	if !r.study.Drains() {
		second = sixCells(some)
	}
	text := fmt.Sprintf("%-*s %6s %6s  %s\n", r.names(), row.Strategy.Name, sixCells(all), second, string(line))
	if f.Stranded > 0 { // it would look fast
		text += fmt.Sprintf("%-*s and left %s undone\n", r.names(), "", counted(f.Stranded, "task"))
	}
	return text
}

// lengths are those of a bar's first part and of the whole.
func (r *labRun) lengths(f lab.Figures) (some, all time.Duration) {
	if r.study.Drains() {
		return f.Bound, f.Makespan
	}
	return f.WaitP50, f.WaitP99
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
	ms := d.Round(time.Millisecond).Milliseconds()
	seconds := d.Seconds()
	switch {
	case d <= 0:
		return "0"
	case ms < 1:
		return "<1 ms"
	case ms < 1000:
		return fmt.Sprintf("%d ms", ms)
	case seconds < 9.995:
		return fmt.Sprintf("%.2f s", seconds)
	case seconds < 99.95:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 999.5:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 100*3600:
		return fmt.Sprintf("%.1f h", seconds/3600)
	}
	return fmt.Sprintf("%.0f d", seconds/86400)
}

// table is all figures, measured and under them predicted; "" where nothing was measured that was to be.
func (r *labRun) table() string {
	if !r.model && !slices.ContainsFunc(r.rows, func(row lab.Row) bool { return row.Measured != nil }) {
		return ""
	}
	var b strings.Builder
	name := r.names()
	fmt.Fprintf(&b, "\n%-*s%14s%21s%20s\n", name, "", "", "waited", "fair by")
	fmt.Fprintf(&b, "%-*s%7s%7s%7s%7s%7s%6s%7s%7s%7s%6s\n", name, "", "took", "×least", "p50", "p95", "p99", "idle", "work", "count", "a sec.", "again")
	for _, row := range r.rows {
		if row.Measured != nil {
			r.line(&b, row.Strategy.Name, *row.Measured)
			r.line(&b, "  predicted", row.Predicted)
		} else if r.model {
			r.line(&b, row.Strategy.Name, row.Predicted)
		}
	}
	noise := float64(len(r.study.Tasks)) / float64(len(r.study.Tasks)+len(r.study.Crew)-1)
	b.WriteString(r.wrapped(fmt.Sprintf("×least: by the least possible time. Idle: of the workers' time, while a task waited. Fair: Jain's index, "+
		"1.000 is even; dealt by pure chance, count would be %.3f. Again: tries after a worker died.", noise), ""))
	return b.String()
}

func (r *labRun) line(b *strings.Builder, name string, f lab.Figures) {
	fmt.Fprintf(b, "%-*s%7s%7s%7s%7s%7s%6s%7.3f%7.3f%7s%6d\n", r.names(), name, sixCells(f.Makespan), times(f),
		sixCells(f.WaitP50), sixCells(f.WaitP95), sixCells(f.WaitP99), fmt.Sprintf("%.0f %%", 100*f.Idle), f.Busy, f.Count,
		sixCellRate(f.Throughput), f.Again)
}

// sixCellRate writes a rate in six cells at most.
func sixCellRate(x float64) string {
	switch {
	case x >= 999_999.5:
		return fmt.Sprintf("%.0e", x)
	case x >= 9.95 || x == 0:
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.2g", x)
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
