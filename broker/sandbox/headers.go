package sandbox

import (
	"fmt"
	"reflect"
	"strings"
)

// matchArgument is the argument of a headers binding that says how its other arguments are taken.
const matchArgument = "x-match"

func checkMatch(arguments table) *fault {
	value, present := arguments[matchArgument]
	mode, text := value.(string)
	switch {
	case !present:
		return nil
	case !text:
		return refuse(preconditionFailed, "Invalid x-match field type %s (value %s); expected longstr",
			wireType(value), term(value))
	}
	switch mode {
	case "all", "any", "all-with-x", "any-with-x":
		return nil
	}
	return refuse(preconditionFailed,
		"Invalid x-match field value %s; expected all, any, all-with-x, or any-with-x", binaryText(mode))
}

// binaryText is how Erlang prints a binary that is text.
func binaryText(s string) string { return fmt.Sprintf("<<%q>>", s) }

// headersMatch holds a message's headers against a binding: all of its arguments must be there, or any; those that
// begin with "x-" count only where x-match says so. An argument without a value is content with any.
func headersMatch(arguments, header table) bool {
	mode, _ := arguments[matchArgument].(string)
	any := strings.HasPrefix(mode, "any")
	for name, want := range arguments {
		if name == matchArgument || strings.HasPrefix(name, "x-") && !strings.HasSuffix(mode, "-with-x") {
			continue
		}
		got, present := header[name]
		matches := present && (want == nil || sameValue(want, got))
		if matches == any { // one match is enough for any, one failure for all
			return any
		}
	}
	return !any
}

// sameValue compares values across the sizes of integers, as Erlang does.
func sameValue(a, b any) bool {
	if x, ok := integer(a); ok {
		y, ok := integer(b)
		return ok && x == y
	}
	return reflect.DeepEqual(a, b)
}
