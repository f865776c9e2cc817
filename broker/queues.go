package broker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	rabbithole "github.com/michaelklishin/rabbit-hole/v2"
)

// A broker tells of its queues in two ways, and neither tells all: the list without statistics has the numbers of messages
// as they are now, the list with them has rates, consumers and bytes, up to ten seconds old. So a page is two questions: one
// for the page in its order, one for the rest of what is known of the queues on it. The broker gathers statistics for all
// queues only where the order is by one of them. With 10,000 queues that costs it 1.3 s of a core, the list with statistics in
// the order of the names 0.3 s, and the one without, for which it asks each queue, 0.6 s (RabbitMQ 3.10).

// sortKey is a column of the API, and whether it is one of the statistics.
type sortKey struct {
	column string
	stats  bool
}

var sortKeys = map[string]sortKey{
	"": {"name", false}, "name": {"name", false}, "ready": {"messages_ready", false}, "unacked": {"messages_unacknowledged", false},
	"in": {"message_stats.publish_details.rate", true}, "out": {"message_stats.ack_details.rate", true},
	"consumers": {"consumers", true}, "bytes": {"message_bytes", true},
}

// statColumns are what is read of the list with statistics, to which everything else would be most of the answer.
const statColumns = "name,type,state,node,durable,auto_delete,exclusive,arguments,policy,leader,members,online,consumers,message_bytes," +
	"message_stats.publish_details.rate,message_stats.ack_details.rate"

// maxPage is RabbitMQ's own bound of a page.
const maxPage = 500

// Queues reads one page of the queues of the vhost, never more. The name and the order are the broker's work. When the page
// lies beyond the last one, that is read. It blocks until ctx ends or the API's deadlines pass. Its errors are *Fault.
func (c *Client) Queues(ctx context.Context, q QueueQuery) (QueuePage, error) {
	key, known := sortKeys[q.Sort]
	switch {
	case !known:
		return QueuePage{}, &Fault{Kind: Invalid, What: "queues cannot be sorted by " + strconv.Quote(q.Sort)}
	case q.Page < 1 || q.Size < 1 || q.Size > maxPage:
		return QueuePage{}, &Fault{Kind: Invalid, What: fmt.Sprintf("page %d of %d queues cannot be read", q.Page, q.Size),
			Why: fmt.Sprintf("pages count from 1 and hold 1 to %d", maxPage)}
	case len(q.Name) > maxShortString:
		return QueuePage{}, &Fault{Kind: Invalid, What: "no queue has such a long name"}
	case q.NamesOnly && key.column != "name":
		return QueuePage{}, &Fault{Kind: Invalid, What: "names alone are listed in their own order only"}
	}
	m, done := c.desk.open(ctx)
	defer done()
	l := lister{management: m, vhost: c.monitor.vhost(), query: q, key: key}
	page, err := l.first()
	if err != nil || q.NamesOnly {
		return page, err
	}
	if err := l.second(&page); err != nil {
		missing := "some figures are missing: " + err.Error()
		if page.Partial != "" {
			missing = page.Partial + "; " + missing
		}
		page.Partial = missing
	}
	return page, nil
}

// lister reads one page.
type lister struct {
	*management
	vhost string
	query QueueQuery
	key   sortKey
}

// listing is one answer of the list.
type listing struct {
	Items    []json.RawMessage `json:"items"`
	Page     num               `json:"page"`
	Pages    num               `json:"page_count"`
	Filtered num               `json:"filtered_count"`
	Total    num               `json:"total_count"`
}

// first reads the page in its order, by the list that has what it is ordered by.
func (l *lister) first() (QueuePage, error) {
	asked := l.query
	answer, err := l.list(l.ordered(asked, l.key.stats))
	if outOfRange(err) { // queues went: their number may have fallen below this page
		asked.Page = 1
		if answer, err = l.list(l.ordered(asked, l.key.stats)); err == nil && answer.Pages.value > 1 {
			asked.Page = int(answer.Pages.value)
			answer, err = l.list(l.ordered(asked, l.key.stats))
		}
	}
	if err != nil {
		return QueuePage{}, err
	}
	l.query.Page = asked.Page
	page := QueuePage{
		Page: asked.Page, Pages: max(1, int(answer.Pages.value)), Filtered: int(answer.Filtered.value), Total: int(answer.Total.value),
		At: time.Now(),
	}
	odd := 0
	for _, item := range answer.Items[:min(len(answer.Items), l.query.Size)] { // not more than was asked for
		var row rowAnswer
		if json.Unmarshal(item, &row) != nil || !row.Name.known {
			odd++
			continue
		}
		page.Rows = append(page.Rows, QueueRow{Name: row.Name.raw})
		row.fill(&page.Rows[len(page.Rows)-1], page.At)
	}
	if odd > 0 {
		page.Partial = fmt.Sprintf("%d of the queues on this page could not be read", odd)
	}
	page.Filtered, page.Total = max(page.Filtered, len(page.Rows)), max(page.Total, len(page.Rows))
	return page, nil
}

func outOfRange(err error) bool {
	var said rabbithole.ErrorResponse
	return errors.As(err, &said) && said.Message == "page_out_of_range"
}

