package rules

import "github.com/expr-lang/expr/ast"

// and compiles a chain of ands into one closure.
func (b *builder) and(n *ast.BinaryNode) value {
	if v := b.span(n); v.kind != kindNone {
		return v
	}
	terms, ok := b.chain(n, "and", "&&", nil)
	if !ok {
		return value{}
	}
	terms = merge(terms, true)
	switch len(terms) {
	case 1:
		return terms[0]
	case 2:
		p, q := terms[0].b, terms[1].b
		return boolValue(func(c *Context) bool { return p(c) && q(c) })
	}
	return andMany(terms)
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
	terms = merge(terms, false)
	switch len(terms) {
	case 1:
		return terms[0]
	case 2:
		p, q := terms[0].b, terms[1].b
		return boolValue(func(c *Context) bool { return p(c) || q(c) })
	}
	return orMany(terms)
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

// merge makes one table of tables that follow each other.
func merge(terms []value, and bool) []value {
	var out []value
	for _, t := range terms {
		if k := len(out) - 1; k >= 0 && t.table != nil && out[k].table != nil {
			if u := out[k].table.with(t.table, and); u != nil {
				out[k] = u.value()
				continue
			}
		}
		out = append(out, t)
	}
	return out
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
