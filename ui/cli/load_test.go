package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// writeConfig writes a config file that only its owner may read.
func writeConfig(t *testing.T, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// loaded parses a command line as far as its settings.
func loaded(t *testing.T, args []string, env map[string]string, home string) settings {
	t.Helper()
	p := &program{Process: Process{Getenv: func(k string) string { return env[k] }, ConfigDir: home, Stderr: &strings.Builder{}}}
	work, rest, err := p.root().Find(append([]string{"work"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	if err := work.ParseFlags(rest); err != nil {
		t.Fatal(err)
	}
	s, err := p.settings()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPrecedence(t *testing.T) {
	file := "[broker]\nurls = [\"amqp://file/\"]\nmanagement = [\"http://file:15672\"]\npassword_file = \"/file/pw\"\n" +
		"[queue]\nname = \"file\"\n[workers]\ncount = 3\nallow_consume = [\"file\"]\n"
	type want struct {
		url, management, passwordFile, queue string
		workers                              int
	}
	env := map[string]string{"CAROUSEL_URL": "amqp://env/", "CAROUSEL_MANAGEMENT_URL": "http://env:15672"}
	for _, c := range []struct {
		name string
		args string
		env  map[string]string
		file bool
		want want
	}{
		{"default", "", nil, false, want{localBroker, "", "", "task_queue", 4}},
		{"file", "", nil, true, want{"amqp://file/", "http://file:15672", "/file/pw", "file", 3}},
		{"environment over file", "", env, true, want{"amqp://env/", "http://env:15672", "", "file", 3}},
		{"environment over default", "", env, false, want{"amqp://env/", "http://env:15672", "", "task_queue", 4}},
		{"a named broker leaves the file's secrets", "", map[string]string{"CAROUSEL_URL": "amqp://env/"}, true,
			want{"amqp://env/", "", "", "file", 3}},
		{"management alone", "--management http://flag:15672", nil, true, want{"amqp://file/", "http://flag:15672", "/file/pw", "file", 3}},
		{"flag over all", "--url amqp://flag/ --queue flag --workers 7", env, true, want{"amqp://flag/", "", "", "flag", 7}},
		{"flags over all", "--url amqp://flag/ --management http://flag:15672 --queue flag --workers 7", env, true,
			want{"amqp://flag/", "http://flag:15672", "", "flag", 7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := strings.Fields(c.args)
			if c.file {
				args = append(args, "--config", writeConfig(t, file))
			}
			s := loaded(t, args, c.env, "")
			got := want{s.Broker.URLs[0], strings.Join(s.Broker.Management, " "), s.Broker.PasswordFile, s.Broker.Queue.Name, s.Workers.Count}
			if got != c.want {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
			if named := c.want.url != localBroker; s.named != named {
				t.Errorf("named %v; want %v", s.named, named)
			}
		})
	}
}

func TestAllowConsumeAdds(t *testing.T) {
	path := writeConfig(t, "[workers]\nallow_consume = [\"a\"]\n")
	s := loaded(t, []string{"--config", path, "--allow-consume", "b", "--allow-consume", "c"}, nil, "")
	if want := []string{"a", "b", "c"}; !slices.Equal(s.Workers.AllowConsume, want) {
		t.Errorf("got %q; want %q", s.Workers.AllowConsume, want)
	}
}

func TestConfigFileIsFound(t *testing.T) {
	home := t.TempDir()
	own := filepath.Join(home, "carousel", "config.toml")
	if err := os.MkdirAll(filepath.Dir(own), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, []byte("[workers]\ncount = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"CAROUSEL_CONFIG": writeConfig(t, "[workers]\ncount = 2\n")}
	flag := writeConfig(t, "[workers]\ncount = 3\n")
	for _, c := range []struct {
		name string
		args []string
		env  map[string]string
		home string
		want int
	}{
		{"none", nil, nil, t.TempDir(), 4},
		{"the user's own", nil, nil, home, 1},
		{"environment", nil, env, home, 2},
		{"flag", []string{"--config", flag}, env, home, 3},
	} {
		if s := loaded(t, c.args, c.env, c.home); s.Workers.Count != c.want {
			t.Errorf("%s: %d workers; want %d", c.name, s.Workers.Count, c.want)
		}
	}
}

func TestEveryKindOfValueIsRead(t *testing.T) {
	path := writeConfig(t, "\ufeffbroker.urls = ['amqp://h/', \"amqps://i/v\"]\r\nbroker.heartbeat = \"20s\"\r\n"+
		"broker.tls = { insecure = true }\r\n[queue]\r\ntype = 'quorum'\r\n[queue.arguments]\r\nx-max-length = 5\r\n"+
		"[handler.simulate]\r\nfail = 1\r\nseed = 0xff\r\n")
	s := loaded(t, []string{"--config", path, "--workers", "1"}, nil, "")
	if !slices.Equal(s.Broker.URLs, []string{"amqp://h/", "amqps://i/v"}) || s.Broker.Heartbeat.D() != 20*time.Second ||
		!s.Broker.TLS.Insecure || s.Broker.Queue.Type != "quorum" || s.Queue.Arguments["x-max-length"] != int64(5) ||
		s.Handler.Simulate.Fail != 1 || s.Handler.Simulate.Seed != 255 {
		t.Errorf("got %+v", s.Config)
	}
}

func TestConfigMistakes(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"unknown key", "[workers]\ncont = 3\n", "2:1: workers.cont: there is no such key; did you mean count?"},
		{"unknown key, nothing near", "[log]\nzzzzzzzz = 3\n", "2:1: log.zzzzzzzz: there is no such key; allowed are file, format, level"},
		{"unknown table", "[worker]\ncount = 3\n", "1:2: worker: there is no such key; did you mean workers?"},
		{"quoted key", "[workers]\n\"a b\\u001b\" = 3\n",
			`2:1: workers."a b\x1b": there is no such key; allowed are allow_consume, autoscale, connections, count, drain_timeout, max, prefetch`},
		{"text for a number", "[workers]\n  count = \"3\"\n", "2:3: workers.count: wants a whole number, not a text"},
		{"fraction", "workers.count = 1.5\n", "1:9: workers.count: wants a whole number, not a number with a fraction or exponent"},
		{"1e99", "workers.count = 1e99\n", "1:9: workers.count: wants a whole number, not a number with a fraction or exponent"},
		{"overflow", "workers.count = 99999999999999999999\n",
			"1:17: this is not TOML: decimal number is too large to fit in a 64-bit signed integer"},
		{"nan", "[handler.simulate]\nfail = nan\n", "2:1: handler.simulate.fail: wants a number, not nan or inf"},
		{"number for a variable", "[handler.exec.env]\nTZ = 3\n", "2:1: handler.exec.env.TZ: wants a text in quotes, not a whole number"},
		{"negative seed", "[handler.simulate]\nseed = -1\n", "2:1: handler.simulate.seed: wants a whole number from 0 up, not a negative number"},
		{"number for a text", "[queue]\nname = 3\n", "2:1: queue.name: wants a text in quotes, not a whole number"},
		{"text for a switch", "[queue]\ndurable = \"yes\"\n", "2:1: queue.durable: wants true or false, not a text"},
		{"number for a duration", "[broker]\nheartbeat = 10\n", `2:1: broker.heartbeat: wants a text such as "250ms" or "30s", not a whole number`},
		{"bare duration", "[broker]\nheartbeat = \"10\"\n",
			`2:1: broker.heartbeat: "10" is not a duration; write a number with its unit, such as "250ms", "30s" or "2m"`},
		{"text for a list", "[broker]\nurls = \"amqp://u:s3cret@h/\"\n", "2:1: broker.urls: wants a list, such as [\"…\"], not a text"},
		{"number in a list", "[broker]\nurls = [\n  1,\n]\n", "3:3: broker.urls[0]: wants a text in quotes, not a whole number"},
		{"value for a table", "workers = 3\n", "1:1: workers: wants a table, not a whole number"},
		{"array of tables", "[[workers]]\ncount = 3\n", "1:3: workers: wants a table, not a list"},
		{"date", "[queue]\nname = 2026-01-01\n", "2:1: queue.name: wants a text in quotes, not a date or time"},
		{"out of range", "[workers]\n\ncount = -1\n", "3:1: workers.count: -1 is out of range; allowed are 1 to 2000"},
		{"less than RabbitMQ supports", "[broker]\nconsumer_timeout = \"30s\"\n",
			"2:1: broker.consumer_timeout: 30s is out of range; allowed are 1m0s to 24h0m0s, and 0s for no warning"},
		{"not allowed", "[failure]\nthen = \"drop\"\n", `2:1: failure.then: "drop" is not known; allowed are "dead-letter", "reject" and "requeue"`},
		{"log level", "[log]\nlevel = \"loud\"\n", `2:1: log.level: "loud" is not known; allowed are "debug", "info", "warn" and "error"`},
		{"a key of another package", "[workers]\nconnections = 0\n", "2:1: workers.connections: 0 is out of range; allowed are 1 to 64"},
		{"a table's mistake", "[broker.tls]\ncert_file = \"a\"\n", "1:9: broker.tls: cert_file and key_file go together; set both or neither"},
		{"twice", "[workers]\ncount = 3\ncount = 4\n", "3:1: this is not TOML: key count is already defined"},
		{"syntax", "[workers\ncount = 3\n", "1:9: this is not TOML: expected ']' to close table name"},
		{"a default beyond the file's bound", "[workers]\nmax = 2\n", "1:2: workers.count: 4 is out of range; allowed are 1 to 2"},
		{"a raw control character", "[queue]\nname = \"a\x1bb\"\n", "2:10: this is not TOML: basic strings cannot have control characters"},
		{"not UTF-8", "[queue]\nname = \"\xff\"\n", "2:9: this is not TOML: invalid UTF-8 character in basic string"},
		{"a name that reorders", "[queue]\ntype = \"\u202egnp\"\n", `2:1: queue.type: "\u202egnp" is not known; allowed are "classic" and "quorum"`},
		{"deeply nested", "x = " + strings.Repeat("[", 400_000) + "\n",
			"1:10005: this is not TOML: arrays and inline tables are nested more than the maximum of 10000 levels deep"},
		{"UTF-16", "\xff\xfe[\x00", "1:1: the file is written in UTF-16; save it as UTF-8"},
		{"several", "[workers]\ncount = 0\ncont = 1\n[queue]\nname = \"\"\ndurable = 1\n",
			"2:1: workers.count: 0 is out of range; allowed are 1 to 2000\n" +
				"3:1: workers.cont: there is no such key; did you mean count?\n" +
				"5:1: queue.name: the queue needs a name\n" +
				"6:1: queue.durable: wants true or false, not a whole number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := writeConfig(t, c.file)
			status, stdout, stderr := invocation{args: []string{"work", "--config", path}}.run(t)
			got := strings.ReplaceAll(stderr, "carousel: "+path+":", "")
			if status != exitUsage || stdout != "" || got != c.want+"\n" {
				t.Errorf("status %d, stdout %q, stderr\n%swant status 2 and\n%s", status, stdout, got, c.want)
			}
		})
	}
}

func TestUnreadableConfig(t *testing.T) {
	dir := t.TempDir()
	huge := filepath.Join(dir, "huge.toml")
	if err := os.WriteFile(huge, make([]byte, maxConfigSize+1), 0o600); err != nil {
		t.Fatal(err)
	}
	vast := filepath.Join(dir, "vast.toml")
	if err := os.WriteFile(vast, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(vast, 100<<20); err != nil {
		t.Fatal(err)
	}
	loop := filepath.Join(dir, "loop.toml")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                            "this is a directory; name a TOML file",
		huge:                           "the config file is larger than 1 MB; is it the right one?",
		vast:                           "the config file is larger than 1 MB; is it the right one?",
		"/dev/zero":                    "the config file is larger than 1 MB; is it the right one?",
		loop:                           "the config file cannot be opened: too many levels of symbolic links",
		filepath.Join(dir, "none"):     "the config file cannot be opened: no such file or directory",
		filepath.Join(huge, "in-file"): "the config file cannot be opened: not a directory",
	} {
		status, _, stderr := invocation{args: []string{"work", "--config", path}}.run(t)
		if want = "carousel: " + path + ": " + want + "\n"; status != exitUsage || stderr != want {
			t.Errorf("status %d, stderr\n%swant\n%s", status, stderr, want)
		}
	}
}

func TestEmptyConfigIsTheDefault(t *testing.T) {
	for _, content := range []string{"", "\ufeff", "# nothing\r\n"} {
		var cfg, want = DefaultConfig(), DefaultConfig()
		if f := readConfig(writeConfig(t, content), &cfg); len(f.mistakes) > 0 || !equal(cfg, want) {
			t.Errorf("%q: %v, %+v", content, f.mistakes, cfg)
		}
	}
}

// Whatever is wrong with an address, and wherever it was put, its password is not told.
func TestPasswordsAreNotTold(t *testing.T) {
	const secret = "s3cret"
	for _, url := range []string{
		"amqp://u:s3cret@h:99999/", "amqp://u:s3cret@h/%zz", "http://u:s3cret@h/", "amqp://u:s3cret@[::1/", "u:s3cret@h",
		"amqp://u:s3cret@h/\x7f", "amqp://u:s3cret@h/?x=1", "amqp://u:s3cret@ h/",
	} {
		for _, i := range []invocation{
			{args: []string{"work", "--url", url}},
			{args: []string{"check", "--management", "amqp" + url}},
			{args: []string{"work"}, env: map[string]string{"CAROUSEL_URL": url}},
			{args: []string{"work"}, env: map[string]string{"CAROUSEL_MANAGEMENT_URL": "x" + url}},
			{args: []string{"work", "--config", writeConfig(t, "[broker]\nurls = ["+quoteTOML(url)+"]\n")}},
			{args: []string{"work", "--config", writeConfig(t, "[broker]\nmanagement = "+quoteTOML(url)+"\n")}},
			{args: []string{"work", "--config", writeConfig(t, "[broker]\nurls = ["+quoteTOML(url)[:9]+"]\n")}},
		} {
			status, stdout, stderr := i.run(t)
			if status != exitUsage || strings.Contains(stdout+stderr, secret) {
				t.Errorf("carousel %q: status %d, %s%s", i.args, status, stdout, stderr)
			}
		}
	}
}

func quoteTOML(s string) string { return "'" + strings.ReplaceAll(s, "\x7f", "%7f") + "'" }

func TestReadableSecretsAreWarnedOf(t *testing.T) {
	secret := "[broker]\nurls = [\"amqp://u:s3cret@localhost/\"]\n"
	for _, c := range []struct {
		content string
		mode    os.FileMode
		warned  bool
	}{
		{secret, 0o644, true}, {secret, 0o640, true}, {secret, 0o600, false},
		{"[broker]\nurls = [\"amqp://localhost/\"]\n", 0o644, false},
	} {
		path := writeConfig(t, c.content)
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		var cfg Config
		f := readConfig(path, &cfg)
		if (f.warning != "") != c.warned || c.warned && !strings.Contains(f.warning, "chmod 600 "+path) {
			t.Errorf("%s with mode %o: warning %q", c.content, c.mode, f.warning)
		}
	}
}
