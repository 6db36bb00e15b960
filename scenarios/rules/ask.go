package rules

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/expr-lang/expr/ast"

	"github.com/twinsim/twinsim/devices"
)

// builtin checks a call of one of expr's own functions.
func (r *resolver) builtin(n *ast.BuiltinNode) error {
	if !builtinAllowed[n.Name] {
		return r.unknownFunction(n, n.Name)
	}
	if err := r.list(n.Arguments); err != nil {
		return err
	}
	if n.Name == "count" && len(n.Arguments) == 1 {
		// expr counts the true ones; of numbers only the number can be meant.
		if id, ok := n.Arguments[0].(*ast.IdentifierNode); ok && r.own[id] {
			n.Name = "len"
		}
	}
	return nil
}

func (r *resolver) unknownFunction(n ast.Node, name string) error {
	if why, ok := builtinRefused[name]; ok {
		return r.errorf(n, "%s is not part of the language of rules: %s", name, why)
	}
	e := r.errorf(n, "unknown function %s", name)
	e.unknown(name, append(append([]string(nil), r.env.Calls...), ownFirst()...))
	return e
}

// ownFirst returns the names of all functions, those about twins and time first.
func ownFirst() []string {
	names := []string{"age", "missing", "quality", "each", "hour", "day", "weekday", "month", "min", "max", "abs", "clamp"}
	for _, f := range Functions() {
		if !slices.Contains(names, f) {
			names = append(names, f)
		}
	}
	return names
}

// call resolves functions of names, which read inputs, and checks the others.
func (r *resolver) call(node *ast.Node, n *ast.CallNode) error {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return r.errorf(n, "only functions can be called")
	}
	name := callee.Value
	if f, ok := calendarFields[name]; ok {
		if id, ok := single(n).(*ast.IdentifierNode); !ok || id.Value != "t" {
			return r.errorf(n, "%s takes t, the time of the run: %s(t)", name, name)
		}
		r.put(node, input{name: name + " t", kind: ofCalendar, field: f})
		return nil
	}
	switch name {
	case "age", "missing", "quality":
		return r.ask(node, n, name)
	case "each":
		return r.each(node, n)
	case "twin":
		return r.errorf(n, "a twin is no value; write twin(...).attribute")
	case "ref":
		return r.name(node)
	}
	if _, ok := functions[name]; ok || name == "int" {
		return r.list(n.Arguments)
	}
	for _, c := range r.env.Calls {
		if c == name && r.env.Call != nil {
			return r.extern(node, n, name)
		}
	}
	return r.unknownFunction(n, name)
}

func single(n *ast.CallNode) ast.Node {
	if len(n.Arguments) != 1 {
		return nil
	}
	return n.Arguments[0]
}

// extern resolves a call of one of [Env.Calls].
func (r *resolver) extern(node *ast.Node, n *ast.CallNode, name string) error {
	args, err := r.texts(n)
	if err != nil {
		return err
	}
	ref, err := r.env.Call(name, args)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		var at ast.Node = n
		if k := refusal.Arg; k >= 1 && k <= len(n.Arguments) {
			at = n.Arguments[k-1]
		}
		return r.errorf(at, "").refuse(refusal)
	}
	if err != nil {
		return r.errorf(n, "%v", err)
	}
	r.put(node, input{name: fmt.Sprintf("%s %q", name, args), typ: ref.Type, ref: ref})
	return nil
}

