package broker

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"resize cat.png":          "resize cat.png",
		"日本 é — ok":               "日本 é — ok",
		"\x1b]52;c;aGk=\x07":      "^[]52;c;aGk=^G",
		"\x1b[2J\r\x08\x7f\x00":   "^[[2J^M^H^?^@",
		"a\nb\tc":                 "a⏎b c",
		"\u009b31m":               `\u{9b}31m`,
		"\xff\xc3":                `\xff\xc3`,
		"abc\u202ecba":            `abc\u{202e}cba`,
		"zero\u200bwidth\ufeff":   `zero\u{200b}width\u{feff}`,
		"line\u2028par\u2029":     `line\u{2028}par\u{2029}`,
		"tag\U000e0041":           `tag\u{e0041}`,
		"fill\u3164\u115f":        `fill\u{3164}\u{115f}`,
		"\u061c\u2066x\u2069":     `\u{61c}\u{2066}x\u{2069}`,
		"replacement \ufffd sign": "replacement \ufffd sign",
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q; want %q", in, got, want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("\x1b[31mred\x1b[0m \u202e \xff")
	f.Fuzz(func(t *testing.T, s string) {
		p := Plain(s)
		if Plain(p) != p {
			t.Errorf("not idempotent: %q -> %q -> %q", s, p, Plain(p))
		}
		if !utf8.ValidString(p) {
			t.Errorf("not UTF-8: %q", p)
		}
		for _, r := range p {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%q keeps %U", s, r)
			}
		}
	})
}

func TestPlainTextCostsNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Plain("resize cat.png to 640x480 — ünïcode") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
