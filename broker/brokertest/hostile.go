package brokertest

import "strings"

// HostileText is a text that a producer, an administrator or a broker may put where carousel shows text.
type HostileText struct{ Name, Text string }

// Hostile returns texts that would harm a terminal, a log or a reader's eyes if they came there as they are. Whatever they
// hold of escape sequences is none that carousel sends itself, so that one that came through is known by its bytes.
func Hostile() []HostileText {
	return []HostileText{
		{"erase the scrollback", "\x1b[3Jgone"},
		{"colours", "\x1b[5;8mblink\x1b[6m"},
		{"move the cursor", "\x1b[99;99Hfar\x1b[s\x1b[u\x1b[20S"},
		{"set the title", "\x1b]0;owned\x07\x1b]2;owned\x1b\\"},
		{"write the clipboard", "\x1b]52;c;aGFja2Vk\x07"},
		{"a link", "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\"},
		{"device control", "\x1bP$q\"p\x1b\\\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\"},
		{"ask the terminal", "\x1b[6n\x1b[c\x1b[>c\x1b[?1$p\x1b]10;?\x07\x05"},
		{"reset the terminal", "\x1bc\x1b[!p\x1b#8"},
		{"cut short", "left open \x1b["},
		{"C1", "\u009b5m\u009d0;owned\u009c\u0090q\u009c\u0085"},
		{"raw C1", "\x9b5m\x9d0;owned\x9c\x90q\x9c\x85"},
		{"carriage return", "refused\rconfirmed"},
		{"line feeds", "one\ntwo\r\nthree\v\f"},
		{"bell and backspace", "\a\apassword\b\b\b\b\b\b\b\b"},
		{"other character set", "\x0eline\x0f\x1b(0q\x1b)0"},
		{"NUL and DEL", "a\x00b\x7fc"},
		{"tabs", "\ta\t\tb"},
		{"bidi", "\u202egnp.exe\u202c \u2066x\u2069 \u200fy\u200e \u061c"},
		{"zero width", "a\u200bb\u200cc\u200dd\u2060e\ufeff f\u00ad"},
		{"separators", "a\u2028b\u2029c"},
		{"tags", "a\U000e0041\U000e007f"},
		{"fillers", "\u3164\u115f\u1160\uffa0\u034f"},
		{"private use and no characters", "\ue000\U000f0000\uffff\ufdd0"},
		{"not UTF-8", "\xff\xfe \xc3 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80"},
		{"wide", "日本語のタスク、カルーセル"},
		{"combining", "e" + strings.Repeat("\u0301", 1000)},
		{"families and flags", "👨‍👩‍👧‍👦🏳️‍🌈👍🏽🇩🇪🇫❤️"},
		{"prepended marks", "\u0600\u0d4ex \u0301first"},
		{"long", strings.Repeat("x", 100_000)},
	}
}
