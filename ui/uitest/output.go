// Package uitest judges what carousel writes to a terminal. Only tests use it.
package uitest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The sequences that the console and the status line send: colours and weights, cursor moves, erasing, and the modes that
// bubbletea switches (cursor, mouse, alternate screen, bracketed paste). Blinking and concealed text are not among them.
var (
	colours = regexp.MustCompile(`^\x1b\[(?:(?:[012347]|2[1-47]|3[0-79]|4[0-79]|9[0-7]|10[0-7]|[34]8;5;\d{1,3}|[34]8;2;\d{1,3};\d{1,3};\d{1,3})(?:;|$|m))*m?$`)
	moves   = regexp.MustCompile(`^\x1b\[(?:\d{0,3}[ABCDGKd]|[012]?J|(?:\d{1,3};\d{0,3})?H)$`)
	modes   = regexp.MustCompile(`^\x1b\[\?(?:25|100[0236]|1015|1049|2004|2026)[hl]$`)
)

// longestSequence is more bytes than any sequence of ours has.
const longestSequence = 40

// Stray finds the first thing in an output that carousel does not send of itself: a control character other than CR and LF,
// an escape sequence that is none of its own, an invisible or reordering character, a byte that is not UTF-8. It is "" when
// there is none, else the place and its surroundings, quoted.
func Stray(output string) string {
	text := false // what came last is text
	for i := 0; i < len(output); {
		r, size := utf8.DecodeRuneInString(output[i:])
		if r == 0x1b {
			size = sequence(output[i:])
		}
		if size == 0 || r != 0x1b && stray(r, size) || r == '\r' && text && !followsCR(output[i+1:]) {
			return fmt.Sprintf("byte %d: %q in %q", i, output[i:min(i+8, len(output))], output[max(0, i-60):min(i+60, len(output))])
		}
		text = r >= ' '
		i += size
	}
	return ""
}

// sequence is the length of the escape sequence that s begins with; 0 when it is none of ours.
func sequence(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	for i := 2; i < min(len(s), longestSequence); i++ {
		if c := s[i]; c >= 0x40 && c <= 0x7e {
			if known := s[:i+1]; c == 'm' && colours.MatchString(known) || moves.MatchString(known) || modes.MatchString(known) {
				return i + 1
			}
			return 0
		}
	}
	return 0
}

// followsCR reports whether rest may stand behind text and a carriage return: more text would overwrite the first.
func followsCR(rest string) bool {
	return rest == "" || strings.ContainsRune("\r\n\x1b", rune(rest[0]))
}

func stray(r rune, size int) bool {
	switch {
	case r == '\r' || r == '\n':
		return false
	case r == utf8.RuneError:
		return size == 1
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Bidi_Control)
}
