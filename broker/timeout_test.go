package broker

import (
	"encoding/json"
	"testing"
	"time"
)

func TestConsumerTimeoutIsTheShortestThatIsKnown(t *testing.T) {
	now := time.Now()
	for answer, want := range map[string]Figure[time.Duration]{
		`{}`: {30 * time.Minute, now, "config"},
		`{"arguments":{"x-consumer-timeout":120000}}`:                                                                      {2 * time.Minute, now, "api"},
		`{"arguments":{},"effective_policy_definition":{"consumer-timeout":180000}}`:                                       {3 * time.Minute, now, "api"},
		`{"arguments":{"x-consumer-timeout":180000},"effective_policy_definition":{"consumer-timeout":120000}}`:            {2 * time.Minute, now, "api"},
		`{"arguments":{"x-consumer-timeout":7200000}}`:                                                                     {2 * time.Hour, now, "api"},
		`{"arguments":{"x-consumer-timeout":"undefined"},"effective_policy_definition":[]}`:                                {30 * time.Minute, now, "config"},
		`{"arguments":{"x-consumer-timeout":0},"effective_policy_definition":{"consumer-timeout":-1}}`:                     {30 * time.Minute, now, "config"},
		`{"arguments":{"x-consumer-timeout":1e300},"effective_policy_definition":{"consumer-timeout":{"not":"a number"}}}`: {30 * time.Minute, now, "config"},
	} {
		var q queueAnswer
		if err := json.Unmarshal([]byte(answer), &q); err != nil {
			t.Fatal(err)
		}
		cfg := DefaultConfig()
		if got := cfg.consumerTimeout(&q, now); got != want {
			t.Errorf("%s: %+v, want %+v", answer, got, want)
		}
		cfg.ConsumerTimeout = 0
		if got := cfg.consumerTimeout(&q, now); got.Known() {
			t.Errorf("%s, with the warning off: %+v", answer, got)
		}
	}
}

func TestNearTimeout(t *testing.T) {
	var s Snapshot
	if s.NearTimeout(1000 * time.Hour) {
		t.Error("near a limit that is not known")
	}
	s.ConsumerTimeout = Figure[time.Duration]{10 * time.Minute, time.Now(), "config"}
	if s.NearTimeout(8*time.Minute-1) || !s.NearTimeout(8*time.Minute) || !s.NearTimeout(time.Hour) {
		t.Error("warns at another moment than after four fifths")
	}
}

func TestConsumerTimeoutOfARealQueue(t *testing.T) {
	t.Parallel()
	c, _ := relayed(t, func(cfg *Config) {
		cfg.Queue.Type, cfg.Queue.Arguments = "quorum", map[string]any{"x-consumer-timeout": 90000} // 4.3 refuses it for classic ones
	})
	if got := c.Snapshot().ConsumerTimeout; got.Value != 30*time.Minute || got.From != "config" {
		t.Errorf("before the API was asked: %+v", got)
	}
	_, err := c.EnsureQueue(within(t, 20*time.Second))
	must(t, err)
	eventually(t, "the queue's own limit", func() bool {
		got := c.Snapshot().ConsumerTimeout
		return got.Value == 90*time.Second && got.From == "api"
	})
}
