package rules

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

// A builder turns the checked and optimised tree into closures. It finds types
// from the leaves up rather than trust the tree's, as expr's machine does. What
// it can't do is kindNone, which spreads to the root.
//
// Order of evaluation is expr's where two operands can fail; a slot, a constant
// or a calendar field cannot.
type builder struct {
	x *Expr
	r *resolver
}

// root compiles the whole expression to the wanted kind.
func (b *builder) root(n ast.Node, want kind) value {
	v := b.build(n)
	switch {
	case want == kindFloat && v.numeric():
		return v.float()
	case want == v.kind:
		return v
	}
	return value{}
}

// build compiles the tree below n.
func (b *builder) build(n ast.Node) value {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return constInteger(n.Value)
	case *ast.FloatNode:
		return constFloat(n.Value)
	case *ast.BoolNode:
		x := n.Value
		return boolValue(func(*Context) bool { return x })
	case *ast.StringNode:
		x := n.Value
		return value{kind: kindWord, s: func(*Context) string { return x }}
	case *ast.IdentifierNode:
		if in := b.r.input(n); in != nil {
			return in.load()
		}
	case *ast.PointerNode:
		if n.Name == "" {
			// The innermost collection is a group, or the predicate is not
			// compiled at all.
			return floatValue(func(c *Context) float64 { return c.item })
		}
	case *ast.UnaryNode:
		return b.unary(n)
	case *ast.BinaryNode:
		return b.binary(n)
	case *ast.ConditionalNode:
		return b.conditional(n)
	case *ast.CallNode:
		return b.call(n)
	case *ast.BuiltinNode:
		return b.builtin(n)
	}
	return value{}
}

func (b *builder) unary(n *ast.UnaryNode) value {
	v := b.build(n.Node)
	switch n.Operator {
	case "!", "not":
		if v.kind == kindBool {
			return not(v)
		}
	case "+":
		if v.numeric() {
			return v
		}
	case "-":
		switch v.kind {
		case kindFloat:
			f := v.f
			return floatValue(func(c *Context) float64 { return -f(c) })
		case kindInt:
			f := v.i
			return intValue(func(c *Context) int { return -f(c) })
		}
	}
	return value{}
}

func (b *builder) binary(n *ast.BinaryNode) value {
	switch n.Operator {
	case "and", "&&":
		return b.and(n)
	case "or", "||":
		return b.or(n)
	case "in":
		return b.in(n)
	}
	x, y := b.build(n.Left), b.build(n.Right)
	if x.kind == kindNone || y.kind == kindNone {
		return value{}
	}
	switch n.Operator {
	case "<", ">", "<=", ">=", "==", "!=":
		return compare(n.Operator, x, y)
	case "+", "-", "*", "/":
		return arithmetic(n.Operator, x, y)
	case "%":
		if x.kind == kindInt && y.kind == kindInt {
			return b.remainder(n, x, y)
		}
	case "contains", "startsWith", "endsWith":
		if x.kind == kindWord && y.kind == kindWord {
			return textTest(n.Operator, x.s, y.s)
		}
	}
	return value{}
}

func textTest(op string, x, y func(*Context) string) value {
	test := strings.Contains
	switch op {
	case "startsWith":
		test = strings.HasPrefix
	case "endsWith":
		test = strings.HasSuffix
	}
	return boolValue(func(c *Context) bool {
		s := x(c)
		return test(s, y(c))
	})
}

func (b *builder) remainder(n *ast.BinaryNode, x, y value) value {
	f, g := x.i, y.i
	if y.konst && y.ki != 0 {
		k := y.ki
		return intValue(func(c *Context) int { return f(c) % k })
	}
	zero := b.r.errorf(n, divideByZero)
	return intValue(func(c *Context) int {
		a, d := f(c), g(c)
		if d == 0 {
			c.fail(zero)
			return 0
		}
		return a % d
	})
}

func not(v value) value {
	if v.table != nil {
		return v.table.not().value()
	}
	f := v.b
	return boolValue(func(c *Context) bool { return !f(c) })
}

// span compiles x >= a and x <= b, which the optimiser makes of `x in a..b`, for
// a whole x without side: a slot or a calendar field.
func (b *builder) span(n *ast.BinaryNode) value {
	low, ok1 := n.Left.(*ast.BinaryNode)
	high, ok2 := n.Right.(*ast.BinaryNode)
	if n.Operator != "and" || !ok1 || !ok2 || low.Operator != ">=" || high.Operator != "<=" || low.Left != high.Left {
		return value{}
	}
	from, ok1 := low.Right.(*ast.IntegerNode)
	to, ok2 := high.Right.(*ast.IntegerNode)
	in := b.r.input(low.Left)
	if !ok1 || !ok2 || in == nil {
		return value{}
	}
	v := in.load()
	lo, hi := from.Value, to.Value
	switch {
	case v.cal:
		field := v.field
		return boolValue(func(c *Context) bool {
			x := c.field(field)
			return x >= lo && x <= hi
		})
	case v.kind == kindInt:
		f := v.i
		return boolValue(func(c *Context) bool {
			x := f(c)
			return x >= lo && x <= hi
		})
	}
	return value{}
}

func (b *builder) conditional(n *ast.ConditionalNode) value {
	cond, x, y := b.build(n.Cond), b.build(n.Exp1), b.build(n.Exp2)
	if cond.kind != kindBool || x.kind == kindNone || y.kind == kindNone {
		return value{}
	}
	test := cond.b
	switch {
	case x.kind == kindInt && y.kind == kindInt:
		f, g := x.i, y.i
		return intValue(func(c *Context) int {
			if test(c) {
				return f(c)
			}
			return g(c)
		})
	case x.kind == kindBool && y.kind == kindBool:
		f, g := x.b, y.b
		return boolValue(func(c *Context) bool {
			if test(c) {
				return f(c)
			}
			return g(c)
		})
	case x.kind == kindWord && y.kind == kindWord:
		f, g := x.s, y.s
		return value{kind: kindWord, s: func(c *Context) string {
			if test(c) {
				return f(c)
			}
			return g(c)
		}}
	case x.numeric() && y.numeric():
		k := kindMixed
		if x.kind == kindFloat && y.kind == kindFloat {
			k = kindFloat
		}
		f, g := x.float().f, y.float().f
		return value{kind: k, f: func(c *Context) float64 {
			if test(c) {
				return f(c)
			}
			return g(c)
		}}
	}
	return value{}
}

// in compiles `x in [constants]`; the optimiser has made `in a..b` of an int
// into comparisons.
func (b *builder) in(n *ast.BinaryNode) value {
	list, ok := n.Right.(*ast.ConstantNode)
	if !ok {
		return value{}
	}
	x := b.build(n.Left)
	switch set := list.Value.(type) {
	case map[int]struct{}:
		if x.kind == kindInt {
			f := x.i
			return boolValue(func(c *Context) bool { _, ok := set[f(c)]; return ok })
		}
	case map[string]struct{}:
		if x.kind == kindWord {
			f := x.s
			return boolValue(func(c *Context) bool { _, ok := set[f(c)]; return ok })
		}
	case []any:
		if x.kind == kindFloat {
			return inFloats(x.f, set)
		}
	}
	return value{}
}

func inFloats(f func(*Context) float64, list []any) value {
	var floats []float64
	for _, e := range list {
		k, ok := number(e)
		if !ok {
			return value{}
		}
		floats = append(floats, k)
	}
	return boolValue(func(c *Context) bool {
		x := f(c)
		for _, k := range floats {
			if k == x {
				return true
			}
		}
		return false
	})
}
