package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// api serves the part of RabbitMQ's management API that tools of work queues need, in RabbitMQ's own field names, errors
// and status codes. It answers from one snapshot a request; figures are true at that moment, and rates are
// taken over the time since a look of five seconds ago or more.
type api struct {
	broker   *Broker
	listener net.Listener
	server   http.Server
}

// request is one call, with what every handler needs of it.
type request struct {
	*http.Request
	state snapshot
	names []string // the path's variable parts, unescaped; the vhost is checked and left out
}

// handler answers with a value for JSON, or nil for no content.
type handler func(a *api, r *request) (any, error)

// methods are a path's, by name.
type methods map[string]handler

// routes are the paths after /api/. "*" is a name; "{vhost}" is one that must be the vhost's.
var routes = map[string]methods{
	"overview":                          {"GET": overview},
	"whoami":                            {"GET": whoami},
	"nodes":                             {"GET": list(nodeObjects)},
	"nodes/*":                           {"GET": one(nodeObjects)},
	"vhosts":                            {"GET": list(vhostObjects)},
	"vhosts/{vhost}":                    {"GET": func(_ *api, r *request) (any, error) { return vhostObjects(r)[0], nil }},
	"vhosts/{vhost}/channels":           {"GET": list(channelObjects)},
	"vhosts/{vhost}/connections":        {"GET": list(connectionObjects)},
	"queues":                            {"GET": list(queueObjects)},
	"queues/{vhost}":                    {"GET": list(queueObjects)},
	"queues/{vhost}/*":                  {"GET": one(detailedQueueObjects), "DELETE": deleteQueue},
	"queues/{vhost}/*/contents":         {"DELETE": purgeQueue},
	"queues/{vhost}/*/bindings":         {"GET": queueBindings},
	"exchanges":                         {"GET": list(exchangeObjects)},
	"exchanges/{vhost}":                 {"GET": list(exchangeObjects)},
	"exchanges/{vhost}/*":               {"GET": one(exchangeObjects)},
	"bindings":                          {"GET": list(bindingObjects)},
	"bindings/{vhost}":                  {"GET": list(bindingObjects)},
	"consumers":                         {"GET": list(consumerObjects)},
	"consumers/{vhost}":                 {"GET": list(consumerObjects)},
	"channels":                          {"GET": list(channelObjects)},
	"channels/*":                        {"GET": one(channelObjects)},
	"connections":                       {"GET": list(connectionObjects)},
	"connections/*":                     {"GET": one(connectionObjects), "DELETE": closeConnection},
	"health/checks/alarms":              {"GET": alarms},
	"health/checks/local-alarms":        {"GET": alarms},
	"health/checks/virtual-hosts":       {"GET": healthy},
	"health/checks/port-listener/*":     {"GET": portListener},
	"health/checks/protocol-listener/*": {"GET": protocolListener},
}

// failure is an answer that is an error.
type failure struct {
	status int
	Text   string `json:"error"`
	Reason string `json:"reason"`
}

func (f failure) Error() string { return f.Reason }

var noObject = failure{http.StatusNotFound, "Object Not Found", "Not Found"}

func badRequest(format string, args ...any) failure {
	return failure{http.StatusBadRequest, "bad_request", fmt.Sprintf(format, args...)}
}

// How long a client may take over a request's head, an answer, and until its next request.
const (
	headPatience   = 5 * time.Second
	answerPatience = 30 * time.Second
	idlePatience   = time.Minute
	apiPatience    = time.Second // at the broker's close
	headLimit      = 64 << 10
)

// startAPI serves the API of b on address until its close.
func startAPI(b *Broker, address string) (*api, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the sandbox's management API cannot listen on %s: %w", address, err)
	}
	a := &api{broker: b, listener: listener}
	a.server = http.Server{
		Handler: a, ReadHeaderTimeout: headPatience, ReadTimeout: answerPatience, WriteTimeout: answerPatience,
		IdleTimeout: idlePatience, MaxHeaderBytes: headLimit,
	}
	b.running.Go(func() { _ = a.server.Serve(listener) }) // its error is that it was closed
	return a, nil
}

// close waits for the requests that are being answered, which are short; whoever is slower than apiPatience, to ask or
// to read, is cut. The caller does not hold the broker's lock.
func (a *api) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), apiPatience)
	defer cancel()
	if a.server.Shutdown(ctx) == nil {
		return nil
	}
	return a.server.Close()
}

// ServeHTTP answers one request.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, given := r.BasicAuth()
	switch {
	case !given:
		w.Header().Set("WWW-Authenticate", `Basic realm="RabbitMQ Management"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	case !a.broker.knows(user, password):
		answer(w, http.StatusUnauthorized, failure{Text: "not_authorized", Reason: "Login failed"})
		return
	}
	allowed, names, ok := find(r.URL.EscapedPath())
	if !ok {
		answer(w, http.StatusNotFound, noObject)
		return
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves the body out
	}
	handle, ok := allowed[method]
	if !ok {
		w.Header().Set("Allow", allowed.names())
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	value, err := handle(a, &request{Request: r, state: a.broker.snapshot(), names: names})
	var failed failure
	switch {
	case errors.As(err, &failed):
		answer(w, failed.status, failed)
	case value == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		answer(w, statusOf(value), value)
	}
}

// find is the route of an escaped path, and the names in it. Matching segment by segment keeps an escaped slash in the
// name that it belongs to.
func find(path string) (methods, []string, bool) {
	path, ok := strings.CutPrefix(path, "/api/")
	if !ok {
		return nil, nil, false
	}
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for route, allowed := range routes {
		if names, ok := match(strings.Split(route, "/"), segments); ok {
			return allowed, names, true
		}
	}
	return nil, nil, false
}

func match(route, segments []string) (names []string, ok bool) {
	if len(route) != len(segments) {
		return nil, false
	}
	for i, part := range route {
		segment, err := url.PathUnescape(segments[i])
		switch {
		case err != nil:
			return nil, false
		case part == "*":
			names = append(names, segment)
		case part == "{vhost}" && segment != vhost, part != "{vhost}" && part != segment:
			return nil, false
		}
	}
	return names, true
}

func (m methods) names() string {
	names := []string{"HEAD", "OPTIONS"}
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func statusOf(value any) int {
	if o, ok := value.(object); ok && o["status"] == "failed" {
		return http.StatusServiceUnavailable // a health check's way to say no
	}
	return http.StatusOK
}

func answer(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil { // nothing that is not JSON is put into an object
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone needs no answer
}
