package rules

// arithmetic compiles + - * /. Two ints give an int (which may wrap around),
// except that / is always of floats; texts are joined by +.
func arithmetic(op string, x, y value) value {
	switch {
	case x.kind == kindInt && y.kind == kindInt && op != "/":
		return arithInt(op, x.i, y.i)
	case x.kind == kindMixed && y.kind == kindInt, x.kind == kindInt && y.kind == kindMixed, x.kind == kindMixed && y.kind == kindMixed:
		if op != "/" {
			return value{} // whether in ints is only known when it runs
		}
	case x.kind == kindWord && y.kind == kindWord && op == "+":
		f, g := x.s, y.s
		return value{kind: kindWord, s: func(c *Context) string {
			a := f(c)
			return a + g(c)
		}}
	}
	if !x.numeric() || !y.numeric() {
		return value{}
	}
	x, y = x.float(), y.float()
	switch {
	case x.slot && y.slot:
		return arithSlots(op, x.at, y.at)
	case x.slot && y.konst:
		return arithSlotConst(op, x.at, y.kf)
	case y.konst:
		return arithConst(op, x.f, y.kf)
	case y.slot:
		return arithSlot(op, x.f, y.at)
	}
	return arithFloat(op, x.f, y.f)
}

func arithInt(op string, f, g func(*Context) int) value {
	switch op {
	case "+":
		return intValue(func(c *Context) int { a := f(c); return a + g(c) })
	case "-":
		return intValue(func(c *Context) int { a := f(c); return a - g(c) })
	}
	return intValue(func(c *Context) int { a := f(c); return a * g(c) })
}

func arithFloat(op string, f, g func(*Context) float64) value {
	switch op {
	case "+":
		return floatValue(func(c *Context) float64 { a := f(c); return a + g(c) })
	case "-":
		return floatValue(func(c *Context) float64 { a := f(c); return a - g(c) })
	case "*":
		return floatValue(func(c *Context) float64 { a := f(c); return a * g(c) })
	}
	return floatValue(func(c *Context) float64 { a := f(c); return a / g(c) })
}

func arithSlots(op string, p, q place) value {
	switch op {
	case "+":
		return floatValue(func(c *Context) float64 { return p.load(c) + q.load(c) })
	case "-":
		return floatValue(func(c *Context) float64 { return p.load(c) - q.load(c) })
	case "*":
		return floatValue(func(c *Context) float64 { return p.load(c) * q.load(c) })
	}
	return floatValue(func(c *Context) float64 { return p.load(c) / q.load(c) })
}

func arithSlotConst(op string, p place, k float64) value {
	switch op {
	case "+":
		return floatValue(func(c *Context) float64 { return p.load(c) + k })
	case "-":
		return floatValue(func(c *Context) float64 { return p.load(c) - k })
	case "*":
		return floatValue(func(c *Context) float64 { return p.load(c) * k })
	}
	return floatValue(func(c *Context) float64 { return p.load(c) / k })
}

func arithConst(op string, f func(*Context) float64, k float64) value {
	switch op {
	case "+":
		return floatValue(func(c *Context) float64 { return f(c) + k })
	case "-":
		return floatValue(func(c *Context) float64 { return f(c) - k })
	case "*":
		return floatValue(func(c *Context) float64 { return f(c) * k })
	}
	return floatValue(func(c *Context) float64 { return f(c) / k })
}

func arithSlot(op string, f func(*Context) float64, q place) value {
	switch op {
	case "+":
		return floatValue(func(c *Context) float64 { return f(c) + q.load(c) })
	case "-":
		return floatValue(func(c *Context) float64 { return f(c) - q.load(c) })
	case "*":
		return floatValue(func(c *Context) float64 { return f(c) * q.load(c) })
	}
	return floatValue(func(c *Context) float64 { return f(c) / q.load(c) })
}
