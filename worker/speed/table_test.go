package speed

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// table is written as Markdown, each row as soon as it is measured.
type table struct {
	w    io.Writer
	wide []int
}

func newTable(w io.Writer, title string, columns ...string) *table {
	t := &table{w: w}
	fmt.Fprintf(w, "\n%s\n\n", title)
	for _, c := range columns {
		t.wide = append(t.wide, len(c))
	}
	t.row(columns...)
	rule := make([]string, len(columns))
	for i, wide := range t.wide {
		rule[i] = strings.Repeat("-", wide-1) + ":"
	}
	t.row(rule...)
	return t
}

func (t *table) row(cells ...string) {
	for i, cell := range cells {
		fmt.Fprintf(t.w, "| %*s ", t.wide[i], cell)
	}
	fmt.Fprintln(t.w, "|")
}

// grouped spells a whole number with its thousands apart.
func grouped(v float64) string {
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}

func hundredths(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

func mebibytes(bytes uint64) string { return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64) }

// sized spells a number of bytes.
func sized(bytes int) string {
	switch {
	case bytes >= 1e6 && bytes%1e6 == 0:
		return strconv.Itoa(bytes/1e6) + " MB"
	case bytes >= 1e3 && bytes%1e3 == 0:
		return strconv.Itoa(bytes/1e3) + " kB"
	}
	return strconv.Itoa(bytes) + " B"
}

// columnsOf are what every comparison says after what its row is about.
var columnsOf = []string{"bare tasks/s", "carousel tasks/s", "ratio", "CPU s/100k bare", "carousel CPU", "CPU ratio"}

func (c comparison) cells() []string {
	return []string{
		grouped(median(c.bare, figure.rate)), grouped(median(c.ours, figure.rate)), hundredths(c.rate),
		hundredths(median(c.bare, figure.cost)), hundredths(median(c.ours, figure.cost)), hundredths(c.cost),
	}
}
