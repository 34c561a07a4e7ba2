package signet_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// composed lists the functions of the trust storey that compose SQL, each from constants and
// question marks only.
var composed = []string{
	"internal.each",  // passes on its callers' constants
	"audit.readHead", // runs over a list of constants
	"secrets.batch",  // one text for each column and direction of a list, from a map of constants
	"secrets.run",    // in the database of a secret, which itself quotes the names that it puts in
	"audit.numbers",  // passes on its callers' constants
	"identity.prune", // runs over a list of constants

	"identity.lookUp",      // of the constants of a kind
	"identity.setColumn",   // a table and a column that its callers name as constants
	"identity.mustBeEmpty", // passes on its callers' constants
	"identity.listed",      // the same
	"identity.entitiesIn",  // the same
	"identity.names",       // the same
	"identity.eraseUser",   // runs over a list of constants
}

// TestA10MetadataQueriesAreConstant: no text from outside can reach a query on Signet's own store,
// because every query there is a constant. Values travel as arguments.
func TestA10MetadataQueriesAreConstant(t *testing.T) {
	files, constants, queries := productFiles(t), map[string]bool{}, 0
	for _, f := range files {
		addConstants(constants, f.ast)
	}
	for _, f := range files {
		folder, _, _ := strings.Cut(f.folder, "/")
		if !slices.Contains([]string{"audit", "identity", "kms", "secrets"}, folder) && f.folder != "internal/epoch" && f.folder != "internal/rootkey" {
			continue
		}
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || slices.Contains(composed, folder+"."+fn.Name.Name) {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || !isQuery(call) {
					return true
				}
				queries++
				if !isConstant(call.Args[1], constants) {
					t.Errorf("%s: the query in %s is not a constant", f.path, fn.Name.Name)
				}
				return true
			})
		}
	}
	if queries < 30 {
		t.Errorf("found only %d queries", queries)
	}
}

// isQuery reports whether the call is x.Query(ctx, sql, ...) or one of its kin.
func isQuery(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && len(call.Args) >= 2 && slices.Contains([]string{"Query", "QueryRow", "Exec"}, sel.Sel.Name)
}

// addConstants adds the names that the file declares with const.
func addConstants(names map[string]bool, f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
			for _, s := range d.Specs {
				for _, name := range s.(*ast.ValueSpec).Names {
					names[name.Name] = true
				}
			}
		}
		return true
	})
}

func isConstant(e ast.Expr, constants map[string]bool) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return isConstant(e.X, constants) && isConstant(e.Y, constants)
	case *ast.ParenExpr:
		return isConstant(e.X, constants)
	case *ast.Ident:
		return constants[e.Name]
	}
	return false
}
