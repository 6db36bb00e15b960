package rules

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// A grammar writes random expressions of the language, with types that fit.
type grammar struct {
	r    *rand.Rand
	item bool // # may be used
}

func (g *grammar) one(options ...func() string) string { return options[g.r.IntN(len(options))]() }

func (g *grammar) word(list ...string) string { return list[g.r.IntN(len(list))] }

func (g *grammar) float(d int) string {
	if d <= 0 {
		if g.item && g.r.IntN(2) == 0 {
			return "#"
		}
		return g.word("self.vwc", "self.temp", "p.trigger", "p.limit", "self.area", "weather.et0", "self.weather.rain",
			`ref("zone-03.vwc")`, `twin("zone-02").temp`, "0.5", "1.5", "0.0", "80.0", "1e3", "t", "age(self.vwc)",
			`total("v-*", "x")`)
	}
	f, i, b := func() string { return g.float(d - 1) }, func() string { return g.int(d - 1) }, func() string { return g.bool(d - 1) }
	n := func() string { return g.one(f, f, i) }
	op := func() string { return g.word(" + ", " - ", " * ", " / ") }
	return g.one(f,
		func() string { return "(" + f() + op() + n() + ")" },
		func() string { return "(" + n() + op() + f() + ")" },
		func() string { return "(" + i() + " / " + i() + ")" },
		func() string { return "(-" + f() + ")" },
		func() string { return "(" + n() + g.word(" ** ", " ^ ") + n() + ")" },
		func() string { return "(" + b() + " ? " + f() + " : " + f() + ")" },
		func() string { return "(" + b() + " ? " + i() + " : " + f() + ") * " + f() },
		func() string {
			return g.word("sqrt", "exp", "log", "sin", "cos", "abs", "floor", "ceil", "round", "float") + "(" + n() + ")"
		},
		func() string {
			return g.word("min", "max", "mean", "median") + "(" + n() + ", " + n() + ", " + f() + ")"
		},
		func() string { return "clamp(" + n() + ", " + n() + ", " + n() + ")" },
		func() string { return g.word("sum", "mean", "min", "max", "median") + `(each("zone-*.vwc"))` },
		func() string { return "sum(" + `each("zone-*.temp"), ` + g.body(d, (*grammar).float) + ")" },
	)
}

func (g *grammar) int(d int) string {
	if d <= 0 {
		return g.word("hour(t)", "minute(t)", "day(t)", "weekday(t)", "month(t)", "dayofyear(t)", "self.mode",
			"quality(self.temp)", "0", "1", "2", "3", "7", "-1", "9223372036854775807", `count(each("zone-*.vwc"))`)
	}
	i := func() string { return g.int(d - 1) }
	return g.one(i,
		func() string { return "(" + i() + g.word(" + ", " - ", " * ", " % ") + i() + ")" },
		func() string { return "(-" + i() + ")" },
		func() string { return "abs(" + i() + ")" },
		func() string { return "int(" + g.float(d-1) + ")" },
		func() string { return g.word("min", "max") + "(" + i() + ", " + i() + ")" },
		func() string { return "(" + g.bool(d-1) + " ? " + i() + " : " + i() + ")" },
		func() string { return `count(each("zone-*.vwc"), ` + g.body(d, (*grammar).bool) + ")" },
		func() string { return "sum(" + `each("zone-*.temp"), ` + g.body(d, (*grammar).int) + ")" },
	)
}

// body writes a predicate; the nesting limit of the language is kept by depth.
func (g *grammar) body(d int, kind func(*grammar, int) string) string {
	if g.item {
		return kind(&grammar{r: g.r, item: true}, 0)
	}
	return kind(&grammar{r: g.r, item: true}, min(d-1, 1))
}

func (g *grammar) bool(d int) string {
	if d <= 0 {
		return g.word("self.alarm", "true", "false", "missing(self.temp)", `quality(self.temp, "suspect")`,
			"(hour(t) in 4..8)", "(weekday(t) in [0, 6])", `(self.crop == "maize")`, "(self.vwc < p.trigger)", "(self.mode in 1..3)",
			`(self.crop in ["maize", "rye"])`, "(self.temp in [1, 2.5, 3])")
	}
	f, i, b := func() string { return g.float(d - 1) }, func() string { return g.int(d - 1) }, func() string { return g.bool(d - 1) }
	n := func() string { return g.one(f, f, i) }
	cmp := func() string { return g.word(" < ", " > ", " <= ", " >= ", " == ", " != ") }
	return g.one(
		func() string { return "(" + n() + cmp() + n() + ")" },
		func() string { return "(" + n() + cmp() + n() + ")" },
		func() string { return "(" + i() + cmp() + i() + ")" },
		func() string { return "(" + f() + " < " + f() + " <= " + f() + ")" },
		func() string { return "(" + b() + g.word(" and ", " or ", " && ", " || ") + b() + ")" },
		func() string { return "(" + b() + g.word(" and ", " or ") + b() + g.word(" and ", " or ") + b() + ")" },
		func() string { return g.word("not ", "!") + "(" + b() + ")" },
		func() string { return "(" + b() + g.word(" == ", " != ") + b() + ")" },
		func() string { return "(" + b() + " ? " + b() + " : " + b() + ")" },
		func() string { return "(" + i() + g.word(" in ", " not in ") + g.word("0..3", "4..8", "-2..2") + ")" },
		func() string { return "(" + i() + " in [1, 2, 7])" },
		func() string { return `(self.crop + "x" ` + g.word("<", "==", "contains", "startsWith") + ` "maize")` },
		func() string {
			return g.word("any", "all", "none", "one") + `(each("zone-*.vwc"), ` + g.body(d, (*grammar).bool) + ")"
		},
		func() string {
			return `(count(each("zone-*.vwc"), ` + g.body(d, (*grammar).bool) + ")" + g.word(" > 0", " >= 2", " < 3") + ")"
		},
		func() string { return g.rare(d) },
	)
}

