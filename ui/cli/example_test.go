package cli

import (
	"os"
	"reflect"
	"slices"
	"testing"
)

// The example states every key, and with its default.
func TestExampleConfig(t *testing.T) {
	document, err := os.ReadFile("../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	var cfg Config
	var file configFile
	file.parse(document, &cfg)
	for _, m := range file.mistakes {
		t.Errorf("%d:%d: %s", m.line, m.column, m.text)
	}
	cfg.link()
	want := DefaultConfig()
	want.link()
	if !equal(cfg, want) {
		t.Errorf("the example says\n%+v\nthe defaults are\n%+v", cfg, want)
	}
	for _, key := range keysOf("", reflect.TypeFor[Config]()) {
		if _, stated := file.places[key]; !stated {
			t.Errorf("the example does not state %s", key)
		}
	}
}

// keysOf lists every key that a config struct reads.
func keysOf(path string, t reflect.Type) []string {
	var keys []string
	for name, index := range fieldsOf(t) {
		key, field := join(path, name), t.Field(index).Type
		keys = append(keys, key)
		if field.Kind() == reflect.Struct {
			keys = append(keys, keysOf(key, field)...)
		}
	}
	slices.Sort(keys)
	return keys
}

// A config field that no key reaches would be one that nobody can set.
func TestEveryFieldHasAKey(t *testing.T) {
	without := []string{"broker.Queue", "broker.Connections", "broker.RetryWaits", // linked from [queue], [workers] and [failure]
		"handler.http.Bearer"} // from the environment
	var check func(path string, t reflect.Type)
	check = func(path string, s reflect.Type) {
		for i := range s.NumField() {
			f := s.Field(i)
			name := f.Tag.Get("toml")
			if (name == "" || name == "-") && !slices.Contains(without, path+"."+f.Name) {
				t.Errorf("%s.%s has no key", path, f.Name)
			}
			if f.Type.Kind() == reflect.Struct && name != "-" {
				check(join(path, name), f.Type)
			}
		}
	}
	check("", reflect.TypeFor[Config]())
}
