package broker

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	rabbithole "github.com/michaelklishin/rabbit-hole/v2"
)

// Bounds of what one look at the fleet costs the broker. The lists of channels and connections are the whole broker's, so each
// one is asked for by its name.
const (
	maxFleet   = 500 // consumers that get a row
	fleetLooks = 100 // connections, and channels, that are asked for
	fleetTime  = 3 * time.Second
)

// Fleet reads who consumes from the work queue: the queue's own list of consumers, joined with their connections and channels.
// It blocks until ctx ends or the API's deadlines pass. Its errors are *Fault; what is known of a consumer without its
// connection and its channel is no error, and Cut says why that is missing.
func (c *Client) Fleet(ctx context.Context) (Fleet, error) {
	m, done := c.desk.open(ctx)
	defer done()
	return m.fleet(c.monitor.vhost(), c.cfg.Queue.Name, fleetTime)
}

// fleet spends no more than the given time on connections and channels, and half of it on channels.
func (m *management) fleet(vhost, queue string, within time.Duration) (Fleet, error) {
	var answer queueAnswer
	err := m.anywhere(func() error {
		return m.ask(&answer, func(r *rabbithole.Client) error {
			_, err := r.GetQueueWithParameters(vhost, queue, url.Values{"columns": {"consumer_details"}})
			return err
		})
	})
	if err != nil {
		if KindOf(err) == QueueMissing {
			return Fleet{}, &Fault{Kind: QueueMissing, What: "cannot list the consumers of queue " + Plain(queue), Why: "there is no such queue", Err: err}
		}
		return Fleet{}, err
	}
	f := Fleet{At: time.Now()}
	rows, odd := fleetRows(answer.Consumers, ourTags())
	f.Rows, f.Total = rows, len(rows)+odd
	if len(rows) > maxFleet {
		f.Rows = slices.Clip(rows[:maxFleet])
	}
	j := joiner{management: m, fleet: &f, odd: odd, until: f.At.Add(within / 2)}
	j.channels()
	j.until = f.At.Add(within)
	j.connections()
	f.Cut = j.cut()
	return f, nil
}

// ourTags is what the consumer tags of this process begin with.
func ourTags() string { return fmt.Sprintf("carousel-%s-%d-", hostname(), os.Getpid()) }

// fleetRows reads a list of consumers, one item at a time, in an order that stays; odd is how many could not be read.
func fleetRows(list json.RawMessage, ours string) (rows []FleetRow, odd int) {
	var items []json.RawMessage
	_ = json.Unmarshal(list, &items) // without a list there are no consumers
	for _, item := range items {
		var more struct {
			Tag      text            `json:"consumer_tag"`
			Activity text            `json:"activity_status"`
			RawArgs  json.RawMessage `json:"arguments"`
			Channel  json.RawMessage `json:"channel_details"`
		}
		if json.Unmarshal(item, &more) != nil || !more.Tag.known {
			odd++
			continue
		}
		var channel struct {
			Number     num  `json:"number"`
			Connection text `json:"connection_name"`
		}
		_ = json.Unmarshal(more.Channel, &channel) // a shovel's consumer has none here
		info := consumerOf(item)
		row := FleetRow{
			Tag: info.Tag, User: info.User, Peer: info.Peer, Node: info.Node, Connection: channel.Connection.raw, Channel: int(channel.Number.value),
			Ours: strings.HasPrefix(more.Tag.raw, ours), Prefetch: info.Prefetch, AckNeeded: info.AckNeeded, Active: info.Active,
			Activity: more.Activity.value,
		}
		row.Priority = priorityIn(more.RawArgs)
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b FleetRow) int {
		return cmp.Or(cmp.Compare(a.Connection, b.Connection), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Tag, b.Tag))
	})
	return rows, odd
}

func priorityIn(raw json.RawMessage) int64 {
	var args struct {
		Priority num `json:"x-priority"`
	}
	_ = json.Unmarshal(raw, &args) // without a priority it is 0
	return int64(args.Priority.value)
}

// joiner adds to the rows of a fleet what their connections and channels say.
type joiner struct {
	*management
	fleet *Fleet
	odd   int // consumers that could not be read
	until time.Time
	left  int   // connections and channels that were not asked for
	err   error // why the first that was asked for did not answer, other than that it is gone
}

// may reports whether one more may be asked for, when so many were.
func (j *joiner) may(asked int) bool {
	ok := asked < fleetLooks && time.Now().Before(j.until) && j.transport.ctx.Err() == nil && KindOf(j.err) != Unreachable
	if !ok {
		j.left++
	}
	return ok
}

// look asks for one thing; it reports false when there is nothing to read.
func (j *joiner) look(v any, request func(*rabbithole.Client) error) bool {
	err := j.ask(v, request)
	if err != nil && KindOf(err) != QueueMissing { // that one has gone meanwhile
		j.err = cmp.Or(j.err, err)
	}
	return err == nil
}

func (j *joiner) connections() {
	asked := 0
	rows := j.fleet.Rows
	for from := 0; from < len(rows); {
		to := from + 1 // rows of one connection stand together
		for to < len(rows) && rows[to].Connection == rows[from].Connection {
			to++
		}
		if name := rows[from].Connection; name != "" {
			j.fleet.Connections++
			if j.may(asked) {
				asked++
				var answer connectionAnswer
				if j.look(&answer, func(c *rabbithole.Client) error { _, err := c.GetConnection(name); return err }) {
					for i := from; i < to; i++ {
						answer.fill(&rows[i])
					}
				}
			}
		}
		from = to
	}
}

func (j *joiner) channels() {
	asked := 0
	seen := map[string]*FleetRow{} // one channel may have several consumers
	for i := range j.fleet.Rows {
		row := &j.fleet.Rows[i]
		if row.Connection == "" || row.Channel == 0 {
			continue
		}
		name := fmt.Sprintf("%s (%d)", row.Connection, row.Channel)
		if same := seen[name]; same != nil {
			row.Unacked, row.Acks, row.Delivered, row.Redelivered, row.IdleSince = same.Unacked, same.Acks, same.Delivered, same.Redelivered, same.IdleSince
			continue
		}
		seen[name] = row
		if !j.may(asked) {
			continue
		}
		asked++
		var answer channelAnswer
		if j.look(&answer, func(c *rabbithole.Client) error { _, err := c.GetChannel(name); return err }) {
			answer.fill(row, time.Now())
		}
	}
}

// cut says what is missing.
func (j *joiner) cut() string {
	var parts []string
	if n := j.fleet.Total - len(j.fleet.Rows) - j.odd; n > 0 {
		parts = append(parts, fmt.Sprintf("%d more consumers are not listed", n))
	}
	if j.odd > 0 {
		parts = append(parts, fmt.Sprintf("%d of the consumers could not be read", j.odd))
	}
	if j.left > 0 {
		parts = append(parts, fmt.Sprintf("%d connections and channels were not asked for, to spare the broker", j.left))
	}
	if j.err != nil {
		parts = append(parts, "some did not answer: "+j.err.Error())
	}
	return strings.Join(parts, "; ")
}
