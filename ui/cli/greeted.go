package cli

import (
	"os"
	"path/filepath"
)

// greetedFile lies beside the config file once somebody has been shown the first hint. "" where there is no folder for it.
func (p *program) greetedFile() string {
	if p.ConfigDir == "" {
		return ""
	}
	return filepath.Join(p.ConfigDir, "carousel", "greeted")
}

// greeted reports whether the console was shown to this user before. Where that cannot be remembered it was: a hint that comes
// each time is in the way.
func (p *program) greeted() bool {
	path := p.greetedFile()
	return path == "" || exists(path)
}

// remember keeps the hint away from now on. A folder that cannot be written is no trouble to tell of: the hint comes once more.
func (p *program) remember() {
	path := p.greetedFile()
	if os.MkdirAll(filepath.Dir(path), 0o700) == nil {
		_ = os.WriteFile(path, []byte("carousel has shown its first hint. Without this file it shows it again.\n"), 0o600)
	}
}
