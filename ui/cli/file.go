package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"carousel/broker"
)

// maxConfigSize is far above any honest config file, and small enough to be read without harm.
const maxConfigSize = 1 << 20

// mistake is one thing that is wrong with a config file. The zero place is the file as a whole.
type mistake struct {
	place
	text string
}

// configFile is a config file as read. Its places map each key to where it is written.
type configFile struct {
	path     string
	places   map[string]place
	mistakes []mistake
	warning  string // "" when there is nothing to warn of
}

// readConfig reads the file at path over what cfg holds. Every mistake is kept, for errors to tell.
func readConfig(path string, cfg *Config) *configFile {
	f := &configFile{path: path}
	document, info, err := readDocument(path)
	if err != nil {
		f.mistakes = []mistake{{text: err.Error()}}
		return f
	}
	f.parse(document, cfg)
	if holdsPassword(*cfg) {
		f.warning = exposed(path, "a password", info)
	}
	return f
}

func readDocument(path string) ([]byte, fs.FileInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("the config file cannot be opened: %w", plainCause(err))
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("the config file cannot be read: %w", plainCause(err))
	case info.IsDir():
		return nil, nil, errors.New("this is a directory; name a TOML file")
	}
	document, err := io.ReadAll(io.LimitReader(file, maxConfigSize+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("the config file cannot be read: %w", plainCause(err))
	case len(document) > maxConfigSize:
		return nil, nil, errors.New("the config file is larger than 1 MB; is it the right one?")
	}
	return document, info, nil
}

// plainCause takes the path, which the message names already, out of an error of package os.
func plainCause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

var utf8BOM = []byte("\xef\xbb\xbf")

// parse copies the document's keys into cfg. Only the first mistake of syntax is found; behind it, all the others are.
func (f *configFile) parse(document []byte, cfg *Config) {
	document = bytes.TrimPrefix(document, utf8BOM)
	if bytes.HasPrefix(document, []byte("\xff\xfe")) || bytes.HasPrefix(document, []byte("\xfe\xff")) {
		f.mistakes = []mistake{{place{1, 1}, "the file is written in UTF-16; save it as UTF-8"}}
		return
	}
	var table map[string]any
	if err := toml.Unmarshal(document, &table); err != nil {
		f.mistakes = []mistake{syntaxMistake(err)}
		return
	}
	f.places = locate(document)
	b := binder{mistake: func(key, text string) { f.mistakes = append(f.mistakes, mistake{f.find(key), text}) }}
	b.table("", table, reflect.ValueOf(cfg).Elem())
}

func syntaxMistake(err error) mistake {
	var d *toml.DecodeError
	if !errors.As(err, &d) {
		return mistake{place{1, 1}, "this is not TOML"}
	}
	line, column := d.Position()
	return mistake{place{line, column}, "this is not TOML: " + strings.TrimPrefix(d.Error(), "toml: ")}
}

// find returns where a key is written: an element where its list is, when it has no place of its own, and a key that the file
// leaves to its default where its table is.
func (f *configFile) find(key string) place {
	if at, ok := f.places[key]; ok {
		return at
	}
	key, _, _ = strings.Cut(key, "[")
	for key != "" {
		if at, ok := f.places[key]; ok {
			return at
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
	return place{}
}

// errors returns the mistakes in the order of the file, each as "file:line:column: what".
func (f *configFile) errors() []error {
	slices.SortStableFunc(f.mistakes, func(a, b mistake) int {
		switch {
		case a.before(b.place):
			return -1
		case b.before(a.place):
			return 1
		}
		return 0
	})
	var errs []error
	path := broker.Plain(repeated(f.path))
	for _, m := range f.mistakes {
		text := shortened(broker.Plain(m.text))
		if path == "" { // there is no file: a default does not fit what a flag asks for
			errs = append(errs, errors.New(text))
		} else if m.place == (place{}) {
			errs = append(errs, fmt.Errorf("%s: %s", path, text))
		} else {
			errs = append(errs, fmt.Errorf("%s:%d:%d: %s", path, m.line, m.column, text))
		}
	}
	return errs
}

// longestMistake bounds the text of a mistake, in bytes: it may repeat a key as long as the file.
const longestMistake = 600

// shortened leaves out the middle of a text that is too long: what is wrong stands at its ends.
func shortened(text string) string {
	if len(text) <= longestMistake {
		return text
	}
	return strings.ToValidUTF8(text[:longestMistake/2], "") + " … " + strings.ToValidUTF8(text[len(text)-longestMistake/2:], "")
}
