package cli

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"carousel/broker"
)

// equal compares two configs, an empty list or table like none.
func equal(a, b Config) bool {
	for _, c := range []*Config{&a, &b} {
		exec := &c.Handler.Exec
		for _, list := range []*[]string{
			&c.Broker.URLs, &c.Broker.Management, &c.Workers.AllowConsume, &c.Console.Colours.Workers, &exec.Command, &exec.Pass,
			&c.Handler.HTTP.Headers,
		} {
			*list = slices.Concat(*list) // nil when empty
		}
		exec.Retry, exec.Dead = slices.Concat(exec.Retry), slices.Concat(exec.Dead)
		if len(exec.Env) == 0 {
			exec.Env = nil
		}
		if len(c.Contexts) == 0 {
			c.Contexts = nil
		}
		for _, table := range []*map[string]any{&c.Queue.Arguments, &c.Broker.Queue.Arguments} {
			if len(*table) == 0 {
				*table = nil
			}
		}
	}
	return reflect.DeepEqual(a, b)
}

// Whatever the file holds: no panic, the same result twice, every mistake at a place of the file and told in plain text with
// it, and no place without one of its lines.
func FuzzConfig(f *testing.F) {
	if example, err := os.ReadFile("../../config.example.toml"); err == nil {
		f.Add(example)
	}
	for _, seed := range []string{
		"", "\xef\xbb\xbf[workers]\r\ncount = 1\r\n", "[broker]\nurls = ['a', \"b\", [1]]\n", "workers = {count = 0, x.y = 1}\n",
		"\"\\u0000\" = nan\n", "[[queue]]\n[queue.arguments]\na = {b = [{c = 1}]}\n", "a.b.c = 1\n[a.b]\n", "x = 07:32\n",
		"workers.max = 2\n", "\"\u009b\\u202e\" = 1\n", "[log]\nlevel = '\xff'\n", "[queue.arguments]\n\"\\u001b\" = 1979-05-27\n", "queue = {type = '\u202e'}",
		"[queue]\nname = \"a\\u001b\\n\"\n", "\x1b = 1\n", "a = \x9b\n", "[handler.simulate]\nwork = \"\\u001b[2J\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		cfg, again := DefaultConfig(), DefaultConfig()
		var file, twin configFile
		file.parse(bytes.Clone(document), &cfg)
		twin.parse(bytes.Clone(document), &again)
		if !reflect.DeepEqual(file.mistakes, twin.mistakes) {
			t.Errorf("two readings differ:\n%v\n%v", file.mistakes, twin.mistakes)
		}
		lines := bytes.Split(document, []byte("\n"))
		for _, m := range file.mistakes {
			if m.text == "" || m.line < 1 || m.line > len(lines) || m.column < 1 || m.column > len(lines[m.line-1])+1 {
				t.Errorf("mistake %+v is not in the file", m)
			}
		}
		file.path = "/etc/c\x1b[2J.toml"
		for i, err := range file.errors() {
			told, m := err.Error(), file.mistakes[i]
			if !strings.HasPrefix(told, fmt.Sprintf("/etc/c^[[2J.toml:%d:%d: ", m.line, m.column)) {
				t.Errorf("%q does not name file, line and column", told)
			}
			if broker.Plain(told) != told || len(told) > 2*longestMistake {
				t.Errorf("%q is raw, or too long", told)
			}
		}
		cfg.link()
		for _, text := range cfg.mistakes() {
			key, _, _ := strings.Cut(text, ": ")
			if file.find(key) == (place{}) {
				t.Errorf("%q is a mistake of no place in\n%s", text, document)
			}
		}
		for key, at := range file.places {
			if at.line < 1 || at.line > len(lines) || at.column < 1 || at.column > len(lines[at.line-1]) {
				t.Errorf("key %s is placed at %+v", key, at)
			}
		}
	})
}
