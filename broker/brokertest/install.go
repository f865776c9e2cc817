package brokertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The environment that chooses which RabbitMQ the nodes run.
const (
	envRoot    = "CAROUSEL_RABBITMQ_ROOT"    // an unpacked RabbitMQ: a folder with sbin/, or one above it
	envChroot  = "CAROUSEL_RABBITMQ_CHROOT"  // another system's root with RabbitMQ and Erlang in it; needs root
	envRequire = "CAROUSEL_REQUIRE_RABBITMQ" // set: a missing RabbitMQ fails the tests instead of skipping them
)

// errUnavailable marks the failures that skip a test rather than fail it.
var errUnavailable = errors.New("needs a private RabbitMQ")

var errNotInstalled = fmt.Errorf("%w, and none is installed: on Debian, \"apt-get install --no-install-recommends "+
	"rabbitmq-server\"; or name an unpacked one in %s", errUnavailable, envRoot)

// install is a RabbitMQ on this machine. Paths are as its processes see them: below root, when that is not empty.
type install struct {
	root string // chroot of the node's processes; empty: none
	home string // the versioned folder with sbin, escript and plugins
	epmd string // Erlang's port mapper
	path string // PATH of the node's processes
}

// findInstall looks where the environment says; else on PATH and in the places where packages put RabbitMQ. The
// versioned folder is taken rather than Debian's wrapper on PATH, which insists on switching to its own user.
func findInstall() (install, error) {
	if root := os.Getenv(envChroot); root != "" {
		return findChroot(root)
	}
	in := install{path: os.Getenv("PATH")}
	if root := os.Getenv(envRoot); root != "" {
		in.home = findHome(root, root+"/lib/rabbitmq_server-*", root+"/usr/lib/rabbitmq/lib/rabbitmq_server-*")
		if in.home == "" {
			return install{}, fmt.Errorf("%s is %q, where no sbin/rabbitmq-server with plugins/ beside it is", envRoot, root)
		}
	} else {
		in.home = findHome(onPath(), "/usr/lib/rabbitmq*/lib/rabbitmq_server-*", "/usr/lib/rabbitmq*",
			"/usr/local/lib/rabbitmq_server-*", "/opt/rabbitmq*")
		if in.home == "" {
			return install{}, errNotInstalled
		}
	}
	epmd, err := exec.LookPath("epmd")
	if err != nil {
		return install{}, errors.New("RabbitMQ is installed, but Erlang's epmd is not on PATH; install Debian's erlang-base")
	}
	in.epmd = epmd
	return in, nil
}

func findChroot(root string) (install, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return install{}, fmt.Errorf("%s: %w", envChroot, err)
	}
	home := findHome(root + "/usr/lib/rabbitmq/lib/rabbitmq_server-*")
	if home == "" {
		return install{}, fmt.Errorf("%s is %q, where no usr/lib/rabbitmq/lib/rabbitmq_server-* is", envChroot, root)
	}
	if os.Geteuid() != 0 {
		return install{}, fmt.Errorf("%s needs root; run the tests as root or unset it", envChroot)
	}
	return install{
		root: root,
		home: strings.TrimPrefix(home, root),
		epmd: "/usr/bin/epmd",
		path: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}, nil
}

// onPath is the folder above the rabbitmq-server on PATH; Debian's wrapper is no use, and findHome passes over it.
func onPath() string {
	script, err := exec.LookPath("rabbitmq-server")
	if err != nil {
		return ""
	}
	if script, err = filepath.EvalSymlinks(script); err != nil {
		return ""
	}
	return filepath.Dir(filepath.Dir(script))
}

// findHome is the first folder that holds a RabbitMQ; of several versions that match one pattern, the last by name.
func findHome(patterns ...string) string {
	for _, pattern := range patterns {
		homes, err := filepath.Glob(pattern)
		if err != nil {
			continue // a PATH entry with a bracket in it
		}
		slices.Reverse(homes)
		for _, home := range homes {
			if isFile(filepath.Join(home, "sbin", "rabbitmq-server")) && isDir(filepath.Join(home, "plugins")) {
				return home
			}
		}
	}
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// applications finds the list in an Erlang .app file that names what must be loaded before it.
var applications = regexp.MustCompile(`\{\s*applications\s*,\s*\[([^\]]*)\]`)

// link fills dir with a view of the install that has only RabbitMQ, the named plugins and what they need. Looking
// through all that Debian ships doubles the time to start: 8.2 s against 3.5 s.
func (in install) link(dir string, plugins []string) error {
	needed, err := in.needed(append([]string{"rabbit"}, plugins...))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "plugins"), 0o755); err != nil {
		return err
	}
	for _, name := range append([]string{"sbin", "escript"}, needed...) {
		if err := os.Symlink(filepath.Join(in.home, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// needed are the folders, from the home on, of the applications and everything they name in turn.
func (in install) needed(names []string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(in.root+in.home, "plugins", "*", "ebin", "*.app"))
	if err != nil {
		return nil, err
	}
	app := make(map[string]string, len(files))
	for _, file := range files {
		app[strings.TrimSuffix(filepath.Base(file), ".app")] = file
	}
	var folders []string
	for i := 0; i < len(names); i++ {
		file, ours := app[names[i]]
		if !ours {
			if i > 0 && strings.HasPrefix(names[i], "rabbit") {
				return nil, fmt.Errorf("this RabbitMQ has no plugin %s in %s", names[i], in.root+in.home)
			}
			continue // one of Erlang's own
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		folders = append(folders, filepath.Join("plugins", filepath.Base(filepath.Dir(filepath.Dir(file)))))
		if list := applications.FindSubmatch(text); list != nil {
			for dep := range strings.SplitSeq(string(list[1]), ",") {
				if dep = strings.TrimSpace(dep); !slices.Contains(names, dep) {
					names = append(names, dep)
				}
			}
		}
	}
	return folders, nil
}
