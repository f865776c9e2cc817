package cli

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// ledgerEnv makes the test binary a program of workers that write the id of each task into this file before they are done
// with it, and that end only when they are killed.
const ledgerEnv = "CAROUSEL_TEST_LEDGER"

func workForLedger() int {
	cfg := broker.DefaultConfig()
	cfg.URLs = []string{os.Getenv("CAROUSEL_URL")}
	client, err := broker.Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	book, err := os.OpenFile(os.Getenv(ledgerEnv), os.O_WRONLY|os.O_APPEND|os.O_SYNC, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	handler := worker.HandlerFunc(func(_ context.Context, task worker.Try) error {
		time.Sleep(time.Duration(rand.Int64N(int64(5 * time.Millisecond)))) // the work
		_, err := book.WriteString(task.ID + "\n")
		return err
	})
	pool := worker.New(worker.Config{Count: 4, Max: 4, Prefetch: 3}, worker.OnBroker(client), handler, worker.Options{Queue: cfg.Queue.Name})
	pool.Start(context.Background())
	select {}
}

// Workers that are killed in the middle of their tasks lose none of them. By default it kills eight times; with
// CAROUSEL_SOAK set a hundred times, which takes half a minute.
func TestKilledWorkersLoseNothing(t *testing.T) {
	kills := 8
	if os.Getenv("CAROUSEL_SOAK") != "" {
		kills = 100
	}
	const each = 40 // tasks for each life; more than one gets done before it is killed
	r := realBroker(t)
	tries := map[string]int{}
	cfg := broker.DefaultConfig()
	cfg.URLs = []string{r.url}
	client, err := broker.Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.EnsureQueue(t.Context()); err != nil {
		t.Fatal(err)
	}
	var progress broker.Progress
	err = client.Enqueue(t.Context(), broker.Batch{Next: func() (broker.Task, bool) {
		task := broker.NewTask([]byte("task"))
		if len(tries) == kills*each {
			return task, false
		}
		tries[task.ID] = 0
		return task, true
	}}, &progress)
	if tally := progress.Read(); err != nil || tally.Confirmed != uint64(kills*each) {
		t.Fatalf("%+v, %v", tally, err)
	}
	book := filepath.Join(t.TempDir(), "ledger")
	if err := os.WriteFile(book, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	lines := func() []string { return readLedger(t, book) }
	for range kills {
		begun := len(lines())
		stop := startLedger(t, r.url, book)
		after := begun + 1 + rand.IntN(each/2)
		eventually(t, "the first tasks of new workers", func() bool { return len(lines()) >= after })
		stop()
	}
	stop := startLedger(t, r.url, book)
	eventually(t, "an empty queue", func() bool {
		seen := map[string]bool{}
		for _, id := range lines() {
			seen[id] = true
		}
		return len(seen) == len(tries)
	})
	stop()
	again := 0
	for _, id := range lines() {
		if _, made := tries[id]; !made {
			t.Errorf("task %q was handled, and never made", id)
		}
		if tries[id]++; tries[id] == 2 {
			again++
		}
	}
	for id, n := range tries {
		if n == 0 {
			t.Errorf("task %s is lost", id)
		}
	}
	t.Logf("%d kills, %d tasks, lost 0, handled more than once %d", kills, len(tries), again)
}

// readLedger returns the whole lines of the ledger.
func readLedger(t *testing.T, book string) []string {
	t.Helper()
	text, err := os.ReadFile(book)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(string(text), "\n")
	return all[:len(all)-1]
}

// startLedger starts the workers. The returned function kills them.
func startLedger(t *testing.T, url, book string) (kill func()) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "CAROUSEL_URL="+url, ledgerEnv+"="+book, "GORACE=atexit_sleep_ms=0")
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() {
		_ = c.Process.Kill() // SIGKILL
		_ = c.Wait()
	}
	t.Cleanup(end)
	return end
}
