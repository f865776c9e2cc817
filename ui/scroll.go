package ui

// scroll is a window over lines that do not all fit.
type scroll struct{ offset, rows, all int }

// fit takes in how many rows there are for all lines, and keeps the window within these.
func (s *scroll) fit(rows, all int) {
	s.rows, s.all = rows, all
	s.offset = max(0, min(s.offset, all-rows))
}

// move takes a key that moves the window; another one does nothing.
func (s *scroll) move(key string) {
	s.offset += moved(key, s.rows)
	s.fit(s.rows, s.all)
}

// end is the line after the last that is shown.
func (s *scroll) end() int { return min(s.all, s.offset+s.rows) }

// more reports whether there are lines below the window.
func (s *scroll) more() bool { return s.end() < s.all }
