package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestGreetedOnce(t *testing.T) {
	home := t.TempDir()
	p := &program{Process: Process{ConfigDir: home}}
	if p.greeted() {
		t.Fatal("somebody new was greeted before")
	}
	p.remember()
	if !p.greeted() {
		t.Error("it is not remembered")
	}
	p.ConfigDir = filepath.Join(home, "file")
	if err := os.WriteFile(p.ConfigDir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.remember() // there is no room for it, and that is all
	if p.ConfigDir = ""; !p.greeted() {
		t.Error("where nothing can be remembered the hint comes each time")
	}
}
