package ui

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"resize cat.png":      "resize cat.png",
		"a\x1b[2Jb":           "a␛[2Jb",
		"\x1b]0;title\x07":    "␛]0;title␇",
		"one\r\ntwo\t":        "one␍␊two␉",
		"csi \u009b31m":       "csi �31m",
		"\u202egnp.exe":       "�gnp.exe",
		"zero\u200bwidth":     "zero�width",
		"tag\U000e0041":       "tag�",
		"bad \xff\xfe":        "bad ��",
		"héllo 日本":            "héllo 日本",
		"e\u0301":             "e\u0301",
		"\u0301 first":        "� first",
		"prepend \u0600 mark": "prepend � mark",
		"heart ❤\ufe0f":       "heart ❤",
		"no\u00a0break":       "no break",
		"del\x7f":             "del␡",
		"\u05c3\u0cc0":        "\u05c3�", // as it came out of random bytes
		"हिन्दी":              "ह�न�द�",
		"\u1100각":             "\u1100�",
		"\u1100\u1161\u11a8":  "\u1100\u1161\u11a8",
		"lone \u1161":         "lone �",
		"น้ำ ﷽ำ":              "น้\u0e4dา ﷽\u0e4dา",
		"\u0d4e🇩 🇩🇪":          "�� 🇩🇪",
		"☰ ㉈":                 "� �",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func checkPlain(t interface {
	Helper()
	Fatalf(string, ...any)
}, s string) {
	t.Helper()
	p := plain(s)
	if again := plain(p); again != p {
		t.Fatalf("plain(%q) = %q, and again %q", s, p, again)
	}
	for _, r := range p {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Cf, unicode.Co) {
			t.Fatalf("plain(%q) keeps %U", s, r)
		}
	}
	if !utf8.ValidString(p) {
		t.Fatalf("plain(%q) is not valid UTF-8", s)
	}
	if w := ansi.StringWidth(p); ansi.StringWidth("│ "+p+" │") != w+4 {
		t.Fatalf("the width of plain(%q) = %q depends on its neighbours", s, p)
	}
	if sum := runeCells(p); sum != ansi.StringWidth(p) && !strings.ContainsFunc(p, flagLetter) {
		t.Fatalf("plain(%q) = %q takes %d cells, and %d where runes are added up", s, p, ansi.StringWidth(p), sum)
	}
	if a := inASCII(p); ansi.StringWidth(a) != ansi.StringWidth(p) || !printableASCII(a) {
		t.Fatalf("inASCII(%q) = %q", p, a)
	}
}

// runeCells is the width of a text on a terminal that knows no clusters.
func runeCells(s string) (n int) {
	for _, r := range s {
		if !unicode.In(r, unicode.Mn, unicode.Me) && (r < 0x1160 || r > 0x11ff) && (r < 0xd7b0 || r > 0xd7ff) {
			n += ansi.StringWidth(string(r))
		}
	}
	return n
}

// What is called everyday is what would come through unchanged, in every company.
func TestEveryday(t *testing.T) {
	var all []rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if everyday(string(r)) {
			all = append(all, r)
			if !drawable(string(r)) || ansi.StringWidth(string(r)) != 1 {
				t.Errorf("%U is not one cell that can be drawn", r)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom(all)).Draw(t, "s")
		if checkPlain(t, s); plain(s) != s || plain(s+"\x00") != s+"␀" {
			t.Fatalf("%q does not come through unchanged", s)
		}
	})
	if everyday("\xff") || everyday("\u00ad") || everyday("e\u0301") || !everyday("") {
		t.Error("something is taken for everyday that is not")
	}
}

func TestPlainProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkPlain(t, rapid.OneOf(rapid.String(), rapid.StringOf(rapid.Rune())).Draw(t, "s"))
	})
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", "a\x1b[2J", "\u0600x", "e\u0301\u0301", "🇩🇪🇫", "👨‍👩‍👧", "👍🏽", "क्षि", "\xff", "각", "\x00\uff9e", "\uff76\uff9e\uff8a\uff9f",
		"\ufdfd\u0e33", "\u0e81\u0eb3", "\u0d4e🇩", "🇩", "\u2630\u3248"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkPlain(t, s) })
}

func TestClipProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, w := plain(rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-f –…]{0,30}`)).Draw(t, "s")), rapid.IntRange(-1, 30).Draw(t, "w")
		got, n := clip(s, w)
		if n != ansi.StringWidth(got) || n > max(0, w) {
			t.Fatalf("clip(%q, %d) = %q of %d cells, said %d", s, w, got, ansi.StringWidth(got), n)
		}
		if ansi.StringWidth(s) <= w && got != s {
			t.Fatalf("clip(%q, %d) = %q cuts what fits", s, w, got)
		}
		if want := ansi.Truncate(s, max(0, w), "…"); got != want {
			t.Fatalf("clip(%q, %d) = %q, want %q", s, w, got, want)
		}
	})
}

func TestShortID(t *testing.T) {
	for id, want := range map[string]string{
		"": "–", "job-17": "job-17", "bestellung-für-köln": "bestellu…", "0193c4f2-7a10-7c3e-9b1d-2f1e5c6d7a1f": "…5c6d7a1f",
	} {
		if got := shortID(id); got != want {
			t.Errorf("shortID(%q) = %q, want %q", id, got, want)
		}
	}
}

func TestASCIIHasATwinForEveryMark(t *testing.T) {
	for _, m := range legend {
		if m.r >= utf8.RuneSelf && twins[m.r] == 0 {
			t.Errorf("%c has no twin", m.r)
		}
	}
	if got := inASCII("╭─ ▓█▒×?·╌↻ ⣿⠀─╮ 日"); got != "+- =#rx?.~@ # -+ ??" {
		t.Errorf("got %q", got)
	}
	if strings.ContainsFunc(inASCII("“quoted” ü"), func(r rune) bool { return r > 126 }) {
		t.Error("something beyond ASCII is left")
	}
}

// A figure is not torn from its unit, nor a thousand from its group.
func TestWrapKeepsFiguresWhole(t *testing.T) {
	for _, c := range []struct {
		text string
		w    int
		want []string
	}{
		{"12 would empty it in 5.3 s now", 24, []string{"12 would empty it in", "5.3 s now"}},
		{"long; 1 284 tasks wait", 8, []string{"long;", "1 284", "tasks", "wait"}},
		{"and are 97 % busy", 10, []string{"and are", "97 % busy"}},
		{"now 12 840 kB", 9, []string{"now", "12 840 kB"}},
		{"4 workers of 8 stop", 11, []string{"4 workers", "of 8 stop"}},
		{"at most 64 days and 2 min", 14, []string{"at most", "64 days and", "2 min"}},
		{"123456789 min", 8, []string{"12345678", "9 min"}},
	} {
		if got := wrap(c.text, c.w); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d cells: %q, want %q", c.text, c.w, got, c.want)
		}
	}
}
