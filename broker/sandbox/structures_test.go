package sandbox

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The heap gives entries in the order of a sorted list, whatever is pushed and popped in between.
func TestBacklogOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var h backlog
		var model []*entry
		seq := uint64(0)
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			if len(model) > 0 && rapid.IntRange(0, 2).Draw(t, "pop") == 0 {
				slices.SortFunc(model, func(a, b *entry) int {
					return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(a.seq, b.seq))
				})
				if got := h.pop(); got != model[0] {
					t.Fatalf("popped rank %d seq %d, want rank %d seq %d", got.rank, got.seq, model[0].rank, model[0].seq)
				}
				model = model[1:]
				continue
			}
			e := &entry{message: &message{body: make([]byte, 3)}, rank: rapid.Uint8Range(0, 3).Draw(t, "rank"), seq: seq}
			seq++
			h.push(e)
			model = append(model, e)
		}
		if h.len() != len(model) || h.bytes != int64(3*len(model)) {
			t.Fatalf("%d entries of %d bytes, want %d", h.len(), h.bytes, len(model))
		}
	})
}

func TestBacklogShrinks(t *testing.T) {
	var h backlog
	const many = 10_000
	for i := range uint64(many) {
		h.push(&entry{message: &message{}, seq: i})
	}
	for range many - 10 {
		h.pop()
	}
	if cap(h.entries) > many/4 {
		t.Errorf("10 entries keep room for %d", cap(h.entries))
	}
}

// Unacknowledged deliveries behave like a sorted map, and their holes do not pile up.
func TestUnacked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var u unacked
		model := map[uint64]bool{}
		next := uint64(1)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "add") {
				u.add(&delivery{tag: next})
				model[next] = true
				next++
				continue
			}
			tag, multiple := rapid.Uint64Range(0, next).Draw(t, "tag"), rapid.IntRange(0, 3).Draw(t, "multiple") == 0
			var want []uint64
			if all := tag == 0 && multiple; model[tag] || all {
				for held := range model {
					if held == tag || multiple && (held < tag || all) {
						want = append(want, held)
					}
				}
			}
			taken, found := u.take(tag, multiple)
			var got []uint64
			for _, d := range taken {
				got = append(got, d.tag)
			}
			slices.Sort(want)
			if found != (model[tag] || tag == 0 && multiple) || !slices.Equal(got, want) {
				t.Fatalf("take(%d, %t) = %v, %t; want %v", tag, multiple, got, found, want)
			}
			if rapid.IntRange(0, 4).Draw(t, "put back") == 0 {
				u.putBack(taken)
				continue
			}
			for _, tag := range want {
				delete(model, tag)
			}
		}
		if u.len() != len(model) || len(u.slots) > 2*len(model)+1 {
			t.Fatalf("%d in %d slots, want %d", u.len(), len(u.slots), len(model))
		}
	})
}

// Topics match as their translation into a regular expression does.
func TestTopicMatches(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := func(of ...string) []string { return rapid.SliceOfN(rapid.SampledFrom(of), 1, 6).Draw(t, "words") }
		pattern, key := words("a", "b", "*", "#", ""), words("a", "b", "c", "")
		// Each word is written with a dot before it, so that "#" is any number of such.
		expression := "^"
		for _, word := range pattern {
			switch word {
			case "#":
				expression += `(\.[^.]*)*`
			case "*":
				expression += `\.[^.]*`
			default:
				expression += `\.` + word
			}
		}
		want := regexp.MustCompile(expression + "$").MatchString("." + strings.Join(key, "."))
		if got := topicMatches(pattern, key); got != want {
			t.Fatalf("%q matches %q: %t, want %t", pattern, key, got, want)
		}
	})
}

func TestTopicMatchIsQuick(t *testing.T) {
	pattern := strings.Split(strings.Repeat("#.a.", 60)+"b", ".")
	key := strings.Split(strings.Repeat("a.", 126)+"c", ".")
	if started := time.Now(); topicMatches(pattern, key) || time.Since(started) > 10*time.Second {
		t.Errorf("a hostile pattern took %s", time.Since(started))
	}
}

// A rate is over the last window or two, and none before the first event.
func TestRates(t *testing.T) {
	m := newMeter(0)
	for second := range 60 {
		if second < 30 {
			m.count[statAck] += 100
		}
		r := m.look(time.Duration(second+1) * time.Second)
		switch {
		case second < 30 && (r[statAck] < 99 || r[statAck] > 101):
			t.Fatalf("%.1f/s at second %d, want 100", r[statAck], second)
		case second >= 45 && r[statAck] != 0:
			t.Fatalf("%.1f/s at second %d, want 0", r[statAck], second)
		case r[statPublish] != 0:
			t.Fatalf("%.1f/s of what never happened", r[statPublish])
		}
	}
}
