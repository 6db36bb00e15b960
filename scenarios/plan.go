package scenarios

import (
	"fmt"
	"time"

	"github.com/twinsim/twinsim/sim"
)

// Plan returns what the scenario expands to, a line each: for people.
func (r *Run) Plan() []string {
	w := r.world
	var p plan
	say := p.say
	say("%s: %s", w.spec.Name, w.spec.Title)
	end := "its data end"
	if r.end != sim.Never {
		end = fmt.Sprintf("%g d", r.end.Days())
	}
	say("run      until %s, seed %d, %d replications", end, w.sim.Seed(), w.spec.Run.Replications)
	if !w.epoch.IsZero() {
		say("start    %s", w.epoch.Format(time.RFC3339))
	}
	for i := range w.spec.Params {
		p := &w.spec.Params[i]
		say("param    %s = %s", p.Name, p.show())
	}
	for i := range w.blocks {
		b := &w.blocks[i]
		last := ""
		if b.count > 1 {
			last = " to " + w.twins[b.first+b.count-1].id
		}
		say("twins    %d %s: %s%s, %d channels each", b.count, b.typ.Name, w.twins[b.first].id, last, len(b.attrs))
	}
	r.planSources(say)
	for _, x := range r.engine.rules {
		say("rule     %q, %d times", x.name, len(x.twins))
	}
	for i := range w.spec.Faults {
		f := &w.spec.Faults[i]
		say("fault    %s on %s", f.Kind, f.On)
	}
	for i := range w.spec.KPIs {
		say("kpi      %s = %s", w.spec.KPIs[i].Name, w.spec.KPIs[i].Expr)
	}
	for i := range w.spec.Checks {
		say("check    %s", w.spec.Checks[i].That)
	}
	if n := len(w.spec.Variants); n > 0 {
		say("variants %d, for compare", n)
	}
	return p.lines
}

type plan struct{ lines []string }

func (p *plan) say(format string, args ...any) {
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

// planSources tells what is measured, what is read, and what happens to it.
func (r *Run) planSources(say func(string, ...any)) {
	w := r.world
	every := make(map[sim.Time]int)
	for _, s := range r.feeds.synth.Sensors {
		every[s.Config.Every]++
	}
	for i := range w.spec.Sensors {
		if t, err := w.spec.Span(w.spec.Sensors[i].Every); err == nil && every[t] > 0 {
			say("sensors  %d every %v", every[t], t)
			delete(every, t)
		}
	}
	for i := range r.feeds.configs {
		c := &r.feeds.configs[i]
		say("replay   %s into %d channels", c.File, len(c.Columns))
	}
	for i := range w.spec.Pipes {
		p := &w.spec.Pipes[i]
		steps := ""
		for k := range p.Steps {
			steps += " " + p.Steps[k].Kind.Src
		}
		say("pipe     %s:%s", p.On, steps)
	}
}
