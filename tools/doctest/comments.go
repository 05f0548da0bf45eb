package doctest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
)

// Uncommented lists the exported names of a Go file that have no comment, each with its place: of
// functions, methods of exported types, types, constants, variables, and interfaces' methods. A
// group of constants or variables may share one.
func Uncommented(path string, source []byte) ([]string, error) {
	u := &uncommented{files: token.NewFileSet()}
	file, err := parser.ParseFile(u.files, path, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if exportedReceiver(decl) {
				u.want(decl.Name, decl.Doc)
			}
		case *ast.GenDecl:
			for _, s := range decl.Specs {
				u.spec(decl, s)
			}
		}
	}
	return u.names, nil
}

// uncommented collects names.
type uncommented struct {
	files *token.FileSet
	names []string
}

// want notes a name that is exported and has none of the comments.
func (u *uncommented) want(name *ast.Ident, comments ...*ast.CommentGroup) {
	if !name.IsExported() {
		return
	}
	for _, c := range comments {
		if c != nil && c.Text() != "" {
			return
		}
	}
	u.names = append(u.names, fmt.Sprintf("%s: %s", u.files.Position(name.Pos()), name.Name))
}

func (u *uncommented) spec(decl *ast.GenDecl, s ast.Spec) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			u.want(name, decl.Doc, s.Doc, s.Comment)
		}
	case *ast.TypeSpec:
		u.want(s.Name, decl.Doc, s.Doc, s.Comment)
		if methods, ok := s.Type.(*ast.InterfaceType); ok && s.Name.IsExported() {
			for _, m := range methods.Methods.List {
				for _, name := range m.Names {
					u.want(name, m.Doc, m.Comment)
				}
			}
		}
	}
}

// exportedReceiver reports whether a function is none of a type that others cannot name.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}
