package scenarios

import "fmt"

// Clone returns a copy whose params can be set without touching s.
func (s *Spec) Clone() *Spec {
	c := *s
	c.Params = append([]Param(nil), s.Params...)
	return &c
}

// Apply returns the scenario patched by a variant: what it switches off is gone,
// what it adds comes after the rest, and its params are set. "base" is the
// unpatched scenario. s stays as it was.
func (s *Spec) Apply(variant string) (*Spec, error) {
	c := s.Clone()
	if variant == "base" {
		return c, nil
	}
	names := []string{"base"}
	for i := range s.Variants {
		v := &s.Variants[i]
		names = append(names, v.Name.Src)
		if v.Name.Src != variant {
			continue
		}
		c.Blocks = s.Blocks.without(v.Off).with(&v.Add)
		for _, f := range v.Params {
			if err := c.setParam(f.Name.Src, f.Value); err != nil {
				return nil, s.at(f.Value.Text, err)
			}
		}
		return c, nil
	}
	return nil, &mistake{what: fmt.Sprintf("there is no variant %q", variant), expected: oneOf(names, variant), try: DidYouMean(variant, names)}
}

// without returns the blocks that are not switched off.
func (b Blocks) without(off []Ref) Blocks {
	return Blocks{
		Twins:   kept(b.Twins, off, "twin", func(x *Twin) string { return x.ID.Src }),
		Sensors: kept(b.Sensors, off, "sensor", func(x *Sensor) string { return x.Name.Src }),
		Pipes:   kept(b.Pipes, off, "pipe", func(x *Pipe) string { return x.Name.Src }),
		Rules:   kept(b.Rules, off, "rule", func(x *Rule) string { return x.Name.Src }),
		Events:  kept(b.Events, off, "event", func(x *Event) string { return x.Name.Src }),
		Faults:  kept(b.Faults, off, "fault", func(x *Fault) string { return x.Name.Src }),
		KPIs:    kept(b.KPIs, off, "kpi", func(x *KPI) string { return x.Name.Src }),
		Checks:  kept(b.Checks, off, "check", func(x *Check) string { return x.Name.Src }),
	}
}

func kept[T any](list []T, off []Ref, section string, name func(*T) string) []T {
	var out []T
	for i := range list {
		if !switchedOff(off, section, name(&list[i])) {
			out = append(out, list[i])
		}
	}
	return out
}

// with returns the blocks with more behind them; it appends to slices of its own.
func (b Blocks) with(more *Blocks) Blocks {
	b.Twins = append(b.Twins, more.Twins...)
	b.Sensors = append(b.Sensors, more.Sensors...)
	b.Pipes = append(b.Pipes, more.Pipes...)
	b.Rules = append(b.Rules, more.Rules...)
	b.Events = append(b.Events, more.Events...)
	b.Faults = append(b.Faults, more.Faults...)
	b.KPIs = append(b.KPIs, more.KPIs...)
	b.Checks = append(b.Checks, more.Checks...)
	return b
}
