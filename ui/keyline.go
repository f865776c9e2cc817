package ui

import "strings"

// keyLine is the last line of the screen: the keys of the place. One that cannot act now is dim, and in brackets where
// there is no colour.
func (a *App) keyLine() string {
	p := &a.pen
	p.begin(a.w)
	p.put("", " ")
	if text := a.spanText(); text != "" {
		p.foreign(a.t.accent, text)
		return p.end()
	}
	bindings, gap := a.bindings(), a.keyGap()
	for i, shown := range a.shownKeys(bindings, p.left) {
		if !shown {
			continue
		}
		from := a.w - p.left
		a.keyHint(&bindings[i])
		a.clickableKeys(&bindings[i], from)
		p.space(gap)
	}
	return p.end()
}

// roomyKeys is the width from which on the keys stand further apart than they must.
const roomyKeys = 120

func (a *App) keyGap() int {
	if a.w >= roomyKeys {
		return 3
	}
	return 2
}

// shownKeys says which keys a line of so many cells has room for: first those that are always shown, then those that can act
// now, then the others, each in the order of the table, which is that of their worth. One that is barred for a moment only keeps its
// place, or all the others would move twice.
func (a *App) shownKeys(bindings []binding, room int) []bool {
	shown := make([]bool, len(bindings))
	room += a.keyGap() // there is none behind the last key
	for pass := range 3 {
		for i := range bindings {
			b := &bindings[i]
			if shown[i] || b.word == "" {
				continue
			}
			barred := b.bar != nil && b.bar(a) != ""
			if need := keyCells(b, barred && a.t.faint == "") + a.keyGap(); pass == 2 || pass == 1 && (!barred || a.barredBriefly(b)) || pass == 0 && a.alwaysShown(b, barred) {
				shown[i] = need <= room
				if shown[i] {
					room -= need
				}
			}
		}
	}
	return shown
}

// alwaysShown keeps the ways to everything else and the way out on the narrowest screen, and the key that tries again where
// something has to be tried again. Screens that have no tabs are a key's to tell of.
func (a *App) alwaysShown(b *binding, barred bool) bool {
	switch b.word {
	case "commands", "help", "quit":
		return true
	case "why", "retry":
		return !barred
	case "screens":
		return a.layout.top < 2
	}
	return false
}

// barredBriefly reports whether a key waits only for what it has begun itself.
func (a *App) barredBriefly(b *binding) bool { return b.word == "test tasks" && a.sampling() }

// keyCells is the width of a key in the key line.
func keyCells(b *binding, brackets bool) int {
	n := width(b.show) + 1 + width(b.word)
	if brackets {
		n += 2
	}
	return n
}

func (a *App) keyHint(b *binding) {
	p := &a.pen
	switch barred := b.bar != nil && b.bar(a) != ""; {
	case barred && a.t.faint == "":
		p.put("", "("+b.show+" "+b.word+")")
	case barred:
		p.put(a.t.faint, b.show+" "+b.word)
	default:
		p.put(a.t.accent, b.show)
		p.space(1)
		p.put(a.t.dim, b.word)
	}
}

// mostToastRows is how many lines a toast may cover; the event log has all of it.
const mostToastRows = 3

// tell lays the toast over the lower edge of the panes, where it hides neither the verdict nor the keys. Over a dialog it has
// the last line.
func (a *App) tell(lines []string) {
	if a.toast.text == "" {
		return
	}
	text := sentence(plain(a.toast.text))
	if a.dialog != nil {
		lines[a.h-1] = a.toastLine(text)
		return
	}
	if _, n := clip(text, a.w); n <= a.w-8 { // it stands in the frame
		a.pen.begin(n + 2)
		a.pen.foreign(a.t.of(a.toast.level), " "+text+" ")
		y := a.layout.bottom - 1
		lines[y] = inset(lines[y], a.pen.end(), 2, a.w)
		return
	}
	parts := wrap(text, a.w-2)
	if len(parts) > mostToastRows {
		parts[mostToastRows-1] = strings.Join(parts[mostToastRows-1:], " ")
		parts = parts[:mostToastRows]
	}
	for i, part := range parts {
		lines[a.layout.bottom-len(parts)+i] = a.toastLine(part)
	}
}

func (a *App) toastLine(text string) string {
	p := &a.pen
	p.begin(a.w)
	p.put("", " ")
	text, _ = clip(text, a.w-2)
	p.foreign(a.t.of(a.toast.level), text)
	return p.end()
}
