package worker

import (
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

// written is a file with this content.
func written(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// An endpoint knows every secret it is sent. Whatever it does with them, neither the error, nor the output, nor the log tells one.
func TestHTTPTellsNoSecret(t *testing.T) {
	t.Parallel()
	secrets := []string{"hunter2", "tok/en+1==", "key-of-the-file", "query%20secret", "query secret", "query+secret"}
	basic := base64.StdEncoding.EncodeToString([]byte("me:hunter2"))
	echo := func(w http.ResponseWriter, r *http.Request) {
		all := strings.Join(r.Header.Values("Authorization"), " ") + " " + r.Header.Get("X-Api-Key") + " " + r.URL.String() + " " + r.URL.RawQuery +
			" query secret http://me:hunter2@host/"
		if _, _, ok := r.BasicAuth(); ok {
			all += " hunter2"
		}
		w.Header().Set("Location", "http://me:hunter2@"+r.Host+r.URL.String())
		switch r.URL.Path {
		case "/moved":
			w.WriteHeader(http.StatusPermanentRedirect)
		case "/refused":
			w.WriteHeader(http.StatusBadRequest)
		case "/failed":
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, all)
	}
	s := serve(t, echo)
	login := strings.Replace(s.URL, "http://", "http://me:hunter2@", 1)
	down := strings.Replace(nobody(t), "http://", "http://me:hunter2@", 1)
	for _, address := range []string{login + "/", login + "/moved", login + "/refused", login + "/failed", down, s.URL + "/failed"} {
		h := posting(t, address+"?token=query%20secret", func(c *HTTPConfig) {
			c.HeadersFile = written(t, "# for the shop\n\nX-Api-Key: key-of-the-file\n")
			if strings.HasPrefix(address, s.URL) {
				c.Bearer = "tok/en+1=="
			}
		})
		try, said := tryOf(broker.NewTask(nil))
		err := h.Handle(t.Context(), try)
		told := string(said.Head) + string(said.Tail)
		if err != nil {
			told += err.Error()
		}
		for _, secret := range append(secrets, basic) {
			if strings.Contains(told, secret) {
				t.Errorf("%s tells %q: %s", address, secret, told)
			}
		}
		if !strings.HasPrefix(address, down) && !strings.Contains(told, "***") {
			t.Errorf("%s: nothing was hidden in %q", address, told)
		}
	}
}

func TestHTTPReadsTokensAnew(t *testing.T) {
	t.Parallel()
	var got []string
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization")+r.Header.Get("X-Key"))
	})
	bearer, headers := written(t, "one\nrest"), written(t, "X-Key: a")
	h := posting(t, s.URL, func(c *HTTPConfig) { c.BearerFile, c.HeadersFile = bearer, headers })
	next := func(token, header string) {
		t.Helper()
		for path, text := range map[string]string{bearer: token, headers: header} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		h.login.read = time.Now().Add(-rereadEvery)
		if err := h.Handle(t.Context(), Try{}); err != nil {
			t.Fatal(err)
		}
	}
	next("\xef\xbb\xbfone\r\n", "X-Key: a\r\n")
	next(" two \n", "X-Key: b")
	next("", "X-Key: c") // half written: what was read before stays, all of it
	next("three", "X-Key: d")
	if all := strings.Join(got, "|"); all != "Bearer onea|Bearer twob|Bearer twob|Bearer threed" {
		t.Error(all)
	}
}

