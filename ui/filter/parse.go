package filter

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Mistake is a term that cannot be read, in words for a person.
type Mistake struct {
	At   int    // byte where the term begins
	Term string // as it was written
	Msg  string
}

func (m *Mistake) Error() string { return m.Msg }

// maxTerms bounds what one look at a task costs.
const maxTerms = 32

// Parse reads a line. Where terms cannot be read it returns the first mistake, and the filter has the other terms.
func Parse(line string) (f Filter, wrong *Mistake) {
	for s := (scanner{line: line}); s.more(); {
		w := s.word()
		met, msg := w.meaning()
		if msg == "" && len(f.terms) == maxTerms {
			msg = fmt.Sprintf("a filter has at most %d terms", maxTerms)
		}
		if msg == "" {
			f.terms = append(f.terms, term{w.not, met})
		} else if wrong == nil {
			wrong = &Mistake{At: w.at, Term: line[w.at:s.at], Msg: msg}
		}
	}
	return f, wrong
}

// scanner takes a line apart into terms.
type scanner struct {
	line string
	at   int
}

// word is one term as it was written.
type word struct {
	at    int
	not   bool
	field string // "" for text
	op    string // ":", "=", "<", ">", "<=" or ">="
	value string // without quotes
	bare  bool   // it stands without quotes
}

// more skips spaces, and reports whether a term follows.
func (s *scanner) more() bool {
	rest := strings.TrimLeftFunc(s.line[s.at:], unicode.IsSpace)
	s.at = len(s.line) - len(rest)
	return rest != ""
}

