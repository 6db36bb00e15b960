package scenarios

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios/rules"
	"github.com/twinsim/twinsim/twins"
)

// An action is one thing that a rule does when it fires.
type action struct {
	kind    string
	targets [][]target // of a command, by instance of the rule
	title   string     // as the file has it, for people
	place   string     // file:line
	from    string     // the rule or event, and where it stands, for errors
	verb    string
	span    span // how long a command or a fault lasts
	value   argument
	text    []string            // of an alarm, by instance
	detail  string              // of an alarm
	set     []devices.ChannelID // by instance
	param   int                 // index into the params
	breaker *breaker            // of a fault
	world   *world
}

// A target is a twin that a command goes to.
type target struct {
	twin, verb int32
}

// An argument is the number that an action takes: a constant, a param of the
// scenario as it is then, or an expression.
type argument struct {
	text     string  // as in the file
	number   float64 // in unit
	from     int     // the param that it is, plus 1
	unit     Unit
	formulas []*rules.Formula // by part of the rule; nil if it is none
}

// eval returns the argument for instance i of the rule; false if it is unknown.
func (a *argument) eval(w *world, r *rule, i int) (float64, bool, error) {
	switch {
	case a.formulas != nil:
		n := r.partAt(i)
		p := r.parts[n]
		return a.formulas[n].Eval(r.engine.ctx, p.inst(i-p.first))
	case a.from > 0:
		v, err := w.spec.Params[a.from-1].Unit.Convert(w.params[a.from-1], a.unit)
		return v, true, err
	}
	return a.number, true, nil
}

// unknown says what the value for instance i of the rule lacks. Of what an
// expression asks about with missing or age, too, nothing may be known.
func (a *argument) unknown(r *rule, i int) string {
	n := r.partAt(i)
	p, h := r.parts[n], r.engine.hub
	bases := p.inst(i - p.first)
	var names []string
	more := 0
	for _, in := range a.formulas[n].Reads() {
		c := devices.ChannelID(in.Slot)
		if in.Base != rules.Absolute {
			if bases[in.Base].Channel < 0 {
				return fmt.Sprintf("%q is about a twin that %s is not connected to", a.text, r.twins[i])
			}
			c += devices.ChannelID(bases[in.Base].Channel)
		}
		if h.State.Quality[c]&(devices.Missing|devices.Stale) == 0 {
			continue
		}
		if len(names) == 3 {
			more++
			continue
		}
		names = append(names, h.Channels().Name(c))
	}
	text := strings.Join(names, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%q needs %s, which was unknown", a.text, text)
}

// do carries the action out for instance i of the rule; false if that can't be
// done, as its value is unknown.
func (a *action) do(r *rule, i int) (known bool, err error) {
	h, w := r.engine.hub, a.world
	v, known, err := a.value.eval(w, r, i)
	if err != nil {
		return known, fmt.Errorf("%s: %q: %w", a.title, a.value.text, err)
	}
	if !known {
		return false, nil
	}
	switch a.kind {
	case "command":
		return true, a.command(r, i, v)
	case "alarm":
		h.Alarm(a.text[i], r.twins[i], a.detail, true, 0)
	case "set":
		h.Set(a.set[i], v)
	case "fault":
		d, err := a.span.now()
		if err != nil {
			return true, err
		}
		return true, a.breaker.begin(w.sim, d)
	case "param":
		return true, a.setParam(r, v)
	}
	return true, nil
}

// setParam changes a param within its bounds.
func (a *action) setParam(r *rule, v float64) error {
	w := a.world
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("it sets param %s to %v, which is no number: %q", w.spec.Params[a.param].Name, v, a.value.text)
	}
	p := w.spec.Params[a.param]
	p.Number, p.Value = v, Value{}
	if err := p.check(); err != nil {
		p.Value = Value{Text: Text{Src: p.format(v)}, Kind: Word} // as a file would write it
		return fmt.Errorf("%q sets it: %w; clamp(VALUE, LOW, HIGH) keeps a value within", a.value.text, p.check())
	}
	w.params[a.param], w.changed[a.param] = v, true
	for _, other := range r.engine.rules {
		if other.clock == nil && other.recheck == 0 { // else it looks at its own times
			other.markAll()
		}
	}
	return nil
}

func (a *action) command(r *rule, i int, v float64) error {
	w := a.world
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%s: its value, %q, is %v, which is no number", a.title, a.value.text, v)
	}
	span, err := a.span.now()
	if err != nil {
		return err
	}
	for _, t := range a.targets[i] {
		c := devices.Command{Target: t.twin, Verb: t.verb, Arg: v, For: span}
		if err := r.engine.hub.CommandFrom(c, w.twins[t.twin].id, a.verb, r.name, a.from); err != nil {
			return err
		}
	}
	return nil
}

