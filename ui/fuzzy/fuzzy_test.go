package fuzzy

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestFinds(t *testing.T) {
	for _, c := range []struct {
		query, text string
		at          []int // nil: not found
	}{
		{"", "purge", []int{}},
		{"  ", "purge", []int{}},
		{"pur", "purge", []int{0, 1, 2}},
		{"PG", "purge", []int{0, 3}},
		{"tq", "task_queue", []int{0, 5}},
		{"queue", "quit the queue", []int{9, 10, 11, 12, 13}},
		{"eg", "purge", nil},
		{"purges", "purge", nil},
		{"work more", "start a worker more", []int{8, 9, 10, 11, 15, 16, 17, 18}},
		{"ü", "Übung", []int{0}},
		{"td", "theme: dark", []int{0, 7}},
		{"ab", "xaxab", []int{3, 4}},
	} {
		m, ok := Find(c.query, c.text)
		if ok != (c.at != nil) || ok && !slices.Equal(m.At, c.at) {
			t.Errorf("%q in %q: %v %v, want %v", c.query, c.text, m.At, ok, c.at)
		}
	}
}

// What a person means comes first.
func TestRanks(t *testing.T) {
	for query, order := range map[string][]string{
		"pu":   {"purge the queue", "pause the pool until", "the help"},
		"pre":  {"prefetch", "change the prefetch", "pause the retries"},
		"dark": {"theme: dark", "dead letters: mark"},
		"tq":   {"task_queue", "test_a_queue", "atqb"},
	} {
		before := 1 << 30
		for _, text := range order {
			m, ok := Find(query, text)
			if !ok {
				m.Score = impossible
			}
			if m.Score > before {
				t.Errorf("%q: %q comes before what should stand above it (%d over %d)", query, text, m.Score, before)
			}
			before = m.Score
		}
	}
}

// It finds a word exactly when its letters stand in the text in their order, and marks just these.
func TestIsASubsequence(t *testing.T) {
	letters := rapid.StringOf(rapid.SampledFrom([]rune("abcB_ é日-")))
	rapid.Check(t, func(t *rapid.T) {
		word, text := strings.ReplaceAll(letters.Draw(t, "word"), " ", ""), letters.Draw(t, "text")
		m, ok := Find(word, text)
		if ok != subsequence([]rune(strings.ToLower(word)), []rune(strings.ToLower(text))) {
			t.Fatalf("%q in %q: %v", word, text, ok)
		}
		if !ok {
			return
		}
		var found []rune
		for _, i := range m.At {
			found = append(found, unicode.ToLower([]rune(text)[i]))
		}
		if string(found) != strings.ToLower(word) {
			t.Fatalf("%q in %q: %q is marked", word, text, string(found))
		}
	})
}

func subsequence(word, text []rune) bool {
	for _, r := range text {
		if len(word) > 0 && r == word[0] {
			word = word[1:]
		}
	}
	return len(word) == 0
}