// rare writes what the closures leave to the machine.
func (g *grammar) rare(d int) string {
	if g.r.IntN(4) > 0 || g.item {
		return g.bool(d - 1)
	}
	return g.one(
		func() string { return "(let x = " + g.float(d-1) + "; x > " + g.float(d-1) + ")" },
		func() string { return "any([1, 2, 3], # > " + g.int(0) + ")" },
		func() string { return `(self.crop matches "^m.*e$")` },
		func() string { return "(" + g.float(d-1) + " in [" + g.float(d-1) + ", " + g.float(d-1) + "])" },
		func() string { return `(len(self.crop) > ` + g.int(d-1) + ")" },
		func() string { return `(max(map(each("zone-*.vwc"), # * 2)) > ` + g.float(d-1) + ")" },
	)
}

// rule writes and compiles a rule; nil if it divides constants by zero.
func (g *grammar) rule(t *testing.T, number bool) (text string, x *Expr, eval evaluator) {
	var err error
	if number {
		var f *Formula
		text = g.float(1 + g.r.IntN(3))
		if f, err = NewFormula(text, testEnv()); err == nil {
			x = &f.Expr
			eval = func(c *Context, inst []Base) (any, bool, error) { return anyOf(f.Eval(c, inst)) }
		}
	} else {
		var b *Condition
		text = g.bool(1 + g.r.IntN(3))
		if b, err = NewCondition(text, testEnv()); err == nil {
			x = &b.Expr
			eval = func(c *Context, inst []Base) (any, bool, error) { return anyOf(b.Eval(c, inst)) }
		}
	}
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.Message != divideByZero) {
		t.Fatalf("%s: %v", text, err)
	}
	return text, x, eval
}

// An evaluator is Eval of a condition or a formula.
type evaluator func(*Context, []Base) (value any, known bool, err error)

func anyOf[T any](value T, known bool, err error) (any, bool, error) { return value, known, err }

// same compares results bit by bit; which NaN does not matter.
func same(a, b any) bool {
	x, ok1 := a.(float64)
	y, ok2 := b.(float64)
	if !ok1 || !ok2 {
		return a == b
	}
	return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
}

// slow evaluates in the machine; x.enterAny has been called.
func slow(x *Expr, c *Context, number bool) (any, error) {
	v, err := x.run(c)
	if k, ok := v.(int); ok && number {
		v = float64(k)
	}
	return v, err
}

// TestClosuresAgreeWithMachine is the safety net of the whole idea: whatever the
// rule, closures and expr's machine give the same bits and the same errors.
func TestClosuresAgreeWithMachine(t *testing.T) {
	rules := 200_000
	if testing.Short() {
		rules = 10_000
	}
	r := rand.New(rand.NewPCG(1, 2))
	g := &grammar{r: r}
	state := testState()
	c := NewContext(state)
	start, fast, flat, known, failures := time.Now(), 0, 0, 0, 0
	for n := range rules {
		x, number := (*Expr)(nil), n%4 == 0
		var text string
		var eval evaluator
		for x == nil {
			text, x, eval = g.rule(t, number)
		}
		if x.Fast() {
			fast++
		}
		if x.flat {
			flat++
		}
		for range 3 {
			c.Set(shake(&state, r))
			inst := bases(r.IntN(zones))
			a, ok, aerr := eval(c, inst)
			if want := x.enterAny(c, inst); want != (ok || aerr != nil) {
				t.Fatalf("rule %d: %s\nknown: %v, want %v", n, text, ok, want)
			} else if !want {
				continue
			}
			known++
			if aerr != nil {
				failures++
			}
			if !x.Fast() {
				continue
			}
			b, berr := slow(x, c, number)
			if fmt.Sprint(aerr) != fmt.Sprint(berr) || aerr == nil && !same(a, b) {
				t.Fatalf("rule %d: %s\nclosures: %v, %v\nmachine:  %v, %v", n, text, a, aerr, b, berr)
			}
		}
		c.machines = nil // or it grows with every rule
	}
	share := float64(fast) / float64(rules)
	t.Logf("%d rules in %.1f s, %.2f %% by closures, %d flat, %d evaluations, %d errors", rules, time.Since(start).Seconds(), 100*share, flat, known, failures)
	if share < 0.95 {
		t.Errorf("closures cover %.2f %% of the rules, want 95 %%", 100*share)
	}
	if failures == 0 || known < rules || flat < rules/200 {
		t.Errorf("%d flat, %d errors in %d evaluations: the grammar tests too little", flat, failures, known)
	}
}