// action makes an action of a rule about these subjects ready.
func (w *world) action(r *rule, x *Action, subjects []subject) (action, bool) {
	a := action{kind: x.Kind, title: x.Kind + " " + strconv.Quote(x.What.Src), place: fmt.Sprintf("%s:%d", w.spec.File, x.Pos.Line), world: w}
	a.from = fmt.Sprintf("%s %q (%s)", r.kind, r.name, a.place)
	a.value.text = x.Value.Src
	before := w.problems()
	var list []int32
	for _, s := range subjects {
		list = append(list, s.twins...)
	}
	switch x.Kind {
	case "command":
		w.command(&a, x, subjects, list)
	case "alarm":
		a.detail = r.name
		if x.Severity.Given() {
			a.detail = x.Severity.Src + ": " + r.name
		}
		for _, k := range list {
			a.text = append(a.text, w.alarmText(x, k))
		}
	case "set":
		w.setAction(&a, x, subjects, list)
	case "param":
		w.paramAction(&a, x, subjects)
	case "fault":
		w.faultAction(&a, r, x)
	}
	return a, w.clean(before)
}

// faultAction makes a fault of twins ready, which begins when the rule fires.
func (w *world) faultAction(a *action, r *rule, x *Action) {
	if _, _, ofChannels := SplitChannel(x.On.Src); ofChannels {
		w.report.Add(x.On.Pos, "an action breaks twins, not sensors", "a pattern of twins, such as \"valve-05\"", "for a sensor a [[fault]] with from and for")
		return
	}
	a.span = w.span("for", x.For, x.For.Given())
	a.breaker = &breaker{name: x.What.Src + " by " + r.name, kind: x.What.Src, hub: w.hub, called: true,
		faults: w.assetFault(&Fault{Kind: x.What, On: x.On, With: x.With}, []timespan{{}})}
	if err := a.breaker.add(w.sim); err != nil {
		w.report.Add(x.Pos, fmt.Sprintf("the %s %q breaks a twin by two faults %q", r.kind, r.name, x.What), "one pattern for both", "")
	}
}

func (w *world) setAction(a *action, x *Action, subjects []subject, list []int32) {
	if subjects[0].block == nil {
		w.report.Add(x.What.Pos, "set needs a twin to set it on", `each = "PATTERN" in the rule`, "")
		return
	}
	for _, s := range subjects {
		for _, attr := range s.typ.Attrs {
			if attr.Name == x.What.Src {
				w.report.Add(x.What.Pos, fmt.Sprintf("%s has a %q of its own, which a rule can't set", s.typ.Name, attr.Name), "a name that is not in use", "")
				return
			}
		}
	}
	for _, k := range list {
		c, _ := w.channels.Find(w.twins[k].id, x.What.Src) // derive made it
		a.set = append(a.set, c)
	}
	w.value(&a.value, x, subjects, "")
}

func (w *world) paramAction(a *action, x *Action, subjects []subject) {
	a.param = indexOf(w.spec.paramNames(), x.What.Src)
	if a.param < 0 {
		w.problem(x.What, w.spec.noParam(x.What.Src))
		return
	}
	p := w.spec.Params[a.param]
	if p.Kind != NumberParam {
		w.report.Add(x.What.Pos, fmt.Sprintf("param %s is not a number; rules change numbers only", p.Name), "", "")
		return
	}
	if n, err := p.number(x.Value); err == nil { // as -p reads it: a bare number is in the param's unit
		a.value.number = n
		return
	}
	w.value(&a.value, x, subjects, p.Unit.Symbol)
}

// command makes "{self.valve}.open" or "valve-*.open" ready for every instance.
func (w *world) command(a *action, x *Action, subjects []subject, list []int32) {
	v := w.commandTargets(a, x, list)
	if v == nil {
		return
	}
	a.span = w.span("for", x.For, x.For.Given())
	if x.For.Given() && !v.Timed {
		w.report.Add(x.For.Pos, fmt.Sprintf("%s takes no for", x.What), "", "leave it out")
	}
	switch {
	case v.Arg && x.Value.Kind == Absent:
		w.report.Add(x.Pos, fmt.Sprintf("%s needs a value: it %s", x.What, v.Doc), "value = a quantity in "+v.Unit+", or an expression", "")
	case v.Arg:
		w.value(&a.value, x, subjects, v.Unit)
	case x.Value.Kind != Absent:
		w.report.Add(x.Value.Pos, fmt.Sprintf("%s takes no value: it %s", x.What, v.Doc), "", "leave it out")
	}
}

