package ui

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// bodyForm is how a body is shown.
type bodyForm uint8

const (
	formText bodyForm = iota
	formJSON
	formHex
	formCount
)

func (f bodyForm) String() string { return [...]string{"text", "JSON", "hex"}[f] }

// Bounds of what is shown of a body.
const (
	maxShown = 64 << 10 // bytes
	maxJSON  = 1 << 20  // of a body that is laid out anew
)

// formOf is how a body is shown at first.
func formOf(body []byte) bodyForm {
	switch {
	case isJSON(body):
		return formJSON
	case !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0:
		return formHex
	}
	return formText
}

// isJSON reports whether a body is an object or a list; a lone number or word is text to everybody.
func isJSON(body []byte) bool {
	start := bytes.TrimLeft(body, " \t\r\n")
	return len(body) <= maxJSON && len(start) > 0 && (start[0] == '{' || start[0] == '[') && json.Valid(body)
}

// next is the form after this one. A body that is no JSON has two.
func (f bodyForm) next(body []byte) bodyForm {
	if f = (f + 1) % formCount; f == formJSON && !isJSON(body) {
		f++
	}
	return f
}

// formatted is the beginning of a body as lines, which are not plain yet, and whether that is all of it.
func formatted(body []byte, as bodyForm) (lines []string, whole bool) {
	switch as {
	case formHex:
		return hexLines(body[:min(len(body), maxShown)]), len(body) <= maxShown
	case formJSON:
		var laidOut bytes.Buffer
		if json.Indent(&laidOut, bytes.TrimSpace(body), "", "  ") == nil {
			body = laidOut.Bytes()
		}
	}
	whole = len(body) <= maxShown
	if !whole {
		body = body[:maxShown]
		for n := 0; n < utf8.UTFMax && len(body) > 0 && !utf8.FullRune(body[lastRune(body):]); n++ {
			body = body[:len(body)-1]
		}
	}
	text := strings.ReplaceAll(string(body), "\r\n", "\n")
	text = strings.TrimSuffix(text, "\n")
	text = strings.ReplaceAll(text, "\t", "    ")
	return strings.Split(text, "\n"), whole
}

// bodyLines lays the beginning of a body out in plain lines of at most w cells, and says whether that is all of it. With a width
// of 0, and in hex, lines are as long as they are.
func bodyLines(body []byte, form bodyForm, w int) (lines []string, whole bool) {
	raw, whole := formatted(body, form)
	if form == formHex {
		w = 0
	}
	return laid(raw, w), whole
}

// laid makes lines plain, and breaks them at w cells; 0: it does not. Blanks in them may matter.
func laid(raw []string, w int) (lines []string) {
	for _, line := range raw {
		if line = plain(line); w == 0 {
			lines = append(lines, line)
		} else {
			lines = append(lines, strings.Split(ansi.Hardwrap(line, w, true), "\n")...)
		}
	}
	return lines
}

// lastRune is where the last character of text begins.
func lastRune(b []byte) int {
	i := len(b) - 1
	for i > 0 && !utf8.RuneStart(b[i]) {
		i--
	}
	return i
}

// hexLines shows bytes sixteen a line, as numbers and as ASCII.
func hexLines(b []byte) []string {
	lines := make([]string, 0, len(b)/16+1)
	for at := 0; at < len(b) || at == 0; at += 16 {
		row := b[at:min(len(b), at+16)]
		var digits strings.Builder
		for i := range row {
			if i == 8 {
				digits.WriteByte(' ')
			}
			digits.WriteString(hex.EncodeToString(row[i:i+1]) + " ")
		}
		text := strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return '.'
			}
			return r
		}, latin(row))
		lines = append(lines, fmt.Sprintf("%06x  %-49s %s", at, digits.String(), text))
	}
	return lines
}

// latin makes a rune of each byte.
func latin(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}
