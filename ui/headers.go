package ui

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// headerLines are headers as name = value, in the order of their names.
func headerLines(headers map[string]any) (lines []string) {
	names := slices.AppendSeq(make([]string, 0, len(headers)), maps.Keys(headers))
	slices.Sort(names)
	lines = make([]string, 0, len(names))
	for _, name := range names {
		lines = append(lines, shortened(name+" = "+headerText(headers[name])))
	}
	return lines
}

// longestShown is how much of a text of a message is shown, in bytes: the views that do are drawn at frame rate.
const longestShown = 2000

// shortened is the beginning of a long text, and how long it is.
func shortened(text string) string {
	if len(text) <= longestShown {
		return text
	}
	end := longestShown
	for end > longestShown-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "… (" + string(appendBytes(nil, int64(len(text)))) + " in all)"
}

// headerText writes the value of a header in one line: tables as name=value in the order of their names, lists in brackets.
func headerText(v any) string {
	switch v := v.(type) {
	case nil:
		return "(nothing)"
	case string:
		return v
	case []byte:
		if utf8.Valid(v) {
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
			parts = append(parts, fmt.Sprint(it.Key().Interface())+"="+headerText(it.Value().Interface()))
		}
		slices.Sort(parts)
		return strings.Join(parts, ", ")
	case reflect.Slice:
		var parts []string
		for i := range r.Len() {
			parts = append(parts, headerText(r.Index(i).Interface()))
		}
		return "[" + strings.Join(parts, "] [") + "]"
	}
	return fmt.Sprint(v)
}
