package broker

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxAnswer bounds one answer in bytes. A queue with a thousand consumers answers with 0.7 MB.
const maxAnswer = 32 << 20

// recorder is the transport under rabbit-hole: it gives each request a context, keeps the connection alive, and keeps the
// answer.
type recorder struct {
	ctx      context.Context
	base     *http.Transport
	deadline *deadline
	listing  bool          // a list is asked for, which has the longest deadline
	timeout  time.Duration // of the newest request
	reason   string        // of an act, for those whom it meets; RabbitMQ reads it from a header
	status   int
	body     []byte
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	asked := time.Now()
	r.timeout = longestTimeout
	if !r.listing {
		r.timeout = r.deadline.timeout(asked)
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.timeout)
	defer cancel()
	res, err := r.exchange(ctx, req)
	late := ctx.Err() != nil && r.ctx.Err() == nil
	if !r.listing && (err == nil || late) {
		now := time.Now()
		r.deadline.learn(now, now.Sub(asked), err == nil)
	}
	return res, err
}

// exchange sends the request and keeps the answer.
func (r *recorder) exchange(ctx context.Context, req *http.Request) (*http.Response, error) {
	req = req.Clone(ctx)
	req.Close = false
	if r.reason != "" {
		req.Header.Set("X-Reason", r.reason)
	}
	res, err := r.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("the answer is larger than %d MB", maxAnswer>>20)
	}
	r.status, r.body = res.StatusCode, body
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}
