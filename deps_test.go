package signet_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers holds the product's folders, lowest first. A package imports only from layers before its
// own; packages of one layer do not know each other. Change it only with a reason in the commit.
var layers = [][]string{
	{"internal"},
	{"policy", "sigv4", "ticket", "formula", "ui", "examples"},
	{"audit"},
	{"kms"},
	{"seal", "secrets"},
	{"identity", "source"},
	{"dataset", "spice"},
	{"writeback"}, // below dashboard: a dashboard asks it for the tickets of the rows that it shows
	{"dashboard"},
	{"project"},
	{"web", "aws", "gateway"},
	{"cmd"},
}

// exceptions are edges inside one layer, each with its reason.
var exceptions = map[string]string{
	"source/duckdb -> source":                  "a connector implements the seam",
	"source/mysql -> source":                   "a connector implements the seam",
	"source/postgres -> source":                "a connector implements the seam",
	"source/sourcetest -> source":              "the suite that each connector passes",
	"project/projecttest -> project":           "serves a project for the tests of what it serves",
	"secrets/secretstest -> secrets":           "what a test needs before its first call",
	"aws/awstest -> aws":                       "starts the door for the tests of each service",
	"aws/awstest -> aws/cloudtrail":            "starts the door for the tests of each service",
	"aws/awstest -> aws/iam":                   "starts the door for the tests of each service",
	"aws/awstest -> aws/kms":                   "starts the door for the tests of each service",
	"aws/awstest -> aws/secretsmanager":        "starts the door for the tests of each service",
	"aws/awstest -> aws/sts":                   "starts the door for the tests of each service",
	"aws/cloudtrail -> aws":                    "a service registers its operations",
	"aws/iam -> aws":                           "a service registers its operations",
	"aws/kms -> aws":                           "a service registers its operations",
	"aws/secretsmanager -> aws":                "a service registers its operations",
	"aws/sts -> aws":                           "a service registers its operations",
	"secrets/secretstest -> secrets/reference": "a resolver for tests",
	"secrets/local -> secrets":                 "Signet's own Secrets Manager is a provider as others are",
	"secrets/local -> secrets/reference":       "a provider implements the seam",
	"secrets/file -> secrets/reference":        "a provider implements the seam",
	"secrets/env -> secrets/reference":         "a provider implements the seam",
	"secrets/aws -> secrets/reference":         "a provider implements the seam",
	"secrets/vault -> secrets/reference":       "a provider implements the seam",
}

// calls lists functions that only the named folders may call outside tests.
var calls = []struct {
	selector string
	only     []string
	why      string
}{
	{"policy.NewCaller", []string{"identity"}, "only identity vouches for a caller"},
	{"rootkey.New", nil, "a server loads its root key, so that a weak one is refused"},
	{"SealWith", []string{"internal"}, "only vectors choose a nonce"},
	{"BeginWrite", []string{"writeback", "source"}, "writeback.Submit is the only writer of user rows"},
}

type file struct {
	folder string // slash-separated, relative to the root
	path   string
	ast    *ast.File
}

// TestLayers parses the tree itself: a test that asked the go command would be served from its cache.
func TestLayers(t *testing.T) {
	for _, f := range productFiles(t) {
		own := layerOf(f.folder)
		if own < 0 {
			t.Errorf("%s: folder %q is in no layer; add it to the table in deps_test.go", f.path, f.folder)
			continue
		}
		for _, spec := range f.ast.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			to, ok := strings.CutPrefix(path, "signet/")
			if !ok || allowed(f.folder, to, own, layerOf(to)) {
				continue
			}
			t.Errorf("%s imports %s: a package imports only from lower layers", f.path, to)
		}
	}
}

func allowed(from, to string, fromLayer, toLayer int) bool {
	if toLayer < fromLayer || exceptions[from+" -> "+to] != "" {
		return true
	}
	top, _, _ := strings.Cut(from, "/")
	return top == "internal" && strings.HasPrefix(to, "internal/") || top == "cmd" && strings.HasPrefix(to, "cmd/")
}

func TestCallers(t *testing.T) {
	for _, f := range productFiles(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			for _, rule := range calls {
				if matches(sel, rule.selector) && !slices.Contains(rule.only, strings.SplitN(f.folder, "/", 2)[0]) {
					t.Errorf("%s calls %s: %s", f.path, rule.selector, rule.why)
				}
			}
			return true
		})
	}
}

func matches(sel *ast.SelectorExpr, want string) bool {
	pkg, name, qualified := strings.Cut(want, ".")
	if !qualified {
		return sel.Sel.Name == want
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == pkg && sel.Sel.Name == name
}

// TestPackageComments wants one comment per folder, which starts as godoc expects.
func TestPackageComments(t *testing.T) {
	documented := map[string]int{}
	for _, f := range productFiles(t) {
		documented[f.folder] += 0
		if f.ast.Doc != nil && strings.HasPrefix(f.ast.Doc.Text(), wantDoc(f)) {
			documented[f.folder]++
		}
	}
	for folder, n := range documented {
		if n != 1 {
			t.Errorf("folder %s has %d package comments; want exactly one", folder, n)
		}
	}
}

func wantDoc(f file) string {
	if f.ast.Name.Name == "main" {
		return "Command "
	}
	return "Package " + f.ast.Name.Name + " "
}

func layerOf(folder string) int {
	top, _, _ := strings.Cut(folder, "/")
	return slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, top) })
}

// ownModule reports whether a folder is no part of the product: Vault for the tests has a go.mod of its own.
func ownModule(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func productFiles(t *testing.T) []file {
	t.Helper()
	var files []file
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == ".git" || d.Name() == "bench" || path != "." && ownModule(path)) {
			return filepath.SkipDir
		}
		folder := filepath.ToSlash(filepath.Dir(path))
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || folder == "." {
			return nil
		}
		parsed, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, file{folder: folder, path: path, ast: parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 5 {
		t.Fatalf("found only %d files: is the test run from the root?", len(files))
	}
	return files
}
