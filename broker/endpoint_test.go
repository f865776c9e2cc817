package broker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseEndpoint(t *testing.T) {
	for _, c := range []struct {
		url  string
		want Endpoint
	}{
		{"amqp://", Endpoint{Host: "localhost", Port: 5672, User: "guest", VHost: "/", password: "guest"}},
		{"amqp://h", Endpoint{Host: "h", Port: 5672, User: "guest", VHost: "/", password: "guest"}},
		{"amqp://h/", Endpoint{Host: "h", Port: 5672, User: "guest", VHost: "/", password: "guest"}},
		{"amqp://h/%2f", Endpoint{Host: "h", Port: 5672, User: "guest", VHost: "/", password: "guest"}},
		{"amqp://h//", Endpoint{Host: "h", Port: 5672, User: "guest", VHost: "/", password: "guest"}},
		{"amqp://h/a%2Fb", Endpoint{Host: "h", Port: 5672, User: "guest", VHost: "a/b", password: "guest"}},
		{"amqps://u:p%40%2F@h:1/v", Endpoint{TLS: true, Host: "h", Port: 1, User: "u", VHost: "v", password: "p@/"}},
		{"amqps://u@h", Endpoint{TLS: true, Host: "h", Port: 5671, User: "u", VHost: "/"}},
		{"amqp://[::1]:7?heartbeat=30", Endpoint{Host: "::1", Port: 7, User: "guest", VHost: "/", password: "guest", heartbeat: 30 * time.Second}},
	} {
		got, err := ParseEndpoint(c.url)
		if err != nil || got != c.want {
			t.Errorf("ParseEndpoint(%q) = %#v, %v; want %#v", c.url, got, err, c.want)
		}
	}
}

func TestParseEndpointRefuses(t *testing.T) {
	for url, want := range map[string]string{
		"":                         "must begin with amqp://",
		"localhost":                "must begin with amqp://",
		"http://h":                 "must begin with amqp://",
		"amqp://u:hunter2%zz@h":    "%25",
		"amqp://u:hunter2/x@h":     "%2F",
		"amqp://u:1/hunter2@h":     "%2F",
		"amqp://u:1?hunter2@h":     "%3F",
		"amqp://u:1?hunter2=@h":    "%3F",
		"amqp://u:1@2/hunter2@h":   "%2F",
		"amqp://u:hunter2%00@h":    "NUL",
		"amqp://u:hunter2 x@h":     "%20",
		"amqp://u:hunter2#x@h":     "%23",
		"amqp://u:p@h:99999":       "port",
		"amqp://u:p@h:0":           "port",
		"amqp://h/%zz":             "%25",
		"amqp://h?heartbeat=0":     "heartbeat",
		"amqp://h?heartbeat=never": "heartbeat",
		"amqp://h?channel_max=1":   "channel_max",
	} {
		_, err := ParseEndpoint(url)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseEndpoint(%q) = %v; want a mention of %q", url, err, want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("ParseEndpoint(%q) tells the password: %v", url, err)
		}
	}
}

// Whatever stands where a password stands is in no error and in no way of printing the endpoint.
func TestEndpointKeepsItsPassword(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`([A-Z]{6}|[0-9][%/?#@:][A-Z]{6})[%/?#@: \x00-\x7f]{0,4}[A-Z]{6}`).Draw(t, "password")
		tail := rapid.SampledFrom([]string{"@h", "@h:x", "@h/v", "@:1", "", "@[::1", "@h?a=b"}).Draw(t, "tail")
		for _, parse := range []func(string) (Endpoint, error){
			func(s string) (Endpoint, error) { return ParseEndpoint("amqp://u:" + s) },
			func(s string) (Endpoint, error) { return parseManagement("http://u:" + s) },
		} {
			e, err := parse(password + tail)
			if err != nil {
				if s := err.Error(); strings.Contains(s, password[:6]) || strings.Contains(s, password[len(password)-6:]) {
					t.Fatalf("the error tells the password: %q", s)
				}
				continue
			}
			for _, shown := range []string{e.Address(), e.VHost, e.User, e.base(), e.String()} {
				if strings.Contains(shown, password[:6]) || strings.Contains(shown, password[len(password)-6:]) {
					if strings.Contains(tail, "@") { // without one, what stands there is host and port
						t.Fatalf("a part of the password is shown: %q of %q", shown, password+tail)
					}
				}
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
				if s := fmt.Sprintf(verb, e); e.HasPassword() && strings.Contains(s, string(e.password)) && len(e.password) > 4 {
					t.Fatalf("%s prints the password: %s", verb, s)
				}
			}
		}
	})
}

func FuzzParseEndpoint(f *testing.F) {
	f.Add("amqp://guest:guest@localhost:5672/%2f?heartbeat=10")
	f.Fuzz(func(t *testing.T, url string) {
		if e, err := ParseEndpoint(url); err == nil && (e.Host == "" || e.Port < 1 || e.Port > 65535) {
			t.Errorf("%q gives %v", url, e)
		}
	})
}

func TestLoopback(t *testing.T) {
	for url, want := range map[string]bool{
		"amqp://": true, "amqp://LocalHost": true, "amqp://127.9.9.9": true, "amqp://[::1]": true,
		"amqp://10.0.0.1": false, "amqp://rabbit": false, "amqp://localhost.example.org": false,
	} {
		if e, err := ParseEndpoint(url); err != nil || e.Loopback() != want {
			t.Errorf("%s: loopback %v, %v; want %v", url, e.Loopback(), err, want)
		}
	}
}

func TestManagementAddress(t *testing.T) {
	e, _ := ParseEndpoint("amqps://u:p@h/v")
	if got := e.management().base(); got != "https://h:15671" {
		t.Errorf("derived %s", got)
	}
	for url, want := range map[string]string{
		"http://h:1/": "http://h:1", "https://h/rabbit/api/": "https://h:15671/rabbit", "http://h": "http://h:15672",
	} {
		m, err := parseManagement(url)
		if err != nil || m.base() != want {
			t.Errorf("parseManagement(%q).base() = %q, %v; want %q", url, m.base(), err, want)
		}
	}
}
