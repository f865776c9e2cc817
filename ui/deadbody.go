package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// bodyForm is how a body is shown.
type bodyForm uint8

const (
	bodyText bodyForm = iota
	bodyJSON
	bodyHex
	bodyForms
)

func (f bodyForm) String() string { return [...]string{"text", "json", "hex"}[f] }

// formOf is the form that shows the most of a body.
func formOf(body []byte) bodyForm {
	head := bytes.TrimSpace(body)
	switch {
	case len(head) > 0 && (head[0] == '{' || head[0] == '[') && len(body) <= bodyShown && json.Valid(body):
		return bodyJSON
	case !readable(body[:min(len(body), 4<<10)]):
		return bodyHex
	}
	return bodyText
}

// readable reports whether the beginning of a body is text.
func readable(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 && len(head) >= utf8.UTFMax { // less may be a character that was cut
			return false
		}
		if unicode.IsControl(r) && !strings.ContainsRune("\t\r\n\x1b", r) {
			return false
		}
		head = head[n:]
	}
	return true
}

// bodyShown is how much of a body is laid out in lines.
const bodyShown = 64 << 10

// bodyLines lays a body out in lines of at most w cells, all of them plain. What is left out is counted.
func bodyLines(body []byte, form bodyForm, w int) []string {
	if len(body) == 0 {
		return []string{"(empty)"}
	}
	shown := body[:min(len(body), bodyShown)]
	var lines []string
	switch form {
	case bodyHex:
		lines = hexLines(shown, w)
	case bodyJSON:
		var out bytes.Buffer
		if json.Indent(&out, shown, "", "  ") == nil {
			shown = out.Bytes()
		} else {
			lines = []string{"(this is not JSON, or too long to be read as such)"}
		}
		lines = append(lines, textLines(shown, w)...)
	default:
		lines = textLines(shown, w)
	}
	if rest := len(body) - bodyShown; rest > 0 {
		lines = append(lines, "… "+string(appendBytes(nil, int64(rest)))+" more")
	}
	return lines
}

func textLines(text []byte, w int) (lines []string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n") {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\t", "    ")
		lines = append(lines, wrap(plain(line), w)...)
	}
	return lines
}

// hexLines writes bytes as numbers and as characters, 16 in a line, or 8 where there is no room for so many.
func hexLines(body []byte, w int) (lines []string) {
	n := 16
	if w < 8+3*16+2+16 {
		n = 8
	}
	for at := 0; at < len(body); at += n {
		row := body[at:min(at+n, len(body))]
		var b strings.Builder
		fmt.Fprintf(&b, "%06x  ", at)
		for i := range n {
			if i < len(row) {
				fmt.Fprintf(&b, "%02x ", row[i])
			} else {
				b.WriteString("   ")
			}
		}
		b.WriteByte(' ')
		for _, c := range row {
			if c < ' ' || c > '~' {
				c = '.'
			}
			b.WriteByte(c)
		}
		lines = append(lines, b.String())
	}
	return lines
}

// headerWords writes the value of a header in one line: tables as name=value in the order of their names, lists in brackets.
func headerWords(v any) string {
	switch v := v.(type) {
	case nil:
		return "(nothing)"
	case string:
		return v
	case []byte:
		if readable(v) {
			return string(v)
		}
		return fmt.Sprintf("%d bytes: %x", len(v), v[:min(len(v), 32)])
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Map:
		var parts []string
		for it := r.MapRange(); it.Next(); {
			parts = append(parts, fmt.Sprint(it.Key().Interface())+"="+headerWords(it.Value().Interface()))
		}
		slices.Sort(parts)
		return strings.Join(parts, ", ")
	case reflect.Slice:
		var parts []string
		for i := range r.Len() {
			parts = append(parts, headerWords(r.Index(i).Interface()))
		}
		return "[" + strings.Join(parts, "] [") + "]"
	}
	return fmt.Sprint(v)
}
