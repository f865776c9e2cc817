package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"carousel/broker"
)

func (p *program) deadListCommand(o *deadOptions) *cobra.Command {
	var all bool
	look := 1000
	c := &cobra.Command{
		Use:   "list",
		Short: "List dead letters, by cause and origin",
		Long: `List dead letters, by cause and origin; with --all a line for each, with --json a JSON object for each.

To look at a message is to take it and to put it back, which the broker may count: carousel says so where it does, and
does not look where that could lose a letter.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if look < 1 {
				return usage("--limit: look at 1 letter or more")
			}
			return p.deadList(o, look, all)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "a line for each letter")
	c.Flags().IntVar(&look, "limit", look, "look at so many letters, the oldest (`number`)")
	c.Flags().BoolVar(&o.json, "json", false, "a JSON object for each letter, one a line")
	return c
}

func (p *program) deadList(o *deadOptions, look int, all bool) error {
	q, err := p.openDead(o)
	if err != nil {
		return err
	}
	defer q.Close()
	if q.cost.Limit > 0 && q.cost.Depth > 0 {
		p.say(q.cost.Text)
	}
	found, picked, err := p.matching(q, o, look)
	if err != nil {
		return err
	}
	if o.json {
		out := json.NewEncoder(p.Stdout)
		out.SetEscapeHTML(false)
		for i := range picked {
			if err := out.Encode(letterObject(&picked[i])); err != nil {
				return err
			}
		}
		return nil
	}
	rows := groupRows(picked, found.At)
	if all {
		rows = letterRows(picked)
	}
	if len(picked) > 0 {
		if err := writeTable(p.Stdout, rows, !all); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("%s in %s", counted(len(picked), "letter"), broker.Plain(q.name))
	if len(picked) != found.Depth {
		text = fmt.Sprintf("%s of %d in %s", counted(len(picked), "letter"), found.Depth, broker.Plain(q.name))
	}
	_, err = fmt.Fprintln(p.Stdout, text)
	return err
}

// deadLetter is a letter as one JSON object.
type deadLetter struct {
	ID          string  `json:"id"`
	Key         string  `json:"key"`
	Origin      string  `json:"origin"`
	Cause       string  `json:"cause"`
	Tries       int     `json:"tries"`     // 0: not known
	FailedAt    *string `json:"failed_at"` // null: not known
	Replayed    int     `json:"replayed"`
	Type        string  `json:"type"`
	ContentType string  `json:"content_type"`
	Body        *string `json:"body,omitempty"`        // where it is text
	Bytes       []byte  `json:"body_base64,omitempty"` // where it is not
}

func letterObject(l *broker.Letter) deadLetter {
	o := deadLetter{ID: l.Task.ID, Key: l.Key, Origin: l.Origin, Cause: l.Cause, Tries: l.Tries, Replayed: l.Replayed,
		Type: l.Task.Type, ContentType: l.Task.ContentType}
	if !l.FailedAt.IsZero() {
		at := l.FailedAt.UTC().Format("2006-01-02T15:04:05.000Z07:00")
		o.FailedAt = &at
	}
	if utf8.Valid(l.Task.Body) {
		body := string(l.Task.Body)
		o.Body = &body
	} else {
		o.Bytes = l.Task.Body
	}
	return o
}

// groupRows counts the letters by cause and origin, the largest group first.
func groupRows(letters []broker.Letter, now time.Time) [][]string {
	type key struct{ cause, origin string }
	type group struct {
		key
		n, again       int
		oldest, newest time.Time
	}
	groups := map[key]*group{}
	for i := range letters {
		l := &letters[i]
		k := key{l.Cause, l.Origin}
		g := groups[k]
		if g == nil {
			g = &group{key: k}
			groups[k] = g
		}
		g.n++
		if l.Replayed > 0 {
			g.again++
		}
		if at := l.FailedAt; !at.IsZero() {
			if g.oldest.IsZero() || at.Before(g.oldest) {
				g.oldest = at
			}
			if at.After(g.newest) {
				g.newest = at
			}
		}
	}
	sorted := make([]*group, 0, len(groups))
	for _, g := range groups {
		sorted = append(sorted, g)
	}
	slices.SortFunc(sorted, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.cause, b.cause), cmp.Compare(a.origin, b.origin))
	})
	rows := [][]string{{"LETTERS", "OLDEST", "NEWEST", "CAME BACK", "ORIGIN", "CAUSE"}}
	for _, g := range sorted {
		rows = append(rows, []string{fmt.Sprint(g.n), age(now, g.oldest), age(now, g.newest), fmt.Sprint(g.again),
			known(g.origin), cut(g.cause)})
	}
	return rows
}

// letterRows are the letters, oldest first.
func letterRows(letters []broker.Letter) [][]string {
	rows := [][]string{{"ID", "DIED AT", "TRIES", "CAME BACK", "ORIGIN", "CAUSE", "BODY"}}
	for i := range letters {
		l := &letters[i]
		at, tries := "–", "–"
		if !l.FailedAt.IsZero() {
			at = l.FailedAt.Local().Format("2006-01-02 15:04:05")
		}
		if l.Tries > 0 {
			tries = fmt.Sprint(l.Tries)
		}
		rows = append(rows, []string{known(cmp.Or(l.Task.ID, l.Key)), at, tries, fmt.Sprint(l.Replayed), known(l.Origin),
			cut(l.Cause), cut(string(l.Task.Body[:min(len(l.Task.Body), 4*cellWidth)]))})
	}
	return rows
}

// cellWidth bounds a text of the table that others wrote, in cells.
const cellWidth = 60

func cut(text string) string { return ansi.Truncate(known(text), cellWidth, "…") }

func known(text string) string {
	if text == "" {
		return "–"
	}
	return broker.Plain(text)
}

// age is how long ago something was, in the largest unit that says enough; "–" where it is not known.
func age(now, at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	switch d := max(0, now.Sub(at)); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d d", int(d.Hours()/24))
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// writeTable prints rows with their columns under each other. Of the groups, the first four hold figures, to the right.
func writeTable(w io.Writer, rows [][]string, figures bool) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	var text strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-ansi.StringWidth(cell))
			right := figures && i < 4 || !figures && (i == 2 || i == 3)
			switch {
			case right:
				text.WriteString(gap + cell)
			case i == len(row)-1:
				text.WriteString(cell)
			default:
				text.WriteString(cell + gap)
			}
			if i < len(row)-1 {
				text.WriteString("  ")
			}
		}
		text.WriteByte('\n')
	}
	_, err := io.WriteString(w, text.String())
	return err
}
