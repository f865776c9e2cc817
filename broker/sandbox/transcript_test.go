package sandbox_test

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

const patience = 10 * time.Second

// tries is how often a script is played where the answers differ: what crosses on the wire may come in either order.
const tries = 3

// TestTranscript plays the same scripts to the sandbox and to RabbitMQ, and wants the same answers, word for word.
func TestTranscript(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Options{Product: "RabbitMQ"})
	node := brokertest.Shared(t)
	if version := versionOf(t, node.URL()); !strings.HasPrefix(version, "3.10.") {
		t.Skipf("the sandbox follows RabbitMQ 3.10, and this is %s", version)
	}
	for name, play := range scripts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want, got, differ []string
			for try := range tries {
				want = transcribe(t, node.VHost(t).URL(), play)
				got = transcribe(t, b.URL(), func(s *script) {
					s.prefix = fmt.Sprintf("%s-%d-", name, try) // the scripts share the sandbox's only vhost
					play(s)
				})
				if differ = differences(want, got); len(differ) == 0 {
					break
				}
				t.Logf("try %d: %s", try+1, strings.Join(differ, "\n"))
			}
			if len(differ) > 0 {
				t.Error("the answers differed in each try")
			}
			if len(want) < 3 {
				t.Errorf("the script says hardly anything: %q", want)
			}
		})
	}
}

var scripts = map[string]func(*script){
	"arguments":   argumentScript,
	"equivalence": equivalenceScript,
	"queues":      queueScript,
	"exchanges":   exchangeScript,
	"bindings":    bindingScript,
	"routing":     routingScript,
	"publishing":  publishingScript,
	"getting":     gettingScript,
	"requeue":     requeueScript,
	"deadletters": deadLetterScript,
	"expiry":      expiryScript,
	"overflow":    overflowScript,
	"priorities":  priorityScript,
	"consumers":   consumerScript,
	"single":      singleScript,
	"prefetch":    prefetchScript,
	"cancel":      cancelScript,
	"quorum":      quorumScript,
	"tx":          txScript,
	"lifetimes":   lifetimeScript,
	"harderrors":  hardErrorScript,
	"logins":      loginScript,
	"frames":      frameScript,
}

func versionOf(t *testing.T, url string) string {
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return fmt.Sprint(conn.Properties["version"])
}

func differences(want, got []string) (lines []string) {
	for i := range max(len(want), len(got)) {
		if line(want, i) != line(got, i) {
			lines = append(lines, fmt.Sprintf("line %d\nRabbitMQ: %s\nsandbox:  %s", i+1, line(want, i), line(got, i)))
		}
	}
	return lines
}

func line(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "–"
}

// script is one client's conversation, and what is to be compared of it.
type script struct {
	t      *testing.T
	url    string
	vhost  string
	prefix string // of all names
	conn   *amqp.Connection
	ch     *amqp.Channel
	closes chan *amqp.Error // the channel's
	lines  []string
}

func transcribe(t *testing.T, url string, play func(*script)) []string {
	address, err := amqp.ParseURI(url)
	if err != nil {
		t.Fatal(err)
	}
	s := &script{t: t, url: url, vhost: address.Vhost}
	play(s)
	s.hangUp()
	return s.lines
}

func (s *script) hangUp() {
	if s.conn != nil {
		_ = s.conn.CloseDeadline(time.Now().Add(patience))
		s.conn, s.ch = nil, nil
	}
}

var (
	generated = regexp.MustCompile(`amq\.(gen|ctag)-[\w-]+`)
	deathTime = regexp.MustCompile(` time:[^\]]*? UTC\b| time:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} \w+`)
)

func (s *script) log(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if s.prefix != "" {
		text = strings.ReplaceAll(text, s.prefix, "")
	}
	text = strings.ReplaceAll(text, "vhost '"+s.vhost+"'", "vhost 'V'")
	text = generated.ReplaceAllString(text, "amq.$1-X")
	s.lines = append(s.lines, deathTime.ReplaceAllString(text, ""))
}

func (s *script) name(name string) string { return s.prefix + name }

