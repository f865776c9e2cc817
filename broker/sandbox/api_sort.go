package sandbox

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// sorted brings items into the order that the query asks for: by the value at a path of keys, then by name. Without one they
// stay in the list's own order, which may be turned round as well.
func (r *request) sorted(items []object) []object {
	items = slices.Clone(items)
	if by := r.URL.Query().Get("sort"); by != "" {
		path := strings.Split(by, ".")
		slices.SortStableFunc(items, func(a, b object) int {
			return cmp.Or(compareValues(valueAt(a, path), valueAt(b, path)), compareValues(a["name"], b["name"]))
		})
	}
	if r.flag("sort_reverse") {
		slices.Reverse(items)
	}
	return items
}

// valueAt is the value at a path of keys; where there is none, RabbitMQ takes it for 0.
func valueAt(o object, path []string) any {
	for _, key := range path[:len(path)-1] {
		o, _ = o[key].(object)
	}
	if value, ok := o[path[len(path)-1]]; ok {
		return value
	}
	return 0
}

// compareValues compares as Erlang does: numbers before true, false and null, and these before texts.
func compareValues(a, b any) int {
	rankA, numberA, textA := sortKey(a)
	rankB, numberB, textB := sortKey(b)
	return cmp.Or(cmp.Compare(rankA, rankB), cmp.Compare(numberA, numberB), cmp.Compare(textA, textB))
}

func sortKey(v any) (rank int, number float64, text string) {
	switch v := v.(type) {
	case string:
		return 2, 0, v
	case bool:
		if v {
			return 1, 0, "true"
		}
		return 1, 0, "false"
	}
	switch v := reflect.ValueOf(v); {
	case v.CanInt():
		return 0, float64(v.Int()), ""
	case v.CanUint():
		return 0, float64(v.Uint()), ""
	case v.CanFloat():
		return 0, v.Float(), ""
	}
	return 1, 0, "null"
}
