package cli

import (
	"regexp"
	"strconv"

	"github.com/pelletier/go-toml/v2/unstable"
)

// place is a position in a text; both count from 1, column in bytes as editors and compilers count it.
type place struct{ line, column int }

func (p place) before(q place) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

// locate finds where each key of a well-formed TOML document is written: "workers.count" → 7:1. Elements of an array are
// found as "broker.urls[1]". A key that is mentioned several times is found where it is first.
func locate(document []byte) map[string]place {
	var p unstable.Parser
	p.Reset(document)
	l := locator{parser: &p, found: map[string]place{}}
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = l.key("", e.Key())
		case unstable.KeyValue:
			l.value(l.key(table, e.Key()), e.Value())
		}
	}
	return l.found
}

type locator struct {
	parser *unstable.Parser
	found  map[string]place
}

// key notes each part of a dotted key and returns the whole path.
func (l *locator) key(path string, parts unstable.Iterator) string {
	for parts.Next() {
		n := parts.Node()
		path = join(path, string(n.Data))
		l.note(path, n.Raw)
	}
	return path
}

func (l *locator) value(path string, n *unstable.Node) {
	children := n.Children()
	switch n.Kind {
	case unstable.Array:
		for i := 0; children.Next(); i++ {
			element := path + "[" + strconv.Itoa(i) + "]"
			if raw := children.Node().Raw; raw.Length > 0 {
				l.note(element, raw)
			}
			l.value(element, children.Node())
		}
	case unstable.InlineTable:
		for children.Next() {
			l.value(l.key(path, children.Node().Key()), children.Node().Value())
		}
	}
}

func (l *locator) note(path string, at unstable.Range) {
	if _, known := l.found[path]; !known {
		start := l.parser.Shape(at).Start
		l.found[path] = place{start.Line, start.Column}
	}
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// join appends one part to a key path, quoted where the file must quote it too.
func join(path, part string) string {
	if !bareKey.MatchString(part) {
		part = strconv.Quote(part)
	}
	if path == "" {
		return part
	}
	return path + "." + part
}
