package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"carousel/broker"
)

// lookLimit is how many letters one look asks for. They are held whole, and the filter goes through all of them at every key.
const lookLimit = 5000

// searched is how much of a body the filter looks at.
const searched = 64 << 10

// headBytes is how much of a body a row may show: more than a column has cells.
const headBytes = 1 << 10

// deadRow is a letter as the table has it.
type deadRow struct {
	*broker.Letter
	hay  string   // all that the filter looks at, in lower case
	head string   // how its body begins, made plain
	form bodyForm // that shows the most of its body
}

// deadRows prepares letters for the table and the filter. It is called beside the program's goroutine: bodies may be long.
func deadRows(letters []broker.Letter) []deadRow {
	rows := make([]deadRow, len(letters))
	for i := range letters {
		l := &letters[i]
		body := l.Task.Body[:min(len(l.Task.Body), searched)]
		hay := strings.Join([]string{l.Cause, l.Origin, l.Task.ID, l.Task.Type, string(body)}, "\x00")
		head := plain(string(body[:min(len(body), headBytes)]))
		rows[i] = deadRow{l, strings.ToLower(hay), head, formOf(l.Task.Body)}
	}
	return rows
}

// deadMatches are the rows that a filter lets through.
func deadMatches(rows []deadRow, filter string) []deadRow {
	filter = strings.ToLower(filter)
	out := make([]deadRow, 0, len(rows))
	for _, r := range rows {
		if strings.Contains(r.hay, filter) {
			out = append(out, r)
		}
	}
	return out
}

// deadKind is what the letters of a group have in common; of every letter, for the group of all.
type deadKind struct {
	every         bool
	cause, origin string
}

func (k deadKind) has(l *broker.Letter) bool {
	return k.every || k.cause == l.Cause && k.origin == l.Origin
}

// deadGroup sums up the letters of a kind.
type deadGroup struct {
	deadKind
	letters, again, marked int
	oldest, newest         time.Time // zero: no letter says when
}

func (g *deadGroup) add(r *deadRow, marked map[string]bool) {
	g.letters++
	if r.Replayed > 0 {
		g.again++
	}
	if marked[r.Key] {
		g.marked++
	}
	if at := r.FailedAt; !at.IsZero() {
		if g.oldest.IsZero() || at.Before(g.oldest) {
			g.oldest = at
		}
		if at.After(g.newest) {
			g.newest = at
		}
	}
}

// deadGroups sums rows up by cause and origin, the largest group first. Before them stands the group of all.
func deadGroups(rows []deadRow, marked map[string]bool) []deadGroup {
	all := deadGroup{deadKind: deadKind{every: true}}
	byKind := map[deadKind]*deadGroup{}
	for i := range rows {
		kind := deadKind{cause: rows[i].Cause, origin: rows[i].Origin}
		g := byKind[kind]
		if g == nil {
			g = &deadGroup{deadKind: kind}
			byKind[kind] = g
		}
		g.add(&rows[i], marked)
		all.add(&rows[i], marked)
	}
	groups := make([]deadGroup, 0, len(byKind)+1)
	for _, g := range byKind {
		groups = append(groups, *g)
	}
	slices.SortFunc(groups, func(a, b deadGroup) int {
		return cmp.Or(b.letters-a.letters, cmp.Compare(a.cause, b.cause), cmp.Compare(a.origin, b.origin))
	})
	if len(rows) == 0 {
		return nil
	}
	return slices.Insert(groups, 0, all)
}

// deadScope is what an act is about: some letters of the newest look, by key. Letters that cannot be told apart share one.
type deadScope struct {
	word    string
	letters []*broker.Letter
}

// keys are what the act picks by. Nothing that the user has not seen is among them.
func (s *deadScope) keys() map[string]bool {
	keys := make(map[string]bool, len(s.letters))
	for _, l := range s.letters {
		keys[l.Key] = true
	}
	return keys
}

// scopeOf are the rows that pass, under a word.
func scopeOf(word string, rows []deadRow, pass func(*deadRow) bool) deadScope {
	s := deadScope{word: word}
	for i := range rows {
		if pass(&rows[i]) {
			s.letters = append(s.letters, rows[i].Letter)
		}
	}
	return s
}

// deadRoute is one of the queues that a replay sends letters to.
type deadRoute struct {
	to string
	n  int
}

// deadRoutes says how many letters go where: all to the named queue, or each to its origin. Those that do not say where they
// come from stay.
func deadRoutes(letters []*broker.Letter, to string) (routes []deadRoute, stay int) {
	if to != "" {
		return []deadRoute{{to, len(letters)}}, 0
	}
	n := map[string]int{}
	for _, l := range letters {
		if l.Origin == "" {
			stay++
			continue
		}
		n[l.Origin]++
	}
	for origin, n := range n {
		routes = append(routes, deadRoute{origin, n})
	}
	slices.SortFunc(routes, func(a, b deadRoute) int { return cmp.Or(b.n-a.n, cmp.Compare(a.to, b.to)) })
	return routes, stay
}