// commandTargets finds who gets a command, and the verb; nil if something is wrong.
func (w *world) commandTargets(a *action, x *Action, list []int32) *twins.Verb {
	cut := strings.LastIndexByte(x.What.Src, '.')
	t, err := ParseTemplate(x.What.Src[:max(cut, 0)])
	if cut < 0 || err != nil {
		w.report.Add(x.What.Pos, fmt.Sprintf("%q is not a command", x.What), "TWIN.VERB, such as \"valve-01.open\" or \"{self.valve}.open\"", "")
		return nil
	}
	a.verb = x.What.Src[cut+1:]
	var common *twins.Verb
	for i, k := range list {
		if i > 0 && !t.Holes() { // the same for all
			a.targets = append(a.targets, a.targets[0])
			continue
		}
		ids, err := t.Fill(func(hole, _ string) (string, error) { return w.hole(hole, k) })
		if err != nil {
			w.problem(x.What, err)
			return nil
		}
		var found []target
		for _, other := range w.matchTwins(Text{Src: ids, Pos: x.What.Pos, Raw: x.What.Raw}) {
			typ := w.blocks[w.twins[other].block].typ
			n := verbOf(typ, a.verb)
			if n < 0 {
				names := verbNames(typ)
				w.report.Add(x.What.Pos, fmt.Sprintf("%s (%s) can't %q", w.twins[other].id, typ.Name, a.verb), oneOf(names, a.verb), DidYouMean(a.verb, names))
				return nil
			}
			v := &typ.Verbs[n]
			if common != nil && (v.Arg != common.Arg || v.Unit != common.Unit || v.Timed != common.Timed) {
				w.report.Add(x.What.Pos, fmt.Sprintf("%q means twins whose %s takes other arguments", x.What, a.verb), "", "one command for each type of twin")
				return nil
			}
			common = v
			found = append(found, target{other, int32(n)})
		}
		if len(found) == 0 {
			return nil
		}
		a.targets = append(a.targets, found)
	}
	return common
}

func verbOf(t *twins.Type, name string) int {
	for i := range t.Verbs {
		if t.Verbs[i].Name == name {
			return i
		}
	}
	return -1
}

func verbNames(t *twins.Type) []string {
	var names []string
	for i := range t.Verbs {
		names = append(names, t.Verbs[i].Name)
	}
	return names
}

// hole fills {self}, {self.id} and {self.ROLE} for twin k, or -1 for none.
func (w *world) hole(hole string, k int32) (string, error) {
	if k < 0 {
		return "", &mistake{what: fmt.Sprintf("{%s}: the rule has no each, so self is nobody", hole), expected: `each = "PATTERN"`}
	}
	t := &w.twins[k]
	role, ok := strings.CutPrefix(hole, "self.")
	if hole == "self" || hole == "id" || role == "id" {
		return t.id, nil
	}
	typ := w.blocks[t.block].typ
	var roles []string
	for n := range typ.Needs {
		roles = append(roles, typ.Needs[n].Role)
		if ok && typ.Needs[n].Role == role {
			if t.needs[n] < 0 {
				return "", &mistake{what: fmt.Sprintf("%s has no %s", t.id, role), expected: fmt.Sprintf("needs = { %s = ... }", role)}
			}
			return w.twins[t.needs[n]].id, nil
		}
	}
	return "", &mistake{what: fmt.Sprintf("{%s} can't be filled in", hole), expected: "{self.id} or {self.ROLE}, a role being " + oneOf(roles, role), try: DidYouMean(role, roles)}
}

func (w *world) alarmText(x *Action, k int32) string {
	t, err := ParseTemplate(x.What.Src)
	if err != nil {
		return x.What.Src
	}
	text, err := t.Fill(func(hole, _ string) (string, error) { return w.hole(hole, k) })
	if err != nil {
		w.problem(x.What, err)
	}
	return text
}

// value reads the number, the param or the expression that an action takes.
func (w *world) value(a *argument, x *Action, subjects []subject, unit string) {
	if x.Value.Kind == Absent {
		w.report.Add(x.Pos, fmt.Sprintf("%s has no value", x.Kind), "value = a quantity or an expression", "")
		return
	}
	v, err := w.live().Number(x.Value, unit)
	q, qerr := x.Value.Quantity()
	if err == nil {
		a.number = v
		if q.Param != "" {
			a.from = 1 + indexOf(w.spec.paramNames(), q.Param)
			a.unit, _ = ParseUnit(unit) // Number has
		}
		return
	}
	if x.Value.Kind != Word || qerr == nil && q.Param == "" {
		w.problem(x.Value.Text, err)
		return
	}
	for _, s := range subjects {
		f, err := rules.NewFormula(x.Value.Src, w.env(s))
		if err != nil {
			w.problem(x.Value.Text, err)
			return
		}
		a.formulas = append(a.formulas, f)
	}
}
