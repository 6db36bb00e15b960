package rules

import "cmp"

// turned gives the operator with its operands exchanged. Not its negation: that
// differs for NaN.
var turned = map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}

// compare compiles < > <= >= == !=.
func compare(op string, x, y value) value {
	switch {
	case x.kind == kindInt && y.kind == kindInt:
		return compareInts(op, x, y)
	case x.kind == kindBool && y.kind == kindBool:
		return compareBools(op, x.b, y.b)
	case x.kind == kindWord && y.kind == kindWord:
		return compareOf(op, x.s, y.s)
	case !x.numeric() || !y.numeric(), x.kind != kindFloat && y.kind != kindFloat:
		return value{} // two of which at least one is mixed: int or float only known when it runs
	}
	x, y = x.float(), y.float()
	if x.konst || x.slot && !y.slot && !y.konst {
		op, x, y = turned[op], y, x
	}
	switch {
	case x.slot && y.slot:
		return compareSlots(op, x.at, y.at)
	case x.slot && y.konst:
		v := compareSlotConst(op, x.at, y.kf)
		v.table = newTable(op, x.at, y.kf)
		return v
	case y.konst:
		return compareTo(op, x.f, y.kf)
	case y.slot:
		return compareSlot(op, x.f, y.at)
	}
	return compareOf(op, x.f, y.f)
}

func compareSlots(op string, p, q place) value {
	switch op {
	case "<":
		return boolValue(func(c *Context) bool { return p.load(c) < q.load(c) })
	case ">":
		return boolValue(func(c *Context) bool { return p.load(c) > q.load(c) })
	case "<=":
		return boolValue(func(c *Context) bool { return p.load(c) <= q.load(c) })
	case ">=":
		return boolValue(func(c *Context) bool { return p.load(c) >= q.load(c) })
	case "==":
		return boolValue(func(c *Context) bool { return p.load(c) == q.load(c) })
	}
	return boolValue(func(c *Context) bool { return p.load(c) != q.load(c) })
}

func compareSlotConst(op string, p place, k float64) value {
	switch op {
	case "<":
		return boolValue(func(c *Context) bool { return p.load(c) < k })
	case ">":
		return boolValue(func(c *Context) bool { return p.load(c) > k })
	case "<=":
		return boolValue(func(c *Context) bool { return p.load(c) <= k })
	case ">=":
		return boolValue(func(c *Context) bool { return p.load(c) >= k })
	case "==":
		return boolValue(func(c *Context) bool { return p.load(c) == k })
	}
	return boolValue(func(c *Context) bool { return p.load(c) != k })
}

func compareTo[T cmp.Ordered](op string, f func(*Context) T, k T) value {
	switch op {
	case "<":
		return boolValue(func(c *Context) bool { return f(c) < k })
	case ">":
		return boolValue(func(c *Context) bool { return f(c) > k })
	case "<=":
		return boolValue(func(c *Context) bool { return f(c) <= k })
	case ">=":
		return boolValue(func(c *Context) bool { return f(c) >= k })
	case "==":
		return boolValue(func(c *Context) bool { return f(c) == k })
	}
	return boolValue(func(c *Context) bool { return f(c) != k })
}

func compareSlot(op string, f func(*Context) float64, q place) value {
	switch op {
	case "<":
		return boolValue(func(c *Context) bool { return f(c) < q.load(c) })
	case ">":
		return boolValue(func(c *Context) bool { return f(c) > q.load(c) })
	case "<=":
		return boolValue(func(c *Context) bool { return f(c) <= q.load(c) })
	case ">=":
		return boolValue(func(c *Context) bool { return f(c) >= q.load(c) })
	case "==":
		return boolValue(func(c *Context) bool { return f(c) == q.load(c) })
	}
	return boolValue(func(c *Context) bool { return f(c) != q.load(c) })
}

// compareOf runs f before g, as expr does.
func compareOf[T cmp.Ordered](op string, f, g func(*Context) T) value {
	switch op {
	case "<":
		return boolValue(func(c *Context) bool { a := f(c); return a < g(c) })
	case ">":
		return boolValue(func(c *Context) bool { a := f(c); return a > g(c) })
	case "<=":
		return boolValue(func(c *Context) bool { a := f(c); return a <= g(c) })
	case ">=":
		return boolValue(func(c *Context) bool { a := f(c); return a >= g(c) })
	case "==":
		return boolValue(func(c *Context) bool { a := f(c); return a == g(c) })
	}
	return boolValue(func(c *Context) bool { a := f(c); return a != g(c) })
}

func compareInts(op string, x, y value) value {
	if x.konst {
		op, x, y = turned[op], y, x
	}
	if y.konst {
		return compareTo(op, x.i, y.ki)
	}
	return compareOf(op, x.i, y.i)
}

func compareBools(op string, f, g func(*Context) bool) value {
	switch op {
	case "==":
		return boolValue(func(c *Context) bool { a := f(c); return a == g(c) })
	case "!=":
		return boolValue(func(c *Context) bool { a := f(c); return a != g(c) })
	}
	return value{}
}
