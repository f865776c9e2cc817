package sandbox

// The properties of a message, in the order of their flags.
const (
	contentType = iota
	contentEncoding
	headers
	deliveryMode
	priority
	correlationID
	replyTo
	expiration
	messageID
	timeStamp
	kind
	userID
	appID
	clusterID

	propertyCount
)

// properties holds each field as it stands on the wire, with its length; nil where the message has none.
type properties [propertyCount][]byte

func parseProperties(b []byte) (properties, error) {
	r := reader{rest: b}
	set := r.short()
	if set&(1<<(16-propertyCount)-1) != 0 { // a bit of no property, or flags that go on
		return properties{}, errMalformed
	}
	var p properties
	for field := range p {
		if set&(1<<(15-field)) == 0 {
			continue
		}
		before := r.rest
		switch field {
		case headers:
			r.longbytes()
		case deliveryMode, priority:
			r.octet()
		case timeStamp:
			r.longlong()
		default:
			r.take(int(r.octet()))
		}
		p[field] = before[:len(before)-len(r.rest)]
	}
	if r.err != nil {
		return properties{}, r.err
	}
	if len(r.rest) > 0 {
		return properties{}, errMalformed
	}
	return p, nil
}

func (p *properties) append(buf []byte) []byte {
	var set uint16
	for field, value := range p {
		if value != nil {
			set |= 1 << (15 - field)
		}
	}
	buf = big.AppendUint16(buf, set)
	for _, value := range p {
		buf = append(buf, value...)
	}
	return buf
}

// octet is a property of one octet, 0 where the message has none.
func (p *properties) octet(field int) uint8 {
	if p[field] == nil {
		return 0
	}
	return p[field][0]
}

// text is a short property; ok is false where the message has none.
func (p *properties) text(field int) (text string, ok bool) {
	if p[field] == nil {
		return "", false
	}
	return string(p[field][1:]), true
}

// headers decodes the header table. It is a fresh one, the caller's to change.
func (p *properties) headers() (table, error) {
	if p[headers] == nil {
		return table{}, nil
	}
	r := reader{rest: p[headers]}
	return r.table(), r.err
}

func (p *properties) setHeaders(t table) { p[headers] = appendTable(nil, t) }
