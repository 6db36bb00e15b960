package rules

import (
	"math"
	"reflect"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"github.com/twinsim/twinsim/devices"
)

// An Expr is what conditions and formulas have in common. It does not change
// after it is made, and may be used with many contexts.
type Expr struct {
	// What an evaluation touches comes first, to share lines of the cache.
	flat  bool                // the condition is table, of the gates and nothing else
	table table               // if flat
	test  func(*Context) bool // a condition's closure; nil if the machine has to run
	plain bool                // four gates or fewer, and no twin but the instance's own
	gated bool                // there are gates
	own   bool                // the instance's own base is used
	gate  [4]place            // if plain: the gates, the last one repeated

	calc     func(*Context) float64 // a formula's closure
	text     string
	in       []input
	bases    []int    // of the instance, that are used
	gates    []place  // channels whose value must be known
	groups   []*input // of which one value must be known
	reads    []Input
	program  *vm.Program
	silences []silence
	fields   []field // calendar functions that are used
	every    string
}

// A Condition is an expression that is true or false.
type Condition struct{ Expr }

// A Formula is an expression that is a number.
type Formula struct{ Expr }

// NewCondition compiles a condition. Its errors are of type *[Error].
func NewCondition(text string, env *Env) (*Condition, error) {
	x := new(Condition)
	if err := x.compile(text, env, kindBool); err != nil {
		return nil, err
	}
	return x, nil
}

// NewFormula compiles a formula. Its errors are of type *[Error].
func NewFormula(text string, env *Env) (*Formula, error) {
	x := new(Formula)
	if err := x.compile(text, env, kindFloat); err != nil {
		return nil, err
	}
	return x, nil
}

// Eval returns whether the condition holds in c for the instance whose twins
// begin at inst: itself, then its needs. It is false when not known: an input is
// missing. It is false with an error, of type *[Error], when it can't be
// computed. If [Expr.Fast], it does not allocate.
func (x *Condition) Eval(c *Context, inst []Base) (value, known bool, err error) {
	if x.flat {
		// Not a function of its own, which would be another call for each rule.
		if x.own {
			b := inst[0].Channel
			if b < 0 {
				return false, false, nil
			}
			c.at[1] = int(b)
		}
		var against devices.Quality
		values, k := c.mem[Channels], 0
		ranges := x.table.ranges[:x.table.n]
		for i := range ranges {
			r := &ranges[i]
			s := r.p.slot(c)
			against |= c.flags[s]
			k = k<<1 | r.bit(values[s])
		}
		known = against&c.bad == 0
		return known && x.table.truth>>(k&63)&1 != 0, known, nil
	}
	if !x.enter(c, inst) {
		return false, false, nil
	}
	if f := x.test; f != nil {
		value = f(c)
		if c.err != nil {
			return false, false, x.failed(c)
		}
		return value, true, nil
	}
	out, err := x.run(c)
	if err != nil {
		return false, false, err
	}
	value, ok := out.(bool)
	if !ok {
		return false, false, errorAt(x.text, 0, "want true or false, got %v", out)
	}
	return value, true, nil
}

// Eval returns the number, in the unit that the expression gives it. For
// the rest it is as [Condition.Eval].
func (x *Formula) Eval(c *Context, inst []Base) (value float64, known bool, err error) {
	if !x.enter(c, inst) {
		return 0, false, nil
	}
	if f := x.calc; f != nil {
		value = f(c)
		if c.err != nil {
			return 0, false, x.failed(c)
		}
		return value, true, nil
	}
	out, err := x.run(c)
	if err != nil {
		return 0, false, err
	}
	value, ok := number(out)
	if !ok {
		return 0, false, errorAt(x.text, 0, "want a number, got %v", out)
	}
	return value, true, nil
}

// failed takes the error of an evaluation out of c.
func (x *Expr) failed(c *Context) error {
	err := c.err
	c.err = nil
	return err
}

// Text returns the source.
func (x *Expr) Text() string { return x.text }

// Fast reports whether closures evaluate the expression, not expr's machine.
func (x *Expr) Fast() bool { return x.test != nil || x.calc != nil }

// Reads returns the channels that the expression reads: it has to be evaluated
// again when one of them changes in value or flags.
func (x *Expr) Reads() []Input { return x.reads }

// Bases returns how many twins an instance has to give a [Base] for.
func (x *Expr) Bases() int {
	n := 0
	for _, k := range x.bases {
		n = max(n, k+1)
	}
	return n
}

// NeedsEvery returns what changes all the time in the expression ("t",
// "age(x)"), so that it has to be evaluated at intervals, or "".
func (x *Expr) NeedsEvery() string { return x.every }

