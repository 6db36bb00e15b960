package scenarios

import (
	"fmt"
	"time"

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
		if err := w.rule(e, "rule", &w.spec.Rules[i], Instant{}); err != nil {
			return nil, err
		}
	}
	for i := range w.spec.Events {
		x := &w.spec.Events[i]
		name := x.Name
		name.Src = x.title(i)
		r := Rule{Pos: x.Pos, Name: name, At: x.At, Every: x.Every, Then: x.Then}
		if err := w.rule(e, "event", &r, x.Until); err != nil {
			return nil, err
		}
	}
	e.index.Build()
	e.dirty, e.later = e.index.NewDirty(), e.index.NewDirty()
	w.hub.Watch(e)
	if _, err := w.sim.Add(e.newcomersName(), (*newcomers)(e)); err != nil {
		return nil, err
	}
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

// rule builds one rule, or an event, whose clock stops after until; problems of the
// file are collected.
func (w *world) rule(e *engine, kind string, x *Rule, until Instant) error {
	r := &rule{engine: e, kind: kind, name: x.Name.Src}
	before := w.problems()
	for _, other := range e.rules { // an event counts as a rule
		if other.name == r.name {
			w.report.Add(x.Pos, fmt.Sprintf("a rule or an event is called %q already", r.name), "a name of its own for each", "")
		}
	}
	w.ruleTimes(r, x, until)
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
	r.state.Instances, r.state.Struck = make([]instance, len(list)), -1
	r.setKeys()
	var err error
	if r.id, err = w.sim.Add("rule/"+r.name, r); err != nil {
		return err
	}
	if r.looks, err = w.sim.Add(r.looksName(), (*looks)(r)); err != nil {
		return err
	}
	e.rules = append(e.rules, r)
	return w.sim.Keep("rule/"+r.name, (*ruleSave)(r))
}

// ruleTimes reads when a rule looks, and how long it holds and keeps quiet.
func (w *world) ruleTimes(r *rule, x *Rule, until Instant) {
	r.hold, r.quiet = w.span("hold", x.Hold, false), w.span("quiet", x.Quiet, false)
	every, err := w.spec.Span(x.Every)
	if err == nil && x.Every.Param != "" && every == 0 {
		err = fmt.Errorf("every is p.%s, which is 0; want a duration above 0", x.Every.Param)
	}
	w.problem(x.Every.Text, err)
	switch {
	case x.At.Given() || every > 0 && !x.When.Given():
		r.clock = newClock(w.epoch, w.instant(x.At), every)
		if x.Hold.Given() && (r.hold.time > 0 || r.hold.changes()) {
			w.report.Add(x.Hold.Pos, "a rule with at can't hold: it looks at its condition at that time only", "", "leave hold out")
		}
	case every > 0:
		r.recheck = every
	case !x.When.Given():
		w.report.Add(x.Pos, fmt.Sprintf("the %s %q never fires", r.kind, r.name), `when = "a condition", at = "05:00", or every = "1 h"`, "")
	}
	if until.Given() && r.clock != nil {
		r.clock.until, err = w.spec.Offset(until)
		w.problem(until.Text, err)
	}
	if r.clock != nil {
		w.neverStrikes(r.clock, x, until)
	}
}

// neverStrikes refuses a clock that has no time in the run: all lie before it.
func (w *world) neverStrikes(c *calendarClock, x *Rule, until Instant) {
	n := c.before(0)
	if _, ok := c.at(n); ok {
		return
	}
	if n == 0 {
		w.report.Add(until.Pos, fmt.Sprintf("until %s is before the first time, so it never happens", until.Src), "an until behind at", "")
		return
	}
	last := "at " + x.At.Src
	if x.Every.Given() {
		last = "the last time"
	}
	w.report.Add(x.At.Pos, fmt.Sprintf("%s is before the run begins, so it never happens", last), "a time in the run",
		fmt.Sprintf("the run begins at %s", w.epoch.Format(time.RFC3339)))
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

// A subject is the twins that a rule is about, as far as one compiled
// expression serves them all; its block is nil for a rule without each.
type subject struct {
	*block
	twins []int32 // -1 for nobody
}

// subjects cuts a list of twins where their channels, or those of what they
// need, come to lie in other places.
func (w *world) subjects(list []int32) []subject {
	if list[0] < 0 {
		return []subject{{twins: list}}
	}
	var all []subject
	for first, i := 0, 1; i <= len(list); i++ {
		if i < len(list) && w.alike(list[first], list[i]) {
			continue
		}
		all = append(all, subject{&w.blocks[w.twins[list[first]].block], list[first:i]})
		first = i
	}
	return all
}

// alike reports whether two twins are of one block and need twins of the same
// blocks.
func (w *world) alike(a, b int32) bool {
	x, y := &w.twins[a], &w.twins[b]
	if x.block != y.block {
		return false
	}
	for n := range x.needs {
		k, l := x.needs[n], y.needs[n]
		if k < 0 != (l < 0) || k >= 0 && w.twins[k].block != w.twins[l].block {
			return false
		}
	}
	return true
}

// ruleParts compiles the rule, and its actions, once for each subject.
func (w *world) ruleParts(e *engine, r *rule, x *Rule, list []int32) bool {
	subjects := w.subjects(list)
	first := 0
	for _, self := range subjects {
		p := &part{rule: r, first: first, count: len(self.twins)}
		first += p.count
		w.bases(p, self)
		var reads []rules.Input
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
			if r.clock == nil && r.recheck == 0 {
				reads = when.Reads()
			}
		}
		var err error
		if p.number, err = e.index.Add(reads, p.count, p.inst); err != nil {
			w.report.Add(x.Pos, err.Error(), "", "")
			return false
		}
		r.parts, e.parts = append(r.parts, p), append(e.parts, p)
	}
	for i := range x.Then {
		a, ok := w.action(r, &x.Then[i], subjects)
		if !ok {
			return false
		}
		r.actions = append(r.actions, a)
	}
	return true
}

// bases says where the slots of each instance, and of what it needs, begin.
func (w *world) bases(p *part, self subject) {
	if self.block == nil {
		return
	}
	p.width = 1 + len(self.typ.Needs)
	p.bases = make([]rules.Base, 0, p.width*len(self.twins))
	for _, k := range self.twins {
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

var _ twins.Watcher = (*engine)(nil)
