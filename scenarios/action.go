package scenarios

import (
	"fmt"
	"strings"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios/rules"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// An action is one thing that a rule does when it fires.
type action struct {
	kind    string
	targets [][]target // of a command, by instance of the rule
	verb    string
	span    sim.Time
	values  []*rules.Formula // by part of the rule; nil is number
	number  float64          // in the unit of the verb's argument, the param or the channel
	text    []string         // of an alarm, by instance
	set     string           // attribute
	twins   []int32          // by instance, of set
	param   int              // index into the params
	world   *world
}

// A target is a twin that a command goes to.
type target struct {
	twin, verb int32
}

// do carries the action out for instance i of the rule.
func (a *action) do(r *rule, i int) error {
	v := a.number
	if a.values != nil {
		var known bool
		var err error
		n := r.partAt(i)
		p := r.parts[n]
		if v, known, err = a.values[n].Eval(r.engine.ctx, p.inst(i-p.first)); err != nil {
			return err
		}
		if !known {
			return nil // nothing sensible can be said
		}
	}
	h, w := r.engine.hub, a.world
	switch a.kind {
	case "command":
		for _, t := range a.targets[i] {
			c := devices.Command{Target: t.twin, Verb: t.verb, Arg: v, For: a.span}
			if err := h.Command(c, w.twins[t.twin].id, a.verb, r.name); err != nil {
				return err
			}
		}
	case "alarm":
		h.Alarm(a.text[i], r.twins[i], r.name, true, 0)
	case "set":
		c, _ := w.channels.Find(r.twins[i], a.set)
		h.Set(c, v)
	case "param":
		w.params[a.param], w.changed[a.param] = v, true
		for _, other := range r.engine.rules {
			if other.clock == nil {
				other.markAll()
			}
		}
	}
	return nil
}

// action makes an action of a rule with these instances ready.
func (w *world) action(x *Action, blocks []*block, list []int32) (action, bool) {
	a := action{kind: x.Kind, world: w}
	before := len(w.report.list) + w.report.more
	var err error
	a.span, err = w.spec.Span(x.For)
	w.problem(x.For.Text, err)
	switch x.Kind {
	case "command":
		w.command(&a, x, blocks, list)
	case "alarm":
		for _, k := range list {
			a.text = append(a.text, w.alarmText(x, k))
		}
	case "set":
		a.set = x.What.Src
		if blocks[0] == nil {
			w.report.Add(x.What.Pos, "set needs a twin to set it on", `each = "PATTERN" in the rule`, "")
			return a, false
		}
		for _, k := range list {
			if c, ok := w.channels.Find(w.twins[k].id, a.set); ok {
				w.fed[c] = true
			}
		}
		w.value(&a, x, blocks, "")
	case "param":
		a.param = indexOf(w.spec.paramNames(), x.What.Src)
		if a.param < 0 {
			w.problem(x.What, w.spec.noParam(x.What.Src))
			return a, false
		}
		w.value(&a, x, blocks, w.spec.Params[a.param].Unit.Symbol)
	default:
		w.report.Add(x.Pos, fmt.Sprintf("the action %q comes with a later release", x.Kind), "command, alarm, set or param", "a [[fault]] with from and for")
	}
	return a, w.clean(before)
}

// command resolves "{self.valve}.open" or "valve-*.open" for every instance.
func (w *world) command(a *action, x *Action, blocks []*block, list []int32) {
	cut := strings.LastIndexByte(x.What.Src, '.')
	t, err := ParseTemplate(x.What.Src[:max(cut, 0)])
	if cut < 0 || err != nil {
		w.report.Add(x.What.Pos, fmt.Sprintf("%q is not a command", x.What), "TWIN.VERB, such as \"valve-01.open\" or \"{self.valve}.open\"", "")
		return
	}
	a.verb = x.What.Src[cut+1:]
	var fixed []target
	var typ *twins.Type
	for _, k := range list {
		if fixed != nil {
			a.targets = append(a.targets, fixed)
			continue
		}
		ids, err := t.Fill(func(hole, _ string) (string, error) { return w.hole(hole, k) })
		if err != nil {
			w.problem(x.What, err)
			return
		}
		var found []target
		for _, other := range w.matchTwins(Text{Src: ids, Pos: x.What.Pos, Raw: x.What.Raw}) {
			typ = w.blocks[w.twins[other].block].typ
			verb := verbOf(typ, a.verb)
			if verb < 0 {
				names := verbNames(typ)
				w.report.Add(x.What.Pos, fmt.Sprintf("%s (%s) can't %q", w.twins[other].id, typ.Name, a.verb), oneOf(names), DidYouMean(a.verb, names))
				return
			}
			found = append(found, target{other, int32(verb)})
		}
		if len(found) == 0 {
			return
		}
		if !t.Holes() {
			fixed = found
		}
		a.targets = append(a.targets, found)
	}
	if typ == nil {
		return
	}
	v := typ.Verbs[verbOf(typ, a.verb)]
	if a.span > 0 && !v.Timed {
		w.report.Add(x.For.Pos, fmt.Sprintf("%s takes no for", x.What), "", "leave it out")
	}
	if v.Arg != (x.Value.Kind != Absent) {
		w.report.Add(x.Pos, fmt.Sprintf("%s: %s", x.What, v.Doc), map[bool]string{true: "value = its argument, in " + v.Unit, false: "no value"}[v.Arg], "")
		return
	}
	if v.Arg {
		w.value(a, x, blocks, v.Unit)
	}
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
	return "", &mistake{what: fmt.Sprintf("{%s} can't be filled in", hole), expected: "{self.id} or {self.ROLE} with " + oneOf(roles), try: DidYouMean(role, roles)}
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

// value reads the number or the expression that an action takes.
func (w *world) value(a *action, x *Action, blocks []*block, unit string) {
	if x.Value.Kind == Absent {
		w.report.Add(x.Pos, fmt.Sprintf("%s has no value", x.Kind), "value = a quantity or an expression", "")
		return
	}
	v, err := w.spec.Number(x.Value, unit)
	if err == nil {
		a.number = v
		return
	}
	if x.Value.Kind != Word {
		w.problem(x.Value.Text, err)
		return
	}
	for _, b := range blocks {
		f, err := rules.NewFormula(x.Value.Src, w.env(b))
		if err != nil {
			w.problem(x.Value.Text, err)
			return
		}
		a.values = append(a.values, f)
	}
}
