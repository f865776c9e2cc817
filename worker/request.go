package worker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"carousel/broker"
)

// request is a task as a persistent command reads it from its standard input: a JSON object on a line of its own, and no
// further one before it has answered. The body is in "body" when it is UTF-8, and else in "body_base64". What the task has not
// is left out, but for the body. The command's answer is a line on its standard output:
//
//	→ {"id":"0193…","queue":"task_queue","attempt":1,"attempts":5,"worker":3,"headers":{},"body":"resize cat.png"}
//	← {"id":"0193…","result":"done"}
//
// See answer for what else it may say. The command ends when its standard input does. What it writes to standard error is shown
// with the task in hand.
type request struct {
	ID              string         `json:"id"`
	Queue           string         `json:"queue"`
	Type            string         `json:"type,omitempty"`
	Attempt         int            `json:"attempt"`
	Attempts        int            `json:"attempts"`
	Redelivered     bool           `json:"redelivered,omitempty"`
	Worker          int            `json:"worker"`
	Priority        uint8          `json:"priority,omitempty"`
	Created         string         `json:"created,omitempty"` // RFC 3339
	ContentType     string         `json:"content_type,omitempty"`
	ContentEncoding string         `json:"content_encoding,omitempty"`
	CorrelationID   string         `json:"correlation_id,omitempty"`
	ReplyTo         string         `json:"reply_to,omitempty"`
	AppID           string         `json:"app_id,omitempty"` // of the program that made it
	Error           string         `json:"error,omitempty"`  // why the try before this one failed
	Headers         map[string]any `json:"headers"`
	Body            *string        `json:"body,omitempty"`
	BodyBase64      []byte         `json:"body_base64,omitempty"`
}

func requestOf(t Try) request {
	r := request{
		ID: strings.ToValidUTF8(t.ID, "\uFFFD"), Queue: t.Queue, Type: t.Type, Attempt: max(1, t.Attempt), Attempts: max(1, t.Attempts),
		Redelivered: t.Redelivered, Worker: t.Worker, Priority: t.Priority, Created: rfc3339(t.Created), ContentType: t.ContentType,
		ContentEncoding: t.ContentEncoding, CorrelationID: t.CorrelationID, ReplyTo: t.ReplyTo, AppID: t.maker(), Error: t.lastError(),
		Headers: plainHeaders(t.Headers),
	}
	if utf8.Valid(t.Body) {
		text := string(t.Body)
		r.Body = &text
	} else {
		r.BodyBase64 = t.Body
	}
	return r
}

// line is the request as it is written, with its line break.
func (r request) line() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(r)
	return b.Bytes(), err
}

// answer is how a persistent command says that a task has ended: a JSON object on a line of its own, with the id of the task in
// hand and its result. Error says why it is not done, in one line; output is shown with the task. Other members are ignored.
//
//	{"id":"0193…","result":"done","output":"1 page"}
//	{"id":"0193…","result":"retry","error":"the printer is busy"}
//	{"id":"0193…","result":"dead-letter","error":"not a picture"}
type answer struct {
	ID     string `json:"id"`
	Result string `json:"result"` // resultDone, resultRetry or resultDead
	Error  string `json:"error"`
	Output string `json:"output"`
}

// What answer.Result may say.
const (
	resultDone  = "done"
	resultRetry = "retry"
	resultDead  = "dead-letter"
)

// maxAnswer is how many bytes an answer may have.
const maxAnswer = 1 << 20

// parseAnswer reads a line of a command's standard output. Its error quotes the line.
func parseAnswer(line []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return answer{}, fmt.Errorf("the command wrote to standard output what is no answer, but %s; an answer is one JSON object a line, "+
			"and anything else belongs on standard error", excerpt(line))
	}
	switch a.Result {
	case resultDone, resultRetry, resultDead:
		return a, nil
	}
	return answer{}, fmt.Errorf("the command's answer has no result that is known: %s; allowed are %q, %q and %q",
		excerpt(line), resultDone, resultRetry, resultDead)
}

// excerpt quotes the start of a line.
func excerpt(line []byte) string {
	const most = 60
	text := strings.ToValidUTF8(string(line[:min(len(line), most)]), "\uFFFD")
	if len(line) > most {
		text += "…"
	}
	return "“" + broker.Plain(text) + "”"
}

// err is the outcome as a handler returns it.
func (a answer) err() error {
	if a.Result == resultDone {
		return nil
	}
	why := a.Error
	if strings.TrimSpace(why) == "" {
		why = "the command answered " + a.Result + ", and not why"
	}
	if a.Result == resultDead {
		return Permanent(errors.New(why))
	}
	return errors.New(why)
}
