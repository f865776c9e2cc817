package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"time"

	rabbithole "github.com/michaelklishin/rabbit-hole/v2"
)

// management asks RabbitMQ's management API. rabbit-hole builds and sends the requests; the answers are decoded here, from the
// bytes that the transport kept: rabbit-hole 2.12 reads an absent number as 0, and loses a whole answer for one odd value.
// One goroutine uses it at a time.
type management struct {
	endpoints []Endpoint
	next      int // of endpoints, moved on by a failure
	ends      endpoints
	refused   bool // by the newest answer: the password may have changed
	transport *recorder
	client    *rabbithole.Client
}

func newManagement(ctx context.Context, ends endpoints) *management {
	return &management{endpoints: ends.management, ends: ends, transport: &recorder{ctx: ctx, base: newTransport(ends), deadline: &deadline{}}}
}

func newTransport(ends endpoints) *http.Transport {
	return &http.Transport{
		TLSClientConfig:     ends.tls.Clone(),
		Proxy:               http.ProxyFromEnvironment,
		MaxIdleConnsPerHost: 1,
		IdleConnTimeout:     time.Minute,
	}
}

// close drops the kept connection.
func (m *management) close() { m.transport.base.CloseIdleConnections() }

// ask sends one request and decodes its answer into v, unless that is nil. Where nothing listens, nothing was sent, and the next
// address is asked at once; another failure moves on for the next request.
func (m *management) ask(v any, request func(*rabbithole.Client) error) (err error) {
	for range m.endpoints {
		if err = m.askNext(v, request); !errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
	}
	return err
}

// askList is ask for a list, which a large broker may be long about.
func (m *management) askList(v any, request func(*rabbithole.Client) error) error {
	m.transport.listing = true
	defer func() { m.transport.listing = false }()
	return m.ask(v, request)
}

// askNext asks one address.
func (m *management) askNext(v any, request func(*rabbithole.Client) error) error {
	e := m.endpoints[m.next%len(m.endpoints)]
	if m.client == nil || m.client.Endpoint != e.base() || m.refused {
		e = m.ends.renewed(e)
		client, err := rabbithole.NewClient(e.base(), e.User, string(e.password))
		if err != nil {
			return &Fault{Kind: Invalid, What: "the management API's address is wrong", Err: err}
		}
		client.SetTransport(m.transport)
		m.client = client
	}
	m.transport.status, m.transport.body = 0, nil // of the request before
	sent := request(m.client)
	status, body := m.transport.status, m.transport.body
	m.refused = status == http.StatusUnauthorized
	if status == 0 || status >= 500 && status != http.StatusServiceUnavailable { // it is this node's trouble
		m.next++
	}
	return m.decode(e, status, body, sent, v)
}

func (m *management) decode(e Endpoint, status int, body []byte, sent error, v any) error {
	f := &Fault{Kind: Failed, What: "no answer from the management API at " + e.Address(), Err: sent}
	switch {
	case status == 0: // nothing came; sent says why
		f.Kind, f.Why, f.Do = Unreachable, e.discreet(m.apiReason(sent)), "is the management plugin on, and this its port (usually 15672)?"
		if why, do, ok := Untrusted(sent, tlsTable); ok {
			f.Why, f.Do = why, do
		}
		return f
	case status == http.StatusUnauthorized:
		f.Kind, f.What, f.Why = NoRight, "the management API at "+e.Address()+" refused user "+Plain(e.User), e.discreet(unauthorized(body))
		f.Do = "give the user the monitoring tag"
		return f
	case status == http.StatusNotFound:
		return &Fault{Kind: QueueMissing, What: "the management API at " + e.Address() + " does not know what was asked for", Why: "not found", Err: sent}
	case status >= 400 && !(status == http.StatusServiceUnavailable && isCheck(v)): // which says no in this way
		f.What, f.Why = "the management API at "+e.Address()+" failed", fmt.Sprintf("it answered %d %s", status, http.StatusText(status))
		var said rabbithole.ErrorResponse
		if errors.As(sent, &said) && said.Reason != "" {
			f.Why += " (" + e.discreet(Plain(said.Reason)) + ")"
		}
		return f
	case v == nil:
		return nil
	}
	if err := json.Unmarshal(body, v); err != nil {
		f.What = "the management API at " + e.Address() + " cannot be understood"
		f.Why = fmt.Sprintf("its answer (status %d, %d bytes) is not the JSON it should be", status, len(body))
		f.Do = "is this the management port?"
		return f
	}
	return nil
}

