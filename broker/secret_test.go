package broker

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"pgregory.net/rapid"
)

// told lists the forms in which a text would tell a password.
func told(text, user, password string) (forms []string) {
	login := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	for _, form := range []string{password, url.PathEscape(password), url.QueryEscape(password), Plain(password), login} {
		if strings.Contains(text, form) {
			forms = append(forms, form)
		}
	}
	return forms
}

// A broker knows the password it was sent. Whatever it says with it, and wherever, the fault does not repeat it.
func TestFaultsKeepThePassword(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`[A-Z]{3}[%/?#@: "\x01-\x7fé\x{202e}]{1,4}[A-Z]{3}`).Draw(t, "password")
		e := Endpoint{Host: "h", Port: 1, User: "u", VHost: "/", password: secret(password)}
		wrap := rapid.SampledFrom([]func(string) string{
			func(s string) string { return s },
			url.PathEscape, url.QueryEscape, Plain,
			func(s string) string { return "http://u:" + s + "@h" },
			func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+s)) },
		}).Draw(t, "form")
		reason := "NOT_ALLOWED - limit for " + wrap(password) + " is reached"
		code := rapid.SampledFrom([]int{320, 403, 501, 504, 530, 541}).Draw(t, "code")
		server := &amqp.Error{Code: code, Reason: reason, Server: true}
		for _, f := range []*Fault{dialFault(e, server), dialFault(e, errors.New(reason)), closeFault(e, server)} {
			if forms := told(f.Error(), e.User, password); len(forms) > 0 {
				t.Fatalf("%q tells the password %q", f, forms)
			}
			if Plain(f.Error()) != f.Error() {
				t.Fatalf("%q is raw", f)
			}
		}
	})
}

func TestRefusalsOnAChannelKeepThePassword(t *testing.T) {
	s := session{endpoint: Endpoint{User: "me", password: "hunter2"}}
	err := s.fault("publish", &amqp.Error{Code: amqp.AccessRefused, Reason: "ACCESS_REFUSED - me:hunter2 may not", Server: true})
	if KindOf(err) != NoRight || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("told %v", err)
	}
}

func TestShortPasswordsDoNotHollowOutTexts(t *testing.T) {
	for _, e := range []Endpoint{{User: "u", password: "a"}, {User: "guest", password: "guest"}, {User: "u"}} {
		if got := e.discreet("access for guest was refused"); got != "access for guest was refused" {
			t.Errorf("%s: %q", e, got)
		}
	}
}

// The management API, too, may say the password back, and so may a proxy on the way.
func TestManagementKeepsThePassword(t *testing.T) {
	login := base64.StdEncoding.EncodeToString([]byte("me:hunter2"))
	for name, handle := range map[string]http.HandlerFunc{
		"a reason": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"reason":"no user me:hunter2, Authorization: Basic ` + login + `\u001b[2J"}`))
		},
		"a body that is no JSON": func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("hunter2")) },
		"a broken answer": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("hunter2"))
		},
		"a status": func(w http.ResponseWriter, r *http.Request) { http.Error(w, "hunter2", http.StatusBadGateway) },
	} {
		_, err := api(t, handle).overview()
		if err == nil || len(told(err.Error(), "me", "hunter2")) > 0 || Plain(err.Error()) != err.Error() {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := Endpoint{}
	if got := e.discreet(`invalid proxy address "http://me:hunter2@[::1"`); strings.Contains(got, "hunter2") {
		t.Errorf("a proxy's login is told: %s", got)
	}
}

func TestPasswordFile(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct{ content, want, refusal string }{
		"one line":            {"hunter2\n", "hunter2", ""},
		"no line end":         {"hunter2", "hunter2", ""},
		"CRLF":                {"hunter2\r\nsecond\r\n", "hunter2", ""},
		"spaces belong to it": {" hunter 2 \n", " hunter 2 ", ""},
		"a mark of UTF-8":     {"\xef\xbb\xbfhunter2\n", "hunter2", ""},
		"bytes":               {"\xff\x9b\n", "\xff\x9b", ""},
		"empty":               {"", "", "is empty"},
		"first line empty":    {"\r\nhunter2\n", "", "is empty"},
		"NUL":                 {"hunter2\x00\n", "", "NUL byte"},
		"too large":           {strings.Repeat("x", maxSmall+1), "", "larger than 1 MB"},
	} {
		path := writeFile(t, []byte(c.content))
		got, err := filePassword(path)
		if c.refusal == "" && (err != nil || string(got) != c.want) {
			t.Errorf("%s: %q, %v", name, string(got), err)
		}
		if c.refusal != "" && (KindOf(err) != Invalid || !strings.Contains(err.Error(), c.refusal) || !strings.Contains(err.Error(), path) ||
			strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %q, %v", name, string(got), err)
		}
	}
	for path, want := range map[string]string{none: "no such file", t.TempDir(): "is a directory", "/dev/zero": "larger than 1 MB", os.DevNull: "is empty"} {
		if _, err := filePassword(path); KindOf(err) != Invalid || !strings.Contains(err.Error(), "broker.password_file") ||
			!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