func (s *script) connect() *amqp.Connection {
	if s.conn == nil || s.conn.IsClosed() {
		conn, err := amqp.DialConfig(s.url, amqp.Config{Dial: amqp.DefaultDial(patience), Recovery: nil})
		if err != nil {
			s.t.Fatal(err)
		}
		s.conn = conn
	}
	return s.conn
}

// channel is the script's open one: a new one after the last was closed.
func (s *script) channel() *amqp.Channel {
	if s.ch == nil || s.ch.IsClosed() {
		ch, err := s.connect().Channel()
		if err != nil {
			s.t.Fatal(err)
		}
		s.ch, s.closes = ch, ch.NotifyClose(make(chan *amqp.Error, 1))
	}
	return s.ch
}

// try asks something, and logs the answer. The broker's word on something that has no answer comes with the next.
func (s *script) try(what string, ask func(*amqp.Channel) error) {
	s.t.Helper()
	ch := s.channel()
	err := ask(ch)
	if err == nil {
		err = ch.Flow(true)
	}
	if err == nil {
		s.log("%s: ok", what)
		return
	}
	if errors.Is(err, amqp.ErrClosed) {
		if reason := <-s.closes; reason != nil {
			err = reason
		}
	}
	s.log("%s: %s", what, told(err))
}

func told(err error) string {
	var refusal *amqp.Error
	if errors.As(err, &refusal) {
		return fmt.Sprintf("%d %s", refusal.Code, refusal.Reason)
	}
	return err.Error()
}

func (s *script) declare(queue string, arguments amqp.Table) {
	s.t.Helper()
	s.try("declare "+queue, func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclare(s.name(queue), true, false, false, false, arguments)
		return err
	})
}

func (s *script) depth(queue string) {
	s.t.Helper()
	q, err := s.channel().QueueDeclarePassive(s.name(queue), true, false, false, false, nil)
	if err != nil {
		s.log("depth %s: %s", queue, told(err))
		return
	}
	s.log("depth %s: %d ready, %d consumers", queue, q.Messages, q.Consumers)
}

// publish sends bodies to the default exchange, and waits until the broker has them.
func (s *script) publish(queue string, bodies ...string) {
	s.t.Helper()
	for _, body := range bodies {
		s.send("", s.name(queue), amqp.Publishing{Body: []byte(body)})
	}
}

func (s *script) send(exchange, key string, p amqp.Publishing) {
	s.t.Helper()
	if err := s.channel().Publish(exchange, key, false, false, p); err != nil {
		s.t.Fatal(err)
	}
	if err := s.channel().Flow(true); err != nil {
		s.t.Fatal(err)
	}
}

// get logs the next message, and returns it.
func (s *script) get(queue string) amqp.Delivery {
	s.t.Helper()
	d, ok, err := s.channel().Get(s.name(queue), false)
	switch {
	case err != nil:
		s.log("get %s: %s", queue, told(err))
	case !ok:
		s.log("get %s: empty", queue)
	default:
		s.log("get %s: %s, %d left", queue, shown(d), d.MessageCount)
	}
	return d
}

func shown(d amqp.Delivery) string {
	return fmt.Sprintf("%q redelivered=%t exchange=%q key=%q tag=%d expiration=%q headers=%v",
		d.Body, d.Redelivered, d.Exchange, d.RoutingKey, d.DeliveryTag, d.Expiration, map[string]any(d.Headers))
}

// awaitDepth polls until as many are ready: for what RabbitMQ does in its own time.
func (s *script) awaitDepth(queue string, ready int) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		q, err := s.channel().QueueDeclarePassive(s.name(queue), true, false, false, false, nil)
		if err == nil && q.Messages == ready {
			s.log("%s has %d", queue, ready)
			return
		}
		if err != nil || time.Now().After(deadline) {
			s.t.Fatalf("%s: %d ready, want %d; %v", queue, q.Messages, ready, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *script) sorted(lines []string) {
	slices.Sort(lines)
	for _, l := range lines {
		s.log("%s", l)
	}
}

// elsewhere is the script's broker with another login or vhost.
func (s *script) elsewhere(change func(*url.URL)) string {
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	change(u)
	return u.String()
}
