package scenarios

import (
	"fmt"
	"time"

	"github.com/twinsim/twinsim/sim"
)

// looks is the actor that has a rule look at its condition: at the strikes of its
// clock, every so often, or once in the beginning if inputs drive it. Its name
// goes by these times: in a fork that has others the old ones are dropped, and the
// new ones begin.
type looks rule

// looksName says when a rule looks.
func (r *rule) looksName() string {
	text := "inputs"
	switch c := r.clock; {
	case c != nil:
		text = fmt.Sprint("clock ", c.first.Format(time.RFC3339Nano), c.first.Location(), c.days, c.clock, c.every, c.until)
	case r.recheck > 0:
		text = fmt.Sprint("every ", r.recheck)
	}
	return fmt.Sprintf("rule/%s/looks %016x", r.name, hashOf(text))
}

// Start schedules the first strike of the clock that is not past, or has all
// instances evaluated: some are true from the beginning.
func (v *looks) Start(s *sim.Sim) error {
	r := (*rule)(v)
	if c := r.clock; c != nil {
		n := c.before(s.Now())
		if at, ok := c.at(n); ok && at == r.state.Struck { // by the clock it had before
			n++
		}
		r.state.Skipped, r.state.Ticks = n, n
		return v.tick(s)
	}
	for i := range r.state.Instances {
		r.state.Instances[i].Known = true
		r.mark(i)
	}
	if r.recheck > 0 {
		return v.again(s)
	}
	return nil
}

// Handle has all instances evaluated, and schedules the next look.
func (v *looks) Handle(s *sim.Sim, _ sim.Event) error {
	r := (*rule)(v)
	r.markAll()
	if r.clock == nil {
		return v.again(s)
	}
	r.state.Struck = s.Now()
	r.state.Ticks++
	return v.tick(s)
}

// again schedules the next look at all instances.
func (v *looks) again(s *sim.Sim) error {
	_, err := s.Schedule(sim.Event{At: s.Now().Plus(v.recheck), Rank: sim.RankTimer, To: v.looks})
	return err
}

// tick schedules the next strike of the rule's clock.
func (v *looks) tick(s *sim.Sim) error {
	at, ok := v.clock.at(v.state.Ticks)
	if !ok {
		return nil
	}
	_, err := s.Schedule(sim.Event{At: at, Rank: sim.RankTimer, To: v.looks})
	return err
}
