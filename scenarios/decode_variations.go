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
			d.r.Add(kid.key, fmt.Sprintf("a variant can't add %q", kid.name), oneOf(blockNames), DidYouMean(kid.name, blockNames))
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

// sourceKinds are the keys that say what a source is.
var sourceKinds = []string{"synth", "replay", "mqtt", "serial", "kafka"}

func (d *decoder) profiles(v any, n *node) {
	m, ok := v.(map[string]any)
	if !ok {
		d.r.Add(n.val, "source is no table", "[source.PROFILE]", "")
		return
	}
	for _, kid := range n.kids {
		entries, ok := m[kid.name].(map[string]any)
		p := Profile{Pos: kid.val, Name: Text{Src: kid.name, Pos: kid.key}}
		if !ok {
			d.r.Add(kid.key, fmt.Sprintf("source.%s is no table", kid.name), fmt.Sprintf("[source.%s] and lines \"TWIN.CHANNEL\" = { ... }", kid.name), "")
			continue
		}
		for _, e := range kid.kids {
			if x, ok := d.entry(entries[e.name], e); ok {
				p.Entries = append(p.Entries, x)
			}
		}
		d.spec.Profiles = append(d.spec.Profiles, p)
	}
}

func (d *decoder) entry(v any, n *node) (Entry, bool) {
	e := Entry{On: Text{Src: n.name, Pos: n.key}}
	val := newValue(v, n)
	if err := CheckPattern(n.name); err != nil {
		d.r.AddError(e.On, err)
		return e, false
	}
	if _, attr, ok := SplitChannel(n.name); n.name != "*" && (!ok || attr == "") {
		try := ""
		if contains(section("[source.PROFILE]").names(), n.name) {
			try = "keys of a source stand in braces behind the channel"
		} else if len(val.Fields) > 0 && val.Fields[0].Value.Kind == Table {
			try = fmt.Sprintf("write it in quotes: \"%s.%s\" = ...", n.name, val.Fields[0].Name)
		}
		d.r.Add(n.key, fmt.Sprintf("%q names no channel", n.name), `"TWIN.CHANNEL" in quotes, a pattern of such, or "*"`, try)
		return e, false
	}
	if val.Kind == Word {
		if e.Kind, e.Address = val.Src, val.Text; val.Src != "synth" {
			d.r.Add(val.Pos, fmt.Sprintf("a source can't be %q alone", val.Src), `"synth", or a table such as { replay = "soil.csv" }`, DidYouMean(val.Src, []string{"synth"}))
		}
		return e, true
	}
	t, ok := d.table(v, n, "[source.PROFILE]")
	if !ok {
		return e, false
	}
	var kinds []string
	for _, k := range sourceKinds {
		if x := t.value(k); x.Kind != Absent {
			kinds = append(kinds, k)
			e.Kind, e.Address = k, x.Text
		}
	}
	if len(kinds) != 1 {
		what := "a source without a kind"
		if len(kinds) > 1 {
			what = fmt.Sprintf("a source is both %s and %s", kinds[0], kinds[1])
		}
		d.r.Add(t.at, what, "exactly one of "+strings.Join(sourceKinds, ", "), "")
		return e, false
	}
	if e.Kind != "synth" {
		t.text(e.Kind)
	}
	d.entryKeys(t, &e, val)
	return e, true
}

// entryKeys checks the kinds of a source's further keys and keeps them.
func (d *decoder) entryKeys(t *table, e *Entry, val Value) {
	for _, k := range t.sec.Keys {
		x := t.value(k.Name)
		if x.Kind == Absent {
			continue
		}
		if for1, ok := onlyFor(k.Doc); ok && !strings.Contains(for1, e.Kind) && !contains(sourceKinds, k.Name) {
			d.r.Add(t.n.child(k.Name).key, fmt.Sprintf("%s has no %q", e.Kind, k.Name), "it is a key of "+for1, "")
		}
		switch k.Type {
		case "whole number":
			t.whole(k.Name, 0, 0)
		case "duration":
			t.duration(k.Name)
		case "unit":
			t.unit(k.Name)
		case "flag":
			t.kind(k.Name, x, "true or false", Flag)
		case "number":
			t.kind(k.Name, x, "a number", Number)
		case "list":
			t.kind(k.Name, x, "a list", List)
		case "text or list of texts":
			t.texts(k.Name)
		case "text or whole number":
			t.kind(k.Name, x, "a name or a number", Word, Number)
		case "keep, drop or error":
			t.choice(k.Name, "keep", "drop", "error")
		case "device or arrival":
			t.choice(k.Name, "device", "arrival")
		default:
			t.text(k.Name)
		}
	}
	for _, f := range val.Fields {
		if f.Name.Src != e.Kind {
			e.Keys = append(e.Keys, f)
		}
	}
}

// onlyFor returns what a key's doc says in brackets at its end: "(mqtt, kafka)".
func onlyFor(doc string) (string, bool) {
	i := strings.LastIndexByte(doc, '(')
	if i < 0 || !strings.HasSuffix(doc, ")") {
		return "", false
	}
	return doc[i+1 : len(doc)-1], true
}
