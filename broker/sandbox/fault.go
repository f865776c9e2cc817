package sandbox

import "fmt"

// The reply codes of AMQP 0-9-1 that the sandbox gives, under the specification's names.
const (
	replySuccess       = 200
	noRoute            = 312
	connectionForced   = 320
	accessRefused      = 403
	notFound           = 404
	resourceLocked     = 405
	preconditionFailed = 406
	frameError         = 501
	syntaxError        = 502
	commandInvalid     = 503
	channelError       = 504
	unexpectedFrame    = 505
	resourceError      = 506
	notAllowed         = 530
	notImplemented     = 540
)

var replyNames = map[uint16]string{
	noRoute:            "NO_ROUTE",
	connectionForced:   "CONNECTION_FORCED",
	accessRefused:      "ACCESS_REFUSED",
	notFound:           "NOT_FOUND",
	resourceLocked:     "RESOURCE_LOCKED",
	preconditionFailed: "PRECONDITION_FAILED",
	frameError:         "FRAME_ERROR",
	syntaxError:        "SYNTAX_ERROR",
	commandInvalid:     "COMMAND_INVALID",
	channelError:       "CHANNEL_ERROR",
	unexpectedFrame:    "UNEXPECTED_FRAME",
	resourceError:      "RESOURCE_ERROR",
	notAllowed:         "NOT_ALLOWED",
	notImplemented:     "NOT_IMPLEMENTED",
}

// fault is a refusal on its way to the client: the code decides whether it ends the channel or the whole connection.
type fault struct {
	code   uint16
	text   string // in RabbitMQ's words
	method method // that was refused; 0 when it was a frame
}

func refuse(code uint16, format string, args ...any) *fault {
	return &fault{code: code, text: fmt.Sprintf(format, args...)}
}

// hard reports whether the fault ends the connection, by the specification's classes of codes.
func (f *fault) hard() bool {
	switch f.code {
	case accessRefused, notFound, resourceLocked, preconditionFailed:
		return false
	}
	return true
}

// reply is what the client reads, cut like RabbitMQ does to the length of a short string.
func (f *fault) reply() string {
	text := replyNames[f.code] + " - " + f.text
	if len(text) > maxShortstr {
		const dots = "..."
		text = text[:maxShortstr-len(dots)] + dots
	}
	return text
}

// vhost is the only one there is.
const vhost = "/"

func queueNamed(name string) string    { return "queue '" + name + "' in vhost '" + vhost + "'" }
func exchangeNamed(name string) string { return "exchange '" + name + "' in vhost '" + vhost + "'" }

func missing(what string) *fault { return refuse(notFound, "no %s", what) }
