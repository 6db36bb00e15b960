package scenarios

import (
	"fmt"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios/rules"
	"github.com/twinsim/twinsim/twins"
)

// rules builds the engine with all rules and events of the scenario, in the
// order of the file: rules first.
func (w *world) rules() (*engine, error) {
	e := &engine{sim: w.sim, hub: w.hub}
	e.ctx = rules.NewContext(rules.State{
		Values: w.hub.State.Value, Flags: w.hub.State.Quality, Heard: w.hub.State.Arrived,
		Params: w.params, Words: w.words, Bad: devices.Missing | devices.Stale,
		Calendar: rules.Calendar{Epoch: w.epoch, Zone: w.spec.Run.Zone},
	})
	e.index = rules.NewIndex(w.channels.Len())
	var err error
	if e.id, err = w.sim.Add("rules", e); err != nil {
		return nil, err
	}
	for i := range w.spec.Rules { // what `set` puts out is known to all rules
		w.markSet(&w.spec.Rules[i])
	}
	for i := range w.spec.Rules {
		if err := w.rule(e, &w.spec.Rules[i]); err != nil {
			return nil, err
		}
	}
	for i := range w.spec.Events {
		x := &w.spec.Events[i]
		name := x.Name
		if !name.Given() {
			name.Src = fmt.Sprintf("event %d", i+1)
		}
		r := Rule{Pos: x.Pos, Name: name, At: x.At, Every: x.Every, Then: x.Then}
		if err := w.rule(e, &r); err != nil {
			return nil, err
		}
		if last := e.rules[len(e.rules)-1]; x.Until.Given() && last.name == name.Src && last.clock != nil {
			last.clock.until, err = w.spec.Offset(x.Until)
			w.problem(x.Until.Text, err)
		}
	}
	e.index.Build()
	e.dirty = e.index.NewDirty()
	w.hub.Watch(e)
	return e, w.sim.Keep("rules", (*engineSave)(e))
}

// markSet marks the channels that a rule sets as fed.
func (w *world) markSet(r *Rule) {
	for i := range r.Then {
		if a := &r.Then[i]; a.Kind == "set" {
			for _, k := range w.twinsLike(r.Each.Src) {
				if c, ok := w.channels.Find(w.twins[k].id, a.What.Src); ok {
					w.fed[c] = true
				}
			}
		}
	}
}

// rule builds one rule; problems of the file are collected.
func (w *world) rule(e *engine, x *Rule) error {
	r := &rule{engine: e, name: x.Name.Src}
	before := len(w.report.list) + w.report.more
	var err error
	r.hold, err = w.spec.Span(x.Hold)
	w.problem(x.Hold.Text, err)
	r.quiet, err = w.spec.Span(x.Quiet)
	w.problem(x.Quiet.Text, err)
	every, err := w.spec.Span(x.Every)
	w.problem(x.Every.Text, err)
	switch {
	case x.At.Given() || every > 0 && !x.When.Given():
		r.clock = newClock(w.epoch, w.instant(x.At), every)
		if r.hold > 0 {
			w.report.Add(x.Hold.Pos, "a rule with at can't hold: it looks at its condition at that time only", "", "leave hold out")
		}
	case every > 0:
		r.recheck = every
	case !x.When.Given():
		w.report.Add(x.Pos, fmt.Sprintf("the rule %q never fires", r.name), `when = "a condition", at = "05:00", or every = "1 h"`, "")
	}
	list := []int32{-1}
	if x.Each.Given() {
		list = w.matchTwins(x.Each)
	}
	if !w.clean(before) || len(list) == 0 {
		return nil
	}
	for _, k := range list {
		id := ""
		if k >= 0 {
			id = w.twins[k].id
		}
		r.twins = append(r.twins, id)
	}
	if !w.ruleParts(e, r, x, list) {
		return nil
	}
	r.state.Instances = make([]instance, len(list))
	if r.id, err = w.sim.Add("rule/"+r.name, r); err != nil {
		return err
	}
	e.rules = append(e.rules, r)
	return w.sim.Keep("rule/"+r.name, &r.state)
}

// instant replaces a param by its value.
func (w *world) instant(at Instant) Instant {
	if at.Param != "" {
		t, err := w.spec.Offset(at)
		w.problem(at.Text, err)
		at.After, at.Param = t, ""
	}
	return at
}

// ruleParts compiles the rule once for each block of twins, and its actions.
func (w *world) ruleParts(e *engine, r *rule, x *Rule, list []int32) bool {
	var blocks []*block
	for first := 0; first < len(list); {
		var self *block
		next := len(list)
		if list[first] >= 0 {
			self = &w.blocks[w.twins[list[first]].block]
			for next = first + 1; next < len(list) && w.twins[list[next]].block == w.twins[list[first]].block; next++ {
			}
		}
		p := &part{rule: r, number: -1, first: first, count: next - first}
		if x.When.Given() {
			when, err := rules.NewCondition(x.When.Src, w.env(self))
			if err != nil {
				w.problem(x.When, err)
				return false
			}
			if what := when.NeedsEvery(); what != "" && r.clock == nil && r.recheck == 0 {
				w.report.Add(x.When.Pos, fmt.Sprintf("%s changes all the time, so the rule does not know when to look", what), `every = "10 min", or hour(t), minute(t), age(x) > a number`, "")
				return false
			}
			p.when, p.ages = when, when.Ages()
		}
		w.bases(p, self, list[first:next])
		r.parts, blocks = append(r.parts, p), append(blocks, self)
		if r.clock == nil {
			n, err := e.index.Add(p.when.Reads(), p.count, p.inst)
			if err != nil {
				w.report.Add(x.Pos, err.Error(), "", "")
				return false
			}
			p.number = n
			e.parts = append(e.parts, p)
		}
		first = next
	}
	for i := range x.Then {
		a, ok := w.action(&x.Then[i], blocks, list)
		if !ok {
			return false
		}
		r.actions = append(r.actions, a)
	}
	return true
}

// bases says where the slots of each instance, and of what it needs, begin.
func (w *world) bases(p *part, self *block, list []int32) {
	if self == nil {
		return
	}
	p.width = 1 + len(self.typ.Needs)
	p.bases = make([]rules.Base, 0, p.width*len(list))
	for _, k := range list {
		t := &w.twins[k]
		p.bases = append(p.bases, baseOf(t))
		for _, other := range t.needs {
			b := rules.Base{Channel: -1}
			if other >= 0 {
				b = baseOf(&w.twins[other])
			}
			p.bases = append(p.bases, b)
		}
	}
}

func baseOf(t *twin) rules.Base {
	return rules.Base{Channel: int32(t.base), Param: t.param, Word: t.word}
}

// asset adds the actor that breaks twins.
func (w *world) assets(faults []assetFault) error {
	if len(faults) == 0 {
		return nil
	}
	b := &breaker{faults: faults, hub: w.hub}
	var err error
	b.id, err = w.sim.Add("faults", b)
	return err
}

var _ twins.Watcher = (*engine)(nil)
