package twinsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A unit is one package as the checks see it.
type unit struct {
	path  string // below the module; "" is the root
	dir   string
	root  string
	fset  *token.FileSet
	files []*ast.File
	info  *types.Info
	found []string
}

type listed struct {
	ImportPath, Dir, Export string
	GoFiles, TestGoFiles    []string
	XTestGoFiles            []string
	Standard, DepOnly       bool
	Error                   *struct{ Err string }
}

// load parses and type-checks the packages of a module.
func load(t *testing.T, root, pattern string) []*unit {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-export", "-deps",
		"-json=ImportPath,Dir,Export,GoFiles,TestGoFiles,XTestGoFiles,Standard,DepOnly,Error", pattern)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var own []listed
	exports := make(map[string]string)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			own = append(own, p)
		}
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	var units []*unit
	for _, p := range own {
		units = append(units, loadUnit(t, abs, p, exports))
	}
	return units
}

func loadUnit(t *testing.T, root string, p listed, exports map[string]string) *unit {
	t.Helper()
	u := &unit{
		path: strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/"), dir: p.Dir, root: root,
		fset: token.NewFileSet(),
		info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}},
	}
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(u.fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			u.found = append(u.found, fmt.Sprintf("%s: does not parse: %v", p.ImportPath, err))
			continue
		}
		u.files = append(u.files, f)
	}
	for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
		u.text(t, filepath.Join(p.Dir, name))
	}
	if p.Error != nil {
		u.found = append(u.found, fmt.Sprintf("%s: %s", p.ImportPath, p.Error.Err))
	}
	lookup := func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(exports[path])
	}
	conf := types.Config{
		Importer: importer.ForCompiler(u.fset, "gc", lookup),
		Error:    func(err error) { u.found = append(u.found, fmt.Sprintf("%s: does not compile: %v", p.ImportPath, err)) },
	}
	_, _ = conf.Check(p.ImportPath, u.fset, u.files, u.info) // errors are collected above
	return u
}

