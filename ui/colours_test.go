package ui

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/muesli/termenv"
)

// luminance and contrast are those of WCAG 2.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	rgb := termenv.ConvertToRGB(termenv.TrueColor.Color(colour))
	if !strings.HasPrefix(colour, "#") {
		t.Fatalf("%q is no colour", colour)
	}
	linear := func(c float64) float64 {
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(rgb.R) + 0.7152*linear(rgb.G) + 0.0722*linear(rgb.B)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Text can be read on the screens that a theme is for, and on its selected row; the faint text, which is not needed, too,
// save on that row.
func TestContrast(t *testing.T) {
	screens := map[string][]string{
		"dark": {"#000000", "#12141a", "#1e1e1e"}, "light": {"#ffffff", "#fbfbfd"},
		"contrast": {"#000000"}, "contrast-light": {"#ffffff"},
	}
	for name, p := range palettes {
		least := 4.5
		if strings.HasPrefix(name, "contrast") {
			least = 7
		}
		texts := map[string]string{"dim": p.dim, "accent": p.accent, "calm": p.calm, "warn": p.warn, "alarm": p.alarm}
		for i, shade := range p.shades {
			texts["shade "+count(int64(i))] = shade
		}
		for _, screen := range screens[name] {
			for role, colour := range texts {
				if got := contrast(t, colour, screen); got < least {
					t.Errorf("%s: %s %s on %s has a contrast of %.2f", name, role, colour, screen, got)
				}
			}
			if got := contrast(t, p.faint, screen); got < least {
				t.Errorf("%s: faint on %s has a contrast of %.2f", name, screen, got)
			}
		}
		for role, colour := range texts {
			if got := contrast(t, colour, p.picked); got < least {
				t.Errorf("%s: %s %s on the selected row has a contrast of %.2f", name, role, colour, got)
			}
		}
	}
	if len(screens) != len(palettes) {
		t.Error("a theme is not measured")
	}
}

// A screen of 256 colours has no more than neighbours of these; they can be read as well.
func TestContrastIn256Colours(t *testing.T) {
	for name, p := range palettes {
		screen := "#121212"
		if isLight(name) {
			screen = "#ffffff"
		}
		near := func(colour string) string { return hexOf(termenv.ANSI256.Color(colour)) }
		for _, colour := range append([]string{p.dim, p.faint, p.accent, p.calm, p.warn, p.alarm}, p.shades...) {
			if got := contrast(t, near(colour), screen); got < 4.0 {
				t.Errorf("%s: %s becomes %s, which has a contrast of %.2f", name, colour, near(colour), got)
			}
		}
		if near(p.picked) == screen || near(p.frame) == screen {
			t.Errorf("%s: selection or frame cannot be seen", name)
		}
	}
}

func hexOf(c termenv.Color) string { return termenv.ConvertToRGB(c).Hex() }

func TestOwnColours(t *testing.T) {
	c := DefaultConfig()
	c.Colours = Colours{Accent: "#010203", Workers: []string{"#040506"}}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	th := dyed("dark", termenv.TrueColor, c.Colours)
	if want := ink("\x1b[1;38;2;1;2;3m"); th.accent != want {
		t.Errorf("accent %q, want %q", th.accent, want)
	}
	if want := ink("\x1b[38;2;4;5;6m"); th.shade(1) != want || th.shade(2) != want {
		t.Errorf("shades %q", th.shades)
	}
	if few := dyed("dark", termenv.ANSI, c.Colours); few.accent != newTheme("dark", termenv.ANSI).accent || few.picked != underline {
		t.Error("a screen of 16 colours does not keep to them")
	}
	if plain := newTheme("dark", termenv.TrueColor); th.calm != plain.calm {
		t.Error("a role that is not named has changed")
	}
	c.Colours = Colours{Dim: "grey", Alarm: "#12345", Workers: []string{"#040506", "", "\x1b[31m"}}
	err := c.Validate()
	if err == nil {
		t.Fatal("no mistake is found")
	}
	for _, want := range []string{
		`console.colours.dim: "grey" is no colour; write it as "#rrggbb"`, "console.colours.alarm", "console.colours.workers[1]", `console.colours.workers[2]: "\x1b[31m"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	c.Colours = Colours{Workers: slices.Repeat([]string{"#040506"}, mostShades+1)}
	if c.Validate() == nil {
		t.Error("any number of shades is taken")
	}
}
