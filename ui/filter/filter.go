// Package filter picks tasks by a short line of text, such as: state:failed worker:w03 ran>1s -error:timeout "two words".
//
// A line is terms with spaces between them, and a task has to meet all of them; a minus before a term turns it round. Case
// does not matter. A term is one of
//
//	word, "two words"             the id, type, body or an error has it
//	id: type: body: error:        the field has the text that follows; with = it is the text
//	state:                        running, done, retrying, failed, returned, unsettled or unseen; a beginning will do
//	worker:                       one of the workers that had it: w03, or 3
//	ran> ran< waited> waited<     a time with its unit, such as 1.5s; >= and <= as well
//	try> try< try:                which try it is; = >= <= as well
//	size> size< size:             of the body, such as 10kB; = >= <= as well
//	redelivered                   the broker had handed it out before
//
// A figure that is not known meets no comparison.
package filter

import (
	"strings"
	"time"
)

// Task is what a filter looks at.
type Task struct {
	ID, Type, Body string
	State          string
	Tries          []Try
	Ran, Waited    time.Duration // of the newest try; negative: unknown
	Try            int
	Size           int64
	Redelivered    bool
}

// Try is one try of a task.
type Try struct{ Worker, Error string }

// States are the words that state: knows.
var States = []string{"running", "done", "retrying", "failed", "returned", "unsettled", "unseen"}

// Filter picks tasks. The zero Filter picks all.
type Filter struct{ terms []term }

// term is one condition.
type term struct {
	not bool
	met func(*Task) bool
}

// Empty reports whether the filter picks all tasks.
func (f Filter) Empty() bool { return len(f.terms) == 0 }

// Match reports whether the filter picks a task.
func (f Filter) Match(t *Task) bool {
	for i := range f.terms {
		if f.terms[i].met(t) == f.terms[i].not {
			return false
		}
	}
	return true
}

// has reports whether s contains a text in lower case, whatever the case of s. It allocates nothing where both are ASCII.
func has(s, lower string) bool {
	if !ascii(lower) || !ascii(s) {
		return strings.Contains(strings.ToLower(s), lower)
	}
	for ; len(s) >= len(lower); s = s[1:] {
		if begins(s, lower) {
			return true
		}
	}
	return false
}

func begins(s, lower string) bool {
	for i := range len(lower) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
