package broker

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"carousel/broker/brokertest"
)

// evilBroker speaks just enough AMQP to let a client in, blocks it, and closes the connection, each time with a text of its
// own. It returns its URL.
func evilBroker(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				letIn(conn, text)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return "amqp://" + l.Addr().String()
}

// letIn plays the server's part of the handshake. An error ends it, as it would a real connection.
func letIn(conn net.Conn, text string) {
	const start, tune, openOK, closed, blocked = 10, 30, 41, 50, 60
	header := make([]byte, 8)
	if _, err := io.ReadFull(conn, header); err != nil {
		return
	}
	var properties []byte
	for _, name := range []string{"product", "version", "cluster_name"} {
		properties = append(append(properties, shortText(name)...), append([]byte{'S'}, longText(text)...)...)
	}
	hello := append([]byte{0, 9}, longText(string(properties))...)
	hello = append(hello, longText("PLAIN")...)
	send(conn, start, append(hello, longText("en_US")...))
	hear(conn) // start-ok
	send(conn, tune, []byte{0, 100, 0, 2, 0, 0, 0, 0})
	hear(conn) // tune-ok
	hear(conn) // open
	send(conn, openOK, shortText(""))
	send(conn, blocked, shortText(text))
	send(conn, closed, append(append([]byte{1, 64}, shortText("CONNECTION_FORCED - "+text)...), 0, 0, 0, 0)) // 320
	hear(conn)
}

func shortText(s string) []byte {
	s = s[:min(len(s), 255)]
	return append([]byte{byte(len(s))}, s...)
}

func longText(s string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), s...)
}

// send writes a method of the class connection on channel 0.
func send(conn net.Conn, method uint16, arguments []byte) {
	payload := binary.BigEndian.AppendUint16([]byte{0, 10}, method)
	payload = append(payload, arguments...)
	frame := append([]byte{1, 0, 0}, longText(string(payload))...)
	_, _ = conn.Write(append(frame, 0xce))
}

// hear reads one frame.
func hear(conn net.Conn) {
	head := make([]byte, 7)
	if _, err := io.ReadFull(conn, head); err == nil {
		_, _ = io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(head[3:]))+1)
	}
}

// shortTexts joins hostile texts to as few as AMQP's short strings hold.
func shortTexts() map[string]string {
	joined, name, text := map[string]string{}, "", ""
	for _, h := range brokertest.Hostile() {
		if len(text)+len(h.Text) > 230 && text != "" {
			joined[name], name, text = text, "", ""
		}
		name, text = name+h.Name+", ", text+" "+h.Text
	}
	joined[name] = text
	return joined
}

// Whatever a broker says of itself, of why it blocks and of why it closes: what comes out of this package is plain, in the
// state, the faults and the log.
func TestHostileBroker(t *testing.T) {
	for name, text := range shortTexts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var log bytes.Buffer
			cfg := DefaultConfig()
			cfg.Refresh = Duration(100 * time.Millisecond)
			cfg.URLs, cfg.Management = []string{evilBroker(t, text)}, []string{"http://127.0.0.1:1"}
			c, err := Open(cfg, slog.New(slog.NewTextHandler(locked{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelDebug})))
			must(t, err)
			defer c.Close()
			eventually(t, "the broker to close", func() bool { return c.Links()[0].Err != nil })
			eventually(t, "the monitor to notice", func() bool { return c.Snapshot().AMQP.Err != nil })
			s := c.Snapshot()
			for _, l := range c.Links() {
				for _, text := range []string{l.Product, l.Version, l.Blocked, s.AMQP.Err.Error(), errorText(l.Err)} {
					if Plain(text) != text || !utf8.ValidString(text) {
						t.Errorf("raw: %q", text)
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for line := range strings.Lines(log.String()) {
				if line = strings.TrimSuffix(line, "\n"); Plain(line) != line {
					t.Errorf("the log: %q", line)
				}
			}
			if !strings.Contains(log.String(), "link down") {
				t.Errorf("nothing was logged:\n%s", log.String())
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// locked is a buffer for several goroutines.
type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