// ask resolves age(x), missing(x), quality(x) and quality(x, "flag").
func (r *resolver) ask(node *ast.Node, n *ast.CallNode, name string) error {
	if len(n.Arguments) == 0 || len(n.Arguments) > 1 && name != "quality" || len(n.Arguments) > 2 {
		return r.errorf(n, "%s takes one attribute", name)
	}
	ref, path, ok, err := r.lookup(n.Arguments[0])
	if err != nil {
		return err
	}
	if !ok || ref.Space != Channels {
		return r.errorf(root(n.Arguments[0]), "%s takes an attribute that is measured, such as self.temperature", name)
	}
	in := input{name: name + " " + path, ref: ref}
	switch {
	case name == "age":
		in.kind = ofAge
	case name == "missing":
		in.kind = ofMissing
	case len(n.Arguments) == 1:
		in.kind = ofQuality
	default:
		in.kind = ofFlag
		word, ok := n.Arguments[1].(*ast.StringNode)
		if !ok {
			return r.errorf(n.Arguments[1], "want the constant name of a flag, such as \"good\"")
		}
		if in.mask, ok = r.flag(word.Value); !ok {
			e := r.errorf(word, "unknown flag %q", word.Value)
			e.unknown(word.Value, append([]string{"good"}, r.flags...))
			return e
		}
		in.name += " " + word.Value
	}
	r.put(node, in)
	return nil
}

func (r *resolver) flag(name string) (devices.Quality, bool) {
	if name == "good" {
		return 0, true
	}
	for i, f := range r.flags {
		if f == name && i < 16 {
			return 1 << i, true
		}
	}
	return 0, false
}

// each resolves each("zone-*.vwc").
func (r *resolver) each(node *ast.Node, n *ast.CallNode) error {
	args, err := r.texts(n)
	if err != nil {
		return err
	}
	if len(args) != 1 || r.env.Group == nil {
		return r.errorf(n, "each takes one constant pattern, such as each(\"zone-*.vwc\")")
	}
	group, err := r.env.Group(args[0])
	if err == nil && len(group) == 0 {
		err = fmt.Errorf("each(%q) matches nothing", args[0])
	}
	if err != nil {
		return r.errorf(n, "%v", err)
	}
	sorted := append([]int32(nil), group...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	r.put(node, input{name: "each " + args[0], kind: ofGroup, group: sorted, ref: Ref{Base: Absolute}})
	return nil
}

// work estimates how many predicates an evaluation of n calls at most.
func (r *resolver) work(n ast.Node) (length, work float64) {
	sum := func(nodes ...ast.Node) (l float64) {
		l = 1
		for _, c := range nodes {
			if c != nil {
				cl, w := r.work(c)
				l, work = max(l, cl), work+w
			}
		}
		return l
	}
	switch n := n.(type) {
	case *ast.IdentifierNode:
		if k, ok := r.index[n.Value]; ok && r.own[n] {
			return float64(len(r.in[k].group)), 0
		}
		return maxRange, 0 // a let: not followed
	case *ast.UnaryNode:
		length = sum(n.Node)
	case *ast.BinaryNode:
		length = sum(n.Left, n.Right)
		if from, to := constInt(n.Left), constInt(n.Right); n.Operator == ".." && from != nil && to != nil {
			length = float64(*to-*from) + 1
		}
	case *ast.CallNode:
		length = sum(n.Arguments...)
	case *ast.ConditionalNode:
		length = sum(n.Cond, n.Exp1, n.Exp2)
	case *ast.VariableDeclaratorNode:
		length = sum(n.Value, n.Expr)
	case *ast.SliceNode:
		length = sum(n.Node, n.From, n.To)
	case *ast.MemberNode:
		length = sum(n.Node, n.Property)
	case *ast.ArrayNode:
		length = max(sum(n.Nodes...), 1) * float64(len(n.Nodes))
	case *ast.BuiltinNode:
		return r.workBuiltin(n)
	}
	return length, work
}

func (r *resolver) workBuiltin(n *ast.BuiltinNode) (length, work float64) {
	for _, a := range n.Arguments {
		if p, ok := a.(*ast.PredicateNode); ok {
			pl, w := r.work(p.Node)
			work += max(length, 1) * (1 + w)
			length *= max(pl, 1)
			continue
		}
		l, w := r.work(a)
		length, work = length+l, work+w
	}
	return length, work
}
