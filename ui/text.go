package ui

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// maxCluster bounds the runes of one character on the screen: a base and the few marks that real scripts put on it.
const maxCluster = 5

// plain makes text from outside safe to draw: no escape, control, bidirectional or invisible character reaches the
// terminal, and every character is one or two cells wide wherever it stands. A control character becomes its picture
// (ESC is ␛), anything else that cannot be shown becomes �. Only variation selectors and skin tones are left out,
// since terminals disagree about their width. plain is idempotent. It is not broker.Plain, which spells such
// characters out for text and logs of any width: a cell of the screen must know its width, and keep it beside every
// neighbour.
func plain(s string) string {
	if everyday(s) {
		return s
	}
	if strings.ContainsAny(s, "\u0e33\u0eb3") {
		s = takenApart.Replace(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for it := graphemes.FromString(s); it.Next(); {
		cluster := withoutSelectors(it.Value())
		if drawable(cluster) {
			b.WriteString(cluster)
			continue
		}
		for i, r := range cluster {
			if c := string(r); drawable(c) && (i == 0 || !unicode.Is(unicode.Hangul, r)) { // which would join the one before it again
				b.WriteString(c)
			} else {
				b.WriteRune(standIn(r))
			}
		}
	}
	return b.String()
}

// takenApart writes the vowel am of Thai and of Lao as its ring and its stroke, which look the same. As one rune it joins the
// character before it and yet has a cell of its own, so that widths would not add up.
var takenApart = strings.NewReplacer("\u0e33", "\u0e4d\u0e32", "\u0eb3", "\u0ecd\u0eb2")

func printableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// everyday reports whether a text has nothing but characters of one cell that leave their neighbours alone, as nearly every text
// has: ASCII, Latin letters, and what the console itself draws with. plain has nothing to do there.
func everyday(s string) bool {
	for _, r := range s {
		switch {
		case r >= ' ' && r <= '~':
		case r >= 0xa1 && r <= 0x17f && r != 0xad: // the soft hyphen
		case r >= 0x2400 && r <= 0x2421: // pictures of control characters
		case r >= 0x2500 && r <= 0x259f: // frames and blocks
		case r == '–', r == '…', r == '●', r == '○', r == '▸', r == '↻', r == '↵', r == '→':
		default:
			return false
		}
	}
	return true
}

// drawable reports whether a grapheme cluster takes one or two cells and leaves its neighbours alone.
func drawable(cluster string) bool {
	if cluster == "" || !utf8.ValidString(cluster) || utf8.RuneCountInString(cluster) > maxCluster {
		return false
	}
	for i, r := range cluster {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) {
			return false
		}
		if i == 0 && (unicode.IsMark(r) || rides(r) || r == 0xff9e || r == 0xff9f) || i > 0 && !rides(r) && !flagLetter(r) || disputed(r) {
			return false
		}
	}
	if first, n := utf8.DecodeRuneInString(cluster); flagLetter(first) != strings.ContainsFunc(cluster[n:], flagLetter) {
		return false // half a flag
	}
	w := ansi.StringWidth(cluster)
	if w < 1 || w > 2 {
		return false
	}
	// Prepended marks (U+0600 and others) swallow the character after them, so widths would not add up.
	return ansi.StringWidth("x"+cluster+" ") == w+2 && ansi.StringWidth(cluster+" x") == w+2
}

// rides reports whether a rune goes on top of the character before it and takes no cell of its own, for a terminal that
// measures whole characters and for one that adds up runes. A spacing mark, such as a vowel sign of Devanagari, has a cell with
// the latter only: the line would be longer than the screen is wide, wrap, and push the board out of its place.
func rides(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me) || r >= 0x1160 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7ff // Hangul's vowels, finals
}

// disputed reports whether terminals differ about a rune's cells: they go by one Unicode or another, and some take for wide what
// is so in East Asia only.
func disputed(r rune) bool {
	return r >= 0x2630 && r <= 0x2637 || r >= 0x268a && r <= 0x268f || r >= 0x3248 && r <= 0x324f || r >= 0x1d300 && r <= 0x1d376
}

