package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"slices"
)

const (
	frameMethod    = 1
	frameHeader    = 2
	frameBody      = 3
	frameHeartbeat = 8

	frameEnd         = 0xCE
	frameHeaderSize  = 7 // type, channel, size of the payload
	frameOverhead    = frameHeaderSize + 1
	frameMinSize     = 4096
	contentHeaderMin = 12 // class, weight, size of the body
)

// frame is one unit of the protocol. Its payload is good until the next one is read.
type frame struct {
	kind    uint8
	channel uint16
	payload []byte
}

// frames reads a connection's input.
type frames struct {
	in     *bufio.Reader
	max    uint32 // octets a frame may have, all in all
	buffer []byte // for payloads, as large as the largest so far
}

// next returns the next frame. The error is a *badFrame, or the socket's.
func (f *frames) next() (frame, error) {
	var head [frameHeaderSize]byte
	if _, err := io.ReadFull(f.in, head[:]); err != nil {
		return frame{}, err
	}
	fr := frame{kind: head[0], channel: big.Uint16(head[1:])}
	size := big.Uint32(head[3:])
	if size > f.max { // RabbitMQ forgives the few octets around the payload, and so the sizes of clients that forget them
		return frame{}, &badFrame{fr, fmt.Sprintf("{frame_too_large,%d,%d}", size, f.max-frameOverhead)}
	}
	if need := int(size) + 1; need > len(f.buffer) {
		f.buffer = make([]byte, need)
	}
	payload := f.buffer[:size+1]
	if _, err := io.ReadFull(f.in, payload); err != nil {
		return frame{}, err
	}
	fr.payload = payload[:size]
	if end := payload[size]; end != frameEnd {
		return frame{}, &badFrame{fr, fmt.Sprintf("{invalid_frame_end_marker,%d}", end)}
	}
	return fr, nil
}

// badFrame is a frame after which the stream cannot be read on.
type badFrame struct {
	frame  frame
	reason string // as RabbitMQ words it
}

func (b *badFrame) Error() string { return b.reason }

func (b *badFrame) fault() *fault {
	return refuse(frameError, "type %d, %s: %s", b.frame.kind, snippet(b.frame.payload), b.reason)
}

// snippet shows the beginning of a payload in RabbitMQ's (that is: Erlang's) notation.
func snippet(payload []byte) string {
	const shown = 16
	if len(payload) <= shown {
		return "all octets = " + binaryTerm(payload)
	}
	return fmt.Sprintf("first %d octets = %s", shown, binaryTerm(payload[:shown]))
}

func binaryTerm(b []byte) string {
	text := []byte("<<")
	for i, octet := range b {
		if i > 0 {
			text = append(text, ',')
		}
		text = fmt.Append(text, octet)
	}
	return string(append(text, ">>"...))
}

func openFrame(buf []byte, kind uint8, channel uint16) (grown []byte, start int) {
	start = len(buf)
	return append(buf, kind, uint8(channel>>8), uint8(channel), 0, 0, 0, 0), start
}

// appendFrameHeader begins a frame of a payload whose size is known.
func appendFrameHeader(buf []byte, kind uint8, channel uint16, size int) []byte {
	return big.AppendUint32(append(buf, kind, uint8(channel>>8), uint8(channel)), uint32(size))
}

func closeFrame(buf []byte, start int) []byte {
	big.PutUint32(buf[start+3:], uint32(len(buf)-start-frameHeaderSize))
	return append(buf, frameEnd)
}

// appendContent appends a message's header and its body, in frames of at most max octets.
func appendContent(buf []byte, channel uint16, properties, body []byte, max uint32) []byte {
	buf = appendContentHeader(buf, channel, properties, len(body))
	for piece := range slices.Chunk(body, int(max)-frameOverhead) {
		buf = appendFrameHeader(buf, frameBody, channel, len(piece))
		buf = append(append(buf, piece...), frameEnd)
	}
	return buf
}

func appendContentHeader(buf []byte, channel uint16, properties []byte, size int) []byte {
	buf, start := openFrame(buf, frameHeader, channel)
	buf = big.AppendUint32(buf, classBasic) // the class, and a weight of 0
	buf = big.AppendUint64(buf, uint64(size))
	return closeFrame(append(buf, properties...), start)
}

func appendHeartbeat(buf []byte) []byte {
	buf, start := openFrame(buf, frameHeartbeat, 0)
	return closeFrame(buf, start)
}
