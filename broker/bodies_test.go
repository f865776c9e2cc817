package broker

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// A body is bytes: whatever they are and however many, they come back as they went, also when the task is handed back and
// delivered again.
func TestBodiesComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), nil)
	ctx := within(t, 60*time.Second)
	k, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1})
	must(t, err)
	random := rand.NewChaCha8([32]byte{'b', 'o', 'd', 'y'})
	noise := func(n int) []byte {
		b := make([]byte, n)
		_, _ = random.Read(b)
		return b
	}
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	texts := []byte{}
	for _, h := range brokertest.Hostile() {
		texts = append(texts, h.Text...)
	}
	for name, body := range map[string][]byte{
		"nothing": {}, "every byte": every, "not UTF-8": {0xff, 0xfe, 0, 0x9b}, "hostile texts": texts, "a frame": noise(frameSize), "10 MB": noise(10_000_000),
		"16 MiB and one": noise(16<<20 + 1),
	} {
		sum := sha256.Sum256(body)
		r, err := c.Publish(ctx, NewTask(body))
		if len(body) > 16<<20 && major(c.Links()[0].Version) >= 4 {
			if r.Outcome != Rejected || !strings.Contains(r.Why, "larger than configured max size 16777216") {
				t.Errorf("%s: %+v, %v", name, r, err) // RabbitMQ's limit from 4.0 on
			}
			continue
		}
		if err != nil || r.Outcome != Confirmed {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		must(t, take(t, k).Return())
		d := take(t, k)
		if got := sha256.Sum256(d.Task.Body); got != sum || !d.Redelivered {
			t.Errorf("%s: %d bytes came back of %d, or others", name, len(d.Task.Body), len(body))
		}
		must(t, d.Ack())
	}
	if err := CheckTask(NewTask(make([]byte, maxBody+1))); err == nil || !strings.Contains(err.Error(), "at most 134217728") {
		t.Errorf("a body beyond the limit: %v", err)
	}
}

// What a producer put into headers and properties comes back as it went, too.
func TestHeadersComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), nil)
	ctx := within(t, 20*time.Second)
	k, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1})
	must(t, err)
	for _, h := range brokertest.Hostile() {
		if len(h.Text) > maxShortString {
			continue
		}
		name := strings.ToValidUTF8(h.Text, "?")
		task := NewTask([]byte(h.Text))
		task.ID, task.Type, task.ContentType = name, name, name
		task.Headers = map[string]any{name: h.Text, "bytes": []byte(h.Text)}
		r, err := c.Publish(ctx, task)
		if err != nil || r.Outcome != Confirmed {
			t.Fatalf("%s: %+v, %v", h.Name, r, err)
		}
		d := take(t, k)
		got := d.Task
		if raw, _ := got.Headers["bytes"].([]byte); got.ID != name || got.Type != name || got.ContentType != name || got.Headers[name] != h.Text ||
			!bytes.Equal(raw, []byte(h.Text)) || string(got.Body) != h.Text {
			t.Errorf("%s: %+v", h.Name, got)
		}
		must(t, d.Ack())
	}
}
