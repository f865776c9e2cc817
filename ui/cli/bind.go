package cli

import (
	"encoding"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
)

// binder copies a decoded TOML document into a config struct. Unlike a decoder it goes on after a mistake, so that a
// person sees all of them at once. It never repeats a value: the value may be a secret.
type binder struct {
	mistake func(key, text string)
}

// table copies the keys of one table. Keys that the file does not mention keep what the struct holds.
func (b binder) table(path string, from map[string]any, into reflect.Value) {
	fields := fieldsOf(into.Type())
	for _, key := range slices.Sorted(maps.Keys(from)) {
		at := join(path, key)
		index, known := fields[key]
		if !known {
			b.mistake(at, fmt.Sprintf("%s: there is no such key%s", at, didYouMean(key, slices.Sorted(maps.Keys(fields)))))
			continue
		}
		b.value(at, from[key], into.Field(index))
	}
}

// fieldsOf maps the TOML names of a struct's fields to their indexes.
func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("toml"); name != "" && name != "-" {
			fields[name] = i
		}
	}
	return fields
}

func (b binder) value(at string, from any, into reflect.Value) {
	if text, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		s, ok := from.(string)
		if !ok {
			b.wants(at, "a text such as \"250ms\" or \"30s\"", from)
		} else if err := text.UnmarshalText([]byte(s)); err != nil {
			b.mistake(at, at+": "+err.Error())
		}
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		if table, ok := from.(map[string]any); ok {
			b.table(at, table, into)
		} else {
			b.wants(at, "a table", from)
		}
	case reflect.Slice:
		b.list(at, from, into)
	case reflect.Map:
		if table, ok := from.(map[string]any); ok {
			b.entries(at, table, into)
		} else {
			b.wants(at, "a table", from)
		}
	default:
		b.scalar(at, from, into)
	}
}

// entries copies a table whose keys are the user's own. Where its values are of one kind, each is looked at.
func (b binder) entries(at string, from map[string]any, into reflect.Value) {
	if into.Type().Elem().Kind() == reflect.Interface {
		into.Set(reflect.ValueOf(from))
		return
	}
	entries := reflect.MakeMap(into.Type())
	for _, key := range slices.Sorted(maps.Keys(from)) {
		value := reflect.New(into.Type().Elem()).Elem()
		b.value(join(at, key), from[key], value)
		entries.SetMapIndex(reflect.ValueOf(key), value)
	}
	into.Set(entries)
}

func (b binder) list(at string, from any, into reflect.Value) {
	elements, ok := from.([]any)
	if !ok {
		b.wants(at, "a list, such as [\"…\"]", from)
		return
	}
	sound := true
	each := binder{mistake: func(key, text string) {
		sound = false
		b.mistake(key, text)
	}}
	list := reflect.MakeSlice(into.Type(), len(elements), len(elements))
	for i, e := range elements {
		each.value(fmt.Sprintf("%s[%d]", at, i), e, list.Index(i))
	}
	if sound {
		into.Set(list)
	}
}

func (b binder) scalar(at string, from any, into reflect.Value) {
	switch into.Kind() {
	case reflect.String:
		if s, ok := from.(string); ok {
			into.SetString(s)
			return
		}
		b.wants(at, "a text in quotes", from)
	case reflect.Bool:
		if v, ok := from.(bool); ok {
			into.SetBool(v)
			return
		}
		b.wants(at, "true or false", from)
	case reflect.Int:
		if n, ok := from.(int64); ok && !into.OverflowInt(n) {
			into.SetInt(n)
			return
		}
		b.wants(at, "a whole number", from)
	case reflect.Uint64:
		if n, ok := from.(int64); ok && n >= 0 {
			into.SetUint(uint64(n))
			return
		}
		b.wants(at, "a whole number from 0 up", from)
	case reflect.Float64:
		switch n := from.(type) {
		case int64:
			into.SetFloat(float64(n))
			return
		case float64:
			if !math.IsNaN(n) && !math.IsInf(n, 0) {
				into.SetFloat(n)
				return
			}
		}
		b.wants(at, "a number", from)
	default:
		panic("cli: no way to read a config key of kind " + into.Kind().String())
	}
}

func (b binder) wants(at, wanted string, got any) {
	b.mistake(at, fmt.Sprintf("%s: wants %s, not %s", at, wanted, kindOf(got)))
}

// kindOf names a decoded TOML value's kind, without the value.
func kindOf(v any) string {
	switch n := v.(type) {
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int64:
		if n < 0 {
			return "a negative number"
		}
		return "a whole number"
	case float64:
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return "nan or inf"
		}
		return "a number with a fraction or exponent"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	default:
		return "a date or time"
	}
}
