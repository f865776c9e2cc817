package broker

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carousel/broker/brokertest"
)

// envLarge is how many queues the vhost of TestPagesOfRabbitMQ has.
const envLarge = "CAROUSEL_LARGE"

// The pages of a real broker, one after the other, are every queue once, in the order of the names or the other way round: that is
// the list's own order, which is not asked for. In an ordinary run the vhost is small; with CAROUSEL_LARGE=10000 it is not.
func TestPagesOfRabbitMQ(t *testing.T) {
	t.Parallel()
	queues := 120
	if text := os.Getenv(envLarge); text != "" {
		var err error
		if queues, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s: %v", envLarge, err)
		}
	}
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), nil)
	other := brokertest.Connect(t, vhost.URL())
	names := []string{"Zahlungen/größer 100 %", "名前のキュー", "a/b/c", "per%2Fcent", "with space", "q?x=1&y=2", "#hash", "..", "tab\there",
		"regex.*[a-z]+(x)|y$", strings.Repeat("n", 255), strings.Repeat("名", 85)}
	for i := len(names); i < queues; i++ {
		names = append(names, fmt.Sprintf("Queue-%05d", i))
	}
	for _, name := range names {
		other.DeclareQueue(name)
	}
	slices.Sort(names)
	for _, reverse := range []bool{false, true} {
		var found []string
		for page, pages := 1, 1; page <= pages; page++ {
			got, err := c.Queues(within(t, patience), QueueQuery{Page: page, Size: 50, Reverse: reverse})
			must(t, err)
			if got.Partial != "" || got.Total != len(names) {
				t.Errorf("page %d of %d queues: %q", page, got.Total, got.Partial)
			}
			for i := range got.Rows {
				found = append(found, got.Rows[i].Name)
			}
			pages = got.Pages
		}
		if reverse {
			slices.Reverse(found)
		}
		if !slices.Equal(found, names) {
			t.Errorf("reverse %v: %d queues on the pages, of %d", reverse, len(found), len(names))
		}
	}
	for _, name := range names[:min(len(names), 20)] {
		got, err := c.Queues(within(t, patience), QueueQuery{Page: 1, Size: 50, Name: name, NamesOnly: true})
		must(t, err)
		if !slices.ContainsFunc(got.Rows, func(r QueueRow) bool { return r.Name == name }) {
			t.Errorf("%q is not found by its name", name)
		}
	}
}
