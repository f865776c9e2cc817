package brokertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

const managementPatience = 10 * time.Second

// Management is a plain client of RabbitMQ's management API. Its methods may be called from any goroutine.
type Management struct {
	base, user, password string
	client               http.Client
}

// NewManagement returns a client of the API at base ("http://127.0.0.1:15672") as the given user.
func NewManagement(base, user, password string) *Management {
	return &Management{base: base, user: user, password: password, client: http.Client{
		Timeout: managementPatience,
		// A kept connection would be a goroutine that a leak check finds.
		Transport: &http.Transport{DisableKeepAlives: true},
	}}
}

// Do makes one call and returns its status and whole answer. The path starts with "/api/" and is escaped; body, unless
// nil, is sent as JSON. An error means that there was no answer.
func (m *Management) Do(ctx context.Context, method, path string, body any) (status int, answer []byte, err error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, m.base+path, content)
	if err != nil {
		return 0, nil, err
	}
	req.SetBasicAuth(m.user, m.password)
	req.Header.Set("Content-Type", "application/json")
	res, err := m.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}

// Call makes one call, decodes its answer into the value that answer points to unless that is nil, and fails the test
// when the call did not succeed. It must be called from the test's goroutine.
func (m *Management) Call(tb testing.TB, method, path string, body, answer any) {
	tb.Helper()
	if err := m.call(tb.Context(), method, path, body, answer); err != nil {
		tb.Fatal(err)
	}
}

func (m *Management) call(ctx context.Context, method, path string, body, answer any) error {
	status, text, err := m.Do(ctx, method, path, body)
	if err != nil {
		return err
	}
	if status >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: status %d: %.500s", method, path, status, text)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s %s: %w in %.500s", method, path, err, text)
	}
	return nil
}
