package scenarios

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// A span is a duration of a rule or an action: fixed, or that of a param which
// actions change, as it is when it is used.
type span struct {
	time  sim.Time
	from  int    // the param that it follows, plus 1; 0 if it is fixed
	key   string // "hold", "quiet", "for"
	above bool   // it must be above 0
	world *world
}

// changes reports whether an action may change it.
func (d *span) changes() bool { return d.from > 0 }

// now returns how long it is.
func (d *span) now() (sim.Time, error) {
	if d.from == 0 {
		return d.time, nil
	}
	p := &d.world.spec.Params[d.from-1]
	v := d.world.params[d.from-1]
	s, err := p.Unit.Convert(v, second)
	if err != nil {
		return 0, err
	}
	t, err := sim.FromSeconds(s)
	if err == nil {
		err = d.check(t)
	}
	if err != nil {
		return 0, fmt.Errorf("its %s is p.%s, which is %s now: %w", d.key, p.Name, p.format(v), err)
	}
	return t, nil
}

func (d *span) check(t sim.Time) error {
	switch {
	case t < 0:
		return fmt.Errorf("want a duration of 0 or more")
	case t == 0 && d.above:
		return fmt.Errorf("want a duration above 0")
	}
	return nil
}

// span reads a duration that is looked at whenever it is used.
func (w *world) span(key string, x Duration, above bool) span {
	d := span{key: key, above: above, world: w}
	var err error
	if d.time, err = w.live().Span(x); err == nil && x.Param != "" {
		if err = d.check(d.time); err != nil {
			err = fmt.Errorf("%s is p.%s, which is %s; %w", key, x.Param, w.spec.Param(x.Param).show(), err)
		}
	}
	w.problem(x.Text, err)
	if _, changes := w.spec.changing[x.Param]; changes && x.Param != "" {
		d.from = 1 + indexOf(w.spec.paramNames(), x.Param)
	}
	return d
}

// live is the scenario for what is looked at whenever it is used, and so may be a
// param that actions change.
func (w *world) live() *Spec {
	s := *w.spec
	s.changing = nil
	return &s
}

// changedParams returns the params that actions change, with who does.
func (s *Spec) changedParams() map[string]string {
	all := make(map[string]string)
	look := func(who string, list []Action) {
		for i := range list {
			if a := &list[i]; a.Kind == "param" && all[a.What.Src] == "" {
				all[a.What.Src] = who
			}
		}
	}
	for i := range s.Rules {
		look(fmt.Sprintf("rule %q", s.Rules[i].Name), s.Rules[i].Then)
	}
	for i := range s.Events {
		look(fmt.Sprintf("event %q", s.Events[i].title(i)), s.Events[i].Then)
	}
	return all
}

// title returns the name of event i of the file.
func (x *Event) title(i int) string {
	if x.Name.Given() {
		return x.Name.Src
	}
	return fmt.Sprintf("event %d", i+1)
}
