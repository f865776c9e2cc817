package uitest

import (
	"testing"

	"carousel/broker/brokertest"
)

func TestStray(t *testing.T) {
	for _, own := range []string{
		"", "plain ─│╭ ⣿ 日本 é\r\n", "\x1b[0m", "\x1b[m", "\x1b[1;31m", "\x1b[38;5;201m", "\x1b[48;2;1;2;3m", "\x1b[1;38;2;10;20;30m", "\x1b[2K",
		"\x1b[K", "\x1b[J", "\x1b[2J", "\x1b[H", "\x1b[10;1H", "\x1b[30;H", "\x1b[3A", "\x1b[?25l", "\x1b[?1049h", "\x1b[H\rline\r\n\r\nline\r\x1b[K", "\x1b[?2004l", "\x1b[?1006h",
	} {
		if got := Stray(own); got != "" {
			t.Errorf("%q: %s", own, got)
		}
	}
	for _, foreign := range []string{"\x1b", "\x1b[", "\x1b[3J", "\x1b[5m", "\x1b[1;8m", "\x1b[38;5m", "\x1b[?1h", "\x1b[6n", "\x1bc", "\x1b[99999H"} {
		if Stray(foreign) == "" {
			t.Errorf("%q is let through", foreign)
		}
	}
	harmless := map[string]bool{"wide": true, "combining": true, "long": true} // these are looked at for their width
	for _, h := range brokertest.Hostile() {
		if !harmless[h.Name] && Stray("before "+h.Text+" after") == "" && h.Name != "prepended marks" {
			t.Errorf("%s is let through: %q", h.Name, h.Text)
		}
	}
}