// flagLetter reports whether two such runes make a flag, which takes two cells either way.
func flagLetter(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// withoutSelectors leaves out what changes only how the character before it looks.
func withoutSelectors(cluster string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Variation_Selector, r) || r >= 0x1f3fb && r <= 0x1f3ff {
			return -1
		}
		return r
	}, cluster)
}

func standIn(r rune) rune {
	switch {
	case r < ' ':
		return '␀' + r
	case r == 0x7f:
		return '␡'
	case unicode.Is(unicode.Zs, r):
		return ' '
	case r == 0xff9e: // halfwidth marks of kana join what is before them, and keep a cell of their own
		return '゛'
	case r == 0xff9f:
		return '゜'
	}
	return utf8.RuneError
}

// clip cuts plain text to at most w cells, with an ellipsis where something was cut, and returns its width.
func clip(s string, w int) (string, int) {
	head, n, cut := clipAt(s, w)
	if cut {
		head += "…"
	}
	return head, n
}

// clipAt is clip that leaves the ellipsis to its caller where it is cut: it builds no string for what nearly every text is.
func clipAt(s string, w int) (head string, n int, cut bool) {
	switch {
	case w <= 0:
		return "", 0, false
	case everyday(s):
		cells := 0
		for i := range s {
			if cells == w-1 {
				if rest := s[i:]; len(rest) > utf8.UTFMax || width(rest) > 1 {
					return s[:i], w, true
				}
			}
			cells++
		}
		return s, cells, false
	}
	if n := ansi.StringWidth(s); n <= w {
		return s, n, false
	}
	s = ansi.Truncate(s, w, "…")
	return s, ansi.StringWidth(s), false
}

// clipTo is a text from outside in at most w cells.
func clipTo(s string, w int) string {
	s, _ = clip(plain(s), w)
	return s
}

// wrap breaks plain text into lines of at most w cells, at spaces where there are any, but not within a figure and its unit.
func wrap(s string, w int) []string {
	switch {
	case w < 1:
		return nil
	case len(s) <= w && printableASCII(s): // what stands in a frame is mostly short
		return []string{s}
	}
	lines := ansi.Wrap(figure.ReplaceAllStringFunc(s, joinFigure), w, "")
	return strings.Split(strings.ReplaceAll(lines, joint, " "), "\n")
}

// figure is a number with groups of thousands or with its unit: 1 284, 5.3 s, 97 %.
var figure = regexp.MustCompile(`\b[0-9]+(?:[.,][0-9]+)?(?: [0-9]{3}\b)*(?: (?:(?:ms|s|min|h|days|k?B|[MGTP]B)\b|%))?`)

// joint stands for a space at which ansi.Wrap does not break. Plain text has none.
const joint = "\u00a0"

func joinFigure(s string) string { return strings.ReplaceAll(s, " ", joint) }

// The ends of a long id that are shown. A UUIDv7 begins with the time, whose first digits are the same for weeks; its last ones
// are chance.
const idHead, idTail = 0, 8

// shortID names a task in few cells.
func shortID(id string) string {
	if len(id) > idHead+1+idTail && printableASCII(id) {
		return id[:idHead] + "…" + id[len(id)-idTail:]
	}
	if id == "" {
		return unknown
	}
	s, _ := clip(plain(id), idHead+1+idTail)
	return s
}

// width is the cells that the console's own text takes: every rune of it is one.
func width(s string) int { return utf8.RuneCountInString(s) }

// firstOf is the first character of plain text, and its bytes.
func firstOf(s string) (string, int) {
	it := graphemes.FromString(s)
	if !it.Next() {
		return "", 0
	}
	return it.Value(), len(it.Value())
}

// sentence begins a text with a capital and ends it with a full stop. A key or a name at its start stays as it is.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	if first, _, _ := strings.Cut(s, " "); (len(first) > n || first == "a") && !strings.ContainsAny(first, "0123456789_.") {
		s = string(unicode.ToUpper(r)) + s[n:]
	}
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}
