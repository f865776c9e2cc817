package cli

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carousel/broker"
)

// A config of three brokers: one without a name, and two contexts.
const threeBrokers = `[broker]
urls = ["amqp://plain/"]
management = ["http://plain:15672"]
password_file = "/plain/pw"
tls = { ca_file = "/plain/ca" }
[queue]
name = "jobs"
[context.prod]
urls = ["amqp://prod/"]
password_file = "/prod/pw"
queue = "orders"
description = "the real one"
colour = "alarm"
protected = true
tls = { ca_file = "/prod/ca" }
[context.look]
urls = ["amqp://look/"]
management = ["http://look:15672"]
read_only = true
`

// homeOf is a ConfigDir with a config file.
func homeOf(t *testing.T, document string) string {
	t.Helper()
	home := t.TempDir()
	path := filepath.Join(home, "carousel", "config.toml")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// A context takes the place of the broker, whole; an address takes its place, whole, too; and the later one of the two, in the
// order of file, environment and flags, is what holds.
func TestContextPrecedence(t *testing.T) {
	type want struct {
		context, url, management, passwordFile, ca, queue string
		readOnly                                          bool
	}
	plain := want{"", "amqp://plain/", "http://plain:15672", "/plain/pw", "/plain/ca", "jobs", false}
	prod := want{"prod", "amqp://prod/", "", "/prod/pw", "/prod/ca", "orders", false}
	look := want{"look", "amqp://look/", "http://look:15672", "", "", "jobs", true}
	url := want{"", "amqp://url/", "", "", "/plain/ca", "jobs", false}
	queue, managed := prod, prod
	queue.queue, managed.management = "other", "http://flag:15672"
	for _, c := range []struct {
		name, first, args string
		env               map[string]string
		want              want
	}{
		{"none", "", "", nil, plain},
		{"file", "prod", "", nil, prod},
		{"environment over file", "prod", "", map[string]string{"CAROUSEL_CONTEXT": "look"}, look},
		{"flag over environment", "prod", "--context prod", map[string]string{"CAROUSEL_CONTEXT": "look"}, prod},
		{"flag over an address of the environment", "", "--context prod",
			map[string]string{"CAROUSEL_URL": "amqp://url/", "CAROUSEL_MANAGEMENT_URL": "http://url:15672"}, prod},
		{"an address over the file's", "prod", "", map[string]string{"CAROUSEL_URL": "amqp://url/"}, url},
		{"an address over the flag's", "", "--context prod --url amqp://url/", nil, url},
		{"a queue in a context", "prod", "--queue other", nil, queue},
		{"a management address in a context", "", "--context prod --management http://flag:15672", nil, managed},
		{"no flag lifts read_only", "", "--context look --read-only=false", nil, look},
	} {
		t.Run(c.name, func(t *testing.T) {
			document := threeBrokers
			if c.first != "" {
				document = "default_context = \"" + c.first + "\"\n" + document
			}
			s := loaded(t, strings.Fields(c.args), c.env, homeOf(t, document))
			b := &s.Broker
			got := want{s.context().Name, b.URLs[0], strings.Join(b.Management, " "), b.PasswordFile, b.TLS.CAFile, b.Queue.Name, b.ReadOnly}
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			if x := s.context(); x.Protected != (c.want.context == "prod") {
				t.Errorf("%+v", x)
			}
		})
	}
}

// Each mistake in a context is told with its place and the context's own keys, once, whichever context is chosen.
func TestContextMistakes(t *testing.T) {
	const u = `urls = ["amqp://h/"]`
	for _, c := range []struct{ name, document, args, want string }{
		{"unknown", "default_context = \"prd\"\n[context.prod]\n" + u, "", `FILE:1:1: default_context: there is no context "prd"; did you mean prod?`},
		{"unknown by flag", "[context.prod]\n" + u + "\n[context.dev]\n" + u, "--context nowhere",
			`--context: there is no context "nowhere"; allowed are dev, prod`},
		{"none at all", "", "--context prod", `--context: there is no context "prod"; the config file has no [context.NAME] table`},
		{"an address", "", "--context amqp://u:s3cret@h", `--context: the name of a context is wanted; an address is given with --url`},
		{"no broker", "[context.prod]\nqueue = \"x\"", "", `FILE:1:10: context.prod.urls: a context needs the address of its broker`},
		{"not an address", "[context.prod]\nurls = [\"ftp://h\"]", "", `FILE:2:9: context.prod.urls[0]: `},
		{"not an address, and chosen", "[context.prod]\nurls = [\"ftp://h\"]", "--context prod", `FILE:2:9: context.prod.urls[0]: `},
		{"management", "[context.prod]\n" + u + "\nmanagement = [\"x\"]", "--context prod", `FILE:3:15: context.prod.management[0]: `},
		{"tls", "[context.prod]\n" + u + "\n[context.prod.tls]\ncert_file = \"x\"", "",
			`FILE:3:15: context.prod.tls: cert_file and key_file go together; set both or neither`},
		{"queue", "[context.prod]\n" + u + "\nqueue = \"amq.x\"", "--context prod", `FILE:3:1: context.prod.queue: names that start with "amq."`},
		{"colour", "[context.prod]\n" + u + "\ncolour = \"red\"", "", `FILE:3:1: context.prod.colour: "red" is no colour; write "#rrggbb", or one of accent, calm, warn, alarm`},
		{"key", "[context.prod]\n" + u + "\nprotect = true", "", `FILE:3:1: context.prod.protect: there is no such key; did you mean protected?`},
		{"not a table", "[context]\nprod = 3", "", `FILE:2:1: context.prod: wants a table, not a whole number`},
		{"hostile", "[context.\"a\\u001b[2J\\u202e\"]\n" + u, "", `FILE:1:10: context."a\x1b[2J\u202e": a context's name has letters`},
		{"empty", "[context.\"\"]\n" + u, "", `FILE:1:10: context."": a context's name has letters`},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := homeOf(t, c.document)
			status, stdout, stderr := invocation{home: home, args: append([]string{"enqueue", "x"}, strings.Fields(c.args)...)}.run(t)
			want := "carousel: " + strings.Replace(c.want, "FILE", filepath.Join(home, "carousel", "config.toml"), 1)
			if lines := strings.SplitAfter(stderr, "\n"); status != exitUsage || stdout != "" || !strings.HasPrefix(lines[0], want) ||
				slices.Contains(lines[1:], lines[0]) {
				t.Errorf("status %d, stderr\n%swant\n%s", status, stderr, want)
			}
			if strings.ContainsAny(stderr, "\x1b\u202e") || strings.Contains(stderr, "s3cret") {
				t.Errorf("told as it is: %q", stderr)
			}
		})
	}
}

