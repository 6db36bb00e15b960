package scenarios

import (
	"fmt"
)

func (d *decoder) twin(t *table) Twin {
	w := Twin{Pos: t.at, ID: t.template("id"), Type: t.text("type"), Doc: t.text("doc")}
	w.Count = d.count(t)
	w.With, w.Needs, w.Channels = t.fields("with"), t.fields("needs"), t.fields("channels")
	for _, f := range w.Needs {
		if !t.kind("need "+f.Name.Src, f.Value, "the id of a twin", Word) {
			continue
		}
		tpl, err := ParseTemplate(f.Value.Src)
		if err == nil {
			_, err = tpl.Expand(1)
		}
		if err != nil {
			d.r.AddError(f.Value.Text, err)
		}
	}
	for _, f := range w.Channels {
		if !isName(f.Name.Src) {
			d.r.Add(f.Name.Pos, fmt.Sprintf("channel %q can't be used in an expression", f.Name), "a letter, then letters, digits and _", "")
		}
		if !t.kind("channel "+f.Name.Src, f.Value, "a unit, \"\" for a pure number", Word) {
			continue
		}
		if _, err := ParseUnit(f.Value.Src); err != nil {
			d.r.AddError(f.Value.Text, err)
		}
	}
	return w
}

func (d *decoder) count(t *table) Count {
	v := t.value("count")
	c := Count{Text: v.Text, N: 1}
	if name, ok := paramName(v.Src); ok && v.Kind == Word {
		c.Param = name
		if _, err := d.spec.Whole(c); err != nil {
			d.addAt(c.Text, err)
		}
		return c
	}
	if v.Kind != Absent {
		c.N = int(t.whole("count", 1, 0)) // 0 if it is no count
	}
	return c
}

// addAt collects an error that may be a finished problem.
func (d *decoder) addAt(t Text, err error) {
	if p, ok := err.(*Problem); ok {
		d.r.Add(p.Pos, p.What, p.Expected, p.Try)
		return
	}
	d.r.AddError(t, err)
}

// chainKeys are the keys of the sensor's model, and how each is written.
var chainKeys = [...]struct{ name, kind string }{
	{"lag", "duration"}, {"gain", "quantity"}, {"offset", "quantity"}, {"noise", "quantity"}, {"bias_walk", "quantity"}, {"bias_revert", "duration"},
	{"clip", "pair"}, {"resolution", "quantity"}, {"clock_offset", "duration"}, {"clock_drift", "quantity"}, {"jitter", "duration"}, {"dropout", "quantity"}, {"silent", "flag"},
}

func (d *decoder) sensor(t *table) Sensor {
	s := Sensor{
		Pos: t.at, Name: t.text("name"), On: t.channels("on"), Device: t.text("device"),
		Every: t.positive("every", t.duration("every")), Phase: t.duration("phase"), Stale: t.positive("stale", t.duration("stale")),
		Topic: t.template("topic"), Format: t.text("format"),
	}
	if !s.Name.Given() {
		s.Name = s.On
	}
	for _, k := range chainKeys {
		v := t.value(k.name)
		switch {
		case v.Kind == Absent:
			continue
		case k.kind == "duration":
			t.duration(k.name)
		case k.kind == "flag":
			t.kind(k.name, v, "true or false", Flag)
		case k.kind == "pair":
			d.pair(t, v)
		default:
			d.quantity(v)
		}
	}
	for _, f := range newFields(t.m, t.n) { // in the order of the file
		for _, k := range chainKeys {
			if f.Name.Src == k.name {
				s.Chain = append(s.Chain, f)
			}
		}
	}
	return s
}

// quantity checks that a value is a quantity of whatever dimension.
func (d *decoder) quantity(v Value) {
	q, err := v.Quantity()
	if err != nil {
		d.r.AddError(v.Text, err)
	} else if q.Param != "" {
		d.checkParamRefs(v)
	}
}

func (d *decoder) pair(t *table, v Value) {
	if !t.kind("clip", v, `a list of two quantities, such as ["0 mm", "50 mm"]`, List) {
		return
	}
	if len(v.Items) != 2 {
		d.r.Add(v.Pos, fmt.Sprintf("clip has %d items", len(v.Items)), "two: the lowest and the highest reading", "")
		return
	}
	for _, x := range v.Items {
		d.quantity(x)
	}
}

