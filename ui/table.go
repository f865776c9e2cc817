package ui

import (
	"slices"
	"sort"
)

// column is one of a table's. Where the table is narrow, those with the greatest rank are left out first; rank 0 stays.
type column[R any] struct {
	head  string
	w     int // cells, the gap before it included
	rank  int
	left  bool // the head stands at the left
	grows bool // takes what is left of the width; one column of a table
	// draw writes the cell of a row, exactly w cells wide. It may not keep r.
	draw func(r *R, w int)
	// order sorts rows by this column; nil: it cannot be sorted by.
	order func(a, b *R) int
}

// table shows rows under heads and keeps a selection, which is a row's key and not its place: it stays on its row whatever
// comes, goes, or is sorted anew. It is used on the program's goroutine only.
type table[K comparable, R any] struct {
	columns  []column[R]
	key      func(*R) K
	selected *K // where the selection is kept, which may be shared with others

	rows    []R
	fitted  []column[R] // those that fit, in order
	at      int         // place of the selected row when it was last there
	offset  int         // first row that is shown
	shown   int         // rows that had room in the last view
	by      int         // column to sort by, from 1; 0: as the rows came
	reverse bool
}

// take takes rows in; they are the table's until the next take. The selection stays on its row, or else at its place.
func (t *table[K, R]) take(rows []R) {
	t.rows = rows
	if t.by > 0 {
		sort.Stable(&ordered[R]{t.rows, t.columns[t.by-1].order, t.reverse})
	}
	t.find()
}

// ordered sorts rows in place: given by value, as slices.SortStableFunc does, every row compared would be copied to the heap.
type ordered[R any] struct {
	rows    []R
	order   func(a, b *R) int
	reverse bool
}

func (o *ordered[R]) Len() int      { return len(o.rows) }
func (o *ordered[R]) Swap(i, j int) { o.rows[i], o.rows[j] = o.rows[j], o.rows[i] }

func (o *ordered[R]) Less(i, j int) bool {
	if o.reverse {
		i, j = j, i
	}
	return o.order(&o.rows[i], &o.rows[j]) < 0
}

// find looks for the selected row.
func (t *table[K, R]) find() {
	for i := range t.rows {
		if t.key(&t.rows[i]) == *t.selected {
			t.at = i
			return
		}
	}
	if t.at = max(0, min(t.at, len(t.rows)-1)); len(t.rows) > 0 {
		*t.selected = t.key(&t.rows[t.at])
	}
}

// current is the selected row, nil where there is none. It is valid until the next take.
func (t *table[K, R]) current() *R {
	if len(t.rows) == 0 {
		return nil
	}
	return &t.rows[t.at]
}

// move takes the selection a number of rows down, or up; it stops at the ends.
func (t *table[K, R]) move(by int) {
	if len(t.rows) == 0 {
		return
	}
	t.at = max(0, min(t.at+by, len(t.rows)-1))
	*t.selected = t.key(&t.rows[t.at])
}

// moves are the keys that move a selection.
var moves = []string{"j", "down", "k", "up", "g", "home", "G", "end", "pgdown", "pgup"}

// moved is how far one of the moves goes, where a page has so many rows.
func moved(key string, page int) int {
	page = max(1, page-1)
	return map[string]int{
		"j": 1, "down": 1, "k": -1, "up": -1, "pgdown": page, "pgup": -page,
		"G": farAway, "end": farAway, "g": -farAway, "home": -farAway,
	}[key]
}

// pick selects the row at line y of the rows that are shown, and reports whether there is one.
func (t *table[K, R]) pick(y int) bool {
	at := t.offset + y
	if y < 0 || y >= t.shown || at >= len(t.rows) {
		return false
	}
	t.move(at - t.at)
	return true
}

// sortNext sorts by the next column that can be sorted by, and after the last one by none.
func (t *table[K, R]) sortNext() {
	for t.by++; t.by <= len(t.columns); t.by++ {
		if t.columns[t.by-1].order != nil {
			break
		}
	}
	if t.by > len(t.columns) {
		t.by = 0
	}
	t.take(t.rows)
}

// sortReverse turns the order round.
func (t *table[K, R]) sortReverse() {
	t.reverse = !t.reverse
	t.take(t.rows)
}

// width sets how many cells a column takes, the gap before it included.
func (t *table[K, R]) width(head string, w int) {
	for i := range t.columns {
		if t.columns[i].head == head {
			t.columns[i].w = w
		}
	}
}

// fit picks the columns for a row of w cells.
func (t *table[K, R]) fit(w int) {
	t.fitted = append(t.fitted[:0], t.columns...)
	for {
		used, worst, grower := 0, 0, -1
		for i := range t.fitted {
			c := &t.fitted[i]
			used += c.w
			if c.rank > t.fitted[worst].rank {
				worst = i
			}
			if c.grows {
				grower = i
			}
		}
		if used <= w {
			if grower >= 0 {
				t.fitted[grower].w += w - used
			}
			return
		}
		if t.fitted[worst].rank == 0 {
			return
		}
		t.fitted = slices.Delete(t.fitted, worst, worst+1)
	}
}

// has reports whether the newest view had room for a column.
func (t *table[K, R]) has(head string) bool {
	for i := range t.fitted {
		if t.fitted[i].head == head {
			return true
		}
	}
	return false
}

// view draws the heads and as many rows as the box has room for; hidden is the number of the others.
func (t *table[K, R]) view(b *box, focused bool) (hidden int) {
	t.fit(b.inner())
	t.heads(b)
	t.shown = min(len(t.rows), b.room())
	t.offset = follow(t.offset, t.shown, len(t.rows), t.at)
	for i := t.offset; i < t.offset+t.shown; i++ {
		if focused && i == t.at {
			b.selectedRow()
		} else {
			b.row()
		}
		for c := range t.fitted {
			t.fitted[c].draw(&t.rows[i], t.fitted[c].w)
		}
		b.rowEnd()
	}
	return len(t.rows) - t.shown
}

func (t *table[K, R]) heads(b *box) {
	b.row()
	for i := range t.fitted {
		c := &t.fitted[i]
		head, k := c.head, b.t.dim
		if t.by > 0 && head == t.columns[t.by-1].head {
			k = b.t.strong
			if t.reverse {
				head += "▾"
			} else {
				head += "▴"
			}
		}
		n := width(head)
		if !c.left {
			b.space(c.w - n)
		}
		b.put(k, head)
		if c.left {
			b.space(c.w - n)
		}
	}
	b.rowEnd()
}

// follow moves a window of n rows over all so that row stays in it.
func follow(offset, n, all, row int) int {
	switch {
	case row < offset:
		offset = row
	case row >= offset+n:
		offset = row - n + 1
	}
	return max(0, min(offset, all-n))
}
