package ui

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// argument is what a queue's argument may be.
type argument struct {
	low, high int64    // of a whole number; both 0: it is none
	words     []string // one of them
	truth     bool     // true or false
	only      string   // the type of queue that knows it; "": both
}

// arguments are the ones that RabbitMQ knows, by their names. Others are sent as they are read.
var arguments = map[string]argument{
	"x-message-ttl":               {high: math.MaxUint32},
	"x-expires":                   {low: 1, high: math.MaxUint32},
	"x-max-length":                {high: math.MaxInt64},
	"x-max-length-bytes":          {high: math.MaxInt64},
	"x-max-priority":              {low: 1, high: 255, only: "classic"},
	"x-overflow":                  {words: []string{"drop-head", "reject-publish", "reject-publish-dlx"}},
	"x-queue-mode":                {words: []string{"default", "lazy"}, only: "classic"},
	"x-queue-version":             {low: 1, high: 2, only: "classic"},
	"x-single-active-consumer":    {truth: true},
	"x-delivery-limit":            {low: -1, high: math.MaxInt32, only: "quorum"},
	"x-quorum-initial-group-size": {low: 1, high: 99, only: "quorum"},
	"x-dead-letter-strategy":      {words: []string{"at-most-once", "at-least-once"}, only: "quorum"},
	"x-queue-leader-locator":      {words: []string{"client-local", "balanced"}},
	"x-consumer-timeout":          {low: 1, high: math.MaxUint32},
	"x-dead-letter-exchange":      {},
	"x-dead-letter-routing-key":   {},
}

// queueArguments reads key=value lines. A whole number, true and false are read as such, anything else and what stands in double
// quotes as text. wrong says which line is wrong and why.
func queueArguments(text string, quorum bool) (all map[string]any, wrong string) {
	all = map[string]any{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" {
			return nil, fmt.Sprintf("line %d: write key=value", n)
		}
		if _, twice := all[key]; twice {
			return nil, fmt.Sprintf("line %d: %s stands there twice", n, key)
		}
		if why := unfit(key, value, quorum); why != "" {
			return nil, fmt.Sprintf("line %d: %s", n, why)
		}
		all[key] = argumentValue(key, value)
	}
	return all, ""
}

// unfit says why a value will not do for an argument, "" when it does.
func unfit(key, value string, quorum bool) string {
	if key == "x-queue-type" {
		return "choose the type above"
	}
	a, known := arguments[key]
	if !known {
		return ""
	}
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case a.only == "quorum" && !quorum, a.only == "classic" && quorum:
		return key + " is for " + a.only + " queues"
	case a.high > 0 && (err != nil || n < a.low || n > a.high):
		if a.high == math.MaxInt64 {
			return key + " takes a whole number from " + count(a.low)
		}
		return key + " takes a whole number from " + count(a.low) + " to " + count(a.high)
	case a.truth && value != "true" && value != "false":
		return key + " takes true or false"
	case a.words != nil && !slices.Contains(a.words, value):
		return key + " takes " + strings.Join(a.words, ", ")
	}
	return ""
}

func argumentValue(key, value string) any {
	if _, named := arguments[key]; named && arguments[key].high == 0 && !arguments[key].truth {
		return unquoted(value)
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		return n
	}
	if value == "true" || value == "false" {
		return value == "true"
	}
	return unquoted(value)
}

// unquoted takes the double quotes off a text that has them at both ends.
func unquoted(value string) string {
	if s, ok := strings.CutPrefix(value, `"`); ok {
		if s, ok = strings.CutSuffix(s, `"`); ok {
			return s
		}
	}
	return value
}