func (d *decoder) pipe(t *table) Pipe {
	p := Pipe{Pos: t.at, Name: t.text("name"), On: t.channels("on")}
	if !p.Name.Given() {
		p.Name = p.On
	}
	v := t.value("steps")
	if !t.kind("steps", v, `a list of steps, such as [ { hampel = { window = 7 } }, { out = "vwc" } ]`, List) {
		return p
	}
	if len(v.Items) == 0 {
		d.r.Add(v.Pos, "steps is empty", `at least { out = "NAME" }`, "")
	}
	for _, x := range v.Items {
		if s, ok := d.step(x); ok {
			p.Steps = append(p.Steps, s)
		}
	}
	return p
}

func (d *decoder) step(v Value) (Step, bool) {
	const shape = `one key: { STAGE = { ARGUMENTS } } or { out = "NAME" }`
	switch {
	case v.Kind != Table:
		try := ""
		if v.Kind == Word {
			try = fmt.Sprintf("write { %s = {} }", v.Src)
		}
		d.r.Add(v.Pos, fmt.Sprintf("a step is %s, not a table", v.Kind), shape, try)
		return Step{}, false
	case len(v.Fields) != 1:
		pos, try := v.Pos, ""
		if len(v.Fields) > 1 {
			pos = v.Fields[1].Name.Pos
			try = fmt.Sprintf("make %q a step of its own, or put it inside the braces of %q", v.Fields[1].Name.Src, v.Fields[0].Name.Src)
		}
		d.r.Add(pos, fmt.Sprintf("a step has %d keys", len(v.Fields)), shape, try)
		return Step{}, false
	}
	f := v.Fields[0]
	s := Step{Pos: v.Pos, Kind: f.Name, Value: f.Value}
	if f.Value.Kind == Table {
		s.Args = f.Value.Fields
	}
	if f.Name.Src == "out" && !(f.Value.Kind == Word && isName(f.Value.Src)) {
		d.r.Add(f.Value.Pos, fmt.Sprintf("out is %s", quoted(f.Value)), "a name for the result: a letter, then letters, digits and _", "")
	}
	d.checkParamRefs(f.Value)
	return s, true
}

func (d *decoder) rule(t *table) Rule {
	r := Rule{
		Pos: t.at, Name: t.text("name"), Doc: t.text("doc"), Each: t.pattern("each"), When: t.expression("when"),
		Hold: t.duration("hold"), Quiet: t.duration("quiet"), At: t.instant("at"), Every: t.positive("every", t.duration("every")), Then: d.then(t),
	}
	if !r.When.Given() && !r.At.Given() && !r.Every.Given() && t.value("when").Kind == Absent {
		d.r.Add(r.Pos, "a rule without when, at or every never fires", `when = "...", at = "05:00" or every = "1 h"`, "")
	}
	if r.Hold.Given() && !r.When.Given() {
		d.r.Add(r.Hold.Pos, "hold without when: there is nothing to hold", "", "")
	}
	return r
}

func (d *decoder) event(t *table) Event {
	e := Event{Pos: t.at, Name: t.text("name"), Doc: t.text("doc"), At: t.instant("at"), Every: t.positive("every", t.duration("every")), Until: t.instant("until"), Then: d.then(t)}
	if e.Until.Given() && !e.Every.Given() {
		d.r.Add(e.Until.Pos, "until without every: it happens once anyway", "", "")
	}
	return e
}

func (d *decoder) fault(t *table) Fault {
	f := Fault{
		Pos: t.at, Name: t.text("name"), Doc: t.text("doc"), Kind: t.text("kind"), On: t.pattern("on"),
		From: t.instant("from"), To: t.instant("to"), For: t.positive("for", t.lawful("for")), Every: t.positive("every", t.lawful("every")), With: t.fields("with"),
	}
	if !f.Name.Given() {
		f.Name = Text{Src: f.Kind.Src + " " + f.On.Src, Pos: f.Kind.Pos}
	}
	if f.To.Given() && f.For.Given() {
		d.r.Add(f.For.Pos, "a fault has both to and for", "one of them", "")
	}
	simple := func(i Instant) bool { return i.HasAfter && !i.HasClock && i.Param == "" || !i.Given() }
	if f.To.Given() && simple(f.From) && simple(f.To) && f.To.After <= f.From.After {
		d.r.Add(f.To.Pos, fmt.Sprintf("the fault ends at %s, before it begins", f.To.Src), "to after from", "")
	}
	if f.Every.Given() && !f.For.Given() {
		d.r.Add(f.Every.Pos, "every without for: the first one would never end", `for = "20 min" or a law`, "")
	}
	return f
}

