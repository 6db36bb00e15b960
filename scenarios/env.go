package scenarios

import (
	"fmt"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios/rules"
)

// env returns the names that a rule about a subject may use.
func (w *world) env(self subject) *rules.Env {
	return &rules.Env{
		Lookup: func(path []string) (rules.Ref, error) { return w.lookup(self, path) },
		Names:  func(path []string) []string { return w.namesLike(self, path) },
		Group:  w.group,
		Flags:  devices.QualityNames(),
		Instead: map[string]string{"sum": `sum(each("TWINS.ATTR"))`, "mean": `mean(each("TWINS.ATTR"))`, "median": `median(each("TWINS.ATTR"))`,
			"min": `min(each("TWINS.ATTR"))`, "max": `max(each("TWINS.ATTR"))`, "count": `count(each("TWINS.ATTR"))`,
			"total": `sum(each("TWINS.ATTR")); total is for KPIs`, "average": `mean(each("TWINS.ATTR")); average is for KPIs`,
			"lowest": `min(each("TWINS.ATTR")); lowest is for KPIs`, "highest": `max(each("TWINS.ATTR")); highest is for KPIs`},
	}
}

func (w *world) lookup(self subject, path []string) (rules.Ref, error) {
	switch {
	case path[0] == "p" && len(path) == 2:
		return w.lookupParam(path[1])
	case path[0] == "self" && self.block == nil:
		return rules.Ref{}, fmt.Errorf(`self is nobody: the rule has no each; add each = "PATTERN", or name a twin`)
	case path[0] == "self" && len(path) == 2:
		ref, err := w.attrOf(self.twins, path[1], rules.Self)
		if err == rules.ErrUnknown {
			return ref, w.unnamed(path[1])
		}
		return ref, err
	case path[0] == "self" && len(path) == 3:
		return w.lookupNeed(self, path[1], path[2])
	case len(path) == 2:
		if k, ok := w.byID[path[0]]; ok {
			return w.attrOf([]int32{k}, path[1], rules.Absolute)
		}
	}
	return rules.Ref{}, rules.ErrUnknown
}

// unnamed is the error of an attribute that is not there: if it is an alarm of a
// detector without out, that is said.
func (w *world) unnamed(name string) error {
	for i := range w.spec.Pipes {
		for k := range w.spec.Pipes[i].Steps {
			s := &w.spec.Pipes[i].Steps[k]
			if s.Kind.Src != stepDetect || s.argument("alarm").Src != name || s.argument(stepOut).Kind != Absent {
				continue
			}
			return &rules.Refusal{What: fmt.Sprintf("unknown name self.%s: that is the name of an alarm", name), Expected: "self." + scoreName(s) + ", the detector's score",
				Try: fmt.Sprintf("give the score that name: detect = { ..., out = %q }", name)}
		}
	}
	return rules.ErrUnknown
}

// argument returns the argument of a step, or nothing.
func (s *Step) argument(name string) Value {
	for i := range s.Args {
		if s.Args[i].Name.Src == name {
			return s.Args[i].Value
		}
	}
	return Value{}
}

func (w *world) lookupParam(name string) (rules.Ref, error) {
	for i := range w.spec.Params {
		p := &w.spec.Params[i]
		if p.Name.Src != name {
			continue
		}
		ref := rules.Ref{Space: rules.Params, Base: rules.Absolute, Slot: int32(i)}
		switch p.Kind {
		case WordParam:
			ref.Space, ref.Type = rules.Words, rules.Word
		case FlagParam:
			ref.Type = rules.Bool
		}
		return ref, nil
	}
	return rules.Ref{}, rules.ErrUnknown
}

func (w *world) lookupNeed(self subject, role, attr string) (rules.Ref, error) {
	for n := range self.typ.Needs {
		if self.typ.Needs[n].Role != role {
			continue
		}
		var needed []int32
		for _, k := range self.twins {
			if other := w.twins[k].needs[n]; other >= 0 {
				needed = append(needed, other)
			}
		}
		if len(needed) == 0 {
			return rules.Ref{}, fmt.Errorf("%s is connected to no %s", w.twins[self.twins[0]].id, role)
		}
		return w.attrOf(needed, attr, n+1)
	}
	return rules.Ref{}, rules.ErrUnknown
}

// attrOf returns the slot of an attribute or a parameter of twins of one block:
// relative to base, or absolute. All of them must have it measured: a rule that
// can never fire for some of its twins is a mistake.
func (w *world) attrOf(list []int32, name string, base int) (rules.Ref, error) {
	t := &w.twins[list[0]]
	b := &w.blocks[t.block]
	ref := rules.Ref{Base: base}
	for n := range b.attrs {
		if b.attrs[n].Name != name {
			continue
		}
		if b.attrs[n].Truth {
			return ref, fmt.Errorf("%q is known to the plant only; rules see what is measured", name)
		}
		for _, k := range list {
			if c := w.twins[k].base + devices.ChannelID(n); !w.fed[c] {
				return ref, fmt.Errorf("nothing measures %s, so this is never known; add a [[sensor]] or a source for it", w.channels.Name(c))
			}
		}
		ref.Slot = int32(n)
		if base == rules.Absolute {
			ref.Slot += int32(t.base)
		}
		return ref, nil
	}
	for n := range b.typ.Params {
		p := &b.typ.Params[n]
		if p.Name != name {
			continue
		}
		ref.Space, ref.Slot = rules.Params, int32(n)
		from := t.param
		if p.Word {
			ref.Space, ref.Type, from = rules.Words, rules.Word, t.word
		}
		if base == rules.Absolute {
			ref.Slot += from
		}
		return ref, nil
	}
	return ref, rules.ErrUnknown
}

// namesLike returns names that could have been meant by path.
func (w *world) namesLike(self subject, path []string) []string {
	var names []string
	of := func(prefix string, b *block) {
		for n := range b.attrs {
			if !b.attrs[n].Truth {
				names = append(names, prefix+b.attrs[n].Name)
			}
		}
		for n := range b.typ.Params {
			names = append(names, prefix+b.typ.Params[n].Name)
		}
	}
	if self.block != nil {
		of("self.", self.block)
		for n := range self.typ.Needs {
			if other := w.twins[self.twins[0]].needs[n]; other >= 0 {
				of("self."+self.typ.Needs[n].Role+".", &w.blocks[w.twins[other].block])
			}
		}
	}
	for i := range w.spec.Params {
		names = append(names, "p."+w.spec.Params[i].Name.Src)
	}
	for i := range w.blocks {
		if b := &w.blocks[i]; b.count > 0 {
			of(w.twins[b.first].id+".", b)
		}
	}
	return names
}

// group returns the channels of each(pattern).
func (w *world) group(pattern string) ([]int32, error) {
	ids, attrs, ok := SplitChannel(pattern)
	if !ok {
		return nil, fmt.Errorf("each(%q) names no channels; write TWINS.ATTRIBUTE", pattern)
	}
	var all []int32
	for _, k := range w.twinsLike(ids) {
		t := &w.twins[k]
		b := &w.blocks[t.block]
		for n := range b.attrs {
			if c := t.base + devices.ChannelID(n); !b.attrs[n].Truth && w.fed[c] && Match(attrs, b.attrs[n].Name) {
				all = append(all, int32(c))
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("each(%q) finds no channel that is measured", pattern)
	}
	return all, nil
}
