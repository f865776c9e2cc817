package worker

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"carousel/broker"
)

// ExecConfig is the [handler.exec] table.
type ExecConfig struct {
	Command    []string          `toml:"command"`    // the program and its arguments; no shell sees them
	Persistent bool              `toml:"persistent"` // one command for each worker, which is given one task after the other; see request
	Dir        string            `toml:"dir"`        // working folder; "": carousel's own
	Env        map[string]string `toml:"env"`        // variables set for the command
	Pass       []string          `toml:"pass"`       // variables of carousel's own that the command sees, beside those of passed
	Timeout    broker.Duration   `toml:"timeout"`    // for a task; 0: none
	Grace      broker.Duration   `toml:"grace"`      // between asking a command to end and killing it
	Retry      []int             `toml:"retry"`      // exit statuses after which the task is tried again
	Dead       []int             `toml:"dead"`       // exit statuses after which it is not
	Others     string            `toml:"others"`     // what any other exit status but 0 means: othersRetry or othersDead
	Output     int               `toml:"output"`     // bytes kept of what a task's command writes; 0: none
}

// What ExecConfig.Others may say.
const (
	othersRetry = "retry"
	othersDead  = "dead-letter"
)

// The bounds of the [handler.exec] table.
const (
	timeoutCeiling = 24 * time.Hour
	graceCeiling   = 10 * time.Minute
	outputCeiling  = 64 << 10 // what a screen shows of a text at most
	statusCeiling  = 255
)

// ourVariables is what the names of carousel's own environment variables begin with. A command sees none of them: they may
// hold a password; it sees a task's instead.
const ourVariables = "CAROUSEL_"

// defaultExec is what an empty [handler.exec] table means. A task has half of RabbitMQ's consumer timeout.
func defaultExec() ExecConfig {
	return ExecConfig{
		Timeout: broker.Duration(15 * time.Minute), Grace: broker.Duration(5 * time.Second),
		Retry: []int{75}, Others: othersRetry, Output: 64 << 10,
	}
}

// validate reports every mistake at once. A command is missed only where it is chosen.
func (c ExecConfig) validate(chosen bool) error {
	mistake := func(key, form string, args ...any) error {
		return fmt.Errorf("handler.exec."+key+": "+form, args...)
	}
	errs := []error{
		inRange("handler.exec.timeout", c.Timeout.D(), 0, timeoutCeiling),
		inRange("handler.exec.grace", c.Grace.D(), 0, graceCeiling),
		inRange("handler.exec.output", c.Output, 0, outputCeiling),
	}
	switch {
	case len(c.Command) == 0 && chosen:
		errs = append(errs, errors.New("handler.kind: exec needs a command; give it after --, as in --handler exec -- convert - out.png, "+
			"or as handler.exec.command in the config"))
	case len(c.Command) > 0 && c.Command[0] == "":
		errs = append(errs, mistake("command", "its first element names the program, and cannot be empty"))
	case strings.ContainsRune(strings.Join(c.Command, ""), 0):
		errs = append(errs, mistake("command", "no argument can hold a NUL byte"))
	}
	if strings.ContainsRune(c.Dir, 0) {
		errs = append(errs, mistake("dir", "a folder's name cannot hold a NUL byte"))
	}
	for i, name := range c.Pass {
		if why := badVariable(name); why != "" {
			errs = append(errs, mistake(fmt.Sprintf("pass[%d]", i), "%s", why))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		if why := cmp.Or(badVariable(name), badValue(c.Env[name])); why != "" {
			errs = append(errs, mistake("env", "%q: %s", name, why))
		}
	}
	for _, list := range []struct {
		key      string
		statuses []int
	}{{"retry", c.Retry}, {"dead", c.Dead}} {
		for i, status := range list.statuses {
			errs = append(errs, inRange(fmt.Sprintf("handler.exec.%s[%d]", list.key, i), status, 1, statusCeiling))
			if list.key == "dead" && slices.Contains(c.Retry, status) {
				errs = append(errs, mistake(fmt.Sprintf("dead[%d]", i), "%d is in handler.exec.retry too", status))
			}
		}
	}
	if c.Others != othersRetry && c.Others != othersDead {
		errs = append(errs, mistake("others", "%q is not known; allowed are %q and %q", c.Others, othersRetry, othersDead))
	}
	return errors.Join(errs...)
}

// badVariable says what is wrong with a variable's name; "": nothing.
func badVariable(name string) string {
	switch {
	case name == "":
		return "a variable needs a name"
	case strings.ContainsAny(name, "=\x00"):
		return "a variable's name can hold neither \"=\" nor a NUL byte"
	case strings.HasPrefix(strings.ToUpper(name), ourVariables):
		return "variables that begin with " + ourVariables + " tell a command of its task, and nothing else"
	}
	return ""
}

func badValue(value string) string {
	if strings.ContainsRune(value, 0) {
		return "a variable cannot hold a NUL byte"
	}
	return ""
}
