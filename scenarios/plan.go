package scenarios

import (
	"fmt"
	"strings"
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
		end = ShowDuration(r.end)
	}
	say("run      until %s, seed %d, %s", end, w.sim.Seed(), plural(max(1, w.spec.Run.Replications), "replication"))
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
		say("twins    %d %s: %s%s, %s each", b.count, b.typ.Name, w.twins[b.first].id, last, plural(len(b.attrs), "channel"))
	}
	r.planSources(say)
	for _, x := range r.engine.rules {
		say("rule     %q, %s", x.name, plural(len(x.twins), "time"))
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

// ShowDuration formats a span of simulated time for people, to the nanosecond:
// "46 d 1 h", "10 min", "1.5 s", "4 ms".
func ShowDuration(t sim.Time) string {
	switch {
	case t == sim.Never:
		return "never"
	case t < 0:
		return "-" + ShowDuration(-max(t, 1-sim.Never))
	case t > 0 && t < sim.Microsecond:
		return fmt.Sprintf("%d ns", int64(t))
	case t > 0 && t < sim.Millisecond:
		return decimal(t, sim.Microsecond) + " us"
	case t > 0 && t < sim.Second:
		return decimal(t, sim.Millisecond) + " ms"
	}
	var parts []string
	for _, u := range []struct {
		size sim.Time
		name string
	}{{sim.Day, "d"}, {sim.Hour, "h"}, {sim.Minute, "min"}} {
		if t >= u.size {
			parts = append(parts, fmt.Sprintf("%d %s", t/u.size, u.name))
			t %= u.size
		}
	}
	if t > 0 || parts == nil {
		parts = append(parts, decimal(t, sim.Second)+" s")
	}
	return strings.Join(parts, " ")
}

// decimal formats t in units of size, a power of ten in ns, exactly.
func decimal(t, size sim.Time) string {
	text := fmt.Sprint(int64(t / size))
	if rest := t % size; rest > 0 {
		digits := len(fmt.Sprint(int64(size))) - 1
		text += strings.TrimRight(fmt.Sprintf(".%0*d", digits, int64(rest)), "0")
	}
	return text
}

// plural is "1 channel", "2 channels".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
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
			say("sensors  %d every %s", every[t], ShowDuration(t))
			delete(every, t)
		}
	}
	for i := range r.feeds.configs {
		c := &r.feeds.configs[i]
		say("replay   %s into %s", c.File, plural(len(c.Columns), "channel"))
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
