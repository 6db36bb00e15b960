package rules

import (
	"math"

	"github.com/expr-lang/expr/ast"
)

// call compiles the functions of [functions], and int.
func (b *builder) call(n *ast.CallNode) value {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return value{}
	}
	args := make([]value, len(n.Arguments))
	whole := true
	for i, a := range n.Arguments {
		args[i] = b.build(a)
		if len(args) == 1 && args[i].kind == kindGroup {
			return overGroup(callee.Value, args[0].group)
		}
		if !args[i].numeric() {
			return value{}
		}
		whole = whole && args[i].kind == kindInt
	}
	if callee.Value == "int" {
		return b.toInt(n, args[0])
	}
	fn := functions[callee.Value]
	if fn.whole && whole {
		return leastOrMostInt(callee.Value == "max", args)
	}
	switch {
	case fn.one != nil:
		f, x := fn.one, args[0].float().f
		return floatValue(func(c *Context) float64 { return f(x(c)) })
	case fn.two != nil:
		f, x, y := fn.two, args[0].float().f, args[1].float().f
		return floatValue(func(c *Context) float64 {
			a := x(c)
			return f(a, y(c))
		})
	case fn.three != nil:
		f, x, y, z := fn.three, args[0].float().f, args[1].float().f, args[2].float().f
		return floatValue(func(c *Context) float64 {
			a := x(c)
			b := y(c)
			return f(a, b, z(c))
		})
	case fn.fold != nil:
		return fold(fn.fold, args)
	}
	return value{}
}

// fold compiles a function of any number of numbers. The values are a stack on
// c.scratch, since an argument may be such a function too.
func fold(f func([]float64) float64, args []value) value {
	var fs []func(*Context) float64
	for _, a := range args {
		fs = append(fs, a.float().f)
	}
	return floatValue(func(c *Context) float64 {
		base := len(c.scratch)
		for _, f := range fs {
			x := f(c)
			c.scratch = append(c.scratch, x)
		}
		out := f(c.scratch[base:])
		c.scratch = c.scratch[:base]
		return out
	})
}

func leastOrMostInt(most bool, args []value) value {
	var fs []func(*Context) int
	for _, a := range args {
		fs = append(fs, a.i)
	}
	return intValue(func(c *Context) int {
		m := fs[0](c)
		for _, f := range fs[1:] {
			if x := f(c); most && m < x || !most && m > x {
				m = x
			}
		}
		return m
	})
}

func (b *builder) toInt(n *ast.CallNode, x value) value {
	switch x.kind {
	case kindInt:
		return x
	case kindFloat:
		f, bad := x.f, b.r.errorf(n, "%v", errNoInt)
		return intValue(func(c *Context) int {
			v := f(c)
			if !fits(v) {
				c.fail(bad)
				return 0
			}
			return int(v)
		})
	}
	return value{}
}

// builtin compiles expr's own functions of one number, and loops over groups.
func (b *builder) builtin(n *ast.BuiltinNode) value {
	if len(n.Arguments) == 0 {
		return value{}
	}
	x := b.build(n.Arguments[0])
	if x.kind == kindGroup {
		return b.loop(n, x.group)
	}
	if len(n.Arguments) != 1 || !x.numeric() || x.kind == kindMixed {
		return value{}
	}
	if n.Name == "abs" {
		return abs(x)
	}
	if n.Name == "float" {
		return x.float()
	}
	round := map[string]func(float64) float64{"ceil": math.Ceil, "floor": math.Floor, "round": math.Round}[n.Name]
	switch {
	case round == nil:
		return value{}
	case x.kind == kindInt:
		return x.float()
	}
	f := x.f
	return floatValue(func(c *Context) float64 { return round(f(c)) })
}

func abs(x value) value {
	if x.kind == kindInt {
		return intValue(magnitude(x.i))
	}
	return floatValue(magnitude(x.f))
}

// magnitude leaves -0 as it is, as expr does.
func magnitude[T int | float64](f func(*Context) T) func(*Context) T {
	return func(c *Context) T {
		v := f(c)
		if v < 0 {
			return -v
		}
		return v
	}
}