// A wrong file, address or header is told before anything is taken, by its key, without what it holds.
func TestHTTPConfigMistakes(t *testing.T) {
	t.Parallel()
	none := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct {
		change func(*HTTPConfig)
		want   string // in the error
	}{
		"no address":        {func(c *HTTPConfig) { c.URL = "" }, "handler.http.url: the http handler needs an address"},
		"no scheme":         {func(c *HTTPConfig) { c.URL = "host:8080/hush" }, "handler.http.url: the address must begin with http://"},
		"another scheme":    {func(c *HTTPConfig) { c.URL = "ftp://host/hush" }, "handler.http.url: the address must begin with"},
		"no host":           {func(c *HTTPConfig) { c.URL = "http:///hush" }, "names no host"},
		"not readable":      {func(c *HTTPConfig) { c.URL = "http://hush:%zz@host" }, "no address that can be read"},
		"control":           {func(c *HTTPConfig) { c.URL = "http://host/\r\nX: hush" }, "no address that can be read"},
		"fragment":          {func(c *HTTPConfig) { c.URL = "http://host/#hush" }, "part after #"},
		"port":              {func(c *HTTPConfig) { c.URL = "http://host:99999999/" }, "port"},
		"port 0":            {func(c *HTTPConfig) { c.URL = "http://host:0/" }, "port"},
		"timeout":           {func(c *HTTPConfig) { c.Timeout = 0 }, "handler.http.timeout: 0s is out of range; allowed are 10ms to 24h0m0s"},
		"connect":           {func(c *HTTPConfig) { c.ConnectTimeout = -1 }, "handler.http.connect_timeout"},
		"rest":              {func(c *HTTPConfig) { c.RestMax = -1 }, "handler.http.rest_max"},
		"header":            {func(c *HTTPConfig) { c.Headers = []string{"X-Ok: 1", "hush"} }, "handler.http.headers[1]: write a header as"},
		"header without":    {func(c *HTTPConfig) { c.Headers = []string{"X-Ok:"} }, "X-Ok has no value"},
		"header's name":     {func(c *HTTPConfig) { c.Headers = []string{"X Ok: hush"} }, "write a header as"},
		"header's value":    {func(c *HTTPConfig) { c.Headers = []string{"X-Ok: hush\r\nX-Evil: 1"} }, "letters that a header cannot hold"},
		"ours":              {func(c *HTTPConfig) { c.Headers = []string{"x-carousel-attempt: 7"} }, "tells about the task"},
		"the task's":        {func(c *HTTPConfig) { c.Headers = []string{"idempotency-key: 7"} }, "is the task's id"},
		"the connection's":  {func(c *HTTPConfig) { c.Headers = []string{"content-length: 7"} }, "the connection's own"},
		"status":            {func(c *HTTPConfig) { c.RetryStatuses = []int{404, 500} }, "handler.http.retry_statuses[1]: 500 is out of range"},
		"two logins":        {func(c *HTTPConfig) { c.URL, c.BearerFile = "http://me:hush@host/", "token" }, "the login in url and bearer_file each ask"},
		"two more":          {func(c *HTTPConfig) { c.Headers, c.Bearer = []string{"authorization: hush"}, "hush" }, "keep one"},
		"half a pair":       {func(c *HTTPConfig) { c.TLS.CertFile = "cert.pem" }, "handler.http.tls: cert_file and key_file go together"},
		"no CA file":        {func(c *HTTPConfig) { c.TLS.CAFile = none }, "handler.http.tls.ca_file cannot be used"},
		"no certificate":    {func(c *HTTPConfig) { c.TLS.CAFile = written(t, "hush") }, "holds no certificate in PEM form"},
		"no token file":     {func(c *HTTPConfig) { c.BearerFile = none }, "handler.http.bearer_file: open " + none},
		"empty token":       {func(c *HTTPConfig) { c.BearerFile = written(t, "\nhush") }, "is empty"},
		"odd token":         {func(c *HTTPConfig) { c.BearerFile = written(t, "hush hush") }, "one word"},
		"endless token":     {func(c *HTTPConfig) { c.BearerFile = "/dev/zero" }, "larger than 1 MB"},
		"no headers file":   {func(c *HTTPConfig) { c.HeadersFile = none }, "handler.http.headers_file: open " + none},
		"bad headers file":  {func(c *HTTPConfig) { c.HeadersFile = written(t, "# ok\nX-Ok: 1\nhush") }, "line 3: write a header as"},
		"two logins, files": {func(c *HTTPConfig) { c.HeadersFile, c.Bearer = written(t, "Authorization: hush"), "hush" }, "keep one"},
	} {
		cfg := DefaultHandlerConfig()
		cfg.Kind, cfg.HTTP.URL = "http", "http://host/"
		c.change(&cfg.HTTP)
		h, err := NewHandler(cfg)
		if h != nil || err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") || broker.Plain(err.Error()) != err.Error() {
			t.Errorf("%s: %v, %v; want %q", name, h, err, c.want)
		}
	}
}

func TestHTTPAddressIsAskedForOnlyWhereItIsUsed(t *testing.T) {
	t.Parallel()
	cfg := DefaultHandlerConfig()
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	if cfg.HTTP.URL = "ftp://host"; cfg.Validate() == nil {
		t.Error("a wrong address passes where another handler is chosen")
	}
}

func TestHTTPDangers(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]int{
		"http://127.0.0.1:8080/": 0, "http://localhost/": 0, "http://[::1]:1/": 0, "https://host/": 1, "http://host/": 1, "http://10.0.0.1/": 1, "": 0,
	} {
		c := defaultHTTPConfig()
		c.URL, c.TLS.Insecure = address, true
		if got := c.Dangers(); len(got) != want {
			t.Errorf("%s: %q", address, got)
		}
	}
}
