package scenarios

import (
	"fmt"
	"time"
	_ "time/tzdata" // so that zones are the same where the system has none
)

// commonZones are for did-you-mean only.
var commonZones = []string{"UTC", "Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Madrid", "Europe/Rome", "Europe/Amsterdam", "Europe/Zurich",
	"Europe/Vienna", "Europe/Stockholm", "Europe/Warsaw", "Europe/Athens", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
	"America/Sao_Paulo", "Asia/Tokyo", "Asia/Shanghai", "Asia/Kolkata", "Asia/Singapore", "Australia/Sydney", "Africa/Nairobi", "Africa/Johannesburg"}

func (d *decoder) run(top *table) {
	s := d.spec
	s.Run = RunSpec{Replications: 1, Zone: time.UTC}
	if top.value("run").Kind == Absent {
		return
	}
	t, ok := d.table(top.m["run"], top.n.child("run"), "[run]")
	if !ok {
		return
	}
	r := &s.Run
	r.Pos = t.at
	d.zone(t)
	d.start(t)
	r.For = t.positive("for", t.duration("for"))
	r.Until = t.instant("until")
	if r.For.Given() && r.Until.Given() {
		d.r.Add(r.Until.Pos, "run has both for and until", "one of them", "")
	}
	if end := r.Until.Date; !end.IsZero() && !r.Start.IsZero() && !end.After(r.Start) {
		d.r.Add(r.Until.Pos, "the run ends before it begins", "until after "+r.Start.Format(time.RFC3339), "")
	}
	seed := t.value("seed")
	r.Seed, r.SeedPos = uint64(t.whole("seed", 0, 0)), seed.Pos
	r.Replications = int(t.whole("replications", 1, 1))
	r.Align = t.choice("align", "start", "absolute")
	r.Reorder = t.duration("reorder")
	r.Late = t.choice("late", "drop", "keep")
}

func (d *decoder) zone(t *table) {
	r := &d.spec.Run
	r.Timezone = t.text("timezone")
	if !r.Timezone.Given() {
		return
	}
	name := r.Timezone.Src
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		d.r.Add(r.Timezone.Pos, fmt.Sprintf("unknown time zone %q", name), "an IANA name, such as Europe/Paris or UTC", DidYouMean(name, commonZones))
		return
	}
	r.Zone = zone
}

func (d *decoder) start(t *table) {
	r := &d.spec.Run
	v := t.value("start")
	if v.Kind == Absent {
		return
	}
	d.noStart = true
	if !t.kind("start", v, "a date such as 2026-05-01T00:00:00Z", Date, Word) {
		return
	}
	date, local, err := parseDate(v.Src, r.Zone)
	if err != nil {
		d.r.AddError(v.Text, err)
		return
	}
	d.noStart = false
	if r.Timezone.Given() {
		date = date.In(r.Zone)
	} else if _, offset := date.Zone(); !local {
		r.Zone = time.UTC
		if offset != 0 {
			r.Zone = time.FixedZone(date.Format("-07:00"), offset)
		}
		date = date.In(r.Zone)
	}
	r.Start, r.StartPos = date, v.Pos
}

// params decodes [params].
func (d *decoder) params(v any, n *node) {
	m, ok := v.(map[string]any)
	if !ok {
		d.r.Add(n.val, "params is no table", "[params] and lines NAME = VALUE", "")
		return
	}
	for _, kid := range n.kids {
		if !isName(kid.name) {
			d.r.Add(kid.key, fmt.Sprintf("param %q can't be used in an expression as p.%s", kid.name, kid.name), "a letter, then letters, digits and _", "")
			continue
		}
		p, ok := d.param(m[kid.name], kid)
		p.broken = !ok
		d.spec.Params = append(d.spec.Params, p)
	}
}

func (d *decoder) param(v any, n *node) (Param, bool) {
	p := Param{Name: Text{Src: n.name, Pos: n.key}, Unit: Unit{Num: 1, Den: 1}}
	val := newValue(v, n)
	p.Value = val
	var t *table
	if val.Kind == Table {
		var ok bool
		if t, ok = d.table(v, n, "[params]"); !ok {
			return p, false
		}
		if p.Value = t.value("value"); p.Value.Kind == Absent {
			return p, false
		}
		p.Doc = t.text("doc")
		if unit, text := t.unit("unit"); text.Given() {
			p.Unit, p.OwnUnit = unit, true
		}
	}
	if !d.paramValue(&p) {
		return p, false
	}
	if t == nil {
		return p, true
	}
	d.paramLimits(t, &p)
	if err := p.check(); err != nil {
		d.r.AddError(p.Value.Text, err)
	}
	return p, true
}

// paramValue finds out what kind of param it is from its value.
func (d *decoder) paramValue(p *Param) bool {
	v := p.Value
	switch v.Kind {
	case Flag:
		p.Kind, p.Flag = FlagParam, v.Flag
	case Number:
		var err error
		if p.Number, err = p.number(v); err != nil {
			d.r.AddError(v.Text, err)
			return false
		}
	case Word:
		q, err := ParseQuantity(v.Src)
		_, _, numeric := cutNumber(v.Src)
		switch {
		case err == nil && q.Law.Kind == "" && q.Param == "":
			if !p.OwnUnit {
				p.Unit = q.Unit
			}
			p.Number, err = p.number(v)
		case err == nil && q.Law.Kind != "":
			err = &mistake{what: fmt.Sprintf("param %s is a law", p.Name), expected: "a number, a text or a flag", try: "put the law where it is drawn: in the `with` of a twin"}
		case err == nil:
			_, err = p.number(v)
		case numeric || p.OwnUnit || looksLikeLaw(v.Src):
		default:
			p.Kind, p.Word, err = WordParam, v.Src, nil
		}
		if err != nil {
			d.r.AddError(v.Text, err)
			return false
		}
	default:
		d.r.Add(v.Pos, fmt.Sprintf("param %s is %s", p.Name, v.Kind), "a number, a quantity, a text or a flag", "")
		return false
	}
	return true
}

// paramLimits decodes min, max and choices.
func (d *decoder) paramLimits(t *table, p *Param) {
	limit := func(key string) (float64, string, bool) {
		v := t.value(key)
		if v.Kind == Absent {
			return 0, "", false
		}
		if p.Kind != NumberParam {
			d.r.Add(v.Pos, fmt.Sprintf("%s of a param that is not a number", key), "", "use choices")
			return 0, "", false
		}
		n, err := p.number(v)
		if err != nil {
			d.r.AddError(v.Text, err)
		}
		return n, p.written(v), err == nil
	}
	p.Low, p.LowText, p.HasLow = limit("min")
	p.High, p.HighText, p.HasHigh = limit("max")
	if p.HasLow && p.HasHigh && p.Low > p.High {
		d.r.Add(t.value("min").Pos, fmt.Sprintf("min of param %s is above its max", p.Name), "", "")
		p.HasLow, p.HasHigh = false, false
	}
	choices := t.value("choices")
	if !t.kind("choices", choices, "a list of values", List) {
		return
	}
	for _, c := range choices.Items {
		switch p.Kind {
		case NumberParam:
			n, err := p.number(c)
			if err != nil {
				d.r.AddError(c.Text, err)
				continue
			}
			p.Numbers, p.choices = append(p.Numbers, n), append(p.choices, p.written(c))
		case WordParam:
			if t.kind("a choice of param "+p.Name.Src, c, "a text", Word) {
				p.Words = append(p.Words, c.Src)
			}
		default:
			d.r.Add(c.Pos, "a flag needs no choices", "", "")
		}
	}
}
