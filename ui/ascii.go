package ui

import (
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// twins are the ASCII marks, and stand-ins of the same width for what frames and charts are made of.
var twins = map[rune]byte{
	'·': '.', '▓': '=', '█': '#', '▒': 'r', '×': 'x', '↻': '@', '╌': '~', // marks of tasks
	'▏': '|', '▍': '|', '▌': '|', '▋': '|', '▊': '|', '▉': '#', '▐': '|', '▕': '|', '░': ':', '◂': '<',
	'▁': '_', '▂': '_', '▃': '_', '▄': 'o', '▅': 'o', '▆': 'O', '▇': '#', '━': '=', '╸': '=', // partly busy, bars
	'╭': '+', '╮': '+', '╰': '+', '╯': '+', '─': '-', '│': '|', '┃': '|', '┬': '+', '├': '+', '┤': '+', // frames
	'▎': '>', '▸': '>', '⇧': '^', '●': '*', '○': 'o', '▲': '^', '▼': 'v', '✓': '+', '↵': '<', '⏸': '"', // pointers and states
	'▴': '^', '▾': 'v', // orders of a table
	'–': '-', '…': '~', '≥': '>', '→': '>', '←': '<', '↑': '^', '↓': 'v', '⌫': '<',
	'÷': '/', '−': '-', 'λ': 'L', 'μ': 'u', '⌈': '[', '⌉': ']', // formulas
}

// inASCII replaces every character of a frame by ASCII of the same width, for terminals and fonts that have no other.
func inASCII(frame string) string {
	var b strings.Builder
	b.Grow(len(frame))
	for it := graphemes.FromString(frame); it.Next(); {
		cluster := it.Value()
		r, n := utf8.DecodeRuneInString(cluster)
		switch {
		case r < utf8.RuneSelf && n == len(cluster):
			b.WriteByte(byte(r))
		case r >= brailleBlank && r <= brailleBlank+0xff:
			b.WriteByte(" ..::###"[min(bits.OnesCount8(uint8(r-brailleBlank)), 7)])
		case twins[r] != 0:
			b.WriteByte(twins[r])
		default:
			b.WriteString(strings.Repeat("?", ansi.StringWidth(cluster)))
		}
	}
	return b.String()
}
