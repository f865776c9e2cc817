package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// object is a JSON object in RabbitMQ's field names.
type object map[string]any

// list answers with all objects of a kind, or with a page of them where one is asked for.
func list(all func(*request) []object) handler {
	return func(_ *api, r *request) (any, error) {
		items := r.sorted(all(r))
		q := r.URL.Query()
		if !q.Has("page") {
			return r.columns(items), nil
		}
		return r.page(items)
	}
}

// one answers with the object that the path names.
func one(all func(*request) []object) handler {
	return func(_ *api, r *request) (any, error) {
		for _, o := range all(r) {
			if o["name"] == r.names[0] {
				return r.columns([]object{o})[0], nil
			}
		}
		return nil, noObject
	}
}

// A page's size, as RabbitMQ has it.
const (
	pageSize    = 100
	maxPageSize = 500
)

// page is the part of items that the query asks for, filtered by name.
func (r *request) page(items []object) (any, error) {
	q := r.URL.Query()
	number, err := strconv.Atoi(q.Get("page"))
	size, sizeErr := pageSize, error(nil)
	if q.Has("page_size") {
		size, sizeErr = strconv.Atoi(q.Get("page_size"))
	}
	if err != nil || sizeErr != nil || number < 1 || size < 1 || size > maxPageSize {
		return nil, failure{http.StatusBadRequest, "invalid_pagination_parameters",
			fmt.Sprintf("Invalid pagination parameters: page number %s, page size %s", q.Get("page"), orUndefined(q.Get("page_size")))}
	}
	matches, err := nameFilter(q.Get("name"), q.Get("use_regex") == "true")
	if err != nil {
		return nil, badRequest("Pagination parameters are invalid")
	}
	filtered := []object{}
	for _, o := range items {
		if name, _ := o["name"].(string); matches(name) {
			filtered = append(filtered, o)
		}
	}
	pages := (len(filtered) + size - 1) / size
	if number > max(1, pages) {
		return nil, failure{http.StatusBadRequest, "page_out_of_range",
			fmt.Sprintf("Page out of range, page: %d page size: %d, len: %d", number, size, len(filtered))}
	}
	from := min(len(filtered), (number-1)*size)
	shown := filtered[from:min(len(filtered), from+size)]
	return object{
		"total_count": len(items), "filtered_count": len(filtered), "item_count": len(shown),
		"page": number, "page_size": size, "page_count": pages, "items": r.columns(shown),
	}, nil
}

func orUndefined(text string) string {
	if text == "" {
		return "undefined"
	}
	return text
}

// nameFilter finds the text anywhere in a name; as a pattern it stands as it is. Either way capitals and small letters are the
// same, those beyond ASCII apart.
func nameFilter(text string, pattern bool) (func(string) bool, error) {
	if !pattern {
		text = lower(text)
		return func(name string) bool { return strings.Contains(lower(name), text) }, nil
	}
	re, err := regexp.Compile("(?i:" + text + ")")
	if err != nil {
		return nil, err
	}
	return re.MatchString, nil
}

func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, text)
}

// columns leaves of each object what the query's columns name: "name,message_stats.ack". Without them, everything.
func (r *request) columns(items []object) []object {
	wanted := r.URL.Query().Get("columns")
	if wanted == "" {
		return items
	}
	cut := make([]object, len(items))
	for i, o := range items {
		cut[i] = object{}
		for column := range strings.SplitSeq(wanted, ",") {
			copyAt(cut[i], o, strings.Split(column, "."))
		}
	}
	return cut
}

// copyAt copies the value at a path of keys, if there is one.
func copyAt(to, from object, path []string) {
	value, ok := from[path[0]]
	inner, nested := value.(object)
	switch {
	case !ok:
	case len(path) == 1:
		to[path[0]] = value
	case nested:
		target, _ := to[path[0]].(object)
		if target == nil {
			target = object{}
			to[path[0]] = target
		}
		copyAt(target, inner, path[1:])
	}
}

// flag reports whether the query switches something on.
func (r *request) flag(name string) bool { return r.URL.Query().Get(name) == "true" }
