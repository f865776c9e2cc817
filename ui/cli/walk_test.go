package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A walk through all screens of the program on its sandbox, with one act on each.
func TestWalkThroughTheScreens(t *testing.T) {
	t.Parallel()
	s := startSized(t, carousel(t, "", "--workers", "3"), 130, 38)
	s.until("3 workers wait")

	s.feed("--count", "2", "--work", "2ms", "--type", "resize", `{"file":"cat.png"}`)
	s.feed("--work", "2ms", "--type", "mail", "to ada")
	s.press("2")
	s.until("to ada")
	s.press("/type:resize\r")
	s.until("showing 2 of 3")
	s.press("\r")
	s.until(`"file": "cat.png"`)
	s.press("\x1b")
	s.until("showing 2 of 3")

	s.press("3")
	s.until("No task has failed for good")

	s.press("4")
	s.until("task_queue watched")
	s.press("c")
	s.until("Create a queue")
	s.press("invoices\x13") // Ctrl+S
	s.until("Queue invoices is created.")
	s.until("▎  invoices")
	s.press("W")
	s.until("Work on this queue")
	s.press("\r")
	s.until("Now on invoices, with 3 workers.")

	s.press("5")
	s.until("3 consumers on 1 connection")
	s.until("w03 carousel-")

	s.press(":task_queue") // back, by the palette
	s.until("queue: task_queue")
	s.press("\r")
	s.until("Watch this queue")
	s.press("\r")
	s.until("Now watching task_queue; it is not worked here.")

	s.press("v")
	s.until("because")
	s.press("\x1b!")
	s.until("Now on invoices, with 3 workers.") // among the events
	s.press("\x1b")

	path := filepath.Join(t.TempDir(), "screen.txt")
	saveScreen(s, path)
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "task_queue") {
		t.Errorf("the saved screen: %v\n%s", err, text)
	}
	s.quit()
	s.end(exitDone)
}
