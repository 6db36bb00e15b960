package rules

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// Limits of an expression. The language has loops over arrays only, so their
// nesting and the product of their lengths bound the work.
const (
	maxText   = 4096 // bytes
	maxNodes  = 500
	maxNested = 2   // predicates
	maxWork   = 1e6 // predicate evaluations
	maxRange  = 10000
)

// A resolver replaces every name of a parsed expression by an input, and refuses
// what is not in the language.
type resolver struct {
	text   string
	env    *Env
	flags  []string // names of the bits of a quality
	in     []input
	index  map[string]int
	own    map[*ast.IdentifierNode]bool // put in by the resolver
	lets   []string
	nested int
}

func (r *resolver) errorf(n ast.Node, format string, args ...any) *Error {
	return errorAt(r.text, n.Location().From, format, args...)
}

// put replaces *node by the identifier of an input.
func (r *resolver) put(node *ast.Node, in input) {
	in.at = placeOf(in.ref)
	if _, ok := r.index[in.name]; !ok {
		r.index[in.name] = len(r.in)
		r.in = append(r.in, in)
	}
	id := &ast.IdentifierNode{Value: in.name}
	r.own[id] = true
	from := root(*node).Location() // where the name begins, not its last part
	ast.Patch(node, id)
	id.SetLocation(from)
}

// resolve rewrites the tree below *node.
func (r *resolver) resolve(node *ast.Node) error {
	switch n := (*node).(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.PointerNode, *ast.ConstantNode:
		return nil
	case *ast.IdentifierNode, *ast.MemberNode:
		return r.name(node)
	case *ast.UnaryNode:
		return r.resolve(&n.Node)
	case *ast.BinaryNode:
		return r.binary(node, n)
	case *ast.CallNode:
		return r.call(node, n)
	case *ast.BuiltinNode:
		return r.builtin(n)
	case *ast.PredicateNode:
		if r.nested++; r.nested > maxNested {
			return r.errorf(n, "predicates can be nested %d deep at most", maxNested)
		}
		defer func() { r.nested-- }()
		return r.resolve(&n.Node)
	case *ast.ConditionalNode:
		return r.all(&n.Cond, &n.Exp1, &n.Exp2)
	case *ast.ArrayNode:
		return r.list(n.Nodes)
	case *ast.SliceNode:
		if err := r.resolve(&n.Node); err != nil {
			return err
		}
		for _, end := range []*ast.Node{&n.From, &n.To} {
			if *end != nil {
				if err := r.resolve(end); err != nil {
					return err
				}
			}
		}
		return nil
	case *ast.VariableDeclaratorNode:
		if err := r.resolve(&n.Value); err != nil {
			return err
		}
		r.lets = append(r.lets, n.Name)
		defer func() { r.lets = r.lets[:len(r.lets)-1] }()
		return r.resolve(&n.Expr)
	case *ast.NilNode:
		return r.errorf(n, "there is no nil in rules; ask missing(x)")
	case *ast.ChainNode:
		return r.errorf(n, "there is no ?. in rules; ask missing(x)")
	case *ast.SequenceNode:
		return r.errorf(n, "an expression is one expression; remove the semicolon")
	}
	return r.errorf(*node, "maps and bytes are not part of the language of rules")
}

func (r *resolver) all(nodes ...*ast.Node) error {
	for _, n := range nodes {
		if err := r.resolve(n); err != nil {
			return err
		}
	}
	return nil
}