// marks are split so that this file does not break the rule it keeps.
var marks = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b`)

// text checks what needs no syntax.
func (u *unit) text(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	for i, line := range lines {
		if m := marks.FindString(line); m != "" {
			u.sayAt(file, i+1, "%s: finish it, or write an issue", m)
		}
	}
	if n := len(lines) - 1; n > maxFile && !strings.HasSuffix(file, "_test.go") {
		u.sayAt(file, n, "the file has %d lines, want at most %d", n, maxFile)
	}
}

func (u *unit) sayAt(file string, line int, format string, args ...any) {
	if rel, err := filepath.Rel(u.root, file); err == nil {
		file = filepath.ToSlash(rel)
	}
	u.found = append(u.found, fmt.Sprintf("%s:%d: %s", file, line, fmt.Sprintf(format, args...)))
}

func (u *unit) say(pos token.Pos, format string, args ...any) {
	p := u.fset.Position(pos)
	u.sayAt(p.Filename, p.Line, format, args...)
}

// check returns every violation, in the order of packages and files.
func check(units []*unit) []string {
	var all []string
	for _, u := range units {
		u.checkName()
		u.checkImports()
		u.checkPackageComment()
		for _, f := range u.files {
			u.checkDecls(f)
			if slices.Contains(pure, first(u.path)) && !u.isTool() {
				u.checkPure(f)
			}
		}
		all = append(all, u.found...)
	}
	return all
}

func (u *unit) isTool() bool {
	return slices.ContainsFunc(tools, func(e exception) bool { return matches(e.from, u.path) })
}

func first(path string) string {
	a, _, _ := strings.Cut(path, "/")
	return a
}

func layer(name string) int { return slices.Index(layers, name) }

// matches reports whether path is pattern, or below it if that ends in "/*".
func matches(pattern, path string) bool {
	below, wild := strings.CutSuffix(pattern, "*")
	return pattern == path || wild && strings.HasPrefix(path, below)
}

func (u *unit) checkName() {
	for _, part := range strings.Split(u.path, "/") {
		if slices.Contains(badNames, part) {
			u.sayAt(u.dir, 0, "a directory named %q does not say what is in it", part)
		}
	}
	if u.path != "" && layer(first(u.path)) < 0 {
		u.sayAt(u.dir, 0, "there is no layer %q; want one of %s", first(u.path), strings.Join(layers, ", "))
	}
}

func (u *unit) checkImports() {
	for _, f := range u.files {
		for _, im := range f.Imports {
			path, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				continue
			}
			if im.Name != nil && im.Name.Name == "." {
				u.say(im.Pos(), "dot import of %s", path)
			}
			if im.Name != nil && im.Name.Name == "_" && !slices.Contains(blankImports, path) {
				u.say(im.Pos(), "blank import of %s: registration is explicit here", path)
			}
			switch {
			case path == module || strings.HasPrefix(path, module+"/"):
				if to := strings.TrimPrefix(path, module+"/"); !u.mayImport(to) {
					u.say(im.Pos(), "%s must not import %s: imports point left (%s), a child may import its parent",
						u.path, to, strings.Join(layers, " <- "))
				}
			case strings.Contains(first(path), "."):
				if !u.mayUse(path) {
					u.say(im.Pos(), "%s must not import %s: third parties stay where the table puts them", u.path, path)
				}
			}
		}
	}
}

func (u *unit) mayImport(to string) bool {
	from, at := layer(first(u.path)), layer(first(to))
	if at >= 0 && at < from || strings.HasPrefix(u.path, to+"/") {
		return true
	}
	return slices.ContainsFunc(importExceptions, func(e exception) bool {
		return matches(e.from, u.path) && matches(e.to, to)
	})
}

func (u *unit) mayUse(path string) bool {
	for _, p := range thirdParties {
		if !matches(p.from, u.path) {
			continue
		}
		for _, m := range strings.Fields(p.modules) {
			if path == m || strings.HasPrefix(path, m+"/") {
				return true
			}
		}
	}
	return false
}

func (u *unit) checkPackageComment() {
	n := 0
	for _, f := range u.files {
		if f.Doc != nil {
			if n++; n > 1 {
				u.say(f.Doc.Pos(), "a second package comment; want one for each directory")
			}
		}
	}
	if n == 0 && len(u.files) > 0 {
		u.say(u.files[0].Package, "package %s has no package comment", u.files[0].Name.Name)
	}
}

// checkDecls checks the length and name of functions, and that what is
// exported says what it is, each float64 with its unit.
func (u *unit) checkDecls(f *ast.File) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			u.checkFunc(d)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
						u.say(s.Pos(), "exported type %s has no comment", s.Name.Name)
					}
					u.checkFields(s)
				case *ast.ValueSpec:
					if s.Names[0].IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
						u.say(s.Pos(), "exported %s has no comment", s.Names[0].Name)
					}
				}
			}
		}
	}
}

func (u *unit) checkFunc(d *ast.FuncDecl) {
	from, to := u.fset.Position(d.Pos()).Line, u.fset.Position(d.End()).Line
	if n := to - from + 1; n > maxFunc {
		u.say(d.Pos(), "func %s has %d lines, want at most %d", d.Name.Name, n, maxFunc)
	}
	if d.Recv == nil && d.Name.Name == "init" {
		u.say(d.Pos(), "func init: make it a value that is handed down")
	}
	if !d.Name.IsExported() || d.Doc != nil {
		return
	}
	if d.Recv != nil && !receiverExported(d.Recv) {
		return
	}
	u.say(d.Pos(), "exported func %s has no comment", d.Name.Name)
}

func receiverExported(r *ast.FieldList) bool {
	exported := false
	ast.Inspect(r.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.IsExported() {
			exported = true
		}
		return true
	})
	return exported
}

// checkFields wants a comment at each exported field that holds float64s: in
// the line, above it, or, for all fields at once, a word about the unit in the
// comment of the type.
func (u *unit) checkFields(s *ast.TypeSpec) {
	st, ok := s.Type.(*ast.StructType)
	if !ok || !s.Name.IsExported() {
		return
	}
	for _, f := range st.Fields.List {
		if len(f.Names) == 0 || !f.Names[0].IsExported() || f.Doc != nil || f.Comment != nil {
			continue
		}
		if tv, ok := u.info.Types[f.Type]; ok && isFloat(tv.Type) {
			u.say(f.Pos(), "%s.%s is a float64 without a comment that says its unit", s.Name.Name, f.Names[0].Name)
		}
	}
}

func isFloat(t types.Type) bool {
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() == types.Float64
	case *types.Slice:
		return isFloat(t.Elem())
	case *types.Array:
		return isFloat(t.Elem())
	}
	return false
}

// checkPure finds what lets the world, or chance, into a run.
func (u *unit) checkPure(f *ast.File) {
	for _, im := range f.Imports {
		path, _ := strconv.Unquote(im.Path.Value)
		if slices.ContainsFunc(impureImports, func(p string) bool { return matches(p, path) }) {
			u.say(im.Pos(), "%s is pure and must not import %s", u.path, path)
		}
	}
	explained := u.explained(f)
	var stack []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		switch n := n.(type) {
		case *ast.GoStmt:
			if !slices.Contains(goroutines, u.path) {
				u.say(n.Pos(), "%s is pure and must not start a goroutine", u.path)
			}
		case *ast.SelectorExpr:
			u.checkUse(n, stack, explained)
		case *ast.RangeStmt:
			u.checkRange(n, stack, explained)
		}
		stack = append(stack, n)
		return true
	})
}

// checkUse looks at one use of a name of another package.
func (u *unit) checkUse(n *ast.SelectorExpr, stack []ast.Node, explained map[int]bool) {
	obj := u.info.Uses[n.Sel]
	if obj == nil || obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
		return
	}
	pkg := obj.Pkg().Path()
	if slices.Contains(strings.Fields(impureNames[pkg]), obj.Name()) {
		instead := "the run's own time"
		if pkg == "math" {
			instead = "sim/detmath"
		}
		u.say(n.Pos(), "%s is pure and must not use %s.%s; use %s", u.path, pkg, obj.Name(), instead)
	}
	if pkg != "maps" || !slices.Contains([]string{"Keys", "Values", "All"}, obj.Name()) {
		return
	}
	if u.sortedCall(stack) || u.isExplained(n.Pos(), explained) {
		return
	}
	u.say(n.Pos(), "maps.%s comes in any order: sort it (slices.Sorted), or say `// order: why it has no effect`", obj.Name())
}

