package brokertest

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A killed test binary leaves its folder: a later one removes it, and leaves those whose binary lives or just began.
func TestSweepTakesOnlyFoldersOfTheDead(t *testing.T) {
	parent := t.TempDir()
	old := time.Now().Add(-2 * staleAfter)
	folder := func(name string, modified time.Time) string {
		dir := filepath.Join(parent, name)
		write(t, filepath.Join(dir, "log", "rabbit.log"), "")
		if err := os.Chtimes(dir, modified, modified); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	live := folder(folderPrefix+"live", old)
	lock, err := lockFolder(live)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	want := map[string]bool{ // whether it stays
		folder(folderPrefix+"dead", old):       false,
		folder(folderPrefix+"new", time.Now()): true,
		folder("somebody-elses", old):          true,
		live:                                   true,
	}
	sweepFolders(parent)
	for dir, stays := range want {
		if isDir(dir) != stays {
			t.Errorf("%s is there: %t, want %t", filepath.Base(dir), !stays, stays)
		}
	}
}