func (r *resolver) list(nodes []ast.Node) error {
	for i := range nodes {
		if err := r.resolve(&nodes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *resolver) binary(node *ast.Node, n *ast.BinaryNode) error {
	if err := r.all(&n.Left, &n.Right); err != nil {
		return err
	}
	switch n.Operator {
	case "**", "^":
		// detmath's pow rather than math.Pow, also where the optimiser would fold.
		callee := &ast.IdentifierNode{Value: "pow"}
		callee.SetLocation(n.Location())
		r.own[callee] = true
		ast.Patch(node, &ast.CallNode{Callee: callee, Arguments: []ast.Node{n.Left, n.Right}})
	case "matches":
		s, ok := n.Right.(*ast.StringNode)
		if !ok {
			return r.errorf(n, "the pattern of matches must be a constant text")
		}
		if _, err := regexp.Compile(s.Value); err != nil {
			return r.errorf(n.Right, "%v", err)
		}
	case "..":
		from, to := constInt(n.Left), constInt(n.Right)
		if from == nil || to == nil {
			return r.errorf(n, "the ends of a range must be constant whole numbers; compare with <= instead")
		}
		if *to >= *from && uint(*to)-uint(*from) >= maxRange {
			return r.errorf(n, "a range can have %d numbers at most", maxRange)
		}
	}
	return nil
}

// constInt returns the value of an integer literal, with its sign.
func constInt(n ast.Node) *int {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return &n.Value
	case *ast.UnaryNode:
		if v := constInt(n.Node); v != nil && n.Operator == "-" {
			neg := -*v
			return &neg
		}
	}
	return nil
}

// path returns the parts of a dotted name, or ok = false if n is something else.
func (r *resolver) path(n ast.Node) (parts []string, ok bool, err error) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		if r.own[n] || r.isLet(n.Value) {
			return nil, false, nil
		}
		return []string{n.Value}, true, nil
	case *ast.MemberNode:
		property, isName := n.Property.(*ast.StringNode)
		if !isName {
			return nil, false, nil
		}
		parts, ok, err = r.path(n.Node)
		return append(parts, property.Value), ok, err
	case *ast.CallNode:
		callee, isName := n.Callee.(*ast.IdentifierNode)
		if !isName || callee.Value != "twin" && callee.Value != "ref" {
			return nil, false, nil
		}
		args, err := r.texts(n)
		if err == nil && len(args) != 1 {
			err = r.errorf(n, "%s takes one constant text", callee.Value)
		}
		if err != nil {
			return nil, false, err
		}
		if callee.Value == "twin" {
			return args, true, nil
		}
		return strings.Split(args[0], "."), true, nil
	}
	return nil, false, nil
}

func (r *resolver) isLet(name string) bool {
	for _, l := range r.lets {
		if l == name {
			return true
		}
	}
	return false
}

// name resolves an identifier or a chain of members.
func (r *resolver) name(node *ast.Node) error {
	if id, ok := (*node).(*ast.IdentifierNode); ok && !r.own[id] && !r.isLet(id.Value) {
		switch id.Value {
		case "t":
			r.put(node, input{name: "t", kind: ofTime})
			return nil
		case "$env":
			return r.errorf(id, "there is no $env in rules")
		}
	}
	ref, path, ok, err := r.lookup(*node)
	if err != nil {
		return err
	}
	if ok {
		r.put(node, input{name: "value " + path, typ: ref.Type, ref: ref})
		return nil
	}
	n, isMember := (*node).(*ast.MemberNode)
	if !isMember {
		return nil
	}
	if s, isName := n.Property.(*ast.StringNode); isName {
		return r.errorf(n, "only twins have attributes; .%s has nothing to stand on", s.Value)
	}
	return r.all(&n.Node, &n.Property)
}

// lookup resolves n if it is a dotted name.
func (r *resolver) lookup(n ast.Node) (ref Ref, name string, ok bool, err error) {
	path, ok, err := r.path(n)
	if !ok || err != nil {
		return Ref{}, "", false, err
	}
	name = strings.Join(path, ".")
	err = ErrUnknown
	if r.env.Lookup != nil {
		ref, err = r.env.Lookup(path)
	}
	if err != nil {
		e := r.errorf(root(n), "%v", err)
		var refusal *Refusal
		switch {
		case errors.As(err, &refusal):
			e.refuse(refusal)
		case errors.Is(err, ErrUnknown):
			if err == ErrUnknown {
				e.Message = fmt.Sprintf("unknown name %s", name)
			}
			if r.env.Names != nil {
				names := r.env.Names(path)
				e.unknown(name, family(path, names))
				e.Near = nearest(name, names)
			}
		}
		return Ref{}, "", false, e
	}
	if ref.Base < Absolute || ref.Base >= maxBases || ref.Space > Words || ref.Type > Word || (ref.Type == Word) != (ref.Space == Words) {
		return Ref{}, "", false, r.errorf(root(n), "%s resolves to an impossible slot %+v", name, ref)
	}
	return ref, name, true, nil
}

// root returns the leftmost node of a chain of members: where a name begins.
func root(n ast.Node) ast.Node {
	for {
		m, ok := n.(*ast.MemberNode)
		if !ok {
			return n
		}
		n = m.Node
	}
}

// texts returns the arguments of a call that takes constant texts.
func (r *resolver) texts(n *ast.CallNode) ([]string, error) {
	var args []string
	for _, a := range n.Arguments {
		s, ok := a.(*ast.StringNode)
		if !ok {
			return nil, r.errorf(a, "want a constant text such as \"zone-01\"")
		}
		args = append(args, s.Value)
	}
	return args, nil
}