// sortedCall reports whether the call being walked is the argument of
// slices.Sorted or its like.
func (u *unit) sortedCall(stack []ast.Node) bool {
	if len(stack) < 2 {
		return false
	}
	outer, ok := stack[len(stack)-2].(*ast.CallExpr)
	return ok && strings.HasPrefix(u.called(outer), "slices.Sorted")
}

// called returns "package.Func" of a call to a function of another package.
func (u *unit) called(c *ast.CallExpr) string {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	obj := u.info.Uses[sel.Sel]
	if obj == nil || obj.Pkg() == nil {
		return ""
	}
	return obj.Pkg().Path() + "." + obj.Name()
}

var orderComment = regexp.MustCompile(`^//\s*order(-free)?:\s*\S`)

// explained returns the lines that a comment about order speaks for.
func (u *unit) explained(f *ast.File) map[int]bool {
	lines := make(map[int]bool)
	for _, g := range f.Comments {
		for _, c := range g.List {
			if orderComment.MatchString(c.Text) {
				line := u.fset.Position(c.Pos()).Line
				lines[line] = true
				lines[u.fset.Position(g.End()).Line+1] = true
			}
		}
	}
	return lines
}

func (u *unit) isExplained(pos token.Pos, explained map[int]bool) bool {
	return explained[u.fset.Position(pos).Line]
}

// checkRange wants a reason for ranging over a map, unless it is plain to see
// that the order has no effect.
func (u *unit) checkRange(n *ast.RangeStmt, stack []ast.Node, explained map[int]bool) {
	tv, ok := u.info.Types[n.X]
	if !ok {
		return
	}
	if _, isMap := tv.Type.Underlying().(*types.Map); !isMap {
		return
	}
	if n.Key == nil && n.Value == nil || u.isExplained(n.Pos(), explained) || u.sortedNext(n, stack) || copies(n) {
		return
	}
	u.say(n.Pos(), "range over a map comes in any order: sort the keys, or say `// order: why it has no effect` on this line")
}

// sortedNext reports whether the loop only collects (one append, perhaps under
// a condition), and a later statement beside it sorts what was collected.
func (u *unit) sortedNext(n *ast.RangeStmt, stack []ast.Node) bool {
	if len(n.Body.List) != 1 || len(stack) == 0 {
		return false
	}
	body := n.Body.List[0]
	if cond, ok := body.(*ast.IfStmt); ok && cond.Else == nil && len(cond.Body.List) == 1 {
		body = cond.Body.List[0]
	}
	as, ok := body.(*ast.AssignStmt)
	if !ok || len(as.Rhs) != 1 {
		return false
	}
	call, ok := as.Rhs[0].(*ast.CallExpr)
	if !ok || types.ExprString(call.Fun) != "append" {
		return false
	}
	block, ok := stack[len(stack)-1].(*ast.BlockStmt)
	if !ok {
		return false
	}
	after := block.List[slices.Index(block.List, ast.Stmt(n))+1:]
	return slices.ContainsFunc(after, func(s ast.Stmt) bool { return u.sorts(s, types.ExprString(as.Lhs[0])) })
}

// sorts reports whether a statement sorts the slice of a name.
func (u *unit) sorts(s ast.Stmt, name string) bool {
	ex, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := ex.X.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 || types.ExprString(call.Args[0]) != name {
		return false
	}
	by := u.called(call)
	return strings.HasPrefix(by, "sort.") || strings.HasPrefix(by, "slices.Sort")
}

// copies reports whether the loop is `for k, v := range m { other[k] = ... }`,
// which writes each key once.
func copies(n *ast.RangeStmt) bool {
	if len(n.Body.List) != 1 || n.Key == nil {
		return false
	}
	as, ok := n.Body.List[0].(*ast.AssignStmt)
	if !ok || as.Tok != token.ASSIGN || len(as.Lhs) != 1 || len(as.Rhs) != 1 {
		return false
	}
	ix, ok := as.Lhs[0].(*ast.IndexExpr)
	return ok && types.ExprString(ix.Index) == types.ExprString(n.Key)
}
