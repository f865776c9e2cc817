package ui

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The history of the enqueue form over runs is a folder with a file for each batch that was enqueued. So several consoles add to
// it at once without a lock, a file is there whole or not at all, and one that is damaged spoils no other.

// Bounds of the folder, beside [console] history.
const (
	maxPastBytes  = 4 << 20 // of all files together; the oldest give way
	maxEntryBytes = 1 << 20 // of one that is kept or read
	partLife      = time.Hour
)

const (
	pastSuffix    = ".json"
	damagedSuffix = ".damaged"
)

// formPast is the folder. Its methods do I/O, and may be called by several consoles at once.
type formPast struct {
	folder string
	most   int // entries
}

// load reads the entries, oldest first, without those that are the same as the one before. One that cannot be read is set aside,
// and named by the error beside the others.
func (p formPast) load() (past []formDraft, err error) {
	names, err := p.names()
	if err != nil {
		return nil, p.fault("read", err)
	}
	var damaged []string
	for _, name := range names[max(0, len(names)-p.most):] {
		s, err := readEntry(filepath.Join(p.folder, name))
		switch {
		case errors.Is(err, fs.ErrNotExist): // another console has let go of it
		case err != nil:
			damaged = append(damaged, name+damagedSuffix)
			_ = os.Rename(filepath.Join(p.folder, name), filepath.Join(p.folder, name+damagedSuffix)) // else it is met again
		case len(past) == 0 || past[len(past)-1] != s:
			past = append(past, s)
		}
	}
	if len(damaged) > 0 {
		return past, fmt.Errorf("of what was enqueued before, %d in %s cannot be read; kept aside as %s", len(damaged), p.folder, strings.Join(damaged, ", "))
	}
	return past, nil
}

// names are the entries' files, oldest first.
func (p formPast) names() (names []string, err error) {
	files, err := os.ReadDir(p.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, f := range files { // sorted by name
		if strings.HasSuffix(f.Name(), pastSuffix) {
			names = append(names, f.Name())
		}
	}
	return names, err
}

func readEntry(path string) (s formDraft, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return s, err
	}
	if !info.Mode().IsRegular() {
		return s, errors.New("that is not a file")
	}
	file, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer file.Close()
	document, err := io.ReadAll(io.LimitReader(file, maxEntryBytes+1))
	if err != nil {
		return s, err
	}
	var table map[string]any
	if len(document) > maxEntryBytes || json.Unmarshal(document, &table) != nil || table == nil {
		return s, errors.New("it is damaged")
	}
	s, ok := draftOf(table)
	if !ok {
		return s, errors.New("it is damaged")
	}
	return s, nil
}

// add keeps an entry as the newest, and lets go of the oldest beyond the bounds.
func (p formPast) add(s formDraft, now time.Time) error {
	document, err := json.Marshal(s.table())
	if err != nil {
		return p.fault("written", err)
	}
	if len(document) > maxEntryBytes {
		return p.fault("written", errors.New("what was enqueued is larger than 1 MB"))
	}
	name := fmt.Sprintf("%019d-%08x%s", now.UnixNano(), rand.Uint32(), pastSuffix) // in the order of time, and no other console's
	if err := replaceFile(filepath.Join(p.folder, name), document); err != nil {
		return p.fault("written", pathless(err))
	}
	p.trim(now)
	return nil
}

// trim lets go of the oldest entries beyond the bounds, and of what a console left that was killed as it wrote. What cannot be
// removed is tried again the next time.
func (p formPast) trim(now time.Time) {
	names, _ := p.names()
	slices.Reverse(names)
	var total int64
	for i, name := range names {
		path := filepath.Join(p.folder, name)
		if info, err := os.Stat(path); err == nil {
			total += info.Size()
		}
		if i >= p.most || total > maxPastBytes {
			_ = os.Remove(path)
		}
	}
	parts, _ := filepath.Glob(filepath.Join(p.folder, ".carousel-*.part"))
	for _, path := range parts {
		if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) > partLife {
			_ = os.Remove(path)
		}
	}
}

// clear removes every entry, those set aside too, and returns how many there were.
func (p formPast) clear() (n int, err error) {
	files, err := os.ReadDir(p.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), pastSuffix) && !strings.HasSuffix(f.Name(), damagedSuffix) {
			continue
		}
		gone := os.Remove(filepath.Join(p.folder, f.Name()))
		if gone == nil {
			n++
		} else if !errors.Is(gone, fs.ErrNotExist) {
			err = cmp.Or(err, gone)
		}
	}
	if err != nil {
		return n, p.fault("removed", err)
	}
	return n, nil
}

func (p formPast) fault(done string, err error) error {
	return fmt.Errorf("what was enqueued before cannot be %s in %s: %w", done, p.folder, pathless(err))
}

// draftOf reads what a form held from a table by the keys of its fields; a field without a key is as in an empty form.
func draftOf(table map[string]any) (s formDraft, ok bool) {
	s = blankDraft()
	for i, key := range templateKeys {
		text := ""
		switch v := table[key].(type) {
		case nil:
			continue
		case string:
			text = v
		case int64, float64:
			text = fmt.Sprint(v)
		default:
			return s, false
		}
		if len([]rune(text)) > longest {
			return s, false
		}
		s.texts[i] = text
	}
	s.asIs, _ = table[asIsKey].(bool)
	return s, true
}

// table is the reverse of draftOf.
func (s formDraft) table() map[string]any {
	table := map[string]any{asIsKey: s.asIs}
	for i, key := range templateKeys {
		table[key] = s.texts[i]
	}
	return table
}
