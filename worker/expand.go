package worker

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Placeholders are the forms that a Load with Expand replaces anew for each task.
const Placeholders = "{{seq}} {{uuid}} {{now}} {{rand 1 100}} {{pick a b c}}"

// LiteralBraces stands for two opening braces where placeholders are replaced.
const LiteralBraces = "{{{{"

const (
	opening, closing = "{{", "}}"
	nowForm          = "2006-01-02T15:04:05.000Z07:00" // RFC 3339 to the millisecond
	nowCells         = len("2006-01-02T15:04:05.000Z")
	uuidCells        = 36
)

// template is a text in pieces, as parseTemplate found them: what is to be sent as it is, and placeholders.
type template struct{ pieces []piece }

type piece struct {
	kind      pieceKind
	text      string   // literal
	low, high int64    // random
	words     []string // pick
}

type pieceKind uint8

const (
	literal pieceKind = iota
	seq
	unique
	now
	random
	pick
)

// moment is what the placeholders of one task have in common.
type moment struct {
	seq int
	at  time.Time
	rng *rand.Rand // of random and pick
}

// parseTemplate finds the placeholders of a text. Its error names the first that there is not, and those that there are.
func parseTemplate(s string) (template, error) {
	var t template
	var text strings.Builder // since the last placeholder
	flush := func() {
		if text.Len() > 0 {
			t.pieces = append(t.pieces, piece{text: text.String()})
			text.Reset()
		}
	}
	for {
		before, rest, found := strings.Cut(s, opening)
		text.WriteString(before)
		if !found {
			flush()
			return t, nil
		}
		if after, two := strings.CutPrefix(rest, opening); two {
			text.WriteString(opening)
			s = after
			continue
		}
		inside, after, closed := strings.Cut(rest, closing)
		if !closed {
			return template{}, fmt.Errorf("a placeholder is not closed by }}: %s; %s stands for two braces", cut(opening+rest), LiteralBraces)
		}
		p, err := parsePiece(inside)
		if err != nil {
			return template{}, err
		}
		flush()
		t.pieces = append(t.pieces, p)
		s = after
	}
}

// parsePiece reads what stands between the braces.
func parsePiece(inside string) (piece, error) {
	shown := cut(opening + inside + closing)
	words := strings.Fields(inside)
	if len(words) == 0 {
		return piece{}, unknownPlaceholder(shown)
	}
	args := words[1:]
	kind, bare := map[string]pieceKind{"seq": seq, "uuid": unique, "now": now}[words[0]]
	switch {
	case bare && len(args) > 0:
		return piece{}, fmt.Errorf("%s takes nothing behind %s; write {{%s}}", shown, words[0], words[0])
	case bare:
		return piece{kind: kind}, nil
	case words[0] == "rand":
		return parseRandom(shown, args)
	case words[0] == "pick" && len(args) == 0:
		return piece{}, errors.New("{{pick}} wants what to pick from: {{pick a b c}}")
	case words[0] == "pick":
		return piece{kind: pick, words: args}, nil
	}
	return piece{}, unknownPlaceholder(shown)
}

func unknownPlaceholder(shown string) error {
	return fmt.Errorf("%s is no placeholder; there are %s, and %s for two braces", shown, Placeholders, LiteralBraces)
}

func parseRandom(shown string, args []string) (piece, error) {
	if len(args) == 2 {
		low, errLow := strconv.ParseInt(args[0], 10, 64)
		high, errHigh := strconv.ParseInt(args[1], 10, 64)
		if errLow == nil && errHigh == nil && low <= high {
			return piece{kind: random, low: low, high: high}, nil
		}
	}
	return piece{}, fmt.Errorf("%s wants two whole numbers, the low one first: {{rand 1 100}}", shown)
}

// cut is the start of a text, short enough for an error.
func cut(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// fixed reports whether every task gets the same, which is text.
func (t template) fixed() bool {
	for i := range t.pieces {
		if t.pieces[i].kind != literal {
			return false
		}
	}
	return true
}

// expand appends the text as one task has it.
func (t template) expand(b []byte, m moment) []byte {
	for i := range t.pieces {
		switch p := &t.pieces[i]; p.kind {
		case literal:
			b = append(b, p.text...)
		case seq:
			b = strconv.AppendInt(b, int64(m.seq), 10)
		case unique:
			b = append(b, uuid.NewString()...)
		case now:
			b = m.at.UTC().AppendFormat(b, nowForm)
		case random:
			b = strconv.AppendInt(b, p.draw(m.rng), 10)
		case pick:
			b = append(b, p.words[m.rng.IntN(len(p.words))]...)
		}
	}
	return b
}

// draw is a number from low to high, each as likely.
func (p *piece) draw(rng *rand.Rand) int64 {
	span := uint64(p.high) - uint64(p.low) // right even where the difference has no int64
	if span == math.MaxUint64 {
		return int64(rng.Uint64())
	}
	return int64(uint64(p.low) + rng.Uint64N(span+1))
}

// longest is the longest text that any task can have, for tasks numbered up to last. What no broker takes, which is invalid
// UTF-8, is in it where it can be in any.
func (t template) longest(last int) string {
	var b strings.Builder
	for i := range t.pieces {
		switch p := &t.pieces[i]; p.kind {
		case literal:
			b.WriteString(p.text)
		case seq:
			b.WriteString(strconv.Itoa(last))
		case unique:
			b.WriteString(strings.Repeat("x", uuidCells))
		case now:
			b.WriteString(strings.Repeat("x", nowCells))
		case random:
			low, high := strconv.FormatInt(p.low, 10), strconv.FormatInt(p.high, 10)
			if len(low) > len(high) {
				high = low
			}
			b.WriteString(high)
		case pick:
			b.WriteString(p.worst())
		}
	}
	return b.String()
}

// worst is the longest word, or one that is not valid UTF-8.
func (p *piece) worst() (word string) {
	for _, w := range p.words {
		if !utf8.ValidString(w) {
			return w
		}
		if len(w) > len(word) {
			word = w
		}
	}
	return word
}

// templates are a load's texts with their placeholders found.
type templates struct {
	bodies  []template
	kind    template // of the tasks
	headers map[string]template
	given   bool // Expand is set; otherwise the texts are sent as they are
}

// templates reads the placeholders of a load with Expand. Its errors are FieldErrors.
func (l *Load) templates() (t templates, errs []error) {
	if !l.Expand {
		return t, nil
	}
	t.given, t.headers = true, map[string]template{}
	read := func(field, text string) template {
		read, err := parseTemplate(text)
		if err != nil {
			errs = append(errs, FieldError{field, err.Error()})
		}
		return read
	}
	for _, body := range l.Bodies {
		t.bodies = append(t.bodies, read("Bodies", string(body)))
	}
	t.kind = read("Type", l.Type)
	for name, value := range l.Headers {
		t.headers[name] = read("Headers", value)
	}
	return t, errs
}

// atLongest is the load with each text as long as a task may have it.
func (t *templates) atLongest(l Load) Load {
	if !t.given {
		return l
	}
	last := l.first() + max(0, min(l.Count, MaxTasks)) - 1
	l.Type = t.kind.longest(last)
	bodies := make([][]byte, len(t.bodies))
	for i := range t.bodies {
		bodies[i] = []byte(t.bodies[i].longest(last))
	}
	l.Bodies = bodies
	headers := make(map[string]string, len(t.headers))
	for name, value := range t.headers {
		headers[name] = value.longest(last)
	}
	l.Headers = headers
	return l
}

// first is the number of the first task.
func (l *Load) first() int {
	if l.First == 0 {
		return 1
	}
	return l.First
}
