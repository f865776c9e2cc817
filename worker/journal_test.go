package worker

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestJournalReads(t *testing.T) {
	j := newJournal(3)
	if events, next, missed := j.Since(0, nil); len(events) != 0 || next != 0 || missed != 0 {
		t.Errorf("empty: %v, %d, %d", events, next, missed)
	}
	for range 5 {
		j.record(&Event{Kind: TaskDone})
	}
	events, next, missed := j.Since(1, nil)
	if len(events) != 3 || events[0].Seq != 3 || events[2].Seq != 5 || next != 5 || missed != 1 {
		t.Errorf("after 5 of 3: %v, %d, %d", events, next, missed)
	}
	if events, next, missed := j.Since(9, nil); len(events) != 0 || next != 5 || missed != 0 {
		t.Errorf("beyond the end: %v, %d, %d", events, next, missed)
	}
}

func TestJournalOvertakenWhileRead(t *testing.T) {
	j := newJournal(3)
	for range 10 {
		j.record(&Event{})
	}
	// The reader saw 2 events when it began; all of them are gone by the time it copies.
	if events, at, skipped := j.copy(0, 2, nil); len(events) != 0 || at != 2 || skipped != 2 {
		t.Errorf("%v, %d, %d", events, at, skipped)
	}
}

func TestJournalNeverRepeatsNorReorders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := newJournal(rapid.IntRange(1, 700).Draw(t, "capacity"))
		var cursor, last, missed, read uint64
		for range rapid.IntRange(1, 20).Draw(t, "rounds") {
			for range rapid.IntRange(0, 1000).Draw(t, "recorded") {
				last++
				j.record(&Event{Worker: int(last)})
			}
			events, next, lost := j.Since(cursor, nil)
			for i, e := range events {
				if want := cursor + lost + uint64(i) + 1; e.Seq != want || e.Worker != int(want) {
					t.Fatalf("event %d of worker %d where %d belongs", e.Seq, e.Worker, want)
				}
			}
			cursor, missed, read = next, missed+lost, read+uint64(len(events))
			if cursor != last || missed+read != last {
				t.Fatalf("cursor %d, missed %d, read %d of %d", cursor, missed, read, last)
			}
		}
	})
}

func TestJournalUnderRecorders(t *testing.T) {
	const recorders, each = 4, 5000
	j := newJournal(300)
	var team sync.WaitGroup
	for range recorders {
		team.Go(func() {
			for range each {
				j.record(&Event{})
			}
		})
	}
	var cursor, total uint64
	var buf []Event
	for deadline := time.Now().Add(5 * time.Second); cursor < recorders*each && time.Now().Before(deadline); {
		events, next, missed := j.Since(cursor, buf[:0])
		for i, e := range events {
			if i > 0 && e.Seq <= events[i-1].Seq {
				t.Fatalf("event %d after %d", e.Seq, events[i-1].Seq)
			}
		}
		if next != cursor+missed+uint64(len(events)) {
			t.Fatalf("from %d: %d events and %d missed end at %d", cursor, len(events), missed, next)
		}
		cursor, total, buf = next, total+missed+uint64(len(events)), events
	}
	team.Wait()
	if total != recorders*each {
		t.Errorf("read and missed %d of %d", total, recorders*each)
	}
}

func BenchmarkJournalRecord(b *testing.B) {
	j := newJournal(defaultEvents)
	e := Event{Kind: TaskDone, At: time.Now(), Task: TaskRef{ID: "0193", Preview: "body"}}
	b.ReportAllocs()
	for b.Loop() {
		j.record(&e)
	}
}

// BenchmarkJournalRecordWhileRead records while a reader copies all it can.
func BenchmarkJournalRecordWhileRead(b *testing.B) {
	j := newJournal(defaultEvents)
	stop := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		var buf []Event
		for {
			select {
			case <-stop:
				return
			default:
				buf, _, _ = j.Since(0, buf[:0])
			}
		}
	})
	e := Event{Kind: TaskDone}
	b.ReportAllocs()
	for b.Loop() {
		j.record(&e)
	}
	close(stop)
	reader.Wait()
}
