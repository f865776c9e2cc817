package broker

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain makes text from outside safe to print on one line of a terminal or a log: whatever could move the cursor, change
// colours, hide or reorder text is spelled out instead ("^[", "\u{202e}", "\xff"), so that it is seen and does nothing.
// Text without any of that comes back as it is, without an allocation. Plain(Plain(s)) == Plain(s).
func Plain(s string) string {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if spelled(r, size) {
			return spell(s, i)
		}
		i += size
	}
	return s
}

func spell(s string, from int) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:from])
	for i := from; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case !spelled(r, size):
			b.WriteString(s[i : i+size])
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString("⏎")
		case r == '\t':
			b.WriteByte(' ')
		case r < 0x20 || r == 0x7f:
			b.WriteByte('^')
			b.WriteByte(byte(r) ^ 0x40) // caret notation: ESC is ^[, DEL is ^?
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
		i += size
	}
	return b.String()
}

// spelled reports whether a rune must not reach a terminal as it is: controls (C0, DEL, C1), format characters (bidi
// overrides, zero-width joiners and spaces, tags), invisible fillers, line and paragraph separators, private use, and bytes
// that are not UTF-8.
func spelled(r rune, size int) bool {
	switch {
	case r < 0x20 || r == 0x7f:
		return true
	case r < 0x7f:
		return false
	case r == utf8.RuneError:
		return size == 1
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs, unicode.Other_Default_Ignorable_Code_Point)
}
