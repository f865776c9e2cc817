package ui

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Whatever a form holds comes back from the file as it was.
func TestTemplatesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &templateDoc{all: map[string]any{}}
		want := map[string]formDraft{}
		for range rapid.IntRange(0, 4).Draw(t, "templates") {
			name := rapid.StringMatching(`[a-zé{}"'\\#][a-z =\]\[]{0,9}x`).Draw(t, "name")
			s := formDraft{asIs: rapid.Bool().Draw(t, "as is")}
			for i := range s.texts {
				s.texts[i] = strings.ToValidUTF8(rapid.String().Draw(t, "text"), "")
			}
			if err := d.put(template{name, s}); err != nil {
				t.Fatal(err)
			}
			want[name] = s
		}
		document, err := d.bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseTemplates(document)
		if err != nil || again.skipped > 0 || len(again.list) != len(want) {
			t.Fatalf("%v, %+v of\n%s", err, again, document)
		}
		for _, got := range again.list {
			if got.form != want[got.name] {
				t.Fatalf("%q became %+v", got.name, got.form)
			}
			again.remove(got.name)
		}
		if len(again.list) > 0 {
			t.Fatalf("%d cannot be removed", len(again.list))
		}
	})
}

func FuzzTemplates(f *testing.F) {
	for _, s := range []string{"", "template = 1", "[[template]]\nname = \"a\"\nbody = \"b\"", "[template]\nname = \"a\"", "template = [1, {name = \"x\"}]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		d, err := parseTemplates(document)
		if err != nil {
			return
		}
		n := len(d.list)
		if err := d.put(template{name: "new"}); err != nil {
			return
		}
		written, err := d.bytes()
		if err != nil || !utf8.Valid(written) {
			return
		}
		again, err := parseTemplates(written)
		if err != nil || len(again.list) < n || again.find("new") < 0 {
			t.Fatalf("%q was written as %q: %v", document, written, err)
		}
	})
}

func TestTemplateBounds(t *testing.T) {
	d := &templateDoc{all: map[string]any{}}
	for i := range maxTemplates {
		if err := d.put(template{name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.put(template{name: "one more"}); err == nil || !strings.Contains(err.Error(), "200 templates, which is the most") {
		t.Errorf("%v", err)
	}
	if err := d.put(template{name: "7"}); err != nil {
		t.Errorf("one that is there cannot be replaced: %v", err)
	}
	big := template{name: "0"}
	for i := range big.form.texts {
		big.form.texts[i] = strings.Repeat("\x00", longest) // six bytes each
	}
	if err := d.put(big); err != nil {
		t.Fatal(err)
	}
	if _, err := d.bytes(); err == nil || !strings.Contains(err.Error(), "larger than 1 MB") {
		t.Errorf("%v", err)
	}
	for name, ok := range map[string]bool{"a b": true, "": false, " a": false, "a\nb": false, "\x1b[2J": false, strings.Repeat("é", 60): true, strings.Repeat("é", 61): false} {
		if why := wrongTemplateName(name); (why == "") != ok {
			t.Errorf("%q: %q", name, why)
		}
	}
}
