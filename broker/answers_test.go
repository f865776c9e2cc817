package broker

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestQueueAnswerFromRabbitMQ(t *testing.T) {
	var q queueAnswer
	if err := json.Unmarshal(captured(t, "queue"), &q); err != nil {
		t.Fatal(err)
	}
	r, known := q.rates()
	if !known || r.Publish.Rate.value != 50 || r.Ack.Rate.value != 16.6 || r.Deliver.Rate.value != 16.6 {
		t.Errorf("rates %+v, %v", r, known)
	}
	if q.Ready.value != 166 || q.Unacked.value != 2 || q.Bytes.value != 1680 || q.Type.value != "classic" || !q.Durable.value {
		t.Errorf("got %+v", q)
	}
	if at, ok := q.oldest(); !ok || at.Unix() != 1795415088 {
		t.Errorf("oldest %v, %v", at, ok)
	}
	consumers, ok := q.consumers()
	want := ConsumerInfo{
		Tag: "carousel work vm 23267-w01-1", Prefetch: 1, AckNeeded: true, Active: true, Peer: "127.0.0.1:53468", User: "guest",
		Channel: "127.0.0.1:53468 -> 127.0.0.1:27103 (1)", Connection: "127.0.0.1:53468 -> 127.0.0.1:27103", Node: "rqa@localhost",
	}
	if !ok || len(consumers) != 2 || consumers[1] != want {
		t.Errorf("consumers %+v", consumers)
	}
}

func TestDeliveryLimit(t *testing.T) {
	for _, c := range []struct {
		kind, args, policy, version string
		limit                       int64
		known, none                 bool
	}{
		{"classic", `{}`, `{"delivery-limit":0}`, "4.0.5", 0, false, false},
		{"quorum", `{}`, `{}`, "3.10.8", 0, true, false},
		{"quorum", `{}`, `[]`, "4.0.5", 20, true, false},
		{"quorum", `{"x-delivery-limit":3}`, `{}`, "4.0.5", 3, true, false},
		{"quorum", `{"x-delivery-limit":-1}`, `{}`, "4.0.5", 0, true, false},
		{"quorum", `{"x-delivery-limit":9}`, `{"delivery-limit":5}`, "3.13.1", 5, true, false},
		{"quorum", `{}`, `{"delivery-limit":50}`, "4.1.0", 50, true, false},
		{"quorum", `{"x-delivery-limit":0}`, `{}`, "4.3.0", 1, true, true},
		{"quorum", `{"x-delivery-limit":9}`, `{"delivery-limit":0}`, "3.10.8", 1, true, true},
	} {
		var q queueAnswer
		text := fmt.Sprintf(`{"type":%q,"arguments":%s,"effective_policy_definition":%s}`, c.kind, c.args, c.policy)
		if err := json.Unmarshal([]byte(text), &q); err != nil {
			t.Fatal(err)
		}
		if limit, known := q.deliveryLimit(c.version); limit != c.limit || known != c.known {
			t.Errorf("%s on %s: %d, %v", text, c.version, limit, known)
		}
		if q.takesNoneBack() != c.none {
			t.Errorf("%s takes none back: %v", text, !c.none)
		}
	}
}

func TestDeadLetters(t *testing.T) {
	for answer, want := range map[string][2]bool{
		`{}`:               {false, false},
		`{"arguments":{}}`: {false, true},
		`{"arguments":{"x-dead-letter-exchange":""}}`:                                                  {true, true},
		`{"arguments":{},"effective_policy_definition":{"dead-letter-exchange":"dlx","max-length":1}}`: {true, true},
		`{"arguments":{},"effective_policy_definition":[]}`:                                            {false, true},
	} {
		var q queueAnswer
		if err := json.Unmarshal([]byte(answer), &q); err != nil {
			t.Fatal(err)
		}
		if yes, known := q.deadLetters(); yes != want[0] || known != want[1] {
			t.Errorf("%s: %v, known %v", answer, yes, known)
		}
	}
}

// What RabbitMQ sends in odd moments (no statistics yet, statistics off, a shovel's consumer) leaves the rest readable, and
// an absent number is not a zero.
func TestOddAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		json    string
		unknown bool // ready is not known
		bad     int  // consumers that could be listed; -1: none known
	}{
		"just declared":      {`{"name":"q","type":"classic"}`, true, -1},
		"null everywhere":    {`{"messages_ready":null,"message_stats":null,"consumer_details":null,"durable":null,"arguments":null}`, true, 0},
		"numbers in quotes":  {`{"messages_ready":"12","messages_unacknowledged":"undefined"}`, false, -1},
		"no number":          {`{"messages_ready":"NaN"}`, true, -1},
		"no count":           {`{"messages_ready":"Infinity"}`, true, -1},
		"beyond any count":   {`{"messages_ready":1e300}`, true, -1},
		"a float":            {`{"messages_ready":1.5e3}`, false, -1},
		"lists for objects":  {`{"messages_ready":1,"message_stats":[],"arguments":[],"consumer_details":[{"channel_details":[]}]}`, false, 1},
		"a shovel":           {`{"messages_ready":1,"consumer_details":[{"consumer_tag":"s","channel_details":{"peer_port":"undefined","peer_host":"undefined"}},7,{"consumer_tag":"t"}]}`, false, 3},
		"rates of the wrong": {`{"messages_ready":1,"message_stats":{"publish_details":[],"ack_details":{"rate":"x"}}}`, false, -1},
	} {
		var q queueAnswer
		if err := json.Unmarshal([]byte(c.json), &q); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if q.Ready.known == c.unknown {
			t.Errorf("%s: ready known is %v", name, q.Ready.known)
		}
		if q.Unacked.known {
			t.Errorf("%s: unacked is known", name)
		}
		list, ok := q.consumers()
		if ok != (c.bad >= 0) || len(list) != max(0, c.bad) {
			t.Errorf("%s: consumers %+v, %v", name, list, ok)
		}
		q.rates()
		q.oldest()
		q.arguments()
	}
}

// What has never happened on a queue has no count: its rate is 0 as soon as there are others, such as that of acknowledgements
// where a consumer never gives any. One whose rate alone is left out is not known.
func TestRatesOfWhatNeverHappened(t *testing.T) {
	for stats, want := range map[string]string{
		`{"publish":8,"publish_details":{"rate":2.5},"deliver_get":4,"deliver_get_details":{"rate":1}}`: "2.5 true, 0 true, 1 true, 0 true",
		`{"publish":8,"publish_details":{"rate":0},"ack":8}`:                                            "0 true, 0 false, 0 true, 0 true",
		`{"publish":8,"publish_details":{"rate":0},"ack_details":[]}`:                                   "0 true, 0 false, 0 true, 0 true",
		`{"disk_reads":1}`: "0 false, 0 false, 0 false, 0 false",
		`[]`:               "0 false, 0 false, 0 false, 0 false",
		``:                 "0 false, 0 false, 0 false, 0 false",
	} {
		q := queueAnswer{Stats: json.RawMessage(stats)}
		r, _ := q.rates()
		text := func(n num) string { return fmt.Sprint(n.value, " ", n.known) }
		if got := strings.Join([]string{text(r.Publish.Rate), text(r.Ack.Rate), text(r.Deliver.Rate), text(r.Redeliver.Rate)}, ", "); got != want {
			t.Errorf("%s: %s, want %s", stats, got, want)
		}
	}
}
