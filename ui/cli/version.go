package cli

import (
	"runtime"
	"runtime/debug"
)

// version is what the program was built from, as far as the build recorded it: a module version, or the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+"
		}
	}
	switch {
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	case revision != "":
		return revision + modified
	}
	return "devel"
}

// platform is what the program runs on.
func platform() string { return runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH }
