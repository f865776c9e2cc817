package ui

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

// The bounds of the file of templates.
const (
	maxTemplates     = 200
	maxTemplateBytes = 1 << 20
	maxTemplateName  = 60 // runes
)

// template is what the enqueue form held, with a name.
type template struct {
	name string
	form formDraft
}

// templateKeys are the fields' keys in the file, in the order of the form.
var templateKeys = [formFields]string{"body", "count", "rate", "work", "failures", "type", "priority", "expires", "headers"}

const asIsKey = "braces_as_they_are"

// templateDoc is the file of templates as it was read. What carousel does not know is kept, so that saving loses nothing but
// comments.
type templateDoc struct {
	all     map[string]any
	entries []any
	list    []template // those that can be used, in the order of the file
	skipped int
}

const templateHead = "# Templates of carousel's enqueue form. The program writes this file; comments do not stay.\n\n"

// parseTemplates reads a document tolerantly: an entry that cannot be used is skipped and counted.
func parseTemplates(document []byte) (*templateDoc, error) {
	d := &templateDoc{all: map[string]any{}}
	if err := toml.Unmarshal(bytes.TrimPrefix(document, []byte("\xef\xbb\xbf")), &d.all); err != nil {
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, _ := at.Position()
			return nil, fmt.Errorf("it is not TOML in line %d; mend it or move it away", line)
		}
		return nil, errors.New("it is not TOML; mend it or move it away")
	}
	switch entries := d.all["template"].(type) {
	case nil:
	case []any:
		d.entries = entries
	default:
		return nil, errors.New("its key template is not a list; mend it or move it away")
	}
	d.index()
	return d, nil
}

// index finds the entries that can be used.
func (d *templateDoc) index() {
	d.list, d.skipped = nil, 0
	for _, entry := range d.entries {
		t, ok := templateOf(entry)
		if !ok || len(d.list) == maxTemplates || d.find(t.name) >= 0 {
			d.skipped++
			continue
		}
		d.list = append(d.list, t)
	}
}

func templateOf(entry any) (t template, ok bool) {
	table, ok := entry.(map[string]any)
	if !ok {
		return t, false
	}
	t.name, _ = table["name"].(string)
	if wrongTemplateName(t.name) != "" {
		return t, false
	}
	t.form, ok = draftOf(table)
	return t, ok
}

// wrongTemplateName says why a text is no name; "" when it is one.
func wrongTemplateName(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "write a name"
	case strings.TrimSpace(name) != name:
		return "a name neither begins nor ends with a space"
	case utf8.RuneCountInString(name) > maxTemplateName:
		return "a name has " + count(maxTemplateName) + " characters at most"
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "a name has printable characters only"
	}
	return ""
}

// find is the place in list of the template with a name; -1: there is none.
func (d *templateDoc) find(name string) int {
	return slices.IndexFunc(d.list, func(t template) bool { return t.name == name })
}

// put adds a template, or replaces the one of its name.
func (d *templateDoc) put(t template) error {
	if d.find(t.name) < 0 && len(d.list) >= maxTemplates {
		return errors.New("there are " + count(maxTemplates) + " templates, which is the most; delete one first")
	}
	table := d.entry(t.name)
	if table == nil {
		table = map[string]any{"name": t.name}
		d.entries = append(d.entries, table)
	}
	maps.Copy(table, t.form.table())
	d.index()
	return nil
}

// entry is the table of the template with a name; nil: there is none.
func (d *templateDoc) entry(name string) map[string]any {
	for _, entry := range d.entries {
		if t, ok := templateOf(entry); ok && t.name == name {
			return entry.(map[string]any)
		}
	}
	return nil
}

// remove takes the template with a name out.
func (d *templateDoc) remove(name string) {
	d.entries = slices.DeleteFunc(d.entries, func(entry any) bool {
		t, ok := templateOf(entry)
		return ok && t.name == name
	})
	d.index()
}

// bytes is the document to write.
func (d *templateDoc) bytes() ([]byte, error) {
	tables := make([]map[string]any, 0, len(d.entries))
	for _, entry := range d.entries {
		table, ok := entry.(map[string]any)
		if !ok {
			break
		}
		tables = append(tables, table)
	}
	d.all["template"] = tables
	if len(tables) < len(d.entries) { // something else is among them, which only an inline list can hold
		d.all["template"] = d.entries
	}
	document, err := toml.Marshal(d.all)
	if err == nil && len(document) > maxTemplateBytes {
		err = errors.New("the file would be larger than 1 MB; delete a template, or name a file with @path as the body")
	}
	return append([]byte(templateHead), document...), err
}

// readTemplates reads the file at path; one that does not exist has no templates. It does I/O.
func readTemplates(path string) (*templateDoc, error) {
	document, err := templateBytes(path)
	if err != nil {
		return nil, fmt.Errorf("the templates in %s cannot be read: %w", path, pathless(err))
	}
	d, err := parseTemplates(document)
	if err != nil {
		return nil, fmt.Errorf("the templates in %s cannot be read: %w", path, err)
	}
	return d, nil
}

func templateBytes(path string) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("that is not a file")
	}
	document, err := io.ReadAll(io.LimitReader(file, maxTemplateBytes+int64(len(templateHead))+1))
	if err == nil && len(document) > maxTemplateBytes+len(templateHead) {
		err = errors.New("it is larger than 1 MB")
	}
	return document, err
}

// changeTemplates reads the file anew, so that what another console has saved stays, changes it and writes it. It does I/O.
func changeTemplates(path string, change func(*templateDoc) error) (*templateDoc, error) {
	d, err := readTemplates(path)
	if err != nil {
		return nil, err
	}
	err = change(d)
	var document []byte
	if err == nil {
		document, err = d.bytes()
	}
	if err == nil {
		err = replaceFile(path, document)
	}
	if err != nil {
		return nil, fmt.Errorf("nothing was saved to %s: %w", path, pathless(err))
	}
	return d, nil
}

// replaceFile writes the file and the folder that it is in, where they are missing. It does I/O.
func replaceFile(path string, document []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	_, err := writeFile(path, true, func(w io.Writer) error {
		_, err := w.Write(document)
		return err
	})
	return err
}
