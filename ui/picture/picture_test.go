package picture

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSVG(t *testing.T) {
	frame := "\x1b[1mcarousel\x1b[0m \x1b[38;2;127;180;255m╭▸ A<b> & \"q\"\x1b[0m\n\x1b[48;5;236m█▌⣿\x1b[31m×\x1b[0m日本  \x1b[7mx\x1b[0m"
	got := SVG(frame, Options{Title: `two lines & a "title"`, Window: true})
	for _, want := range []string{
		`aria-label="two lines &amp; a &#34;title&#34;"`,
		`fill="#d5d9e0" font-weight="bold">carousel</text>`,
		`A&lt;b&gt; &amp; &#34;q&#34;</text>`,
		`stroke="#7fb4ff"`,                      // the corner, drawn
		`width="36" height="19" fill="#303030"`, // four cells on one background
		`fill="#d75f5f">×</text>`,
		`textLength="18" lengthAdjust="spacingAndGlyphs" fill="#d5d9e0">日</text>`,
		`fill="#12141a">x</text>`, // reversed
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	for _, not := range []string{"╭", "█", "⣿", "\x1b", "http://", "https://", "<script", "href"} {
		if strings.Contains(strings.ReplaceAll(got, `xmlns="http://www.w3.org/2000/svg"`, ""), not) {
			t.Errorf("%q is in it", not)
		}
	}
	if bare := SVG("ab\nc", Options{Light: true, Background: "#ffffff"}); !strings.Contains(bare, `<rect width="18" height="38" fill="#ffffff"/>`) {
		t.Errorf("the bare frame is not just its cells:\n%s", bare)
	}
}

// Words stand where their cells are, however many blanks are before them.
func TestWordsKeepTheirColumns(t *testing.T) {
	got := SVG("a b   12\x1b[1m 3", Options{})
	for _, want := range []string{`x="0" y="14" textLength="27"`, `x="54" y="14" textLength="18"`, `x="81" y="14" textLength="9"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestEveryShapeIsDrawn(t *testing.T) {
	for r := rune('─'); r <= '▟'; r++ {
		s, ok := shapeOf(r)
		if !ok {
			continue
		}
		var b strings.Builder
		s.path(&b, 9, 19)
		if !strings.HasPrefix(b.String(), "M") || strings.Contains(b.String(), "%!") {
			t.Errorf("%c is drawn as %q", r, b.String())
		}
	}
	for _, r := range "─│╭╮╰╯┬├┤╌━╸▁▂▃▄▅▆▇█▌▐▎▒▓⣿" {
		if _, ok := shapeOf(r); !ok {
			t.Errorf("%c is left to a font", r)
		}
	}
}

func TestColours(t *testing.T) {
	g := newGround(Options{})
	for sequence, want := range map[string]style{
		"\x1b[1;38;2;1;2;3m": {fore: "#010203", bold: true},
		"\x1b[38;5;16m":      {fore: "#000000"},
		"\x1b[38;5;231m":     {fore: "#ffffff"},
		"\x1b[38;5;244m":     {fore: "#808080"},
		"\x1b[94m":           {fore: g.base[12]},
		"\x1b[42m":           {fore: g.fore, back: g.base[2]},
		"\x1b[7m":            {fore: g.back, back: g.fore},
		"\x1b[38;5;999m":     {fore: g.fore},
		"\x1b[38;2;1m":       {fore: g.fore},
		"\x1b[38m":           {fore: g.fore},
		"\x1b[1;0m":          {fore: g.fore},
		"\x1b[2J":            {fore: g.fore},
		"\x1b[m":             {fore: g.fore},
	} {
		rows := parse(sequence+"x", g)
		if len(rows[0]) != 1 || rows[0][0].style != want {
			t.Errorf("%q: %+v, want %+v", sequence, rows[0], want)
		}
	}
}

// Whatever a frame holds, the picture is well-formed XML, and nothing of it is a sequence or a control character.
func TestAnyFrameIsADocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frame := strings.Join(rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"\x1b[", "\x1b[0m", "\x1b[38;5;", "\x1b[38;2;1;2;3m", "\x1b]0;t\x07", "\x00\x1f", "\xff\xfe", "]]>", "<!--", "\n", "█▒⣿╭",
		}))).Draw(t, "pieces"), "")
		got := SVG(frame, Options{Title: rapid.String().Draw(t, "title"), Window: rapid.Bool().Draw(t, "window")})
		d := xml.NewDecoder(strings.NewReader(got))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in\n%s", err, got)
			}
		}
		if strings.ContainsAny(got, "\x1b\x00\a") {
			t.Fatalf("a control character got through: %q", got)
		}
	})
}

func TestTextAndANSI(t *testing.T) {
	frame := "\x1b[1ma\x1b[0m b  \n\x1b[31mc"
	if got := Text(frame); got != "a b\nc\n" {
		t.Errorf("text %q", got)
	}
	if got := ANSI(frame); got != "\x1b[1ma\x1b[0m b  \x1b[0m\n\x1b[31mc\x1b[0m\n" {
		t.Errorf("ANSI %q", got)
	}
}
