package ui

import "testing"

func TestAgesInFactsAreFound(t *testing.T) {
	for text, want := range map[string]string{
		"4 (2 s ago)": " (2 s ago)", "0.4/s delivered (12 min ago) · 0.6/s acknowledged": " (12 min ago)", "4": "", "12:01, 3 s ago": "",
		"two (of four) (1 s ago)": " (1 s ago)", "ago) (": "", " ago)": "",
	} {
		from, n := findAge(text)
		if got := text[from : from+n]; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
