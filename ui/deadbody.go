package ui

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// bodyLines lays the beginning of a body out in lines of at most w cells, all of them plain. What is left out is told.
func bodyLines(body []byte, form bodyForm, w int) (lines []string) {
	if len(body) == 0 {
		return []string{"(empty)"}
	}
	text, whole := formatted(body, form)
	for _, line := range text {
		if form == formHex {
			line, _ = clip(line, w)
			lines = append(lines, line)
			continue
		}
		lines = append(lines, wrap(plain(line), w)...)
	}
	if !whole {
		lines = append(lines, "… the first "+string(appendBytes(nil, maxShown))+" of "+string(appendBytes(nil, int64(len(body)))))
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