func (s *scanner) word() word {
	w := word{at: s.at}
	if rest, found := strings.CutPrefix(s.line[s.at:], "-"); found {
		if next, _ := utf8.DecodeRuneInString(rest); rest != "" && !unicode.IsSpace(next) {
			w.not = true
			s.at++
		}
	}
	letters := 0
	for rest := s.line[s.at:]; letters < len(rest) && letter(rest[letters]); {
		letters++
	}
	if op := operator(s.line[s.at+letters:]); letters > 0 && op != "" {
		w.field, w.op = strings.ToLower(s.line[s.at:s.at+letters]), op
		s.at += letters + len(op)
	}
	w.value, w.bare = s.text()
	return w
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func operator(rest string) string {
	for _, op := range []string{"<=", ">=", "<", ">", ":", "="} {
		if strings.HasPrefix(rest, op) {
			return op
		}
	}
	return ""
}

// text reads up to the next space, or the closing quote. A quote that is not closed yet goes to the end of the line.
func (s *scanner) text() (text string, bare bool) {
	rest := s.line[s.at:]
	if !strings.HasPrefix(rest, `"`) {
		n := strings.IndexFunc(rest, unicode.IsSpace)
		if n < 0 {
			n = len(rest)
		}
		s.at += n
		return rest[:n], true
	}
	var b strings.Builder
	i := 1
	for ; i < len(rest) && rest[i] != '"'; i++ {
		if rest[i] == '\\' && i+1 < len(rest) && (rest[i+1] == '"' || rest[i+1] == '\\') {
			i++
		}
		b.WriteByte(rest[i])
	}
	s.at += min(i+1, len(rest))
	return b.String(), false
}

// meaning is what a term asks of a task, or what is wrong with it.
func (w word) meaning() (met func(*Task) bool, wrong string) {
	lower := strings.ToLower(w.value)
	switch w.field {
	case "":
		if lower == "redelivered" && w.bare {
			return func(t *Task) bool { return t.Redelivered }, ""
		}
		return func(t *Task) bool { return anywhere(t, lower) }, ""
	case "id":
		return w.contains(lower, func(t *Task) string { return t.ID })
	case "type":
		return w.contains(lower, func(t *Task) string { return t.Type })
	case "body":
		return w.contains(lower, func(t *Task) string { return t.Body })
	case "error":
		return w.anyError(lower)
	case "state":
		return w.state(lower)
	case "worker":
		return w.worker(lower)
	case "ran":
		return w.span(func(t *Task) time.Duration { return t.Ran })
	case "waited":
		return w.span(func(t *Task) time.Duration { return t.Waited })
	case "try":
		return w.figure("2", wholeNumber, func(t *Task) int64 { return int64(t.Try) })
	case "size":
		return w.figure("10kB", bytes, func(t *Task) int64 { return t.Size })
	}
	return nil, fmt.Sprintf("there is no field %s; there are %s. Text with a %s goes in quotes", w.field, strings.Join(fields, ", "), w.op)
}

// fields are the words that an operator can follow.
var fields = []string{"state", "worker", "type", "id", "body", "error", "ran", "waited", "try", "size"}

func anywhere(t *Task, lower string) bool {
	return has(t.ID, lower) || has(t.Type, lower) || has(t.Body, lower) ||
		slices.ContainsFunc(t.Tries, func(try Try) bool { return has(try.Error, lower) })
}

// texty says what is wrong with the operator of a field of text, or that the text is missing.
func (w word) texty(example string) string {
	switch {
	case w.op != ":" && w.op != "=":
		return fmt.Sprintf("%s goes with a colon: %s:%s", w.field, w.field, example)
	case w.value == "":
		return fmt.Sprintf("%s%s needs something after it, such as %s%s%s", w.field, w.op, w.field, w.op, example)
	}
	return ""
}

func (w word) contains(lower string, of func(*Task) string) (func(*Task) bool, string) {
	wrong := w.texty(map[string]string{"id": "0193", "type": "resize", "body": "cat.png"}[w.field])
	if w.op == "=" {
		return func(t *Task) bool { return strings.ToLower(of(t)) == lower }, wrong
	}
	return func(t *Task) bool { return has(of(t), lower) }, wrong
}

func (w word) anyError(lower string) (func(*Task) bool, string) {
	same := func(try Try) bool { return has(try.Error, lower) }
	if w.op == "=" {
		same = func(try Try) bool { return strings.ToLower(try.Error) == lower }
	}
	return func(t *Task) bool { return slices.ContainsFunc(t.Tries, same) }, w.texty("timeout")
}

// state takes every state that the word begins: while it is being typed, too.
func (w word) state(lower string) (func(*Task) bool, string) {
	if wrong := w.texty("failed"); wrong != "" {
		return nil, wrong
	}
	meant := slices.DeleteFunc(slices.Clone(States), func(s string) bool { return !strings.HasPrefix(s, lower) })
	if len(meant) == 0 {
		return nil, "there is no state " + w.value + "; there are " + strings.Join(States, ", ")
	}
	return func(t *Task) bool { return slices.Contains(meant, t.State) }, ""
}

func (w word) worker(lower string) (func(*Task) bool, string) {
	name := func(worker string) bool { return strings.EqualFold(worker, lower) }
	if n, err := strconv.ParseUint(lower, 10, 31); err == nil {
		name = func(worker string) bool {
			id, err := strconv.ParseUint(strings.TrimLeft(worker, "wW#"), 10, 31)
			return err == nil && id == n
		}
	}
	return func(t *Task) bool {
		return slices.ContainsFunc(t.Tries, func(try Try) bool { return name(try.Worker) })
	}, w.texty("w03")
}

func (w word) span(of func(*Task) time.Duration) (func(*Task) bool, string) {
	example := fmt.Sprintf("such as %s>1.5s or %s<200ms", w.field, w.field)
	if w.op == ":" || w.op == "=" {
		return nil, w.field + " is compared, " + example
	}
	limit, err := time.ParseDuration(w.value)
	if err != nil || limit < 0 {
		return nil, w.field + w.op + " needs a time with its unit, " + example
	}
	compare := comparison(w.op)
	return func(t *Task) bool { d := of(t); return d >= 0 && compare(int64(d), int64(limit)) }, ""
}

func (w word) figure(example string, read func(string) (int64, bool), of func(*Task) int64) (func(*Task) bool, string) {
	limit, ok := read(w.value)
	if !ok {
		return nil, fmt.Sprintf("%s%s needs a number, such as %s%s%s", w.field, w.op, w.field, w.op, example)
	}
	compare := comparison(w.op)
	return func(t *Task) bool { return compare(of(t), limit) }, ""
}

func comparison(op string) func(a, b int64) bool {
	switch op {
	case "<":
		return func(a, b int64) bool { return a < b }
	case ">":
		return func(a, b int64) bool { return a > b }
	case "<=":
		return func(a, b int64) bool { return a <= b }
	case ">=":
		return func(a, b int64) bool { return a >= b }
	}
	return func(a, b int64) bool { return a == b }
}

func wholeNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 32)
	return n, err == nil && n >= 0
}

// bytes reads a size in decimal units: 500, 500B, 10kB, 1.5MB.
func bytes(s string) (int64, bool) {
	digits := strings.TrimRightFunc(s, func(r rune) bool { return r < utf8.RuneSelf && letter(byte(r)) })
	unit := map[string]float64{"": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9}[strings.ToLower(s[len(digits):])]
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil || unit == 0 || !(x >= 0 && x*unit < math.MaxInt64) { // the negation catches NaN
		return 0, false
	}
	return int64(x * unit), true
}
