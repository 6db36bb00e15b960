package rules

import (
	"fmt"

	"github.com/expr-lang/expr/ast"

	"github.com/twinsim/twinsim/sim"
)

// A silence is a comparison of age(x) with a constant. It changes when x has
// been silent for as long.
type silence struct {
	x     place
	limit func(c *Context) float64 // a parameter, in seconds; nil if turns is known
	turns [2]sim.Time              // what turns returns for a number
}

// Next returns the time after c's at which the value can change though no input
// does: the next boundary of a calendar function that is used, or the end of a
// silence that is waited for by comparing age(x) with a constant.
// sim.Never if there is none. It may be early, never late.
func (x *Expr) Next(c *Context, inst []Base) sim.Time {
	next := sim.Never
	for _, f := range x.fields {
		next = min(next, c.clock.calendar.next(f, c.now))
	}
	if len(x.silences) == 0 {
		return next
	}
	if !x.bind(c, inst) {
		return sim.Never
	}
	for i := range x.silences {
		s := &x.silences[i]
		heard, spans := c.heard[s.x.slot(c)], s.turns
		if s.limit != nil {
			spans = turns(s.limit(c))
		}
		for _, span := range spans {
			if at := heard + span; span != sim.Never && at >= heard && at > c.now {
				next = min(next, at)
			}
		}
	}
	return next
}

// turns returns the shortest silence whose age is at least seconds and the
// shortest whose age is more: when comparisons with it change.
func turns(seconds float64) [2]sim.Time {
	return [2]sim.Time{
		shortest(func(t sim.Time) bool { return t.Seconds() >= seconds }),
		shortest(func(t sim.Time) bool { return t.Seconds() > seconds }),
	}
}

// shortest returns the first time from 0 for which ok, which stays true, or
// Never.
func shortest(ok func(sim.Time) bool) sim.Time {
	low, high := sim.Time(0), sim.Never
	for low < high {
		mid := low + (high-low)/2
		if ok(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// watch finds out what of the checked tree changes with time alone.
func (x *Expr) watch(n ast.Node, r *resolver) {
	waited := make(map[ast.Node]bool)
	seen := make(map[field]bool)
	ast.Walk(&n, visitor(func(n ast.Node) {
		b, ok := n.(*ast.BinaryNode)
		if !ok {
			return
		}
		switch b.Operator {
		case "<", "<=", ">", ">=", "==", "!=":
			x.wait(b.Left, b.Right, r, waited)
			x.wait(b.Right, b.Left, r, waited)
		}
	}))
	ast.Walk(&n, visitor(func(n ast.Node) {
		in := r.input(n)
		if in == nil {
			return
		}
		switch in.kind {
		case ofTime:
			x.every = "t"
		case ofCalendar:
			if !seen[in.field] {
				seen[in.field] = true
				x.fields = append(x.fields, in.field)
			}
		case ofAge:
			if !waited[n] && x.every == "" {
				x.every = fmt.Sprintf("age(%s)", in.name[len("age "):])
			}
		}
	}))
}

// wait notes that age is compared with limit, if that is constant.
func (x *Expr) wait(age, limit ast.Node, r *resolver, waited map[ast.Node]bool) {
	in := r.input(age)
	if in == nil || in.kind != ofAge {
		return
	}
	s := silence{x: in.at}
	switch l := limit.(type) {
	case *ast.IntegerNode:
		s.turns = turns(float64(l.Value))
	case *ast.FloatNode:
		s.turns = turns(l.Value)
	default:
		p := r.input(limit)
		if p == nil || p.kind != ofValue || p.ref.Space != Params || p.typ == Bool {
			return
		}
		at := p.at
		s.limit = at.load
	}
	waited[age] = true
	x.silences = append(x.silences, s)
}

// visitor makes a function a visitor of expr's.
type visitor func(ast.Node)

// Visit implements expr's visitor.
func (v visitor) Visit(node *ast.Node) { v(*node) }

// Ages reports whether silence of an input can change the expression, each
// instance at a time of its own.
func (x *Expr) Ages() bool { return len(x.silences) > 0 }
