package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"carousel/broker"
)

// localBroker is where RabbitMQ listens on a developer's machine, with the login it is installed with.
const localBroker = "amqp://guest:guest@localhost:5672/"

// settings are the whole of what a person asked for: flag over environment over file over default.
type settings struct {
	Config
	file       string   // that was read; "" when there was none
	warnings   []string // of secrets that others may see
	dangers    []string // of the way to the broker; true for as long as the program runs
	named      bool     // a broker was named; otherwise broker.urls is localBroker; the console has its sandbox
	askWorkers bool     // --workers was given
}

// override is a setting from outside the config file, with the name that its user knows it by.
type override struct {
	key    string // as in the config file
	origin string // "--workers", "CAROUSEL_URL"
	apply  func(*Config)
}

// environment returns the overrides that come from the process's environment.
func environment(getenv func(string) string) []override {
	var all []override
	if name := getenv("CAROUSEL_CONTEXT"); name != "" {
		all = append(all, override{contextKey, "CAROUSEL_CONTEXT", func(c *Config) { c.Context = name }})
	}
	if url := getenv("CAROUSEL_URL"); url != "" {
		all = append(all, override{"broker.urls", "CAROUSEL_URL", func(c *Config) { c.nameBroker([]string{url}) }})
	}
	if url := getenv("CAROUSEL_MANAGEMENT_URL"); url != "" {
		all = append(all, override{"broker.management", "CAROUSEL_MANAGEMENT_URL",
			func(c *Config) { c.Broker.Management = []string{url} }})
	}
	if url := getenv("CAROUSEL_HTTP_URL"); url != "" {
		all = append(all, override{"handler.http.url", "CAROUSEL_HTTP_URL", func(c *Config) { c.Handler.HTTP.Address(url) }})
	}
	if token := getenv("CAROUSEL_HTTP_BEARER"); token != "" {
		all = append(all, override{"handler.http.bearer_file", "CAROUSEL_HTTP_BEARER", func(c *Config) {
			c.Handler.HTTP.Bearer, c.Handler.HTTP.BearerFile = token, ""
		}})
	}
	return all
}

// contextKey is the config file's key for the context to be in.
const contextKey = "default_context"

// nameBroker replaces the broker's addresses. What belongs to the broker they replace goes with them: its management
// addresses would show another broker's figures, its password would be sent to a stranger, and its context's name would lie.
func (c *Config) nameBroker(urls []string) {
	c.Context = ""
	c.Broker.URLs = urls
	c.Broker.Management = nil
	c.Broker.PasswordFile = ""
}

// load reads the config file and lays the overrides over it, the last one uppermost. The error joins every mistake of all
// of them; nothing was connected.
func load(path string, must bool, overrides []override) (settings, error) {
	s := settings{Config: DefaultConfig()}
	file := &configFile{}
	if path != "" && (must || exists(path)) {
		file = readConfig(path, &s.Config)
		s.file = path
		if file.warning != "" {
			s.warnings = append(s.warnings, file.warning)
		}
	}
	origins := map[string]string{}
	chosen := chosenBy(overrides)
	for i, o := range overrides {
		if i == chosen {
			s.enter(origins)
		}
		o.apply(&s.Config)
		origins[o.key] = o.origin
		s.askWorkers = s.askWorkers || o.key == "workers.count"
	}
	if chosen == len(overrides) {
		s.enter(origins)
	}
	s.Broker.ReadOnly = s.Broker.ReadOnly || s.Contexts[s.Context].ReadOnly // which no flag lifts
	s.link()

	errs := s.sort(file, origins)
	s.secretFiles()
	s.onCommandLine(origins)
	s.dangers = s.Broker.Dangers()
	if s.Handler.Kind == "http" {
		s.dangers = append(s.dangers, s.Handler.HTTP.Dangers()...)
	}
	s.named = len(s.Broker.URLs) > 0
	if !s.named {
		s.Broker.URLs = []string{localBroker}
	}
	return s, errors.Join(append(file.errors(), errs...)...)
}

// chosenBy returns how many of the overrides come before the settings enter their context: the last one that names a context, or a
// broker that is in none, and what was said before of the broker that it replaces.
func chosenBy(overrides []override) int {
	for i := len(overrides) - 1; i >= 0; i-- {
		if key := overrides[i].key; key == contextKey || key == "broker.urls" {
			return i + 1
		}
	}
	return 0
}

// sort gives the file those mistakes that are made in it, and returns the others, with the flag or variable that each is made in.
func (s *settings) sort(file *configFile, origins map[string]string) (errs []error) {
	told := map[string]bool{}
	for _, text := range s.mistakes() {
		key, what, _ := strings.Cut(text, ": ")
		list, _, _ := strings.Cut(key, "[")
		if origin, ok := origins[list]; ok {
			errs = append(errs, fmt.Errorf("%s: %s", origin, what))
			continue
		}
		if s.Context != "" { // and what is wrong is in its table
			text = inContext(join("context", s.Context), text)
			key, _, _ = strings.Cut(text, ": ")
		}
		if !told[text] {
			told[text] = true
			file.mistakes = append(file.mistakes, mistake{file.find(key), text})
		}
	}
	return errs
}

// configPath finds the config file: --config, CAROUSEL_CONFIG, or the user's own. It must exist when it was named.
func configPath(flag, dir string, getenv func(string) string) (path string, must bool) {
	switch {
	case flag != "":
		return flag, true
	case getenv("CAROUSEL_CONFIG") != "":
		return getenv("CAROUSEL_CONFIG"), true
	case dir == "":
		return "", false
	}
	return filepath.Join(dir, "carousel", "config.toml"), false
}

// exists is true for a file that cannot be looked at, too: that is a mistake to tell, not a missing file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// guard says why workers must not start unasked: on another machine's broker the queue may be somebody's real one. It is
// "" when they may.
func (s settings) guard() string {
	if s.askWorkers || s.Workers.Allows(s.Queue.Name) {
		return ""
	}
	for _, url := range s.Broker.URLs {
		if e, err := broker.ParseEndpoint(url); err == nil && !e.Loopback() {
			return fmt.Sprintf("%s is not this machine, so no workers start on queue %q unasked", e.Host, s.Queue.Name)
		}
	}
	return ""
}

// origin says where the settings come from.
func (s settings) origin() string {
	if s.file == "" {
		return "no config file; flags, environment and defaults"
	}
	return s.file
}
