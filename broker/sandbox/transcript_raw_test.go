package sandbox_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func hardErrorScript(s *script) {
	s.declare("q", nil)
	for _, c := range []struct {
		what string
		ask  func(*amqp.Channel) error
	}{
		{"unknown exchange type", func(ch *amqp.Channel) error {
			return ch.ExchangeDeclare(s.name("x"), "magic", true, false, false, false, nil)
		}},
		{"immediate", func(ch *amqp.Channel) error {
			return ch.Publish("", s.name("q"), false, true, amqp.Publishing{})
		}},
		{"flow off", func(ch *amqp.Channel) error { return ch.Flow(false) }},
	} {
		s.try(c.what, c.ask)
	}
	s.depth("q")
}

func loginScript(s *script) {
	type login struct {
		what   string
		change func(*url.URL)
		sasl   []amqp.Authentication
	}
	amqplain := func(password string) []amqp.Authentication {
		return []amqp.Authentication{&amqp.AMQPlainAuth{Username: "guest", Password: password}}
	}
	logins := []login{
		{"no such vhost", func(u *url.URL) { u.Path = "/nowhere" }, nil},
		{"wrong password", func(u *url.URL) { u.User = url.UserPassword("guest", "wrong") }, nil},
		{"wrong user", func(u *url.URL) { u.User = url.UserPassword("nobody", "guest") }, nil},
		{"AMQPLAIN", func(*url.URL) {}, amqplain("guest")},
		{"AMQPLAIN wrong", func(*url.URL) {}, amqplain("no")},
	}
	results := make([]string, len(logins))
	var dialling sync.WaitGroup // RabbitMQ takes three seconds to refuse
	for i, l := range logins {
		dialling.Go(func() {
			conn, err := amqp.DialConfig(s.elsewhere(l.change), amqp.Config{
				SASL: l.sasl, Dial: amqp.DefaultDial(patience),
				Properties: amqp.Table{"capabilities": amqp.Table{"authentication_failure_close": true}},
			})
			if err != nil {
				results[i] = told(err)
				return
			}
			defer conn.Close()
			results[i] = fmt.Sprintf("%d channels, frames of %d, heartbeats of %s",
				conn.Config.ChannelMax, conn.Config.FrameSize, conn.Config.Heartbeat)
		})
	}
	dialling.Wait()
	for i, l := range logins {
		s.log("%s: %s", l.what, results[i])
	}
}

// wire is a client that can say anything.
type wire struct {
	s      *script
	socket net.Conn
}

func (s *script) dialWire() *wire {
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	socket, err := net.Dial("tcp", u.Host)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := socket.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	return &wire{s, socket}
}

func (w *wire) write(octets []byte) {
	w.s.t.Helper()
	if _, err := w.socket.Write(octets); err != nil {
		w.s.t.Fatal(err)
	}
}

func raw(kind byte, channel uint16, payload ...byte) []byte {
	f := binary.BigEndian.AppendUint16([]byte{kind}, channel)
	f = binary.BigEndian.AppendUint32(f, uint32(len(payload)))
	return append(append(f, payload...), 0xCE)
}

func rawMethod(channel uint16, class, method byte, arguments ...byte) []byte {
	return raw(1, channel, append([]byte{0, class, 0, method}, arguments...)...)
}

func short(text string) []byte { return append([]byte{byte(len(text))}, text...) }

func long(octets []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(octets))), octets...)
}

