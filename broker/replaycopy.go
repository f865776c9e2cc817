package broker

import (
	"cmp"
	"errors"
	"fmt"
	"maps"

	amqp "github.com/rabbitmq/amqp091-go"
)

// copyOf is the copy that is sent for a letter, and the queue it goes to. Its errors say why the letter stays.
func (x *replayer) copyOf(l *Letter) (target string, m amqp.Publishing, err error) {
	target = cmp.Or(x.r.To, l.Origin)
	switch {
	case target == "":
		return "", m, errors.New("it does not say in which queue it died; name a queue for it")
	case target == x.r.Queue:
		return "", m, errors.New("it died in this queue itself; name another queue for it")
	}
	if err := carried(target); err != nil { // whatever its headers hold
		return "", m, fmt.Errorf("no queue is like the one it names: %w", err)
	}
	t := afresh(l.Task)
	if x.r.Edit != nil {
		t = x.r.Edit(t)
		if t.Headers, err = argumentTable(t.Headers); err != nil {
			return "", m, &TaskError{"Headers", err.Error()}
		}
		if err := checkFields(t); err != nil {
			return "", m, err
		}
	}
	headers := make(map[string]any, len(t.Headers)+2)
	maps.Copy(headers, t.Headers)
	headers[HeaderReplayed], headers[HeaderReplay] = int64(l.Replayed)+1, x.mark
	t.Headers = headers
	m, err = copyOf(t)
	return target, m, err
}

// afresh is a task as it was before its first try. Its own time to live stays in a header (HeaderTTL): what a person replays is
// to be done, and would otherwise expire once more while it waits, without a word.
func afresh(t Task) Task {
	t.Attempt, t.Failed = 1, nil
	t.Headers = maps.Clone(t.Headers)
	maps.DeleteFunc(t.Headers, func(name string, _ any) bool { return byCarousel(name) }) // those that were not understood, too
	return t
}
