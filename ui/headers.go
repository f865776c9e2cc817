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
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		lines = append(lines, name+" = "+headerText(headers[name]))
	}
	return lines
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
