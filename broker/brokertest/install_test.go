package brokertest

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// unpack writes a RabbitMQ of empty files: enough for the search.
func unpack(t *testing.T, home string, apps map[string]string) {
	t.Helper()
	write(t, filepath.Join(home, "sbin", "rabbitmq-server"), "")
	for name, needs := range apps {
		text := "{application, " + name + ", [{applications,\n [kernel," + needs + "]}]}."
		write(t, filepath.Join(home, "plugins", name+"-1.0", "ebin", name+".app"), text)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFindHomeTakesTheNewestThatIsWhole(t *testing.T) {
	root := t.TempDir()
	apps := map[string]string{"rabbit": "stdlib"}
	unpack(t, root+"/lib/rabbitmq_server-3.12.0", apps)
	unpack(t, root+"/lib/rabbitmq_server-3.13.1", apps)
	unpack(t, root+"/lib/rabbitmq_server-4.0.0", nil) // no plugins
	want := root + "/lib/rabbitmq_server-3.13.1"
	if got := findHome("", root+"/nowhere", root+"/lib/rabbitmq_server-*"); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}

// What the environment names and is not there fails the tests; it must not skip them.
func TestFindInstallRefusesAWrongEnvironment(t *testing.T) {
	for _, variable := range []string{envRoot, envChroot} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(envRoot, "")
			t.Setenv(envChroot, "")
			t.Setenv(variable, t.TempDir())
			if _, err := findInstall(); err == nil || errors.Is(err, errUnavailable) {
				t.Errorf("got %v, want a failure that does not skip", err)
			}
		})
	}
}

func TestLinkTakesPluginsWithTheirNeeds(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	unpack(t, home, map[string]string{
		"rabbit": "ra, rabbit_common", "ra": "aten", "aten": "stdlib", "rabbit_common": "ra",
		"rabbitmq_management": "rabbit,\n cowboy", "cowboy": "crypto", "rabbitmq_mqtt": "rabbit",
	})
	in := install{home: home}
	if err := in.link(dir, []string{"rabbitmq_management"}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "plugins"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	want := []string{"aten-1.0", "cowboy-1.0", "ra-1.0", "rabbit-1.0", "rabbit_common-1.0", "rabbitmq_management-1.0"}
	if !slices.Equal(got, want) {
		t.Errorf("linked %v, want %v", got, want)
	}
	if err := in.link(t.TempDir(), []string{"rabbitmq_shovel"}); err == nil {
		t.Error("a plugin that is not there was linked")
	}
}

func TestPortsAreReservedOnce(t *testing.T) {
	seen := make(map[int]bool)
	for range 50 {
		p, err := reservePorts()
		if err != nil {
			t.Fatal(err)
		}
		defer p.release()
		if p.at(0) <= p.first || p.at(runLength-2) > lastPort || seen[p.first] {
			t.Errorf("the run at %d is taken or out of range", p.first)
		}
		seen[p.first] = true
	}
}
