package scenarios

import (
	"fmt"
	"strings"
)

// blockNames are the sections that a variant can switch off and add.
var blockNames = []string{"twin", "sensor", "pipe", "rule", "event", "fault", "kpi", "check"}

func (d *decoder) variant(t *table) Variant {
	v := Variant{Pos: t.at, Name: t.text("name"), Doc: t.text("doc"), Params: t.fields("params")}
	if v.Name.Src == "base" {
		d.r.Add(v.Name.Pos, `the name "base" is taken: it is the unpatched scenario`, "another name", "")
	}
	for _, x := range t.texts("off") {
		v.Off = append(v.Off, d.ref(x))
	}
	for _, f := range v.Params {
		d.variantParam(f)
	}
	add := t.value("add")
	if !t.kind("add", add, "a table, such as { rule = [ { ... } ] }", Table) {
		return v
	}
	m := t.m["add"].(map[string]any)
	n := t.n.child("add")
	inner := &table{d: d, n: n, m: m, sec: &Section{Name: "add"}, at: n.val}
	for _, kid := range n.kids {
		if !contains(blockNames, kid.name) {
			d.r.Add(kid.key, fmt.Sprintf("a variant can't add %q", kid.name), oneOf(blockNames, kid.name), DidYouMean(kid.name, blockNames))
		}
	}
	v.Add = d.blocks(inner)
	return v
}

// variantParam checks a param's value without setting it.
func (d *decoder) variantParam(f Field) {
	p := d.spec.Param(f.Name.Src)
	if p == nil {
		d.r.AddError(f.Name, d.spec.noParam(f.Name.Src))
		return
	}
	if _, err := p.with(f.Value); err != nil {
		d.r.AddError(f.Value.Text, err)
	}
}

func (d *decoder) ref(x Text) Ref {
	r := Ref{Text: x}
	var ok bool
	r.Section, r.Name, ok = strings.Cut(x.Src, ".")
	if !ok || !contains(blockNames, r.Section) || r.Name == "" {
		d.r.Add(x.Pos, fmt.Sprintf("%q names no block", x.Src), `SECTION.NAME, such as "rule.water when dry"`, DidYouMean(r.Section, blockNames))
		r.Section = ""
	}
	return r
}

func (d *decoder) sweeps(top *table) {
	v := top.value("sweep")
	n := top.n.child("sweep")
	switch v.Kind {
	case Absent:
	case Table:
		d.sweep(top.m["sweep"], n)
	case List:
		for i, item := range v.Items {
			if item.Kind != Table {
				d.r.Add(item.Pos, "a sweep is "+item.Kind.String(), "a table", "")
				continue
			}
			if list, ok := top.m["sweep"].([]map[string]any); ok {
				d.sweep(list[i], n.item(i))
			}
		}
	default:
		d.r.Add(v.Pos, "sweep is "+v.Kind.String(), "[sweep] and lines PARAM = [ values ]", "")
	}
}

func (d *decoder) sweep(v any, n *node) {
	m := v.(map[string]any)
	t := &table{d: d, n: n, m: m, sec: section("[sweep]"), at: n.val}
	s := Sweep{Pos: n.val, Method: t.choice("method", "grid", "zip", "lhs", "sobol"), Points: int(t.whole("points", 1, 0))}
	random := s.Method.Src == "lhs" || s.Method.Src == "sobol"
	if pos := t.value("points").Pos; random && pos.IsZero() {
		d.r.Add(s.Method.Pos, fmt.Sprintf("method %q needs points", s.Method), "points = how many", "")
	} else if !random && !pos.IsZero() {
		d.r.Add(pos, "points is for the methods lhs and sobol", "a list of values, or steps in the param's table", "")
	}
	for _, kid := range n.kids {
		if kid.name == "method" || kid.name == "points" {
			continue
		}
		p := d.spec.Param(kid.name)
		if p == nil {
			err := d.spec.noParam(kid.name).(*mistake)
			if near, ok := Nearest(kid.name, []string{"method", "points"}); ok && err.try == "" {
				err.try = fmt.Sprintf("did you mean %q?", near)
			}
			d.r.AddError(Text{Src: kid.name, Pos: kid.key}, err)
			continue
		}
		s.Axes = append(s.Axes, d.axis(p, m[kid.name], kid, random))
	}
	if len(s.Axes) == 0 && len(n.kids) == 0 {
		d.r.Add(s.Pos, "the sweep varies nothing", "PARAM = [ values ]", "")
	}
	if s.Method.Src == "zip" {
		for _, a := range s.Axes[min(1, len(s.Axes)):] {
			if size := a.size(); size != s.Axes[0].size() {
				d.r.Add(a.Param.Pos, fmt.Sprintf("%s has %d values, %s has %d", a.Param, size, s.Axes[0].Param, s.Axes[0].size()), "as many of each, to zip them", "")
			}
		}
	}
	d.spec.Sweeps = append(d.spec.Sweeps, s)
}