// What a script takes away or sends in a protected context wants its name; what only looks does not, nor does another context.
func TestProtectedContextWantsItsName(t *testing.T) {
	home := homeOf(t, threeBrokers)
	for args, refusal := range map[string]string{ // "": it goes to the broker
		"enqueue x --context prod":                         "context prod is protected; to enqueue there, say --confirm prod",
		"enqueue x --context prod --confirm look":          "--confirm names another context than the one this would happen in, prod; nothing was done",
		"enqueue x --confirm prod":                         "--confirm names another context than the one this would happen in, which has no name; nothing was done",
		"enqueue x --context prod --confirm prod":          "",
		"enqueue x --url amqp://prod/":                     "",
		"dead replay --context prod":                       "context prod is protected; to replay there, say --confirm prod",
		"dead discard --yes --context prod":                "context prod is protected; to discard there, say --confirm prod",
		"dead replay --dry-run --context prod":             "",
		"dead discard --yes --context prod --confirm prod": "",
		"dead list --context prod":                         "",
	} {
		t.Run(args, func(t *testing.T) {
			i := invocation{home: home, args: strings.Fields(args)}
			if refusal == "" {
				i.broker = newFakeBroker()
				i.broker.enqueue = func(context.Context, broker.Batch) error { return nil }
				i.broker.replay = func(context.Context, broker.Replay, *broker.ReplayProgress) error { return nil }
			}
			status, _, stderr := i.run(t)
			if refused := status == exitUsage; refused != (refusal != "") || !strings.HasSuffix(stderr, refusal+"\n") && refused {
				t.Errorf("status %d, stderr\n%s", status, stderr)
			}
			if i.broker != nil && !slices.Equal(i.broker.opened.URLs, []string{"amqp://prod/"}) {
				t.Errorf("went to %s", i.broker.opened.URLs)
			}
		})
	}
}

func TestCheckTellsTheContext(t *testing.T) {
	b := newFakeBroker(tasksOf(1, 0)...)
	b.link = broker.LinkState{Tries: 1, Err: os.ErrDeadlineExceeded}
	_, stdout, _ := invocation{home: homeOf(t, threeBrokers), args: []string{"check", "--context", "prod"}, broker: b}.run(t)
	if !strings.Contains(stdout, "ok   context    prod: the real one; protected\n") {
		t.Errorf("said\n%s", stdout)
	}
}

// Shells are offered the names, also of a file with mistakes, and none that would be no name.
func TestContextsAreCompleted(t *testing.T) {
	home := homeOf(t, threeBrokers+"[context.\"a b\"]\n[nowhere]\n")
	_, stdout, _ := invocation{home: home, args: []string{"__complete", "check", "--context", ""}}.run(t)
	if !strings.HasPrefix(stdout, "look\nprod\tthe real one\n:") {
		t.Errorf("offered\n%s", stdout)
	}
}

// The example's lines about a context, taken as they are, state every key of one, with its default.
func TestExampleContext(t *testing.T) {
	example, err := os.ReadFile("../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	written := regexp.MustCompile(`(?m)^# (\[context\.|[a-z_]+ = )`).ReplaceAll(example, []byte("$1"))
	var cfg Config
	var file configFile
	file.parse(written, &cfg)
	for _, m := range file.mistakes {
		t.Errorf("%d:%d: %s", m.line, m.column, m.text)
	}
	for _, key := range keysOf("context.prod", reflect.TypeFor[Context]()) {
		if _, stated := file.places[key]; !stated {
			t.Errorf("the example does not state %s", key)
		}
	}
	x := cfg.Contexts["prod"]
	x.URLs, x.Management = nil, nil
	if !reflect.DeepEqual(x, Context{}) {
		t.Errorf("not the defaults: %+v", x)
	}
	if errs := cfg.contextMistakes(); len(errs) > 0 {
		t.Error(errs)
	}
}

// A password in any context makes the whole file a secret.
func TestContextsHoldSecrets(t *testing.T) {
	home := homeOf(t, "[context.prod]\nurls = [\"amqp://u:s3cret@h/\"]\n")
	path := filepath.Join(home, "carousel", "config.toml")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	s := loaded(t, nil, nil, home)
	if len(s.warnings) != 1 || !strings.Contains(s.warnings[0], "holds a password and can be read by other users") {
		t.Errorf("%q", s.warnings)
	}
}
