package ui

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/muesli/termenv"
)

// palette names a theme's colours as lipgloss reads them: "#rrggbb", or the number of one of a terminal's 16.
type palette struct {
	dim, faint, frame, accent, calm, warn, alarm, picked, lit string
	shades                                                    []string
	ground                                                    int // how light the screen is, about: 0 black, 255 white
}

// palettes are the themes for screens of 256 colours and more. Text stands out from its background by at least 4.5 to 1, in
// high contrast by 7 to 1; a test measures it.
var palettes = map[string]palette{
	"dark": {
		dim: "#9aa2af", faint: "#7e8694", frame: "#4b5260", accent: "#7fb4ff", calm: "#8fc98f", warn: "#e8b35a", alarm: "#ff7a85",
		picked: "#263041", lit: "#f3f5f9", ground: 18,
		shades: []string{"#6f9fd8", "#5fb8a4", "#9a8fe0", "#7fae6d", "#4fa8c9", "#b394c9", "#8fa6c4", "#6d9cbc"},
	},
	"light": {
		dim: "#59606c", faint: "#6b7280", frame: "#b9bfc9", accent: "#0b5cc4", calm: "#2a7330", warn: "#8a5a00", alarm: "#c2182b",
		picked: "#dbe7fa", lit: "#12161d", ground: 255,
		shades: []string{"#3368a8", "#217261", "#6857bd", "#476f36", "#1d6d8c", "#7d5797", "#50698a", "#356a8d"},
	},
	"contrast": {
		dim: "#d0d0d0", faint: "#b0b0b0", frame: "#9a9a9a", accent: "#8ecbff", calm: "#7dff9b", warn: "#ffd75f", alarm: "#ffb0b0",
		picked: "#00336b", lit: "#ffffff", ground: 0,
		shades: []string{"#8ecbff", "#5fe0c8", "#cdbeff", "#b6e37c", "#6fd7ff", "#efb4ff", "#c3d4ee", "#ffcf9a"},
	},
	"contrast-light": {
		dim: "#333333", faint: "#4d4d4d", frame: "#6b6b6b", accent: "#003c96", calm: "#00510f", warn: "#663d00", alarm: "#90000e",
		picked: "#cfe2ff", lit: "#000000", ground: 255,
		shades: []string{"#003c96", "#004f43", "#44259c", "#2c4f00", "#004d6b", "#69127c", "#2f4058", "#5c3300"},
	},
}

// few are the themes for screens of 16 colours, whose hues the terminal chooses: only those are used that can be read with most
// terminals' choice. No background is: one on which every text can be read is not among them.
var few = map[bool]palette{ // by whether the screen is light
	false: {
		dim: "7", faint: "8", frame: "8", accent: "14", calm: "10", warn: "11", alarm: "9", lit: "15",
		shades: []string{"12", "14", "13", "10", "6", "5", "7", "2"},
	},
	true: {
		dim: "8", faint: "8", frame: "7", accent: "4", calm: "2", warn: "5", alarm: "1", lit: "0",
		shades: []string{"4", "6", "5", "2", "12", "13", "8", "0"},
	},
}

func paletteOf(name string, profile termenv.Profile) palette {
	if profile == termenv.ANSI {
		return few[isLight(name)]
	}
	return palettes[name]
}

// isLight reports whether a theme is for a light screen.
func isLight(name string) bool { return name == "light" || name == "contrast-light" }

// Colours are the [console.colours] table: a user's own colours, as "#rrggbb"; "" leaves a role to the theme.
type Colours struct {
	Dim     string   `toml:"dim"`     // what can be skipped: labels, ages, units
	Faint   string   `toml:"faint"`   // what is skipped until it is looked for, and keys that cannot act
	Frame   string   `toml:"frame"`   // the borders of panes
	Accent  string   `toml:"accent"`  // focus, keys and what is running
	Calm    string   `toml:"calm"`    // all is well
	Warn    string   `toml:"warn"`    // will be trouble
	Alarm   string   `toml:"alarm"`   // trouble
	Picked  string   `toml:"picked"`  // behind the selected row
	Workers []string `toml:"workers"` // the workers' own, by turns; none: the theme's
}

// most bounds the workers' own colours.
const mostShades = 16

var sixDigits = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// roles lists each colour with its key.
func (c *Colours) roles() []struct{ key, colour string } {
	all := []struct{ key, colour string }{
		{"dim", c.Dim}, {"faint", c.Faint}, {"frame", c.Frame}, {"accent", c.Accent}, {"calm", c.Calm}, {"warn", c.Warn},
		{"alarm", c.Alarm}, {"picked", c.Picked},
	}
	for i, colour := range c.Workers {
		all = append(all, struct{ key, colour string }{fmt.Sprintf("workers[%d]", i), colour})
	}
	return all
}

// validate reports every mistake at once, each with the name of its key as the config file spells it.
func (c *Colours) validate() error {
	var errs []error
	if len(c.Workers) > mostShades {
		errs = append(errs, fmt.Errorf("console.colours.workers: %d are too many; allowed are %d", len(c.Workers), mostShades))
	}
	for i, r := range c.roles() {
		empty := r.colour == "" && i < len(c.roles())-len(c.Workers)
		if !empty && !sixDigits.MatchString(r.colour) {
			errs = append(errs, fmt.Errorf("console.colours.%s: %q is no colour; write it as \"#rrggbb\", such as \"#7fb4ff\"", r.key, r.colour))
		}
	}
	return errors.Join(errs...)
}

// over lays the user's colours over a palette.
func (c *Colours) over(p palette) palette {
	for _, r := range []struct {
		own string
		at  *string
	}{
		{c.Dim, &p.dim}, {c.Faint, &p.faint}, {c.Frame, &p.frame}, {c.Accent, &p.accent}, {c.Calm, &p.calm}, {c.Warn, &p.warn},
		{c.Alarm, &p.alarm}, {c.Picked, &p.picked},
	} {
		if r.own != "" {
			*r.at = r.own
		}
	}
	if len(c.Workers) > 0 {
		p.shades = c.Workers
	}
	return p
}
