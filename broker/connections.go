package broker

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	rabbithole "github.com/michaelklishin/rabbit-hole/v2"
)

// channelAnswer is the part of GET /api/channels/{name} that is used.
type channelAnswer struct {
	queueAnswer
	Idle text `json:"idle_since"`
}

func (a *channelAnswer) fill(row *FleetRow, now time.Time) {
	setCount(&row.Unacked, a.Unacked, now)
	if r, ok := a.rates(); ok {
		setRate(&row.Acks, r.Ack, now)
		setRate(&row.Delivered, r.Deliver, now)
		setRate(&row.Redelivered, r.Redeliver, now)
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02 15:04:05"} { // the second one before RabbitMQ 3.9
		if at, err := time.Parse(form, a.Idle.raw); err == nil {
			row.IdleSince = at
			return
		}
	}
}

// connectionAnswer is the part of GET /api/connections/{name} that is used.
type connectionAnswer struct {
	User       text            `json:"user"`
	Node       text            `json:"node"`
	State      text            `json:"state"`
	Name       text            `json:"user_provided_name"`
	Host       text            `json:"peer_host"`
	Port       num             `json:"peer_port"`
	Connected  num             `json:"connected_at"` // Unix milliseconds
	Properties json.RawMessage `json:"client_properties"`
}

func (a *connectionAnswer) fill(row *FleetRow) {
	var says struct {
		Name     text `json:"connection_name"`
		Product  text `json:"product"`
		Version  text `json:"version"`
		Platform text `json:"platform"`
	}
	_ = json.Unmarshal(a.Properties, &says) // it may say nothing of itself
	row.Product, row.Version, row.Platform = says.Product.value, says.Version.value, says.Platform.value
	row.Client = cmp.Or(a.Name.value, says.Name.value, says.Product.value)
	row.User, row.Node = cmp.Or(a.User.value, row.User), cmp.Or(a.Node.value, row.Node)
	row.State = a.State.value
	if a.Host.known && a.Port.known {
		row.Peer = Endpoint{Host: a.Host.value, Port: int(a.Port.value)}.Address()
	}
	if a.Connected.known && a.Connected.value > 0 {
		row.ConnectedAt = time.UnixMilli(int64(a.Connected.value))
	}
}

// CloseConnection closes somebody's connection to the broker, or one of ours, by its name as Fleet tells it; reason is what the
// program at its other end is told, one line. The broker takes the tasks in its hands back. It blocks until ctx ends or the
// API's deadlines pass. Its errors are *Fault.
func (c *Client) CloseConnection(ctx context.Context, name, reason string) error {
	what := "close connection " + Plain(name)
	if err := c.writable(what); err != nil {
		return err
	}
	if name == "" || name == "." || name == ".." { // the API would take these for another address
		return &Fault{Kind: Invalid, What: "cannot close connection " + strconv.Quote(name), Why: "no connection has this name"}
	}
	m, done := c.desk.open(ctx)
	defer done()
	m.transport.reason = closeReason(reason)
	err := m.anywhere(func() error {
		return m.ask(nil, func(r *rabbithole.Client) error {
			_, err := r.CloseConnection(name)
			return err
		})
	})
	switch KindOf(err) {
	case QueueMissing: // what the API does not know
		return &Fault{Kind: Failed, What: "cannot " + what, Why: "it is not there any more", Err: err}
	case NoRight:
		return advised(err, "the user needs the administrator tag to close the connections of others")
	}
	if err == nil {
		c.log.Info("connection closed", "connection", name, "reason", reason)
	}
	return err
}

// closeReason fits a reason into a header, and into the text with which the broker ends a connection. RabbitMQ 4.x takes each
// byte of the header for a letter and writes those beyond ASCII as two; where the text then has more than 255 bytes, its
// reader crashes, and the client hears nothing.
func closeReason(reason string) string {
	const most = 200 // of 255 bytes, which hold the broker's own words too
	reason = Plain(strings.Join(strings.Fields(reason), " "))
	size := 0
	for i := range len(reason) {
		if size++; reason[i] >= utf8.RuneSelf {
			size++
		}
		if size > most {
			return strings.ToValidUTF8(reason[:i], "")
		}
	}
	return reason
}