// second adds what the other list knows of the same queues.
func (l *lister) second(page *QueuePage) error {
	rows := make(map[string]*QueueRow, len(page.Rows))
	for i := range page.Rows {
		rows[page.Rows[i].Name] = &page.Rows[i]
	}
	queries, asked := l.rest(page.Rows)
	for _, query := range queries {
		answer, err := l.list(query)
		if err != nil && !outOfRange(err) {
			return err
		}
		now := time.Now()
		for _, item := range answer.Items {
			var other rowAnswer
			if json.Unmarshal(item, &other) != nil {
				continue
			}
			if row := rows[other.Name.raw]; row != nil { // RabbitMQ takes capitals and small letters for the same
				other.fill(row, now)
			}
		}
	}
	if asked < len(page.Rows) {
		return &Fault{Kind: Failed, What: fmt.Sprintf("the names of this page are so long that only %d were asked for", asked)}
	}
	return nil
}

// rest are the questions for what the first one left open, and for how many of the rows they ask. In the order of the names
// the same page of the other list will do; otherwise the queues are asked for by name, since the other list cannot be brought
// into this order, or only at the price of everybody's statistics.
func (l *lister) rest(rows []QueueRow) (queries []url.Values, asked int) {
	switch {
	case len(rows) == 0:
		return nil, 0
	case l.key.column == "name":
		return []url.Values{l.ordered(l.query, true)}, len(rows)
	}
	for asked < len(rows) && len(queries) < maxBatches {
		var names []string
		for size := 0; asked < len(rows); asked++ {
			name := literally(rows[asked].Name)
			size += len(url.QueryEscape(name + "|"))
			if size > batchBytes && len(names) > 0 {
				break
			}
			names = append(names, name)
		}
		queries = append(queries, withStats(url.Values{
			"page": {"1"}, "page_size": {strconv.Itoa(maxPage)}, "use_regex": {"true"}, "name": {"^(" + strings.Join(names, "|") + ")$"},
		}, !l.key.stats))
	}
	return queries, asked
}

// A request's first line has a bound in RabbitMQ, 8,000 bytes by default, and the number of requests has one here.
const (
	batchBytes = 5000
	maxBatches = 8
)

// ordered is the question for a page in its order. That of the names is the list's own, and is not asked for: RabbitMQ 3.10
// would gather everybody's statistics before it sorts, which is five times the work.
func (l *lister) ordered(asked QueueQuery, stats bool) url.Values {
	q := url.Values{"page": {strconv.Itoa(asked.Page)}, "page_size": {strconv.Itoa(asked.Size)}}
	if l.key.column != "name" {
		q.Set("sort", l.key.column)
	}
	if asked.Reverse {
		q.Set("sort_reverse", "true")
	}
	if asked.Name != "" {
		q.Set("name", literally(asked.Name))
		q.Set("use_regex", "true")
	}
	if asked.NamesOnly {
		q.Set("disable_stats", "true")
		q.Set("columns", "name")
		return q
	}
	return withStats(q, stats)
}

func withStats(q url.Values, stats bool) url.Values {
	if stats {
		q.Set("columns", statColumns)
	} else {
		q.Set("disable_stats", "true")
		q.Set("enable_queue_totals", "true")
	}
	return q
}

func (l *lister) list(query url.Values) (answer listing, err error) {
	err = l.anywhere(func() error {
		answer = listing{}
		return l.askList(&answer, func(c *rabbithole.Client) error {
			_, err := c.PagedListQueuesWithParametersIn(l.vhost, query)
			return err
		})
	})
	return answer, err
}

// rowAnswer is a queue of the list; which fields are there depends on the question.
type rowAnswer struct {
	queueAnswer
	AutoDelete flag `json:"auto_delete"`
	Exclusive  flag `json:"exclusive"`
	PolicyName text `json:"policy"`
	Attached   num  `json:"consumers"`
}

// fill adds what the answer knows to the row. The numbers of messages come from the list without statistics only.
func (a *rowAnswer) fill(row *QueueRow, now time.Time) {
	row.Type, row.State = cmp.Or(a.Type.value, row.Type), cmp.Or(a.State.value, row.State)
	row.Policy = cmp.Or(a.PolicyName.value, row.Policy)
	if leader, ok := a.leader(); ok {
		row.Leader = leader
	}
	row.Node = cmp.Or(a.Node.value, row.Node, row.Leader)
	row.Durable = row.Durable || a.Durable.value
	row.AutoDelete = row.AutoDelete || a.AutoDelete.value
	row.Exclusive = row.Exclusive || a.Exclusive.value
	if args, ok := a.arguments(); ok {
		row.Arguments = args
	}
	if r, ok := a.replicas(); ok {
		row.Replicas = r
	}
	setCount(&row.Ready, a.Ready, now)
	setCount(&row.Unacked, a.Unacked, now)
	setCount(&row.Consumers, a.Attached, now)
	setCount(&row.MessageBytes, a.Bytes, now)
	if r, ok := a.rates(); ok {
		setRate(&row.In, r.Publish, now)
		setRate(&row.Out, r.Ack, now)
	}
}

func setCount(f *Figure[int64], n num, now time.Time) {
	if n.known {
		*f = Figure[int64]{int64(n.value), now, "api"}
	}
}
