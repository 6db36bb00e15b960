package rules

import "github.com/expr-lang/expr/ast"

// overGroup compiles min, max, mean and median of a group. A group has a known
// value when it is evaluated.
func overGroup(name string, group []int32) value {
	switch name {
	case "min":
		return floatValue(func(c *Context) float64 {
			m, first := 0.0, true
			for _, s := range group {
				if c.flags[s]&c.bad == 0 {
					if x := c.mem[Channels][s]; first || m > x {
						m, first = x, false
					}
				}
			}
			return m
		})
	case "max":
		return floatValue(func(c *Context) float64 {
			m, first := 0.0, true
			for _, s := range group {
				if c.flags[s]&c.bad == 0 {
					if x := c.mem[Channels][s]; first || m < x {
						m, first = x, false
					}
				}
			}
			return m
		})
	case "mean":
		return floatValue(func(c *Context) float64 {
			total, n := 0.0, 0
			for _, s := range group {
				if c.flags[s]&c.bad == 0 {
					total += c.mem[Channels][s]
					n++
				}
			}
			return total / float64(n)
		})
	case "median":
		return floatValue(func(c *Context) float64 {
			base := len(c.scratch)
			for _, s := range group {
				if c.flags[s]&c.bad == 0 {
					c.scratch = append(c.scratch, c.mem[Channels][s])
				}
			}
			m := middle(c.scratch[base:])
			c.scratch = c.scratch[:base]
			return m
		})
	}
	return value{}
}

// loop compiles a builtin whose first argument is a group.
func (b *builder) loop(n *ast.BuiltinNode, group []int32) value {
	if len(n.Arguments) == 1 {
		return loopPlain(n.Name, group)
	}
	if len(n.Arguments) != 2 || n.Map != nil {
		return value{}
	}
	p, ok := n.Arguments[1].(*ast.PredicateNode)
	if !ok {
		return value{}
	}
	body := b.build(p.Node)
	if n.Name == "sum" {
		return sumOf(group, body)
	}
	if body.kind != kindBool {
		return value{}
	}
	test := body.b
	switch n.Name {
	case "any":
		return boolValue(func(c *Context) bool { return count(c, group, test, true, 1) == 1 })
	case "all":
		return boolValue(func(c *Context) bool { return count(c, group, test, false, 1) == 0 })
	case "none":
		return boolValue(func(c *Context) bool { return count(c, group, test, true, 1) == 0 })
	case "one":
		return boolValue(func(c *Context) bool { return count(c, group, test, true, -1) == 1 })
	case "count":
		enough := -1 // the optimiser knows when to stop
		if n.Threshold != nil {
			enough = *n.Threshold
		}
		return intValue(func(c *Context) int { return count(c, group, test, true, enough) })
	}
	return value{}
}

// count returns for how many known values the test gives want, up to enough if
// that is positive.
func count(c *Context, group []int32, test func(*Context) bool, want bool, enough int) int {
	outer, n := c.item, 0
	for _, s := range group {
		if c.flags[s]&c.bad != 0 {
			continue
		}
		c.item = c.mem[Channels][s]
		if test(c) == want {
			if n++; n == enough {
				break
			}
		}
		if c.err != nil {
			break // as expr's machine stops at the first error
		}
	}
	c.item = outer
	return n
}

func loopPlain(name string, group []int32) value {
	switch name {
	case "sum":
		return sumOf(group, floatValue(func(c *Context) float64 { return c.item }))
	case "len":
		return intValue(func(c *Context) int {
			n := 0
			for _, s := range group {
				if c.flags[s]&c.bad == 0 {
					n++
				}
			}
			return n
		})
	}
	return value{}
}

// sumOf compiles the sum of body over the known values of a group.
func sumOf(group []int32, body value) value {
	switch body.kind {
	case kindFloat:
		return floatValue(sum(group, body.f))
	case kindInt:
		return intValue(sum(group, body.i))
	}
	return value{}
}

func sum[T int | float64](group []int32, f func(*Context) T) func(*Context) T {
	return func(c *Context) T {
		outer, total := c.item, T(0)
		for _, s := range group {
			if c.flags[s]&c.bad == 0 {
				c.item = c.mem[Channels][s]
				total = f(c) + total
			}
		}
		c.item = outer
		return total
	}
}