func join(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// read returns the next frame, without its kind but with its class and method, or why there is none.
func (w *wire) read() (channel uint16, payload []byte, err error) {
	head := make([]byte, 7)
	if _, err := io.ReadFull(w.socket, head); err != nil {
		return 0, nil, err
	}
	payload = make([]byte, binary.BigEndian.Uint32(head[3:])+1)
	_, err = io.ReadFull(w.socket, payload)
	return binary.BigEndian.Uint16(head[1:]), payload[:len(payload)-1], err
}

func startOK(mechanism, response string) []byte {
	return rawMethod(0, 10, 11, join(long(nil), short(mechanism), long([]byte(response)), short("en_US"))...)
}

func tuneOK(channels uint16, frames uint32) []byte {
	b := binary.BigEndian.AppendUint16(nil, channels)
	b = binary.BigEndian.AppendUint32(b, frames)
	return rawMethod(0, 10, 31, binary.BigEndian.AppendUint16(b, 0)...)
}

func (s *script) openOK() []byte {
	u, err := amqp.ParseURI(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	return rawMethod(0, 10, 40, join(short(u.Vhost), short(""), []byte{0})...)
}

// ending logs how the broker ends it, or ends what is asked on a channel: the code, the text, the class and the method.
func (w *wire) ending(what string) {
	w.s.t.Helper()
	defer w.socket.Close()
	for {
		channel, payload, err := w.read()
		if err != nil {
			w.s.log("%s: the connection ends", what)
			return
		}
		if len(payload) > 6 && (payload[1] == 10 && payload[3] == 50 || payload[1] == 20 && payload[3] == 40) {
			text := payload[7 : 7+payload[6]]
			method := payload[7+payload[6]:]
			if string(text) == "FRAME_ERROR - Malformed UTF-8 in shortstr" {
				method = nil // RabbitMQ forgets it
			}
			w.s.log("%s: channel %d, %d %s, of %v", what, channel, binary.BigEndian.Uint16(payload[4:]), text, method)
			return
		}
	}
}

func frameScript(s *script) {
	const plain = "\x00guest\x00guest"
	header := []byte("AMQP\x00\x00\x09\x01")
	login := join(header, startOK("PLAIN", plain))
	opened := join(login, tuneOK(2047, 131072), s.openOK())
	channel := join(opened, rawMethod(1, 20, 10, 0))
	publish := rawMethod(1, 60, 40, join([]byte{0, 0}, short(""), short(s.name("q")), []byte{0})...)
	contentHeader := func(class byte, size uint64) []byte {
		return raw(2, 1, append(binary.BigEndian.AppendUint64([]byte{0, class, 0, 0}, size), 0, 0)...)
	}
	var endings []func()
	for _, c := range []struct {
		what   string
		octets []byte
	}{
		{"another protocol", []byte("GET / HTTP/1.1\r\n\r\n")},
		{"an unknown mechanism", join(header, startOK("MAGIC", plain))},
		{"tune to small frames", join(login, tuneOK(2047, 1000))},
		{"tune to large frames", join(login, tuneOK(2047, 131073))},
		{"tune to any channels", join(login, tuneOK(0, 131072))},
		{"tune to many channels", join(login, tuneOK(3000, 131072))},
		{"a method on an unopened channel", join(opened, rawMethod(1, 60, 10, 0, 0, 0, 0, 0, 0, 0))},
		{"a channel opened twice", join(channel, rawMethod(1, 20, 10, 0))},
		{"a channel above the maximum", join(login, tuneOK(1, 131072), s.openOK(),
			rawMethod(1, 20, 10, 0), rawMethod(2, 20, 10, 0))},
		{"a body without a header", join(channel, publish, raw(3, 1, 'x'))},
		{"a method in the place of a header", join(channel, publish, rawMethod(1, 20, 20, 1))},
		{"a header of another class", join(channel, publish, contentHeader(50, 1))},
		{"a method in the place of a body", join(channel, publish, contentHeader(60, 9), publish)},
		{"a header out of nowhere", join(channel, contentHeader(60, 9))},
		{"a heartbeat on a channel", join(channel, raw(8, 1))},
		{"a frame of an unknown type", join(channel, raw(9, 1, 1, 2, 3))},
		{"a frame without its end", join(channel, []byte{1, 0, 1, 0, 0, 0, 1, 7, 9})},
		{"a frame too large", join(channel, []byte{3, 0, 1, 0, 2, 0, 1})},
		{"a method cut short", join(channel, rawMethod(1, 60, 10, 0, 0))},
		{"a name that is not UTF-8", join(channel, rawMethod(1, 50, 30, 0, 0, 2, 0xc3, 0x28, 0))},
		{"prefetch size", join(channel, rawMethod(1, 60, 10, 0, 0, 0, 9, 0, 0, 0))},
		{"a consumer tag twice", join(channel,
			rawMethod(1, 50, 10, join([]byte{0, 0}, short(s.name("frames")), []byte{0}, long(nil))...),
			rawMethod(1, 60, 20, join([]byte{0, 0}, short(s.name("frames")), short("tag"), []byte{0}, long(nil))...),
			rawMethod(1, 60, 20, join([]byte{0, 0}, short(s.name("frames")), short("tag"), []byte{0}, long(nil))...))},
		{"a second start-ok", join(opened, startOK("PLAIN", plain))},
		{"recover without requeue", join(channel, rawMethod(1, 60, 110, 0))},
		{"a missing queue", join(channel, rawMethod(1, 50, 30, join([]byte{0, 0}, short("none"), []byte{0})...))},
	} {
		w := s.dialWire()
		w.write(c.octets)
		endings = append(endings, func() { w.ending(c.what) }) // later: RabbitMQ takes three seconds for some
	}
	for _, ending := range endings {
		ending()
	}
}