func (d *decoder) kpi(t *table) KPI {
	k := KPI{Pos: t.at, Name: t.text("name"), Expr: t.expression("expr"), Doc: t.text("doc"), Better: t.choice("better", "less", "more")}
	_, k.Unit = t.unit("unit")
	return k
}

func (d *decoder) checkOf(t *table) Check {
	c := Check{Pos: t.at, Name: t.text("name"), That: t.expression("that"), Why: t.text("why")}
	if !c.Name.Given() {
		c.Name = c.That
	}
	return c
}

// verbs are the keys that say what an action does, with the keys each may have.
var verbs = [...]struct {
	name string
	with []string
	need []string
}{
	{"command", []string{"for", "value"}, nil},
	{"alarm", []string{"severity"}, nil},
	{"set", []string{"value"}, []string{"value"}},
	{"fault", []string{"on", "for", "with"}, []string{"on"}},
	{"param", []string{"value"}, []string{"value"}},
}

func (d *decoder) then(t *table) []Action {
	v := t.value("then")
	if v.Kind == Table {
		d.r.Add(v.Pos, "then is one table where a list belongs", "a list of actions", "put it in brackets: then = [ { ... } ]")
		return nil
	}
	if !t.kind("then", v, `a list of actions, such as [ { alarm = "too dry" } ]`, List) {
		return nil
	}
	if len(v.Items) == 0 {
		d.r.Add(v.Pos, "then is empty", `at least one action, such as { alarm = "too dry" }`, "")
	}
	var list []Action
	d.items(t.m["then"], t.n.child("then"), "then", func(t *table) {
		if a, ok := d.action(t); ok {
			list = append(list, a)
		}
	})
	return list
}

func (d *decoder) action(t *table) (Action, bool) {
	a := Action{Pos: t.at}
	var kinds []string
	for _, v := range verbs {
		if t.value(v.name).Kind != Absent {
			kinds = append(kinds, v.name)
		}
	}
	if len(kinds) != 1 {
		what := "an action has no verb"
		if len(kinds) > 1 {
			what = fmt.Sprintf("an action has both %s and %s", kinds[0], kinds[1])
		}
		d.r.Add(t.at, what, "exactly one of command, alarm, set, fault, param", "")
		return a, false
	}
	a.Kind = kinds[0]
	a.What = t.text(a.Kind)
	d.actionKeys(t, a.Kind)
	switch a.Kind {
	case "command", "alarm":
		a.What = t.template(a.Kind)
	case "set":
		if a.What.Given() && !isName(a.What.Src) {
			d.r.Add(a.What.Pos, fmt.Sprintf("%q can't be the name of a value", a.What), "a letter, then letters, digits and _", "")
		}
	}
	a.For, a.Value, a.Severity = t.positive("for", t.duration("for")), t.value("value"), t.choice("severity", "info", "warning", "critical")
	a.On, a.With = t.pattern("on"), t.fields("with")
	switch a.Value.Kind {
	case Word, Number, Flag, Absent:
		d.checkParamRefs(a.Value)
	default:
		d.r.Add(a.Value.Pos, "value is "+a.Value.Kind.String(), "a number, a quantity or an expression", "")
	}
	if a.Kind == "param" && a.What.Given() {
		d.actionParam(&a)
	}
	return a, true
}

// actionKeys refuses keys that belong to another verb, and tells missing ones.
func (d *decoder) actionKeys(t *table, kind string) {
	for _, v := range verbs {
		if v.name != kind {
			continue
		}
		for _, kid := range t.n.kids {
			if kid.name != kind && t.sec.has(kid.name) && !contains(v.with, kid.name) {
				d.r.Add(kid.key, fmt.Sprintf("%s has no %q", kind, kid.name), oneOf(v.with), "")
			}
		}
		for _, need := range v.need {
			if t.value(need).Kind == Absent {
				d.r.Add(t.at, fmt.Sprintf("%s needs %q", kind, need), fmt.Sprintf("%s = ...", need), "")
			}
		}
	}
}

// actionParam checks the param that an action changes.
func (d *decoder) actionParam(a *Action) {
	p := d.spec.Param(a.What.Src)
	if p == nil {
		d.r.AddError(a.What, d.spec.noParam(a.What.Src))
		return
	}
	if q, err := a.Value.Quantity(); p.Kind == NumberParam && (err != nil || q.Param != "") {
		return // an expression
	}
	if _, err := p.with(a.Value); err != nil && a.Value.Kind != Absent {
		d.r.AddError(a.Value.Text, err)
	}
}
