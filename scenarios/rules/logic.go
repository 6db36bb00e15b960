package rules

import "github.com/expr-lang/expr/ast"

// and compiles a chain of ands into one closure, which looks at slots itself.
func (b *builder) and(n *ast.BinaryNode) value {
	if v := b.span(n); v.kind != kindNone {
		return v
	}
	terms, ok := b.chain(n, "and", "&&", nil)
	if !ok {
		return value{}
	}
	if len(terms) > 2 {
		return andMany(terms)
	}
	x, y := terms[0], terms[1]
	p, q := x.b, y.b
	switch {
	case x.check != nil && y.check != nil:
		s, t := *x.check, *y.check
		return boolValue(func(c *Context) bool { return s.holds(c)&t.holds(c) != 0 })
	case x.check != nil:
		s := *x.check
		return boolValue(func(c *Context) bool { return s.holds(c) != 0 && q(c) })
	case y.check != nil:
		t := *y.check
		return boolValue(func(c *Context) bool { return p(c) && t.holds(c) != 0 })
	}
	return boolValue(func(c *Context) bool { return p(c) && q(c) })
}

func andMany(terms []value) value {
	if len(terms) == 3 {
		p, q, r := terms[0].b, terms[1].b, terms[2].b
		return boolValue(func(c *Context) bool { return p(c) && q(c) && r(c) })
	}
	fs := closures(terms)
	return boolValue(func(c *Context) bool {
		for _, f := range fs {
			if !f(c) {
				return false
			}
		}
		return true
	})
}

// or is and for ors.
func (b *builder) or(n *ast.BinaryNode) value {
	terms, ok := b.chain(n, "or", "||", nil)
	if !ok {
		return value{}
	}
	if len(terms) > 2 {
		return orMany(terms)
	}
	x, y := terms[0], terms[1]
	p, q := x.b, y.b
	switch {
	case x.check != nil && y.check != nil:
		s, t := *x.check, *y.check
		return boolValue(func(c *Context) bool { return s.holds(c)|t.holds(c) != 0 })
	case x.check != nil:
		s := *x.check
		return boolValue(func(c *Context) bool { return s.holds(c) != 0 || q(c) })
	case y.check != nil:
		t := *y.check
		return boolValue(func(c *Context) bool { return p(c) || t.holds(c) != 0 })
	}
	return boolValue(func(c *Context) bool { return p(c) || q(c) })
}

func orMany(terms []value) value {
	if len(terms) == 3 {
		p, q, r := terms[0].b, terms[1].b, terms[2].b
		return boolValue(func(c *Context) bool { return p(c) || q(c) || r(c) })
	}
	fs := closures(terms)
	return boolValue(func(c *Context) bool {
		for _, f := range fs {
			if f(c) {
				return true
			}
		}
		return false
	})
}

func closures(terms []value) []func(*Context) bool {
	var fs []func(*Context) bool
	for _, t := range terms {
		fs = append(fs, t.b)
	}
	return fs
}

// chain collects the terms of nested ands, or ors.
func (b *builder) chain(n ast.Node, op, sign string, terms []value) ([]value, bool) {
	if bin, ok := n.(*ast.BinaryNode); ok && (bin.Operator == op || bin.Operator == sign) {
		if v := b.span(bin); v.kind == kindNone {
			terms, ok = b.chain(bin.Left, op, sign, terms)
			if !ok {
				return nil, false
			}
			return b.chain(bin.Right, op, sign, terms)
		}
	}
	v := b.build(n)
	if v.kind != kindBool {
		return nil, false
	}
	return append(terms, v), true
}