func (m *management) apiReason(err error) string {
	var op *url.Error
	if errors.As(err, &op) {
		err = op.Err // without the method and the URL
	}
	switch {
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return "no answer within " + m.transport.timeout.String()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case strings.Contains(err.Error(), `"AMQP`): // what RabbitMQ answers to anything that is not AMQP, quoted by net/http
		return "this is the AMQP port"
	}
	return plainError(err)
}

// unauthorized tells the 401s apart, by the reasons RabbitMQ gives in their bodies.
func unauthorized(body []byte) string {
	var answer struct {
		Reason string `json:"reason"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Reason == "" {
		return "it answered 401 Unauthorized"
	}
	switch answer.Reason {
	case "Login failed", "Not_Authorized":
		return "the user or the password is wrong"
	case "Not management user":
		return "the user has no management tag"
	case "Not monitor user":
		return "the user has no monitoring tag"
	}
	return Plain(answer.Reason)
}

// freshTotals are the numbers of a queue and of its retry queues as they are now.
type freshTotals struct {
	work    *queueAnswer
	retries []queueAnswer
	queues  int // of the vhost
}

// totals asks for the queue's fresh numbers, and for those of its retry queues. Only the list gives the numbers (with the
// statistics, which are up to ten seconds old, left out), so it is narrowed to these queues; the broker asks each queue of the
// vhost nevertheless.
func (m *management) totals(vhost, queue string) (found freshTotals, err error) {
	var page struct {
		Items []queueAnswer `json:"items"`
		Total num           `json:"total_count"`
	}
	query := url.Values{
		"disable_stats": {"true"}, "enable_queue_totals": {"true"}, "page": {"1"}, "page_size": {"100"},
		"name":      {"^" + literally(queue) + "(" + regexp.QuoteMeta(retryInfix) + "[0-9]+)?$"},
		"use_regex": {"true"},
	}
	err = m.askList(&page, func(c *rabbithole.Client) error {
		_, err := c.PagedListQueuesWithParametersIn(vhost, query)
		return err
	})
	found.queues = int(page.Total.value)
	for i := range page.Items {
		switch name := page.Items[i].Name.raw; { // RabbitMQ takes capitals and small letters for the same
		case name == queue:
			found.work = &page.Items[i]
		case strings.HasPrefix(name, queue+retryInfix):
			found.retries = append(found.retries, page.Items[i])
		}
	}
	if err == nil && found.work == nil {
		err = &Fault{Kind: QueueMissing, What: "the management API does not list queue " + Plain(queue)}
	}
	return found, err
}

// literally is the regular expression for a name. RabbitMQ's library takes a NUL byte for the expression's end.
func literally(name string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(name), "\x00", `\x00`)
}

// queue asks for everything about one queue; the numbers are up to ten seconds old.
func (m *management) queue(vhost, queue string) (*queueAnswer, error) {
	var answer queueAnswer
	err := m.ask(&answer, func(c *rabbithole.Client) error {
		_, err := c.GetQueue(vhost, queue)
		return err
	})
	return &answer, err
}

// overview asks for the cluster's name and version.
func (m *management) overview() (*overviewAnswer, error) {
	var answer overviewAnswer
	err := m.ask(&answer, func(c *rabbithole.Client) error {
		_, err := c.Overview()
		return err
	})
	return &answer, err
}

// alarms asks which resource alarms are in effect in the cluster: "memory on rabbit@host".
func (m *management) alarms() ([]string, error) {
	var answer alarmsAnswer
	err := m.ask(&answer, func(c *rabbithole.Client) error {
		_, err := c.HealthCheckAlarms()
		return err
	})
	if err != nil {
		return nil, err
	}
	var list []string
	for _, raw := range answer.Alarms {
		var alarm struct {
			Node     text `json:"node"`
			Resource text `json:"resource"`
		}
		if json.Unmarshal(raw, &alarm) == nil {
			list = append(list, alarm.Resource.value+" on "+alarm.Node.value)
		}
	}
	return list, nil
}

type alarmsAnswer struct {
	Alarms []json.RawMessage `json:"alarms"`
}

func isCheck(v any) bool {
	_, yes := v.(*alarmsAnswer)
	return yes
}
