package sandbox

import (
	"fmt"
	"maps"
	"slices"
)

// The queue types that the sandbox has.
const (
	classic = "classic"
	quorum  = "quorum"
)

const deadLetterExchange = "x-dead-letter-exchange"

// argument is one of the x-arguments that RabbitMQ knows.
type argument struct {
	name    string
	classic bool
	quorum  bool
	check   func(value any, all table) string // what is wrong with it, in Erlang's notation; "" for nothing
}

// queueArguments are checked, and compared when a queue is declared again, in RabbitMQ's order.
var queueArguments = []argument{
	{"x-queue-type", true, true, checkQueueType},
	{"x-expires", true, true, checkExpires},
	{"x-message-ttl", true, true, checkTTL},
	{deadLetterExchange, true, true, checkText},
	{"x-dead-letter-routing-key", true, true, checkDeadLetterKey},
	{"x-dead-letter-strategy", false, true, oneOf("invalid_dlx_strategy", "at-most-once", "at-least-once")},
	{"x-max-length", true, true, checkCount},
	{"x-max-length-bytes", true, true, checkCount},
	{"x-max-in-memory-length", false, true, checkCount},
	{"x-max-in-memory-bytes", false, true, checkCount},
	{"x-max-priority", true, false, checkPriority},
	{"x-overflow", true, true, oneOf("invalid_overflow", "drop-head", "reject-publish", "reject-publish-dlx")},
	{"x-queue-mode", true, false, checkQueueMode},
	{"x-queue-version", true, false, checkCount},
	{"x-single-active-consumer", true, true, checkBool},
	{"x-quorum-initial-group-size", false, true, checkCount},
	{"x-queue-leader-locator", false, true, checkText},
	{"x-delivery-limit", false, true, checkCount},
}

func (a *argument) fits(queueType string) bool {
	return queueType == quorum && a.quorum || queueType == classic && a.classic
}

// checkArguments checks the arguments of a new queue.
func checkArguments(name string, arguments table) *fault {
	if refused := checkExchangeName(deadLetterExchange, queueNamed(name), arguments); refused != nil {
		return refused
	}
	queueType := typeOf(arguments)
	for _, a := range queueArguments {
		value, present := arguments[a.name]
		if !present || !a.fits(queueType) && a.name != "x-queue-type" {
			continue
		}
		if wrong := a.check(value, arguments); wrong != "" {
			return refuse(preconditionFailed, "invalid arg '%s' for %s: %s", a.name, queueNamed(name), wrong)
		}
	}
	if queueType == "stream" {
		return refuse(notImplemented, "the sandbox has no streams")
	}
	for _, argument := range slices.Sorted(maps.Keys(arguments)) {
		for _, a := range queueArguments {
			if a.name == argument && !a.fits(queueType) {
				return refuse(preconditionFailed, "invalid arg '%s' for %s of queue type rabbit_%s_queue",
					argument, queueNamed(name), queueType)
			}
		}
	}
	return nil
}

// typeOf is the queue type that the arguments ask for.
func typeOf(arguments table) string {
	if text, ok := arguments["x-queue-type"].(string); ok {
		return text
	}
	return classic
}

// checkSameArguments compares a declaration with the queue's own, argument by argument.
func (q *queue) checkSameArguments(arguments table) *fault {
	for _, a := range queueArguments {
		if !a.fits(q.kind) {
			continue
		}
		if a.name == "x-queue-type" && typeOf(q.arguments) == typeOf(arguments) {
			continue
		}
		if refused := checkSame(a.name, queueNamed(q.name), q.arguments, arguments); refused != nil {
			return refused
		}
	}
	return nil
}

// checkSame compares one argument. Integers of different sizes may be the same.
func checkSame(name, what string, current, received table) *fault {
	was, had := current[name]
	is, has := received[name]
	switch {
	case had != has:
		return inequivalent(name, what, typedTerm(is, has), typedTerm(was, had))
	case !has || sameValue(was, is):
		return nil
	}
	return inequivalent(name, what, quotedTerm(is), quotedTerm(was))
}

func inequivalent(name, what, received, current string) *fault {
	return refuse(preconditionFailed, "inequivalent arg '%s' for %s: received %s but current is %s",
		name, what, received, current)
}

// checkSameField compares one of a declaration's own fields.
func checkSameField[T comparable](name, what string, current, received T) *fault {
	if current == received {
		return nil
	}
	return inequivalent(name, what, quotedTerm(received), quotedTerm(current))
}

func typedTerm(value any, present bool) string {
	if !present {
		return "none"
	}
	return "the value " + quotedTerm(value) + " of type '" + wireType(value) + "'"
}

func quotedTerm(value any) string {
	if text, ok := value.(string); ok {
		return "'" + text + "'"
	}
	return "'" + term(value) + "'"
}

// term is a value in Erlang's notation.
func term(value any) string {
	switch v := value.(type) {
	case nil:
		return "undefined"
	case string:
		return binaryText(v)
	case []byte:
		return binaryTerm(v)
	}
	return fmt.Sprint(value)
}

// wireType is RabbitMQ's name for the type that a value has on the wire.
func wireType(value any) string {
	switch value.(type) {
	case bool:
		return "bool"
	case int8:
		return "byte"
	case uint8:
		return "unsignedbyte"
	case int16:
		return "short"
	case uint16:
		return "unsignedshort"
	case int32:
		return "signedint"
	case uint32:
		return "unsignedint"
	case int64:
		return "long"
	case float32:
		return "float"
	case float64:
		return "double"
	case decimal:
		return "decimal"
	case string:
		return "longstr"
	case []byte:
		return "binary"
	case timestamp:
		return "timestamp"
	case array:
		return "array"
	case table:
		return "table"
	}
	return "void"
}

// integer is the value of any integer that a table can have.
func integer(value any) (int64, bool) {
	switch v := value.(type) {
	case int8:
		return int64(v), true
	case uint8:
		return int64(v), true
	case int16:
		return int64(v), true
	case uint16:
		return int64(v), true
	case int32:
		return int64(v), true
	case uint32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}
