package cli

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"carousel/broker"
)

func TestPasswordIn(t *testing.T) {
	for arg, want := range map[string]string{
		"amqp://u:pw@h/v": "pw", "--url=amqp://u:pw@h": "pw", "amqp://u:a/b?c#d@e@h": "a/b?c#d@e", "amqp://:pw@h": "pw", "http://u:@h": "",
		"amqp://h/": "", "amqp://u@h": "", "u:pw@h": "", "work": "", "://": "", "://@": "", "://:@": "", "a@b://c": "",
	} {
		from, to := passwordIn(arg)
		if from > to || arg[from:to] != want {
			t.Errorf("%q: %d to %d, %q; want %q", arg, from, to, arg[from:to], want)
		}
	}
}

// Whatever a password looks like, however it is written, wherever the address is given and whatever comes of it: no command
// prints it, and no log holds it.
func TestNoCommandTellsAPassword(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		const core = "HUNTERTWO"
		around := rapid.StringOfN(rapid.SampledFrom([]rune("a1%/?#@: \"'\\\x01\x1b\x7f\u009b\u202e")), 0, 4, -1)
		password := around.Draw(t, "before") + core + around.Draw(t, "after")
		written := rapid.SampledFrom([]func(string) string{
			func(s string) string { return s }, url.PathEscape, url.QueryEscape,
			func(s string) string { return strings.ReplaceAll(url.PathEscape(s), "%", "%zz") },
		}).Draw(t, "written")(password)
		tail := rapid.SampledFrom([]string{"@127.0.0.1:1/", "@127.0.0.1:1/v?heartbeat=1", "@127.0.0.1:x", "@", "@[::1"}).Draw(t, "tail")
		address := "amqp://someone:" + written + tail
		command := rapid.SampledFrom([]string{"check", "enqueue", "work"}).Draw(t, "command")
		args, env := []string{command}, map[string]string{}
		if command == "enqueue" {
			args = append(args, "body")
		}
		if command == "work" {
			args = append(args, "--drain")
		}
		log := filepath.Join(dir, fmt.Sprintf("%d.log", runs))
		config := "[broker]\nconnect_timeout = \"1s\"\n"
		switch rapid.SampledFrom([]string{"flag", "environment", "file"}).Draw(t, "place") {
		case "flag":
			args = append(args, "--url", address)
		case "environment":
			env["CAROUSEL_URL"] = address
		case "file":
			quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\x01", `\u0001`, "\x1b", `\u001b`, "\x7f", `\u007f`).Replace(address)
			config += "urls = [\"" + quoted + "\"]\n"
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.toml", runs))
		if err := os.WriteFile(path, []byte(config+"[log]\nlevel = \"debug\"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		status := Run(Process{
			Args: append(args, "--config", path, "--log", log), Getenv: func(k string) string { return env[k] },
			Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		})
		logged, _ := os.ReadFile(log) // not there when nothing was opened
		told := out.String() + string(logged)
		if status == exitDone || strings.Contains(told, core) || strings.Contains(told, base64.StdEncoding.EncodeToString([]byte("someone:"+password))) {
			t.Fatalf("%q: status %d\n%s", args, status, told)
		}
		for line := range strings.Lines(told) {
			if line = strings.TrimSuffix(line, "\n"); broker.Plain(line) != line {
				t.Fatalf("raw: %q", line)
			}
		}
	})
}

func TestSecretsThatOthersCanSee(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("s3cret\n"), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	password, key, own := file("password", 0o640), file("key", 0o604), file("own", 0o600)
	s := settings{Config: DefaultConfig()}
	s.Broker.PasswordFile, s.Broker.TLS.KeyFile = password, key
	s.secretFiles()
	if len(s.warnings) != 2 || !strings.Contains(s.warnings[0], "chmod 600 "+password) || !strings.Contains(s.warnings[1], "chmod 600 "+key) {
		t.Errorf("%q", s.warnings)
	}
	s.warnings, s.Broker.PasswordFile, s.Broker.TLS.KeyFile = nil, own, filepath.Join(dir, "none")
	if s.secretFiles(); len(s.warnings) != 0 {
		t.Errorf("%q", s.warnings)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(own, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if s.secretFiles(); len(s.warnings) != 1 || !strings.Contains(s.warnings[0], own+" holds a password and belongs to another user") {
			t.Errorf("%q", s.warnings)
		}
	}
}

func TestPasswordsOnTheCommandLineAreWarnedOf(t *testing.T) {
	const stays = "can be seen by other users"
	for _, c := range []struct {
		args  []string
		env   map[string]string
		wants bool
	}{
		{[]string{"--url", "amqp://u:s3cret@localhost/"}, nil, true},
		{[]string{"--url", "amqp://localhost/", "--management", "http://u:s3cret@localhost/"}, nil, true},
		{[]string{"--url", "amqp://u@localhost/"}, nil, false},
		{[]string{"--url", "amqp://guest:guest@localhost/"}, nil, false},
		{nil, map[string]string{"CAROUSEL_URL": "amqp://u:s3cret@localhost/"}, false},
	} {
		s := loaded(t, c.args, c.env, "")
		if told := strings.Join(s.warnings, "\n"); strings.Contains(told, stays) != c.wants || strings.Contains(told, "s3cret") {
			t.Errorf("%q: %q", c.args, told)
		}
	}
}

// What is dangerous about the way to the broker is told by every command, stands in the log of work, and stays in the
// console's notices.
func TestDangersAreTold(t *testing.T) {
	env := map[string]string{"CAROUSEL_URL": "amqps://u:s3cret@db.example/", "CAROUSEL_MANAGEMENT_URL": "http://db.example/"}
	path := writeConfig(t, "[broker.tls]\ninsecure = true\n")
	wants := []string{"the password for db.example travels unencrypted", "the broker's certificate is not verified"}
	log := filepath.Join(t.TempDir(), "log")
	for _, command := range [][]string{{"check"}, {"enqueue", "x"}, {"work", "--drain", "--workers", "1", "--log", log}} {
		b := newFakeBroker()
		b.link.Err, b.link.Status = &broker.Fault{What: "not here"}, broker.LinkRefused
		_, _, stderr := invocation{args: append(command, "--config", path), env: env, broker: b}.run(t)
		for _, want := range wants {
			if !strings.Contains(stderr, "carousel: "+want) {
				t.Errorf("%q does not tell %q:\n%s", command, want, stderr)
			}
		}
	}
	logged, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	notices := strings.Join(loaded(t, []string{"--config", path}, env, "").notices(), "\n")
	for _, want := range wants {
		if !strings.Contains(string(logged), want) || !strings.Contains(string(logged), "level=WARN") {
			t.Errorf("the log does not tell %q:\n%s", want, logged)
		}
		if !strings.Contains(notices, "Warning: "+want) {
			t.Errorf("the notices do not tell %q:\n%s", want, notices)
		}
	}
}
