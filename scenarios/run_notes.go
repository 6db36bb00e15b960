package scenarios

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// ruleNotes says what rules, events and faults did not do that the reader may
// take for done.
func (r *Run) ruleNotes() []string {
	var notes []string
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if f := &r.flushed; f.Beyond {
		note("the run goes on from a state saved after its end at %s, when the stages had handed on what they held: around there it differs from a run that goes straight on; save with an earlier time for one that does not", ShowDuration(f.At))
	}
	r.beyond(note)
	for _, x := range r.engine.rules {
		x.passedOver(note)
		for k := range x.state.Undone {
			if u := &x.state.Undone[k]; u.N > 0 && k < len(x.actions) {
				note("%s %q fired, but its action %s was not done %s, since %s (first at %s)",
					x.kind, x.name, x.actions[k].title, times(u.N), u.Why, ShowDuration(u.First))
			}
		}
	}
	for _, c := range r.world.capped {
		if r.world.sim.Now() > c.last {
			note("fault %q comes %d times, the last at %s, and not again: nothing says how long the run is; give it a for", c.name, maxOnsets, ShowDuration(c.last))
		}
	}
	return notes
}

// passedOver notes the times of the rule that lay before the run, or before the
// rule came into it.
func (x *rule) passedOver(note func(string, ...any)) {
	if x.clock == nil {
		return
	}
	if _, more := x.clock.at(x.state.Skipped); !more { // of a fork: Build refuses the others
		if x.state.Struck >= 0 {
			note("%s %q happens no more: the times that it has now were past when the run was forked", x.kind, x.name)
			return
		}
		note("%s %q never happened: it came into the run when its time was past", x.kind, x.name)
	} else if n := x.clock.before(0); n > 0 {
		note("%s %q: what comes before the run begins was passed over (%s)", x.kind, x.name, times(uint64(n)))
	}
}

func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// beyond notes rules, events and faults that come first when the run has ended.
func (r *Run) beyond(note func(string, ...any)) {
	w := r.world
	end, what := r.end, "the end"
	if r.stop != nil && r.stop.ended {
		end, what = w.sim.Now(), "the end of the data"
	}
	late := func(kind, name string, at sim.Time) {
		if at > end {
			note("%s %q at %s lies beyond %s, %s", kind, name, ShowDuration(at), what, ShowDuration(end))
		}
	}
	for _, x := range r.engine.rules {
		if x.clock == nil {
			continue
		}
		if at, ok := x.clock.at(x.clock.before(0)); ok {
			late(x.kind, x.name, at)
		}
	}
	for i := range w.spec.Faults {
		x := &w.spec.Faults[i]
		if at, err := w.spec.Offset(x.From); err == nil {
			late("fault", faultTitle(x), at)
		}
	}
}
