package process

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// idle is a wait for what only others can end.
type idle string

func (idle) leave(*record)    {}
func (i idle) String() string { return string(i) }

const (
	passive idle = "activation"
	forever idle = "the end of time"
)

// Wait lets d pass. It returns an [Interrupted], which says how much was left, if
// the process was interrupted in it. Of [sim.Never] it waits until it is interrupted or killed.
//
// If nothing else happens before, the run's time moves on without a switch of
// coroutines (see [sim.Sim.Jump]).
func (p Process) Wait(d sim.Time) error { return p.r.park(p.id, d) }

func (r *record) negative(d sim.Time) error {
	return fmt.Errorf("process: %s waits for %v at %v; a delay must not be negative", r.title(), d, r.env.sim.Now())
}

// left notes in an interrupt that came before a Wait began how much was left of it.
func left(err error, d sim.Time) error {
	if in, ok := err.(*Interrupted); ok {
		in.Left = d
	}
	return err
}

// Until waits until the run's time is t, which must not be before now.
func (p Process) Until(t sim.Time) error {
	if p.r == nil {
		return errOutside
	}
	now := p.r.env.sim.Now()
	if t == sim.Never {
		return p.Wait(sim.Never)
	}
	if t < now {
		return fmt.Errorf("process: %s waits until %v, but it is %v already", p.r.title(), t, now)
	}
	return p.Wait(t - now)
}

// Passivate waits until another calls Activate.
func (p Process) Passivate() error {
	r, err := p.enter()
	if err != nil {
		return err
	}
	r.on = passive
	return r.park(r.id, 0)
}

// Activate ends the Passivate of a process. It is an error if the process is not
// in one.
func (p Process) Activate() error {
	if !p.Alive() {
		return fmt.Errorf("activate %s: %w", p.Name(), ErrEnded)
	}
	r := p.r
	if r.state != waiting || r.on != passive || r.timer != 0 {
		return fmt.Errorf("process: activate %s: it is not passive; let it call Passivate first", p.Name())
	}
	r.wakeUp(nil, false)
	return nil
}

// Join waits until other has ended and returns how: its error as a [Failure],
// or [ErrKilled] in one. Whoever joins has taken notice of the error, so that it does not end the run.
func (p Process) Join(other Process) error {
	if p == other {
		return ErrSelf
	}
	if !other.named() {
		return fmt.Errorf("join %s: %w", other.Name(), ErrEnded)
	}
	return p.waitFor(&other.r.done)
}

// Interrupt makes the wait of a process return an [Interrupted] with this cause:
// at this instant, before any other event of processes, and before the process can get
// what it waited for, which stays where it was. If it is not waiting, its next wait returns it at once.
// Several interrupts are told one by one, in order.
//
// It is an error to interrupt oneself, or a process that has ended.
func (p Process) Interrupt(cause any) error {
	if !p.Alive() {
		return fmt.Errorf("interrupt %s: %w", p.Name(), ErrEnded)
	}
	r := p.r
	env := r.env
	if env.current == r {
		return ErrSelf
	}
	in := &Interrupted{Cause: cause, At: env.sim.Now()}
	if env.current != nil {
		in.By = env.current.title()
	}
	r.interrupt(in)
	return nil
}

func (r *record) interrupt(in *Interrupted) {
	r.interrupts = append(r.interrupts, in)
	r.runs = 0
	if r.state != waiting || len(r.interrupts) > 1 || r.sealed {
		return
	}
	if r.on == nil && r.timer != 0 {
		in.Left = r.deadline - in.At
	}
	r.leave()
	r.env.hurry(r)
}

// Kill ends a process: its wait does not return, and its deferred functions run, in
// which waits do not return either, before any other event of processes. What it
// waited for it gives up at once. To kill a process that has ended does nothing;
// a process that kills itself ends there.
func (p Process) Kill() {
	if !p.Alive() {
		return
	}
	r := p.r
	env := r.env
	r.dying = true
	switch {
	case env.current == r:
		r.runs = 0
		panic(killSignal{})
	case r.state == created:
		r.state, r.err = over, ErrKilled
		env.finish(r)
	case r.state == waiting:
		r.leave()
		env.hurry(r)
	}
}

// end kills a process from outside the run.
func (env *Env) end(r *record) {
	r.handle().Kill()
	if r.state == waiting {
		env.current = r
		r.seq++
		r.state = running
		r.next()
		env.current = nil
		env.finish(r)
	}
}
