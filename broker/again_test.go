package broker

import (
	"maps"
	"reflect"
	"testing"
	"time"
)

func TestAgainIsANewTaskOfTheSame(t *testing.T) {
	work := 3 * time.Second
	first := NewTask([]byte("resize cat.png"))
	first.Type, first.ContentType, first.Priority, first.TTL, first.Work, first.Fail = "resize", "text/plain", 7, time.Minute, &work, 0.5
	first.CorrelationID, first.ReplyTo, first.UserID, first.Attempt = "c", "r", "guest", 3
	first.Failed = &Failure{Err: "no", At: time.Now(), Origin: "q"}
	first.Headers = map[string]any{"tenant": "a", "x-death": []any{}, "x-first-death-queue": "q", "x-delivery-count": int64(2), "CC": []any{"other"},
		HeaderReplayed: int64(2), HeaderReplay: "mark", HeaderAttempt: "odd"}
	before := maps.Clone(first.Headers)

	again := Again(first)
	if again.ID == first.ID || again.ID == "" || again.Attempt != 1 || again.Failed != nil || again.UserID != "" || again.Created.Before(first.Created) {
		t.Errorf("it is not a new task: %+v", again)
	}
	if want := map[string]any{"tenant": "a", HeaderCopyOf: first.ID}; !reflect.DeepEqual(again.Headers, want) {
		t.Errorf("headers %v, want %v", again.Headers, want)
	}
	if !reflect.DeepEqual(first.Headers, before) {
		t.Errorf("the first task's headers have become %v", first.Headers)
	}
	first.ID, first.Created, first.Attempt, first.Failed, first.UserID, first.Headers = again.ID, again.Created, 1, nil, "", again.Headers
	if !reflect.DeepEqual(again, first) {
		t.Errorf("%+v\nis not\n%+v", again, first)
	}
	if err := CheckTask(again); err != nil {
		t.Errorf("it cannot be sent: %v", err)
	}
	if foreign := Again(Task{Body: []byte("x"), AppID: "shop"}); foreign.Made || foreign.AppID != "shop" || foreign.Headers != nil {
		t.Errorf("a foreign task without id became %+v", foreign)
	}
}