// size is how many values the axis has by itself; 0 for a bare range.
func (a *Axis) size() int {
	if len(a.Values) > 0 {
		return len(a.Values)
	}
	return a.Steps
}

func (d *decoder) axis(p *Param, v any, n *node, random bool) Axis {
	a := Axis{Param: Text{Src: n.name, Pos: n.key}}
	val := newValue(v, n)
	try := func(x Value) {
		if _, err := p.with(x); err != nil {
			d.r.AddError(x.Text, err)
		}
	}
	switch val.Kind {
	case List:
		a.Values = val.Items
		if len(a.Values) == 0 {
			d.r.Add(val.Pos, "no values to try", "a list of values", "")
		}
		for _, x := range a.Values {
			try(x)
		}
	case Table:
		t := &table{d: d, n: n, m: v.(map[string]any), at: n.val,
			sec: &Section{Name: "[sweep]", Keys: []Key{{Name: "from"}, {Name: "to"}, {Name: "steps"}}}}
		for _, kid := range n.kids {
			if !t.sec.has(kid.name) {
				d.r.Add(kid.key, fmt.Sprintf("unknown key %q in the range of %s", kid.name, n.name), "from, to and steps", DidYouMean(kid.name, t.sec.names()))
			}
		}
		a.From, a.To, a.Steps = t.value("from"), t.value("to"), int(t.whole("steps", 2, 0))
		for _, x := range []Value{a.From, a.To} {
			if x.Kind == Absent {
				d.r.Add(val.Pos, fmt.Sprintf("the range of %s lacks an end", n.name), "from and to", "")
				continue
			}
			try(x)
		}
		switch {
		case p.Kind != NumberParam:
			d.r.Add(val.Pos, fmt.Sprintf("param %s is not a number and has no range", p.Name), "a list of values", "")
		case !random && t.value("steps").Kind == Absent:
			d.r.Add(val.Pos, fmt.Sprintf("the range of %s lacks steps", n.name), "steps = how many values from one end to the other", `or use method = "lhs" with points`)
		case random && a.Steps > 0:
			d.r.Add(t.value("steps").Pos, "steps is for grid and zip", "points, for the whole sweep", "")
		}
	default:
		d.r.Add(val.Pos, fmt.Sprintf("%s is %s", n.name, val.Kind), "a list of values, or { from = ..., to = ..., steps = ... }", fmt.Sprintf("write %s = [ %s ]", n.name, val.Raw))
	}
	return a
}

func (d *decoder) compare(v any, n *node) {
	t, ok := d.table(v, n, "[compare]")
	if !ok {
		return
	}
	c := Compare{Pos: t.at, Baseline: t.text("baseline"), Variants: t.texts("variants"), KPIs: t.texts("kpis"), Confidence: 0.95}
	if !c.Baseline.Given() {
		c.Baseline = Text{Src: "base"}
	}
	if x := t.value("confidence"); t.kind("confidence", x, "a number between 0 and 1", Number) {
		c.Confidence = x.Number
		if !(x.Number > 0 && x.Number < 1) {
			d.r.Add(x.Pos, "confidence is "+x.Src, "a number between 0 and 1, such as 0.95", "")
		}
	}
	d.spec.Compare = c
}
