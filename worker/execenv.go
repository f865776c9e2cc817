package worker

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// passed are the variables that a command sees as carousel does: where programs, folders and the user's language are. Whatever
// else is in the environment may be a secret, and is nobody's business unless ExecConfig.Pass names it.
var passed = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME",
	"LC_COLLATE", "TZ", "TMPDIR",
	"SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "USERNAME", "APPDATA", "LOCALAPPDATA", "ProgramData",
}

// environment is what a command sees of the environment whatever its task is.
func (c ExecConfig) environment() []string {
	var env []string
	for _, name := range slices.Concat(passed, c.Pass) {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	for name, value := range c.Env { // their order means nothing: the last of a name counts, and these are all different
		env = append(env, name+"="+value)
	}
	return append(env, ourVariables+markVariable+"="+Mark())
}

// markVariable is the variable that holds Mark.
const markVariable = "MARK"

// maxHeaderText bounds the CAROUSEL_HEADERS variable, in bytes: Linux takes none that is longer than 128 KiB.
const maxHeaderText = 64 << 10

// variables tell a command of its task:
//
//	CAROUSEL_ID                the task's id; empty when it has none, as every variable is whose property is missing
//	CAROUSEL_TYPE              its type
//	CAROUSEL_CONTENT_TYPE      of the body on standard input
//	CAROUSEL_CONTENT_ENCODING
//	CAROUSEL_QUEUE             that it was taken from
//	CAROUSEL_ATTEMPT           which try this is, from 1
//	CAROUSEL_ATTEMPTS          tries in all before it is given up
//	CAROUSEL_REDELIVERED       1 when the broker has handed it out before, else 0
//	CAROUSEL_WORKER            the number of the worker, from 1; no two of them have one at a time
//	CAROUSEL_PRIORITY          0 to 255
//	CAROUSEL_CREATED           when it was made, as RFC 3339
//	CAROUSEL_CORRELATION_ID
//	CAROUSEL_REPLY_TO
//	CAROUSEL_APP_ID            of the program that made it
//	CAROUSEL_ERROR             why the try before this one failed
//	CAROUSEL_HEADERS           its other headers as a JSON object; missing when that is longer than 64 KiB
//
// No value holds a NUL byte, which a variable cannot, or anything but UTF-8: both are replaced by U+FFFD.
func (t Try) variables() []string {
	vars := make([]string, 0, 16)
	add := func(name, value string) { vars = append(vars, ourVariables+name+"="+clean(value)) }
	add("ID", t.ID)
	add("TYPE", t.Type)
	add("CONTENT_TYPE", t.ContentType)
	add("CONTENT_ENCODING", t.ContentEncoding)
	add("QUEUE", t.Queue)
	add("ATTEMPT", strconv.Itoa(max(1, t.Attempt)))
	add("ATTEMPTS", strconv.Itoa(max(1, t.Attempts)))
	add("REDELIVERED", map[bool]string{true: "1", false: "0"}[t.Redelivered])
	add("WORKER", strconv.Itoa(t.Worker))
	add("PRIORITY", strconv.Itoa(int(t.Priority)))
	add("CREATED", rfc3339(t.Created))
	add("CORRELATION_ID", t.CorrelationID)
	add("REPLY_TO", t.ReplyTo)
	add("APP_ID", t.maker())
	add("ERROR", t.lastError())
	if headers, err := json.Marshal(plainHeaders(t.Headers)); err == nil && len(headers) <= maxHeaderText {
		add("HEADERS", string(headers))
	}
	return vars
}

// clean makes a value fit for a variable.
func clean(value string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(value, "\uFFFD"), "\x00", "\uFFFD")
}

func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// maker is the program that made the task; "": it did not say.
func (t Try) maker() string {
	if t.Made {
		return "carousel"
	}
	return t.AppID
}

// lastError is why the try before this one failed.
func (t Try) lastError() string {
	if t.Failed == nil {
		return ""
	}
	return t.Failed.Err
}

// plainHeaders are headers as JSON knows values. It is never nil, so that none are an empty object.
func plainHeaders(headers map[string]any) map[string]any {
	plain := make(map[string]any, len(headers))
	for name, value := range headers {
		plain[name] = plainValue(value)
	}
	return plain
}

// plainValue is a header's value as JSON knows it: bytes as text, or in base64 where they are none, and what JSON has no word
// for as text.
func plainValue(v any) any {
	switch v := v.(type) {
	case nil, bool, string:
		return v
	case []byte:
		if utf8.Valid(v) {
			return string(v)
		}
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		return rfc3339(v)
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Map:
		table := make(map[string]any, r.Len())
		for it := r.MapRange(); it.Next(); {
			table[fmt.Sprint(it.Key().Interface())] = plainValue(it.Value().Interface())
		}
		return table
	case reflect.Slice:
		list := make([]any, r.Len())
		for i := range list {
			list[i] = plainValue(r.Index(i).Interface())
		}
		return list
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return r.Uint()
	case reflect.Float32, reflect.Float64:
		if text := strconv.FormatFloat(r.Float(), 'g', -1, 64); !json.Valid([]byte(text)) {
			return text // NaN, Inf
		}
		return r.Float()
	}
	return fmt.Sprint(v)
}
