package process

import (
	"context"
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// Waiting returns which processes wait for what only others can bring about.
func (env *Env) Waiting() []sim.Waiting {
	var all []sim.Waiting
	for _, r := range env.byAge() {
		if r.state == waiting && r.on != nil {
			all = append(all, sim.Waiting{Who: r.title(), What: r.on.String(), Since: r.since})
		}
	}
	return all
}

// RunUntil runs until a has happened and returns the error it failed with. If
// nothing is left to do before that, the error is a [sim.StuckError], which says
// who waits for what.
func (env *Env) RunUntil(ctx context.Context, a Awaitable) error {
	if a == nil {
		return errNil
	}
	ev := a.core()
	if ev.state == pending {
		if r, ok := ev.self.(*record); ok {
			r.kept = true
		}
		n := ev.onDone(func(error) { env.sim.Stop() })
		err := env.sim.Run(ctx, sim.Never)
		if n != nil && n.ev != nil {
			ev.drop(n)
		}
		if err != nil {
			return err
		}
	}
	if at, some := env.sim.Next(); ev.state == pending && some {
		return fmt.Errorf("process: stopped at %v, with events to come at %v, before %v: %w", env.sim.Now(), at, ev, ErrPending)
	}
	if ev.state == pending {
		return &sim.StuckError{At: env.sim.Now(), Waiting: env.Waiting()}
	}
	ev.defused = true
	return ev.err
}

// A saver keeps a run from being saved while there are processes, whose stacks
// can't be.
type saver struct{ env *Env }

// saverVersion is the format of what an Env saves.
const saverVersion = 1

// MarshalBinary is an error if a process is alive.
func (s *saver) MarshalBinary() ([]byte, error) {
	env := s.env
	if all := env.byAge(); len(all) > 0 {
		return nil, fmt.Errorf("process: %d processes are alive, such as %q, and a process can't be saved; "+
			"save when all have ended, or replay the run from its start", len(all), all[0].title())
	}
	for _, a := range env.alarms {
		if a != nil {
			return nil, fmt.Errorf("process: a function is to be called by %v, and can't be saved; stop it first", a)
		}
	}
	for _, x := range env.asked {
		if x != nil {
			return nil, fmt.Errorf("process: somebody asked for %v, and that can't be saved; cancel it first", x)
		}
	}
	for _, s := range env.stores {
		if s.Len() > 0 {
			return nil, fmt.Errorf("process: %v holds %d items, of any type, and can't be saved; empty it, or use a resource.Store", s, s.Len())
		}
	}
	if env.checks.n+env.calls.n > 0 || env.busy() {
		return nil, fmt.Errorf("process: callbacks wait for their turn, and can't be saved; step on, then save")
	}
	return []byte{saverVersion}, nil
}

// UnmarshalBinary takes away the processes that were started while the run was
// built, and what was to be called: in the saved run, all had ended.
func (s *saver) UnmarshalBinary(data []byte) error {
	if len(data) != 1 || data[0] != saverVersion {
		return fmt.Errorf("process: this state was not saved by this version of the package")
	}
	for _, r := range s.env.byAge() {
		s.env.end(r)
	}
	env := s.env
	for _, a := range env.alarms {
		if a != nil {
			a.forget()
		}
	}
	for _, x := range env.asked {
		if x != nil {
			x.place = nowhere
		}
	}
	env.alarms, env.lull, env.asked, env.unasked = nil, nil, nil, nil
	env.urgent, env.ready, env.losses = ring[ticket]{}, ring[ticket]{}, ring[loss]{}
	env.checks, env.calls = ring[*event]{}, ring[func()]{}
	env.kicked, env.err = false, nil
	return nil
}
