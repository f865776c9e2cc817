// Package picture turns a frame of the console into a picture that needs neither a terminal nor a font of its own: lines,
// blocks and dots are drawn as shapes, so that they join whatever the reader's monospace font looks like. It is pure.
//
// A frame is lines of cells parted by "\n", with the escape sequences that the console's pen writes: colours of any depth,
// bold and reverse, each until it is reset. Any other sequence is left out; it cannot reach the picture.
package picture

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Options say how a frame is set into a picture. The zero value is the bare frame on black.
type Options struct {
	Title  string // what the picture shows; read out to those who cannot see it, and in the window's bar
	Light  bool   // the frame was drawn for a light screen
	Window bool   // a bar and a rim around it, as a terminal has
	// Background and Foreground are those of the screen, as "#rrggbb"; "": those that go with Light.
	Background, Foreground string
}

// Measures in pixels. A monospace letter is six tenths of its size wide, so 15 pixels fill a cell of 9.
const (
	cellWidth  = 9
	cellHeight = 19
	fontSize   = 15
	baseline   = 14 // below the top of a cell
	margin     = 10
	barHeight  = 30
)

const fonts = "ui-monospace,'JetBrains Mono','Cascadia Mono','DejaVu Sans Mono',Menlo,Consolas,monospace"

// SVG draws a frame as an SVG document of its own. Text from the frame is escaped, and the document refers to nothing outside.
func SVG(frame string, o Options) string {
	g := newGround(o)
	rows := parse(frame, g)
	w, h := 0, len(rows)*cellHeight
	for _, cells := range rows {
		w = max(w, columns(cells)*cellWidth)
	}
	left, top, width, height := 0, 0, w, h
	if o.Window {
		left, top, width, height = margin, barHeight, w+2*margin, h+barHeight+margin
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n",
		width, height, width, height, escape(o.Title))
	fmt.Fprintf(&b, "<title>%s</title>\n", escape(o.Title))
	if o.Window {
		window(&b, g, o.Title, width, height)
	} else {
		fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="%s"/>`+"\n", width, height, g.back)
	}
	fmt.Fprintf(&b, `<g transform="translate(%d %d)" font-family="%s" font-size="%d">`+"\n", left, top, fonts, fontSize)
	for y, cells := range rows {
		drawRow(&b, cells, y*cellHeight, g)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// Text is a frame without colours, and without the blanks at the ends of its lines.
func Text(frame string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(frame, "\n") {
		b.WriteString(strings.TrimRight(ansi.Strip(line), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// ANSI is a frame as a terminal shows it when the file is written to it: every line ends with its colours reset.
func ANSI(frame string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(frame, "\n") {
		b.WriteString(line)
		if strings.Contains(line, "\x1b[") && !strings.HasSuffix(line, "\x1b[0m") {
			b.WriteString("\x1b[0m")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// window draws a terminal's window.
func window(b *strings.Builder, g ground, title string, w, h int) {
	fmt.Fprintf(b, `<rect x=".5" y=".5" width="%d" height="%d" rx="8" fill="%s" stroke="%s"/>`+"\n", w-1, h-1, g.back, g.rim)
	for i, colour := range [...]string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(b, `<circle cx="%d" cy="15" r="5" fill="%s"/>`, 18+i*18, colour)
	}
	fmt.Fprintf(b, "\n"+`<text x="%d" y="19" text-anchor="middle" font-family="system-ui,sans-serif" font-size="12" fill="%s">%s</text>`+"\n",
		w/2, g.quiet, escape(title))
}

// escape makes text fit for an XML document; what XML cannot hold becomes U+FFFD.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
