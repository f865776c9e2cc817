package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every dialog that the source has is among the sights: by its type, and by its title where one type serves for many.
func TestEverySightIsKnown(t *testing.T) {
	var known []string
	for i := range sights {
		known = append(known, sights[i].shows)
	}
	has := func(kind string) bool {
		return slices.ContainsFunc(known, func(shows string) bool { return strings.Contains(shows+" ", " "+kind+" ") })
	}
	dialogs, titles := dialogsOf(t)
	if len(dialogs) < 15 || len(titles) < 15 {
		t.Fatalf("the source seems to have only the dialogs %q with the titles %q", dialogs, titles)
	}
	for _, name := range dialogs {
		if !has(name) {
			t.Errorf("no sight is a %s", name)
		}
	}
	for _, title := range titles {
		if !has(strings.TrimSpace(title)) && title != "Send edited task" { // which needs an editor
			t.Errorf("no sight is called %q", title)
		}
	}
}

// dialogsOf are the types of the package that take keys as dialogs do, by the signature of their key method or by what they embed,
// and the titles that it gives to questions and sheets.
func dialogsOf(t *testing.T) (types, titles []string) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var embeds [][2]string // a type, and one that it embeds
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil && n.Name.Name == "key" && len(n.Type.Params.List) == 2 {
					types = append(types, nameOf(n.Recv.List[0].Type))
				}
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok {
					for _, f := range s.Fields.List {
						if len(f.Names) == 0 {
							embeds = append(embeds, [2]string{n.Name.Name, nameOf(f.Type)})
						}
					}
				}
			case *ast.CompositeLit:
				if name := nameOf(n.Type); name == "question" || name == "sheet" {
					titles = append(titles, titleOf(n)...)
				}
			}
			return true
		})
	}
	for _, e := range embeds {
		if slices.Contains(types, e[1]) && !slices.Contains(types, e[0]) {
			types = append(types, e[0])
		}
	}
	return types, titles
}

// nameOf is the name of a type, or of what it points to.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return nameOf(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// titleOf is the title in a literal of a dialog, as far as it is one itself.
func titleOf(lit *ast.CompositeLit) (titles []string) {
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok || nameOf(kv.Key) != "title" {
			continue
		}
		value := kv.Value
		if sum, ok := value.(*ast.BinaryExpr); ok {
			value = sum.X
		}
		if text, ok := value.(*ast.BasicLit); ok {
			if title, err := strconv.Unquote(text.Value); err == nil {
				titles = append(titles, title)
			}
		}
	}
	return titles
}
