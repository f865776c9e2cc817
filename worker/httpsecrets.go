package worker

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"carousel/broker"
)

// login is the headers of the config as they are sent with each task, its files included, and knows what of them must not be
// shown. The files are read anew now and then, for tokens are rotated; one that cannot be read then leaves what it said before.
type login struct {
	cfg    HTTPConfig
	target *url.URL

	mu      sync.Mutex
	headers http.Header
	veil    *strings.Replacer
	read    time.Time
}

// rereadEvery is how old a token may be at most.
const rereadEvery = time.Second

func newLogin(cfg HTTPConfig, target *url.URL) (*login, error) {
	l := &login{cfg: cfg, target: &url.URL{User: target.User, RawQuery: target.RawQuery}, read: time.Now()}
	return l, l.load()
}

// add sets the headers in h.
func (l *login) add(h http.Header, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if files := l.cfg.BearerFile != "" || l.cfg.HeadersFile != ""; files && now.Sub(l.read) >= rereadEvery {
		l.read = now
		_ = l.load() // what the endpoint says to the old ones is told
	}
	for name, values := range l.headers {
		h[name] = values
	}
}

// load reads the files. The caller holds mu, or is the only one to know l.
func (l *login) load() error {
	k := keyring{headers: http.Header{}}
	for _, line := range l.cfg.Headers {
		name, value, err := parseHeader(line)
		if err != nil {
			return fmt.Errorf("handler.http.headers: %w", err)
		}
		if name == "Authorization" {
			k.hide(value)
		}
		k.headers.Add(name, value)
	}
	if err := k.file(l.cfg.HeadersFile); err != nil {
		return fmt.Errorf("handler.http.headers_file: %w", err)
	}
	token, err := l.token()
	if err != nil {
		return err
	}
	k.add("Authorization", token)
	k.add("Authorization", basicLogin(l.target))
	if len(k.headers["Authorization"]) > 1 {
		return errors.New("handler.http: headers_file holds an Authorization header, and another key asks for one as well; keep one")
	}
	k.address(l.target)
	l.headers, l.veil = k.headers, k.veil()
	return nil
}

// token is the Authorization header for the token of the config; "" for none.
func (l *login) token() (string, error) {
	token := l.cfg.Bearer
	if l.cfg.BearerFile != "" {
		text, err := readSmall(l.cfg.BearerFile)
		if err != nil {
			return "", fmt.Errorf("handler.http.bearer_file: %w", err)
		}
		line, _, _ := strings.Cut(text, "\n")
		if token = strings.TrimSpace(line); token == "" {
			return "", fmt.Errorf("handler.http.bearer_file: the first line of %s is empty", broker.Plain(l.cfg.BearerFile))
		}
	}
	if token == "" {
		return "", nil
	}
	if strings.ContainsRune(token, ' ') || !isHeaderValue(token) {
		return "", errors.New("handler.http: the bearer token holds letters that a token cannot have; it is one word of ASCII")
	}
	return "Bearer " + token, nil
}

// anyLogin finds the login of whatever looks like an address, such as a proxy's.
var anyLogin = regexp.MustCompile(`://[^\s/@]*@`)

// hide takes what must not be shown out of a text from outside.
func (l *login) hide(text []byte) []byte {
	l.mu.Lock()
	veil := l.veil
	l.mu.Unlock()
	if len(text) == 0 {
		return text
	}
	return anyLogin.ReplaceAll([]byte(veil.Replace(string(text))), []byte("://***@"))
}

// keyring collects headers, and what of them is secret.
type keyring struct {
	headers http.Header
	secrets []string
}

// add sets a header that must not be shown; none for "".
func (k *keyring) add(name, value string) {
	if value != "" {
		k.headers.Add(name, value)
		k.hide(value)
	}
}

// leastSecret is the length from which something is looked for in a text: a shorter one would be found in the midst of words.
const leastSecret = 4

func (k *keyring) hide(value string) {
	_, token, _ := strings.Cut(value, " ") // of "Bearer …"
	for _, s := range []string{value, token} {
		if len(s) >= leastSecret {
			k.secrets = append(k.secrets, s, url.QueryEscape(s), url.PathEscape(s))
		}
	}
}

// address hides what is secret in an address: its password, and its query.
func (k *keyring) address(u *url.URL) {
	if password, ok := u.User.Password(); ok {
		k.hide(password)
	}
	k.hide(u.RawQuery)
	for _, values := range u.Query() {
		for _, value := range values {
			k.hide(value)
		}
	}
}

// file adds the headers of a file, one a line; empty lines and those that begin with # are passed over.
func (k *keyring) file(path string) error {
	if path == "" {
		return nil
	}
	text, err := readSmall(path)
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, value, err := parseHeader(line)
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", broker.Plain(path), n, err)
		}
		k.add(name, value)
	}
	return nil
}

// veil replaces what is secret, the longest first: one may be a part of another.
func (k *keyring) veil() *strings.Replacer {
	slices.SortFunc(k.secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, s := range k.secrets {
		pairs = append(pairs, s, "***")
	}
	return strings.NewReplacer(pairs...)
}

// smallFile is far above any token or list of headers, in bytes.
const smallFile = 1 << 20

// readSmall reads a file that a person wrote; one that never ends is refused.
func readSmall(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", plainly(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, smallFile+1))
	if err == nil && len(text) > smallFile {
		err = errors.New(path + " is larger than 1 MB")
	}
	return string(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))), plainly(err)
}

// plainly makes an error's text safe to show.
func plainly(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(broker.Plain(err.Error()))
}