// compile fills x in. Whatever expr makes of a hostile text, it returns.
func (x *Expr) compile(text string, env *Env, want kind) (err error) {
	if env == nil {
		env = new(Env)
	}
	defer env.mend(text, &err)
	if len(text) > maxText {
		return errorAt(text, 0, "an expression can have %d bytes at most", maxText)
	}
	x.text = text
	config := conf.CreateNew()
	config.MaxNodes = maxNodes
	register(config)
	for name := range config.Builtins { // order: each is taken out by itself
		if !builtinAllowed[name] {
			config.Disabled[name] = true
			delete(config.Builtins, name)
		}
	}
	for _, name := range env.Calls { // they win over expr's own; the resolver takes them out of the tree
		if _, ok := config.Functions[name]; !ok {
			config.Functions[name] = &builtin.Function{Name: name}
		}
	}
	tree, err := parser.ParseWithConfig(text, config)
	if err != nil {
		return convert(text, err)
	}
	flags := env.Flags
	if flags == nil {
		flags = devices.QualityNames()
	}
	r := &resolver{flags: flags, text: text, env: env, index: map[string]int{}, own: map[*ast.IdentifierNode]bool{}}
	if err := r.resolve(&tree.Node); err != nil {
		return convert(text, err)
	}
	if _, work := r.work(tree.Node); work > maxWork {
		return errorAt(text, 0, "evaluates a predicate up to %.0f times; at most %.0f are allowed", work, float64(maxWork))
	}
	x.in = r.in
	if err := x.check(tree, config, r, want); err != nil {
		return convert(text, err)
	}
	x.program, err = compiler.Compile(tree, config)
	if err != nil {
		return convert(text, err)
	}
	if err := x.gather(); err != nil {
		return errorAt(text, 0, "%v", err)
	}
	x.watch(tree.Node, r)
	b := &builder{x: x, r: r}
	fast := b.root(tree.Node, want)
	x.test, x.calc = fast.b, fast.f
	x.flatten(fast.table)
	return nil
}

// mend makes an error of a panic of expr, and the best of any error.
func (env *Env) mend(text string, err *error) {
	if r := recover(); r != nil {
		*err = errorAt(text, 0, "can't be compiled: %v", r)
	}
	if e, ok := (*err).(*Error); ok {
		*err = env.instead(text, e)
	}
}

// check checks types and optimises.
func (x *Expr) check(tree *parser.Tree, config *conf.Config, r *resolver, want kind) error {
	names := make(types.Map, len(x.in))
	for i := range x.in {
		names[x.in[i].name] = types.TypeOf(x.in[i].sample())
	}
	config.WithEnv(names)
	config.Check()
	if _, err := checker.Check(tree, config); err != nil {
		return err
	}
	if err := checkRoot(tree.Node, r, want); err != nil {
		return err
	}
	lint := &fractions{r: r}
	ast.Walk(&tree.Node, lint)
	if lint.err != nil {
		return lint.err
	}
	if err := optimizer.Optimize(&tree.Node, config); err != nil {
		return err
	}
	ast.Walk(&tree.Node, negativeZeros{})
	return nil
}

// negativeZeros writes -0.0 as the negation of 0.0 again, as it was before it was
// folded: expr's compiler keeps constants in a map, where -0.0 and 0.0 are the
// same key.
type negativeZeros struct{}

// Visit implements expr's visitor.
func (negativeZeros) Visit(node *ast.Node) {
	n, ok := (*node).(*ast.FloatNode)
	if !ok || n.Value != 0 || !math.Signbit(n.Value) {
		return
	}
	n.Value = 0
	minus := &ast.UnaryNode{Operator: "-", Node: n}
	minus.SetType(floatType)
	ast.Patch(node, minus)
}

// checkRoot checks that the expression is of the wanted type, with a position,
// which expr's own check lacks.
func checkRoot(n ast.Node, r *resolver, want kind) error {
	t := n.Type()
	if t == anyType {
		return nil // known when it runs
	}
	isBool, isNumber := t.Kind() == reflect.Bool, t.Kind() == reflect.Int || t.Kind() == reflect.Float64
	switch {
	case want == kindBool && isNumber:
		return r.errorf(n, "want true or false, got a number; compare it with something")
	case want == kindBool && !isBool:
		return r.errorf(n, "want true or false, got %s", typeName(t))
	case want == kindFloat && !isNumber:
		return r.errorf(n, "want a number, got %s", typeName(t))
	}
	return nil
}

// fractions finds `x in 4..8` where x need not be whole.
type fractions struct {
	r   *resolver
	err error
}

// Visit implements expr's visitor.
func (f *fractions) Visit(node *ast.Node) {
	n, ok := (*node).(*ast.BinaryNode)
	if !ok || n.Operator != "in" || f.err != nil {
		return
	}
	if span, ok := n.Right.(*ast.BinaryNode); ok && span.Operator == ".." && n.Left.Type().Kind() == reflect.Float64 {
		f.err = f.r.errorf(n, "true for whole numbers only, and the left side need not be one: write %[1]v <= x and x <= %[2]v, or int(x) in %[1]v..%[2]v", span.Left, span.Right)
	}
}

// A machine runs one expression in expr's virtual machine.
type machine struct {
	vm     vm.VM
	env    map[string]any
	groups [][]float64
}

// run evaluates in the machine. x.enter has been called.
func (x *Expr) run(c *Context) (any, error) {
	m := c.machines[x]
	if m == nil {
		if c.machines == nil {
			c.machines = make(map[*Expr]*machine)
		}
		m = &machine{env: make(map[string]any, len(x.in)), groups: make([][]float64, len(x.in))}
		m.vm.MemoryBudget = maxWork
		c.machines[x] = m
	}
	for i := range x.in {
		m.env[x.in[i].name] = x.in[i].read(c, &m.groups[i])
	}
	out, err := m.vm.Run(x.program, m.env)
	if err != nil {
		return nil, convert(x.text, err)
	}
	return out, nil
}

// input returns the input that n stands for, or nil.
func (r *resolver) input(n ast.Node) *input {
	if id, ok := n.(*ast.IdentifierNode); ok && r.own[id] {
		if k, ok := r.index[id.Value]; ok {
			return &r.in[k]
		}
	}
	return nil
}
