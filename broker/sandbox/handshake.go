package sandbox

import (
	"bytes"
	"crypto/subtle"
	"io"
	"time"
)

// What the sandbox offers, as RabbitMQ does by default.
const (
	channelMaxOffer = 2047
	frameMaxOffer   = 128 << 10
	frameMaxBefore  = 8192 // octets of a frame before both sides agreed on more
	heartbeatOffer  = 60   // seconds
)

// refusalDelay is how long a refused client waits for the end, so that passwords are not tried by the thousand.
const refusalDelay = time.Second

var protocolHeader = []byte{'A', 'M', 'Q', 'P', 0, 0, 9, 1}

// greet reads the protocol header and offers a login. It reports whether there is more to read.
func (c *conn) greet() bool {
	var header [8]byte
	if _, err := io.ReadFull(c.in.in, header[:]); err != nil {
		return false
	}
	if !bytes.Equal(header[:], protocolHeader) {
		c.out.add(func(buf []byte) []byte { return append(buf, protocolHeader...) })
		return false
	}
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	if c.state != greeting {
		return false
	}
	c.state = starting
	c.send(0, connectionStart, uint8(0), uint8(9), c.broker.properties(), longstr("AMQPLAIN PLAIN"), longstr("en_US"))
	return true
}

// properties are what clients are told of the broker.
func (b *Broker) properties() table {
	return table{
		"product":      b.options.Product,
		"version":      b.options.Version,
		"platform":     "carousel",
		"cluster_name": clusterName,
		"information":  "in memory, for trying carousel; not for tasks that matter",
		"capabilities": table{
			"publisher_confirms":           true,
			"exchange_exchange_bindings":   true,
			"basic.nack":                   true,
			"consumer_cancel_notify":       true,
			"connection.blocked":           true,
			"consumer_priorities":          true,
			"authentication_failure_close": true,
			"per_consumer_qos":             true,
		},
	}
}

// clusterName is the node's name too.
const clusterName = "carousel@sandbox"

// control handles a method of the connection itself.
func (c *conn) control(payload []byte) *fault {
	r := &reader{rest: payload}
	m := method(r.long())
	var refused *fault
	switch {
	case c.state == closing && m == connectionClose:
		c.send(0, connectionCloseOK)
	case c.state == closing && m == connectionCloseOK:
		c.state = over
	case c.state == closing:
	case m == connectionStartOK && c.state == starting:
		refused = c.startOK(r)
	case m == connectionTuneOK && c.state == tuning:
		refused = c.tuneOK(r)
	case m == connectionOpen && c.state == opening:
		refused = c.open(r)
	case m == connectionUpdateSecret && c.state == running:
		c.send(0, connectionUpdateSecretOK)
	case m == connectionClose && c.state >= tuning:
		c.state = over
		c.release()
		c.send(0, connectionCloseOK)
	default:
		refused = refuse(channelError, "unexpected method in connection state %s", c.state)
	}
	if r.err != nil && c.state < closing {
		refused = cannotDecode(r.err, payload)
	}
	if refused != nil && refused.method == 0 {
		refused.method = m
	}
	return refused
}

func cannotDecode(err error, payload []byte) *fault {
	if err == errNotUTF8 {
		return refuse(frameError, "Malformed UTF-8 in shortstr")
	}
	return refuse(frameError, "cannot decode %s", binaryTerm(payload[min(len(payload), 4):]))
}

// String is the state's name in RabbitMQ.
func (s state) String() string {
	return [...]string{"pre_init", "starting", "tuning", "opening", "running", "closing", "closed"}[s]
}

func (c *conn) startOK(r *reader) *fault {
	client, mechanism, response := r.table(), r.shortstr(), r.longbytes()
	r.shortstr() // the locale
	if r.err != nil {
		return nil
	}
	c.client, c.mechanism = client, mechanism
	var user, password string
	switch mechanism {
	case "PLAIN":
		parts := bytes.SplitN(response, []byte{0}, 3)
		if len(parts) != 3 || len(parts[0]) > 0 {
			return refuse(syntaxError, "response invalid")
		}
		user, password = string(parts[1]), string(parts[2])
	case "AMQPLAIN":
		login := reader{rest: appendLongstr(nil, string(response))}
		fields := login.table()
		var hasUser, hasPassword bool
		user, hasUser = fields["LOGIN"].(string)
		password, hasPassword = fields["PASSWORD"].(string)
		if login.err != nil || !hasUser || !hasPassword {
			return refuse(syntaxError, "AMQPLAIN auth info is missing LOGIN or PASSWORD field")
		}
	default:
		return refuse(commandInvalid, "unknown authentication mechanism '%s'", mechanism)
	}
	if !c.broker.knows(user, password) {
		return c.refuseLogin()
	}
	c.user, c.state = user, tuning
	c.send(0, connectionTune, uint16(channelMaxOffer), uint32(frameMaxOffer), uint16(heartbeatOffer))
	return nil
}

// knows takes as long for any wrong password.
func (b *Broker) knows(user, password string) bool {
	named := subtle.ConstantTimeCompare([]byte(user), []byte(b.options.User))
	proven := subtle.ConstantTimeCompare([]byte(password), []byte(b.options.Password))
	return named&proven == 1
}

// refuseLogin says so to a client that can hear it, as the specification's authors did not foresee. To the others it
// says nothing: they take the end of the connection at this point for wrong credentials.
func (c *conn) refuseLogin() *fault {
	if c.can("authentication_failure_close") {
		return refuse(accessRefused, "Login was refused using authentication mechanism %s. "+
			"For details see the broker logfile.", c.mechanism)
	}
	c.closeIn(refusalDelay)
	return nil
}

func (c *conn) tuneOK(r *reader) *fault {
	channels, size, seconds := r.short(), r.long(), r.short()
	if r.err != nil {
		return nil
	}
	if refused := negotiated("frame_max", size, frameMinSize, frameMaxOffer); refused != nil {
		return refused
	}
	if refused := negotiated("channel_max", uint32(channels), 1, channelMaxOffer); refused != nil {
		return refused
	}
	c.channelMax, c.frameMax, c.heartbeat = channels, size, time.Duration(seconds)*time.Second
	c.in.max = size
	if c.heartbeat > 0 {
		c.silence.Store(int64(2 * c.heartbeat)) // the specification's: two missed ones
		c.out.beat(c.heartbeat / 2)
	}
	c.state = opening
	return nil
}

func negotiated(field string, value, least, most uint32) *fault {
	switch {
	case value != 0 && value < least:
		return refuse(notAllowed, "negotiated %s = %d is lower than the minimum allowed value (%d)", field, value, least)
	case value == 0 || value > most:
		detail := ""
		if value == 0 {
			detail = " (no limit)"
		}
		return refuse(notAllowed, "negotiated %s = %d%s is higher than the maximum allowed value (%d)",
			field, value, detail, most)
	}
	return nil
}

func (c *conn) open(r *reader) *fault {
	name := r.shortstr()
	if r.err != nil {
		return nil
	}
	if name != vhost {
		return refuse(notAllowed, "vhost %s not found", name)
	}
	c.state = running
	c.broker.stop(c.deadline)
	c.send(0, connectionOpenOK, "")
	return nil
}
