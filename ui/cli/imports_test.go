package cli

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Dependencies go main → ui → worker → broker and never back; only broker knows AMQP, only ui knows charm. The bare loops that
// carousel is measured beside are written without carousel's broker, in tests alone.
func TestImports(t *testing.T) {
	const root = "../.."
	rank := map[string]int{"carousel": 3, "ui": 2, "worker": 1, "broker": 0}
	files := 0
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") {
			return err
		}
		files++
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		room, _, nested := strings.Cut(filepath.ToSlash(relative), "/")
		if !nested {
			room = "carousel" // main.go
		}
		if _, known := rank[room]; !known {
			t.Errorf("%s is in none of the rooms", relative)
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range source.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			why := forbidden(room, imported, rank)
			if isAMQP(imported) && isBareLoop(filepath.ToSlash(relative)) {
				why = ""
			}
			if (imported == "carousel/broker/brokertest" || imported == "carousel/ui/uitest") && !strings.HasSuffix(file, "_test.go") {
				why = "test code does not belong in the program"
			}
			if why != "" {
				t.Errorf("%s imports %s: %s", relative, imported, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Errorf("only %d files were read; the test looks in the wrong place", files)
	}
}

// forbidden says why a file in room may not import a package; "" when it may.
func forbidden(room, imported string, rank map[string]int) string {
	switch {
	case strings.HasPrefix(imported, "github.com/charmbracelet/") && room != "ui":
		return "only ui knows charm"
	case isAMQP(imported) && room != "broker":
		return "only broker knows AMQP"
	}
	if inner, ours := strings.CutPrefix(imported, "carousel/"); ours {
		target, _, _ := strings.Cut(inner, "/")
		if rank[target] > rank[room] {
			return "dependencies go main, ui, worker, broker"
		}
	}
	return ""
}

// isBareLoop reports whether a file is of the tests that measure carousel beside the AMQP library alone.
func isBareLoop(file string) bool {
	return strings.HasPrefix(file, "worker/speed/") && strings.HasSuffix(file, "_test.go")
}

func isAMQP(imported string) bool {
	return strings.HasPrefix(imported, "github.com/rabbitmq/") || strings.HasPrefix(imported, "github.com/michaelklishin/")
}
