package worker_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// shop is another program that works on a queue: the ten lines of its main, and a broker and a task to work on.
const shop = `package main

import (
	"context"
	"fmt"
	"log"

	"carousel/broker"
	"carousel/broker/sandbox"
	"carousel/worker"
)

func main() {
	sandboxed, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer sandboxed.Close()
	ctx, stop := context.WithCancel(context.Background())
	client, err := broker.Open(broker.ConfigFor(sandboxed.URL(), "pictures"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Publish(ctx, broker.NewTask([]byte("cat.png"))); err != nil {
		log.Fatal(err)
	}
	err = worker.Run(ctx, client, worker.Config{Count: 8}, func(_ context.Context, t worker.Try) error {
		fmt.Printf("resizing %s\n", t.Body)
		stop()
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}
`

// A module of its own can use the pool, with nothing but what carousel itself needs, and without the packages of the screen.
func TestAnotherModuleUsesThePool(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command to build with")
	}
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sums, err := os.ReadFile(filepath.Join(repository, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"main.go": shop,
		"go.mod":  "module shop.example/resize\n\ngo 1.26\n\nrequire carousel v0.0.0\n\nreplace carousel => " + strconv.Quote(repository) + "\n",
		"go.sum":  string(sums),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		c := exec.CommandContext(t.Context(), tool, args...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GOFLAGS=-trimpath -mod=mod", "GOPROXY=off", "GOWORK=off", "GOTOOLCHAIN=local")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	if got := run("run", "."); got != "resizing cat.png\n" {
		t.Errorf("the program says %q", got)
	}
	if uses := run("list", "-deps", "."); strings.Contains(uses, "charmbracelet") || strings.Contains(uses, "carousel/ui") {
		t.Errorf("it needs the screen:\n%s", uses)
	}
}
