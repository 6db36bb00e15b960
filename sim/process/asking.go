package process

import (
	"fmt"

	"github.com/twinsim/twinsim/sim/resource"
)

// An Asking is a request of a resource, or a get or put of a container, to be
// combined with others; Request, Get and Put are simpler. It stands in line from the
// start, also while nobody waits for it, until it is done or cancelled.
type Asking struct {
	event
	res   *Resource
	con   *Container
	kind  int32 // of a container: kindPut or kindWake
	ask   Ask
	claim resource.Claim
	index int32 // in env.asked
	place place
}

// Requesting begins a request in the name of a process, which is interrupted if
// it loses what it got.
func (res *Resource) Requesting(p Process, a Ask) *Asking {
	x := &Asking{res: res, ask: a}
	d := res.demand(a)
	x.begin(res.env, &d)
	c, done, err := res.Resource.Request(d)
	if err == nil {
		res.owns(c, p)
	}
	x.begun(c, done, err)
	return x
}

// Getting begins a get.
func (k *Container) Getting(a Ask) *Asking { return k.asking(a, kindWake) }

// Putting begins a put.
func (k *Container) Putting(a Ask) *Asking { return k.asking(a, kindPut) }

func (k *Container) asking(a Ask, kind int32) *Asking {
	x := &Asking{con: k, ask: a, kind: kind}
	d := k.demand(a)
	x.begin(k.env, &d)
	x.begun(k.ask(d, kind))
	return x
}

// begin reserves a place by which the grant finds x.
func (x *Asking) begin(env *Env, d *resource.Demand) {
	x.env, x.self = env, x
	if n := len(env.unasked) - 1; n >= 0 {
		x.index = env.unasked[n]
		env.unasked = env.unasked[:n]
		env.asked[x.index] = x
	} else {
		x.index = int32(len(env.asked))
		env.asked = append(env.asked, x)
	}
	d.Kind, d.ExpiredKind, d.Arg = kindGranted, kindExpired, uint64(x.index)
}

func (x *Asking) begun(c resource.Claim, done bool, err error) {
	x.claim, x.place = c, queued
	if err != nil || done {
		x.vacate()
		x.state, x.err, x.place = succeeded, err, settled
		if err != nil {
			x.state, x.defused, x.place = failed, true, nowhere
		}
	}
}

// answer is what the resource tells.
func (x *Asking) answer(err error) {
	x.vacate()
	x.place = settled
	if err != nil {
		x.place, x.defused = nowhere, true
	}
	x.trigger(err, true)
}

func (x *Asking) vacate() {
	x.env.asked[x.index] = nil
	x.env.unasked = append(x.env.unasked, x.index)
}

// Wait waits until it is done, and returns [ErrReneged] if patience ran out.
// After an interrupt it keeps its place in line: wait again, or cancel it.
func (x *Asking) Wait(p Process) error { return p.waitFor(&x.event) }

// Claim returns what was got of a resource, to be released; the zero Claim before.
func (x *Asking) Claim() Claim {
	if x.state != succeeded {
		return Claim{}
	}
	return Claim{x.res, x.claim}
}

// Cancel takes it out of the line. What it got and nobody has waited for yet goes
// back; after that, and for a put that has happened, Cancel does nothing.
func (x *Asking) Cancel() {
	if x.place == nowhere || x.place == settled && x.kind == kindPut {
		return
	}
	switch {
	case x.res != nil:
		x.res.release(x.claim)
	case x.place == queued:
		x.con.withdraw(x.claim)
	default:
		d := x.con.demand(x.ask)
		d.Kind, d.Patience = kindNothing, 0
		if _, _, err := x.con.Container.Put(d); err != nil {
			x.env.stop(err)
		}
	}
	if x.place == queued {
		x.vacate()
	}
	x.place, x.defused = nowhere, true
	x.cancel()
}

// String says what it waits for.
func (x *Asking) String() string {
	n, of, verb := max(1, x.ask.Amount), fmt.Stringer(x.res), "of"
	if x.con != nil {
		of = x.con
	}
	if x.kind == kindPut {
		verb = "room in"
	}
	return fmt.Sprintf("%d %s %v", n, verb, of)
}

func (x *Asking) arm()    {}
func (x *Asking) disarm() {}
func (x *Asking) withdraw() {
	if x.first == nil {
		x.Cancel()
	}
}
func (x *Asking) deliver()   { x.place = nowhere }
func (x *Asking) value() any { return x.Claim() }
