package sandbox

import (
	"fmt"
	"slices"
)

// What may be wrong with an argument, as Erlang prints RabbitMQ's reasons.

func checkInteger(value any) (n int64, wrong string) {
	n, ok := integer(value)
	if !ok {
		return 0, fmt.Sprintf("%q", "expected integer, got "+wireType(value))
	}
	return n, ""
}

func checkCount(value any, _ table) string {
	n, wrong := checkInteger(value)
	if wrong == "" && n < 0 {
		wrong = fmt.Sprintf("{value_negative,%d}", n)
	}
	return wrong
}

func checkTTL(value any, all table) string {
	wrong := checkCount(value, all)
	if n, _ := integer(value); wrong == "" && n > maxTTL {
		wrong = fmt.Sprintf("{value_too_large,%d}", n)
	}
	return wrong
}

func checkExpires(value any, all table) string {
	if n, ok := integer(value); ok && n == 0 {
		return "{value_zero,0}"
	}
	return checkTTL(value, all)
}

func checkPriority(value any, all table) string {
	wrong := checkCount(value, all)
	if n, _ := integer(value); wrong == "" && n > 255 {
		wrong = fmt.Sprintf("{max_value_exceeded,%d}", n)
	}
	return wrong
}

func checkText(value any, _ table) string {
	if _, ok := value.(string); !ok {
		return unacceptable(value)
	}
	return ""
}

func checkBool(value any, _ table) string {
	if _, ok := value.(bool); !ok {
		return unacceptable(value)
	}
	return ""
}

// checkExchangeName checks an argument that names an exchange, which RabbitMQ does before it checks the others.
func checkExchangeName(name, what string, arguments table) *fault {
	value, present := arguments[name]
	if _, text := value.(string); present && !text {
		return refuse(preconditionFailed, "invalid type '%s' for arg '%s' in %s", wireType(value), name, what)
	}
	return nil
}

func unacceptable(value any) string { return "{unacceptable_type," + wireType(value) + "}" }

func checkDeadLetterKey(value any, all table) string {
	if wrong := checkText(value, all); wrong != "" {
		return wrong
	}
	if _, ok := all[deadLetterExchange]; !ok {
		return "routing_key_but_no_dlx_defined"
	}
	return ""
}

func checkQueueType(value any, all table) string {
	wrong := checkText(value, all)
	if text, _ := value.(string); wrong == "" && text != classic && text != quorum && text != "stream" {
		wrong = fmt.Sprintf("%q", "unsupported queue type '"+text+"'")
	}
	return wrong
}

func checkQueueMode(value any, all table) string {
	wrong := checkText(value, all)
	if text, _ := value.(string); wrong == "" && text != "default" && text != "lazy" {
		wrong = fmt.Sprintf("%q", "unsupported queue mode '"+text+"'")
	}
	return wrong
}

func oneOf(reason string, allowed ...string) func(any, table) string {
	return func(value any, all table) string {
		wrong := checkText(value, all)
		if text, _ := value.(string); wrong == "" && !slices.Contains(allowed, text) {
			wrong = reason
		}
		return wrong
	}
}
