package cli

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
)

// isAddress reports whether a text may hold a login, and must not be repeated.
func isAddress(text string) bool { return strings.Contains(text, "://") || strings.Contains(text, "@") }

// repeated is a file name or an argument as an error repeats it: not, when it looks like an address that was put in the wrong
// place.
func repeated(text string) string {
	if strings.Contains(text, "://") {
		return "(an address)"
	}
	return text
}

// passwordIn finds the bytes of an argument that hold the password of an address; from is to when there is none. Of an address
// that cannot be read, everything between the user's name and the last @ is taken for it.
func passwordIn(arg string) (from, to int) {
	scheme := strings.Index(arg, "://")
	at := strings.LastIndexByte(arg, '@')
	if scheme < 0 || at < scheme+3 {
		return 0, 0
	}
	login := scheme + len("://")
	colon := strings.IndexByte(arg[login:at], ':')
	if colon < 0 {
		return 0, 0
	}
	return login + colon + 1, at
}

// carriesPassword reports whether an address holds a password that somebody chose: guest's is no secret.
func carriesPassword(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil {
		return false
	}
	password, _ := u.User.Password()
	return password != "" && u.User.String() != "guest:guest"
}

// holdsPassword reports whether one of the addresses carries a password.
func holdsPassword(cfg Config) bool {
	addresses := slices.Concat(cfg.Broker.URLs, cfg.Broker.Management)
	for _, x := range cfg.Contexts {
		addresses = slices.Concat(addresses, x.URLs, x.Management)
	}
	return slices.ContainsFunc(addresses, carriesPassword) || cfg.Handler.HTTP.HoldsSecret()
}

// systemdCredentials is where systemd lays a service's credentials, for it alone (systemd.exec(5), LoadCredential=).
const systemdCredentials = "/run/credentials/"

// exposed warns of a file with a secret that somebody else can read or owns; "" when nobody can.
func exposed(path, what string, info os.FileInfo) string {
	switch {
	case runtime.GOOS == "windows" || !info.Mode().IsRegular():
		return ""
	case strings.HasPrefix(path, systemdCredentials): // whose access lists look like rights of a group
		return ""
	case foreign(info):
		return fmt.Sprintf("%s holds %s and belongs to another user, who can read and change it; make it your own", path, what)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Sprintf("%s holds %s and can be read by other users; run: chmod 600 %[1]s", path, what)
	}
	return ""
}

// secretFiles warns of the files beside the config that hold secrets. One that cannot be looked at is the broker's to
// complain about.
func (s *settings) secretFiles() {
	type secret struct{ path, what string }
	files := []secret{
		{s.Broker.PasswordFile, "a password"}, {s.Broker.TLS.KeyFile, "a key"},
		{s.Handler.HTTP.BearerFile, "a token"}, {s.Handler.HTTP.HeadersFile, "headers"}, {s.Handler.HTTP.TLS.KeyFile, "a key"},
	}
	for _, name := range slices.Sorted(maps.Keys(s.Contexts)) {
		if x := s.Contexts[name]; name != s.Context {
			files = append(files, secret{x.PasswordFile, "a password"}, secret{x.TLS.KeyFile, "a key"})
		}
	}
	for _, f := range files {
		if info, err := os.Stat(f.path); err == nil {
			if w := exposed(f.path, f.what, info); w != "" {
				s.warnings = append(s.warnings, w)
			}
		}
	}
}

// onCommandLine warns of addresses that were typed with their passwords.
func (s *settings) onCommandLine(origins map[string]string) {
	for key, addresses := range map[string][]string{
		"broker.urls": s.Broker.URLs, "broker.management": s.Broker.Management, "handler.http.url": {s.Handler.HTTP.URL},
	} {
		if flag := origins[key]; strings.HasPrefix(flag, "--") && slices.ContainsFunc(addresses, carriesPassword) {
			s.warnings = append(s.warnings, flag+" holds a password, and a command line can be seen by other users and stays in the shell's history; "+
				"put the address into "+map[string]string{
				"--url": "CAROUSEL_URL", "--management": "CAROUSEL_MANAGEMENT_URL", "--post": "CAROUSEL_HTTP_URL",
			}[flag]+" or a config file")
		}
	}
}
