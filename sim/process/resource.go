package process

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
)

// A Resource is a [resource.Resource] for processes: its Stats, Holders,
// SetCapacity and so on are here too. Which kind it is, first come first served,
// by priority or pre-emptive, its [resource.Config] says.
type Resource struct {
	*resource.Resource
	env    *Env
	owners []owner // by the place of a claim
}

// An owner is the process that asked for a claim.
type owner struct {
	claim resource.Claim
	p     Process
}

// An Ask says what a process wants of a resource. The zero Ask is one unit.
type Ask struct {
	Amount   int64    // units; 0 is 1
	Priority int32    // lower goes first
	Preempt  bool     // take it from holders of a higher number
	Patience sim.Time // how long to wait; 0 is for ever, unlike that of Store.GetWithin
}

// A Claim is what a process holds of a resource until it is released, or lost
// to another. The zero Claim is none.
type Claim struct {
	res *Resource
	c   resource.Claim
}

// A Preempted is the cause of the interrupt of a process that lost a claim.
type Preempted struct {
	Resource string
	By       string   // name of the process, or the actor, that took it; "" if the capacity fell
	Since    sim.Time // when the process had got it
}

// Error says what was lost.
func (e *Preempted) Error() string {
	if e.By == "" {
		return fmt.Sprintf("process: %s was taken away: less is there", e.Resource)
	}
	return fmt.Sprintf("process: %s was taken by %s", e.Resource, e.By)
}

// A loss is a claim whose owner is to be told that it is gone.
type loss struct {
	res *Resource
	w   resource.Waiter
}

// NewResource adds a resource to the run.
func (env *Env) NewResource(name string, c resource.Config) (*Resource, error) {
	res := &Resource{env: env}
	theirs := c.Hooks.OnRelease
	c.Hooks.OnRelease = func(s *sim.Sim, w resource.Waiter) {
		if theirs != nil {
			theirs(s, w)
		}
		if w.Lost && w.To == env.id {
			env.losses.push(loss{res, w})
			if !env.inside {
				env.kick()
			}
		}
	}
	var err error
	if res.Resource, err = resource.New(env.sim, name, c); err != nil {
		return nil, err
	}
	return res, nil
}

// String returns the name.
func (res *Resource) String() string { return res.Name() }

func (res *Resource) demand(a Ask) resource.Demand {
	env := res.env
	return resource.Demand{To: env.id, Rank: env.rank, Amount: a.Amount, Priority: a.Priority, Preempt: a.Preempt,
		Patience: a.Patience, Reported: true, PreemptedKind: kindNothing}
}

// Request waits for units and returns the claim to them, or [ErrReneged] if
// patience ran out, or [resource.ErrFull]. A process that is interrupted or
// killed while it waits leaves the line, and gives back what it was granted but not told of.
//
//	c, err := counter.Request(p, process.Ask{})
//	if err != nil {
//		return err
//	}
//	defer c.Release()
func (res *Resource) Request(p Process, a Ask) (Claim, error) {
	r, err := p.enter()
	if err != nil {
		return Claim{}, err
	}
	if r.env != res.env {
		return Claim{}, fmt.Errorf("process: %s waits for %v of another environment; make both with one Env", r.title(), res)
	}
	d := res.demand(a)
	d.Kind, d.ExpiredKind, d.Arg = kindWake, kindPatience, r.arg()
	c, granted, err := res.Resource.Request(d)
	if err != nil {
		return Claim{}, err
	}
	res.owns(c, p)
	if !granted {
		r.claim, r.on = c, res
		if err := r.park(r.id, 0); err != nil {
			return Claim{}, err
		}
	}
	return Claim{res, c}, nil
}

// owns notes who asked for a claim.
func (res *Resource) owns(c resource.Claim, p Process) {
	i := int(uint32(c))
	for len(res.owners) <= i {
		res.owners = append(res.owners, owner{})
	}
	res.owners[i] = owner{c, p}
}

// owner returns the process that asked for a claim; the zero Process if that was
// another actor.
func (res *Resource) owner(c resource.Claim) Process {
	if i := int(uint32(c)); i < len(res.owners) && res.owners[i].claim == c {
		return res.owners[i].p
	}
	return Process{}
}

