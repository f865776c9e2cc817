// Package fuzzy finds what a person types in the names of things, as editors and launchers do. It is pure.
package fuzzy

import (
	"strings"
	"unicode"
)

// Match is where a query was found in a text, and how well.
type Match struct {
	Score int   // the more, the better; what it is made of may change
	At    []int // runes of the text that matched, in order
}

// What a matched letter is worth. A run of letters, and letters that begin words, are what people type.
const (
	scoreLetter = 16
	scoreRun    = 14 // it follows the one before it
	scoreWord   = 12 // it begins a word
	scoreStart  = 6  // it begins the text
	scoreGap    = -1 // a letter between two that match
)

const (
	longestQuery = 48  // runes of one that are looked at
	longestText  = 160 // runes of a text that are searched
)

// Find finds the words of a query in a text, each as letters in their order that need not stand together, whatever their
// case. Every word must be found; the empty query is found everywhere. Of several ways to match the best one is taken.
func Find(query, text string) (Match, bool) {
	var m Match
	runes := []rune(text)
	runes = runes[:min(len(runes), longestText)]
	taken := make([]bool, len(runes))
	for word := range strings.FieldsSeq(query) {
		score, at, ok := findWord([]rune(strings.ToLower(word)), runes)
		if !ok {
			return Match{}, false
		}
		m.Score += score
		for _, i := range at {
			taken[i] = true
		}
	}
	for i, yes := range taken {
		if yes {
			m.At = append(m.At, i)
		}
	}
	return m, true
}

// findWord finds one word. best[j] is the greatest score of the letters so far with the last of them at j, from[i][j] where
// the one before it stood.
func findWord(word, text []rune) (score int, at []int, ok bool) {
	word = word[:min(len(word), longestQuery)]
	if len(word) > len(text) {
		return 0, nil, false
	}
	best := make([]int, len(text))
	from := make([][]int, len(word))
	for i, want := range word {
		next := make([]int, len(text))
		from[i] = make([]int, len(text))
		reach, reached := 0, -1 // the best way to get here with a gap, and where it left
		for j := range text {
			next[j] = impossible
			if j > 1 && i > 0 {
				reach += scoreGap
				if best[j-2] > impossible && (reached < 0 || best[j-2]+scoreGap > reach) {
					reach, reached = best[j-2]+scoreGap, j-2
				}
			}
			if unicode.ToLower(text[j]) != want {
				continue
			}
			worth := scoreLetter + boundary(text, j)
			switch {
			case i == 0:
				next[j], from[i][j] = worth, -1
			case j > 0 && best[j-1] > impossible && (reached < 0 || best[j-1]+scoreRun >= reach):
				next[j], from[i][j] = best[j-1]+scoreRun+worth, j-1
			case reached >= 0:
				next[j], from[i][j] = reach+worth, reached
			}
		}
		best = next
	}
	end := -1
	for j := range best {
		if best[j] > impossible && (end < 0 || best[j] > best[end]) {
			end = j
		}
	}
	if end < 0 {
		return 0, nil, false
	}
	score = best[end]
	at = make([]int, len(word))
	for i, j := len(word)-1, end; i >= 0; i-- {
		at[i], j = j, from[i][j]
	}
	return score, at, true
}

// impossible is less than any score.
const impossible = -1 << 30

// boundary is what a letter is worth for where it stands.
func boundary(text []rune, j int) int {
	switch {
	case j == 0:
		return scoreWord + scoreStart
	case !unicode.IsLetter(text[j-1]) && !unicode.IsDigit(text[j-1]), unicode.IsLower(text[j-1]) && unicode.IsUpper(text[j]):
		return scoreWord
	}
	return 0
}
