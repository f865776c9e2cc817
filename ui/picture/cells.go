package picture

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// cell is one character of a frame, one or two columns wide.
type cell struct {
	text string
	w    int
	style
}

// style is how a cell looks. Colours are "#rrggbb"; a background of "" is the screen's own.
type style struct {
	fore, back string
	bold       bool
}

// ground is what the frame lies on, and the 16 colours that a terminal chooses itself.
type ground struct {
	back, fore, quiet, rim string
	base                   [16]string
}

func newGround(o Options) ground {
	g := ground{back: "#12141a", fore: "#d5d9e0", quiet: "#8b93a1", rim: "#3a404c", base: [16]string{
		"#1c1c1c", "#d75f5f", "#5faf5f", "#d7af5f", "#5f87d7", "#af87d7", "#5fafaf", "#c6c6c6",
		"#767676", "#ff8787", "#87d787", "#ffd787", "#87afff", "#d7afff", "#87d7d7", "#ffffff",
	}}
	if o.Light {
		g = ground{back: "#fbfbfd", fore: "#22262e", quiet: "#5f6672", rim: "#c3c8d1", base: [16]string{
			"#1c1c1c", "#af1f1f", "#1f7a1f", "#8a6200", "#1f4fb0", "#7a3fa8", "#1f7a7a", "#b0b0b0",
			"#6c6c6c", "#c43030", "#2b8a2b", "#9a6e00", "#2f63cf", "#8d52bd", "#2b8a8a", "#ffffff",
		}}
	}
	if o.Background != "" {
		g.back = o.Background
	}
	if o.Foreground != "" {
		g.fore = o.Foreground
	}
	return g
}

// parse takes a frame apart into rows of cells.
func parse(frame string, g ground) (rows [][]cell) {
	for line := range strings.SplitSeq(frame, "\n") {
		var (
			cells []cell
			now   sgr
		)
		for line != "" {
			if n := escapeLength(line); n > 0 {
				now.apply(line[:n])
				line = line[n:]
				continue
			}
			text := line
			if at := strings.IndexByte(line, 0x1b); at > 0 {
				text = line[:at]
			}
			line = line[len(text):]
			s := now.style(g)
			for it := graphemes.FromString(text); it.Next(); {
				if w := ansi.StringWidth(it.Value()); w > 0 { // what has no width is not seen: control characters
					cells = append(cells, cell{it.Value(), min(w, 2), s})
				}
			}
		}
		rows = append(rows, cells)
	}
	return rows
}

// escapeLength is the length of the escape sequence that s begins with, 0 when it begins with none. One that is cut short, or
// of no kind that is known, ends with its first byte.
func escapeLength(s string) int {
	if s[0] != 0x1b {
		return 0
	}
	if len(s) < 2 || s[1] != '[' {
		return 1
	}
	for i := 2; i < len(s); i++ {
		if s[i] >= 0x40 && s[i] <= 0x7e {
			return i + 1
		}
		if s[i] < 0x20 || s[i] > 0x3f {
			break
		}
	}
	return 1
}

// sgr is the state that the sequences before a cell have left. A colour is an index of the terminal's, from 0, or "#rrggbb".
type sgr struct {
	fore, back    string
	bold, reverse bool
}

// apply takes one sequence in; one that does not end in m, or is malformed, changes nothing more.
func (s *sgr) apply(sequence string) {
	codes, ok := strings.CutSuffix(strings.TrimPrefix(sequence, "\x1b["), "m")
	if !ok {
		return
	}
	fields := strings.Split(codes, ";")
	for i := 0; i < len(fields); i++ {
		n, err := strconv.Atoi(fields[i])
		if fields[i] == "" {
			n, err = 0, nil
		}
		if err != nil {
			return
		}
		switch {
		case n == 0:
			*s = sgr{}
		case n == 1:
			s.bold = true
		case n == 7:
			s.reverse = true
		case n == 38 || n == 48:
			colour, used := extended(fields[i+1:])
			if used == 0 {
				return
			}
			i += used
			if n == 38 {
				s.fore = colour
			} else {
				s.back = colour
			}
		case n >= 30 && n <= 37:
			s.fore = strconv.Itoa(n - 30)
		case n >= 90 && n <= 97:
			s.fore = strconv.Itoa(n - 90 + 8)
		case n == 39:
			s.fore = ""
		case n >= 40 && n <= 47:
			s.back = strconv.Itoa(n - 40)
		case n >= 100 && n <= 107:
			s.back = strconv.Itoa(n - 100 + 8)
		case n == 49:
			s.back = ""
		}
	}
}

// extended reads a colour as it follows 38 or 48, and says how many fields it took; 0 when it is none.
func extended(fields []string) (colour string, used int) {
	number := func(i int) (int, bool) {
		n, err := strconv.Atoi(fields[i])
		return n, err == nil && n >= 0 && n <= 255
	}
	switch {
	case len(fields) >= 2 && fields[0] == "5":
		if n, ok := number(1); ok {
			return strconv.Itoa(n), 2
		}
	case len(fields) >= 4 && fields[0] == "2":
		r, ok1 := number(1)
		g, ok2 := number(2)
		b, ok3 := number(3)
		if ok1 && ok2 && ok3 {
			return hex(r, g, b), 4
		}
	}
	return "", 0
}

func hex(r, g, b int) string { return fmt.Sprintf("#%02x%02x%02x", r, g, b) }

// style settles what the state means on a ground.
func (s *sgr) style(g ground) style {
	out := style{fore: g.colour(s.fore), back: g.colour(s.back), bold: s.bold}
	if out.fore == "" {
		out.fore = g.fore
	}
	if s.reverse {
		if out.back == "" {
			out.back = g.back
		}
		out.fore, out.back = out.back, out.fore
	}
	return out
}

// colour is "#rrggbb" for a colour of any depth, "" for none.
func (g *ground) colour(c string) string {
	if c == "" || c[0] == '#' {
		return c
	}
	n, _ := strconv.Atoi(c) // apply and extended have read it
	switch {
	case n < 16:
		return g.base[n]
	case n < 232:
		steps := [...]int{0, 95, 135, 175, 215, 255}
		return hex(steps[(n-16)/36], steps[(n-16)/6%6], steps[(n-16)%6])
	}
	grey := 8 + (n-232)*10
	return hex(grey, grey, grey)
}

func columns(cells []cell) (n int) {
	for i := range cells {
		n += cells[i].w
	}
	return n
}
