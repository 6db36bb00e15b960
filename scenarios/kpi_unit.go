package scenarios

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios/rules"
)

// A measure is what is known of the unit of a part of a KPI's expression.
type measure struct {
	unit  Unit
	known bool
	diff  bool // a difference, for which the zeros of temperatures don't count
}

// symbol returns the unit as a text: differences of degC are K.
func (m measure) symbol() string {
	if m.diff && m.unit.Symbol == "degC" {
		return "K"
	}
	return m.unit.Symbol
}

// A rescale converts a KPI's value to the unit that it is declared in. The zero
// rescale leaves it as it is.
type rescale struct {
	from, to Unit
	diff     bool
	on       bool
}

// of converts a value of from to one of to.
func (s *rescale) of(v float64) float64 {
	switch {
	case !s.on || s.from.Num == s.to.Num && s.from.Den == s.to.Den && (s.diff || s.from.Zero == s.to.Zero):
		return v
	case s.diff:
		return s.from.scale(v, s.to)
	}
	return s.from.scale(v-s.from.Zero, s.to) + s.to.Zero
}

// measure notes the unit of the attribute of a twin that the call reads.
func (c *kpiCall) measure(w *world, t int32, ch devices.ChannelID) error {
	t0 := &w.twins[t]
	u, err := ParseUnit(w.blocks[t0.block].attrs[ch-t0.base].Unit)
	if err != nil {
		return err
	}
	if c.unit.known && (u.Dim != c.unit.unit.Dim || u.Num*c.unit.unit.Den != c.unit.unit.Num*u.Den || u.Zero != c.unit.unit.Zero) {
		return &rules.Refusal{What: fmt.Sprintf("%s of %s is in %q, and of others in %q", c.args[1], t0.id, u.Symbol, c.unit.unit.Symbol), Expected: "twins that have it in the same unit", Arg: 1}
	}
	if !c.unit.known {
		c.unit = measure{unit: u, known: true, diff: c.name == "rms_error"}
	}
	return nil
}

// measured finds the unit of a KPI and how its value becomes one in the unit
// declared; false if that can't be.
func (k *kpis) measured(x *kpi) bool {
	w := k.world
	x.unit = x.spec.Unit.Src
	tree, err := parser.Parse(x.spec.Expr.Src)
	if err != nil {
		return true // it compiled; what is not understood here has no unit that is known
	}
	m := k.measureOf(tree.Node)
	switch {
	case !m.known:
		return true
	case !x.spec.Unit.Given():
		x.unit = m.symbol()
		return true
	}
	to, err := ParseUnit(x.spec.Unit.Src)
	if err != nil {
		return true // told at decoding
	}
	if to.Dim != m.unit.Dim {
		name, units := m.unit.Dim.describe()
		expected, try := name+", in "+units, fmt.Sprintf("unit = %q", m.symbol())
		if m.unit.Pure() {
			expected, try = "no unit, or %", "leave unit out"
		}
		w.report.Add(x.spec.Unit.Pos, fmt.Sprintf("%q is %s, and %s is %s", to.Symbol, to.Dim.Name(), x.spec.Expr, m.unit.Dim.Name()), expected, try)
		return false
	}
	x.to = rescale{from: m.unit, to: to, diff: m.diff, on: true}
	return true
}

// measureOf finds the unit of a part of an expression: of a call about an
// attribute or days(), and of sums and differences of such in one unit. All else
// may be anything: a number may be a price.
func (k *kpis) measureOf(n ast.Node) measure {
	switch n := n.(type) {
	case *ast.CallNode:
		if id, ok := n.Callee.(*ast.IdentifierNode); ok {
			return k.measureOfCall(id.Value, n.Arguments)
		}
	case *ast.BuiltinNode: // last is one of expr's own, too
		return k.measureOfCall(n.Name, n.Arguments)
	case *ast.UnaryNode:
		m := k.measureOf(n.Node)
		m.known = m.known && (!m.unit.temperature() || m.diff || n.Operator == "+")
		return m
	case *ast.BinaryNode:
		if n.Operator == "+" || n.Operator == "-" {
			return joined(n.Operator, k.measureOf(n.Left), k.measureOf(n.Right))
		}
	}
	return measure{}
}

// measureOfCall finds the unit of a call of one of [kpiFuncs].
func (k *kpis) measureOfCall(name string, args []ast.Node) measure {
	if name == "days" {
		day, _ := lookUnit("d")
		return measure{unit: day, known: true, diff: true}
	}
	var texts []string
	for _, a := range args {
		if s, ok := a.(*ast.StringNode); ok {
			texts = append(texts, s.Value)
		}
	}
	for i := range k.calls {
		if c := &k.calls[i]; c.name == name && slices.Equal(c.args, texts) {
			return c.unit
		}
	}
	return measure{}
}

// joined is the measure of a sum or a difference. A sum of temperatures has no
// meaning, their difference has.
func joined(op string, a, b measure) measure {
	if !a.known || !b.known || a.unit.Dim != b.unit.Dim || a.unit.Num*b.unit.Den != b.unit.Num*a.unit.Den {
		return measure{}
	}
	switch {
	case !a.unit.temperature(), a.diff && b.diff:
	case op == "-" && !a.diff && !b.diff:
		a.diff = true
		a.known = a.unit.Zero == b.unit.Zero
	case b.diff:
	case a.diff && op == "+":
		a = b
	default:
		a.known = false
	}
	return a
}

// temperature reports whether the zero of a unit has to be thought of.
func (u Unit) temperature() bool { return u.Dim == Dimension{4: 1} }
