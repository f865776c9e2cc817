package broker

import (
	"strings"
	"testing"
)

func TestDangers(t *testing.T) {
	for _, c := range []struct {
		url, management, passwordFile string
		insecure                      bool
		want                          []string
	}{
		{url: "amqp://u:hunter2@db.example/", want: []string{"db.example travels unencrypted"}},
		{url: "amqp://u:hunter2@10.0.0.1/", management: "http://10.0.0.1:15672", want: []string{"10.0.0.1 travels unencrypted"}},
		{url: "amqp://u@db.example/", passwordFile: "/pw", want: []string{"db.example travels unencrypted"}},
		{url: "amqps://u:hunter2@db.example/", management: "http://api.example", want: []string{"api.example travels unencrypted"}},
		{url: "amqps://u:hunter2@db.example/", insecure: true, want: []string{"not verified"}},
		{url: "amqp://u:hunter2@localhost/", management: "https://u:p@localhost", insecure: true, want: []string{"not verified"}},
		{url: "amqps://u:hunter2@db.example/", management: "https://db.example"},
		{url: "amqp://u:hunter2@127.0.0.1/", management: "http://127.0.0.1:15672"},
		{url: "amqp://guest:guest@db.example/"}, // everybody knows that one
		{url: "amqp://localhost/", insecure: true},
		{url: "amqp://u:hunter2/@db.example/"},
	} {
		cfg := DefaultConfig()
		cfg.URLs, cfg.PasswordFile, cfg.TLS.Insecure = []string{c.url}, c.passwordFile, c.insecure
		if c.management != "" {
			cfg.Management = []string{c.management}
		}
		got := cfg.Dangers()
		if len(got) != len(c.want) {
			t.Errorf("%s %s: %q", c.url, c.management, got)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(got[i], want) || strings.Contains(got[i], "hunter2") {
				t.Errorf("%s %s: %q", c.url, c.management, got[i])
			}
		}
	}
}