// taker names who holds a claim.
func (res *Resource) taker(c resource.Claim) string {
	if p := res.owner(c); p != (Process{}) {
		return p.Name()
	}
	if w, ok := res.Look(c); ok {
		return res.env.sim.ActorName(w.To)
	}
	return "another"
}

// leave is for a process that waits in line or was granted something just now.
func (res *Resource) leave(r *record) { res.release(r.claim) }

func (res *Resource) release(c resource.Claim) bool {
	ok, err := res.Resource.Release(c)
	if err != nil {
		res.env.stop(err)
	}
	return ok
}

// Release gives back what the claim holds. It reports false if it holds nothing:
// it was released before, or lost.
func (c Claim) Release() bool { return c.res != nil && c.res.release(c.c) }

// Held reports whether the claim holds its units.
func (c Claim) Held() bool { return c.res != nil && c.res.Holds(c.c) }

// bereave tells a process that a claim of it is lost.
func (env *Env) bereave(l loss) {
	p, cause := l.res.owner(l.w.Claim), &Preempted{Resource: l.res.Name(), Since: l.w.Granted}
	if l.w.By != 0 {
		cause.By = l.res.taker(l.w.By)
	}
	l.res.release(l.w.Claim) // no notice any more
	if l.w.Kind == kindGranted {
		if x := env.asked[l.w.Arg]; x != nil && x.res == l.res && x.claim == l.w.Claim {
			x.answer(cause)
			return
		}
	}
	if p.Alive() {
		p.r.interrupt(&Interrupted{Cause: cause, By: cause.By, At: env.sim.Now()})
	}
}

// A Container is a [resource.Container] for processes, with a level in a whole
// number of units.
type Container struct {
	*resource.Container
	env *Env
}

// NewContainer adds a container to the run.
func (env *Env) NewContainer(name string, c resource.ContainerConfig) (*Container, error) {
	theirs := c.Hooks.OnAcquire
	c.Hooks.OnAcquire = func(s *sim.Sim, w resource.Waiter) {
		if theirs != nil {
			theirs(s, w)
		}
		if w.To != env.id || w.Kind != kindPut {
			return
		}
		if r := env.find(w.Arg); r != nil { // a put that is done can't be undone
			r.on, r.sealed, r.special = nil, true, true
		}
	}
	inner, err := resource.NewContainer(env.sim, name, c)
	if err != nil {
		return nil, err
	}
	return &Container{inner, env}, nil
}

// String returns the name.
func (k *Container) String() string { return k.Name() }

// Get takes so much from the level, and waits until it is there and it is the
// process's turn: who came first is served first, even if less would do for the next.
// [ErrReneged] if it was not there within the patience of the Ask.
func (k *Container) Get(p Process, a Ask) error { return k.wait(p, a, kindWake) }

// Put adds so much to the level, and waits until there is room. A put that has
// happened stays: see [Store.PutWithin].
func (k *Container) Put(p Process, a Ask) error { return k.wait(p, a, kindPut) }

func (k *Container) wait(p Process, a Ask, kind int32) error {
	r, err := p.enter()
	if err != nil {
		return err
	}
	if r.env != k.env {
		return fmt.Errorf("process: %s waits for %v of another environment; make both with one Env", r.title(), k)
	}
	d := k.demand(a)
	d.Kind, d.ExpiredKind, d.Arg = kind, kindPatience, r.arg()
	c, done, err := k.ask(d, kind)
	if done || err != nil {
		return err
	}
	r.claim, r.on = c, k
	return r.park(r.id, 0)
}

func (k *Container) demand(a Ask) resource.Demand {
	return resource.Demand{To: k.env.id, Rank: k.env.rank, Amount: a.Amount, Priority: a.Priority, Patience: a.Patience, Reported: true}
}

func (k *Container) ask(d resource.Demand, kind int32) (resource.Claim, bool, error) {
	if kind == kindPut {
		return k.Container.Put(d)
	}
	return k.Container.Get(d)
}

func (k *Container) leave(r *record) { k.withdraw(r.claim) }

func (k *Container) withdraw(c resource.Claim) {
	if _, err := k.Container.Withdraw(c); err != nil {
		k.env.stop(err)
	}
}
