package process

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// A StoreConfig says how a store is made. The zero StoreConfig is a store without
// limit that gives its items in the order in which they came.
type StoreConfig[T any] struct {
	Capacity int // items; 0 is no limit
	// Before makes it a priority store: whether item a goes before b. Equal ones
	// go in the order in which they came.
	Before func(a, b T) bool
}

// A Store holds items of any Go type, which processes put and get. Who waits
// first is served first; a getter with a filter lets those behind it take what it does not want.
type Store[T any] struct {
	env     *Env
	name    string
	config  StoreConfig[T]
	seq     uint64
	items   shelf[T]
	getters list[Getting[T], *Getting[T]]
	putters list[Putting[T], *Putting[T]]
	idleG   []*Getting[T]
	idleP   []*Putting[T]
}

// NewStore adds a store. The name is for reports. Items can be anything, so a run
// with items in a store can't be saved; resource.Store can be.
func NewStore[T any](env *Env, name string, c StoreConfig[T]) (*Store[T], error) {
	if c.Capacity < 0 {
		return nil, fmt.Errorf("process: store %q: a capacity of %d; want 1 or more, or 0 for no limit", name, c.Capacity)
	}
	s := &Store[T]{env: env, name: name, config: c, items: shelf[T]{before: c.Before}}
	env.stores = append(env.stores, s)
	return s, nil
}

// Name returns the name.
func (s *Store[T]) Name() string { return s.name }

// Len returns how many items there are.
func (s *Store[T]) Len() int { return s.items.len() }

// Getters returns how many gets wait.
func (s *Store[T]) Getters() int { return s.getters.n }

// Putters returns how many puts wait.
func (s *Store[T]) Putters() int { return s.putters.n }

// Items returns a copy of the items, those that came first first.
func (s *Store[T]) Items() []T { return s.items.inOrder() }

// String returns the name.
func (s *Store[T]) String() string { return "store " + s.name }

func (s *Store[T]) full() bool { return s.config.Capacity > 0 && s.items.len() >= s.config.Capacity }

// Put puts an item, and waits while the store is full.
func (s *Store[T]) Put(p Process, v T) error { return s.PutWithin(p, v, sim.Never) }

// PutWithin is Put with patience: [ErrReneged] if there was no room for so long.
//
// A put that has happened stays: a process that is interrupted at the instant at which it
// happens, and before it goes on, gets the interrupt at its next wait.
func (s *Store[T]) PutWithin(p Process, v T, patience sim.Time) error {
	r, err := p.enter()
	if err != nil {
		return err
	}
	if !s.full() && s.putters.n == 0 && s.env == r.env {
		s.admit(v)
		return nil
	}
	if err := s.check(r, patience); err != nil {
		return err
	}
	var x *Putting[T]
	if n := len(s.idleP) - 1; n >= 0 {
		x = s.idleP[n]
		s.idleP = s.idleP[:n]
	} else {
		x = new(Putting[T])
	}
	x.store, x.r, x.v, x.place = s, r, v, queued
	s.putters.push(x)
	r.on = x
	if err := r.impatient(patience); err != nil {
		s.putters.remove(x)
		r.on = nil
		return err
	}
	err = r.park(r.id, 0)
	*x = Putting[T]{}
	s.idleP = append(s.idleP, x)
	return err
}

// TryPut puts an item if that is possible at once. Handlers of other actors may
// call it.
func (s *Store[T]) TryPut(v T) bool {
	if s.full() || s.putters.n > 0 {
		return false
	}
	s.admit(v)
	return true
}

// Get takes the next item, and waits while there is none. If the process is
// interrupted or killed, it takes none.
func (s *Store[T]) Get(p Process) (v T, err error) {
	r, err := p.enter()
	if err != nil {
		return v, err
	}
	if s.items.len() > 0 && s.env == r.env {
		return s.take(0).v, nil
	}
	return s.await(r, nil, sim.Never)
}

// GetWithin takes the next item for which filter is true; a nil filter takes
// any. It returns [ErrReneged] if there was none for so long; a patience of 0 takes
// what there is or nothing, unlike that of an [Ask]. The filter is asked once
// for each item and must only look.
func (s *Store[T]) GetWithin(p Process, filter func(T) bool, patience sim.Time) (v T, err error) {
	r, err := p.enter()
	if err != nil {
		return v, err
	}
	if err := s.check(r, patience); err != nil {
		return v, err
	}
	if i := s.items.find(filter); i >= 0 {
		return s.take(i).v, nil
	}
	return s.await(r, filter, patience)
}

func (s *Store[T]) await(r *record, filter func(T) bool, patience sim.Time) (v T, err error) {
	if err := s.check(r, patience); err != nil {
		return v, err
	}
	var x *Getting[T]
	if n := len(s.idleG) - 1; n >= 0 {
		x = s.idleG[n]
		s.idleG = s.idleG[:n]
	} else {
		x = new(Getting[T])
	}
	x.store, x.r, x.filter, x.place = s, r, filter, queued
	s.getters.push(x)
	r.on = x
	if err := r.impatient(patience); err != nil {
		s.getters.remove(x)
		r.on = nil
		return v, err
	}
	err = r.park(r.id, 0)
	v = x.item.v
	*x = Getting[T]{}
	s.idleG = append(s.idleG, x)
	return v, err
}

// TryGet takes the next item if there is one. Handlers of other actors may call it.
func (s *Store[T]) TryGet() (v T, ok bool) {
	if s.items.len() == 0 {
		return v, false
	}
	return s.take(0).v, true
}

func (s *Store[T]) check(r *record, patience sim.Time) error {
	if s.env != r.env {
		return fmt.Errorf("process: %s waits for %v of another environment; make both with one Env", r.title(), s)
	}
	if patience < 0 {
		return fmt.Errorf("process: %s waits for %v with a patience of %v; want 0 or more", r.title(), s, patience)
	}
	return nil
}

// impatient limits the wait that is about to begin.
func (r *record) impatient(patience sim.Time) error {
	at := r.env.sim.Now().Plus(patience)
	if at == sim.Never {
		return nil
	}
	h, err := r.env.sim.Schedule(sim.Event{At: at, Rank: r.env.rank, To: r.env.id, Kind: kindPatience, Arg: r.arg()})
	r.timer = h
	return err
}

// take takes the i-th item, and lets a waiting put in.
func (s *Store[T]) take(i int) stocked[T] {
	x := s.items.remove(i)
	if s.putters.n > 0 {
		s.refill()
	}
	return x
}

func (s *Store[T]) refill() {
	for s.putters.n > 0 && !s.full() {
		x := s.putters.first
		s.putters.remove(x)
		x.place = settled
		v := x.v
		if x.r != nil {
			x.r.on, x.r.sealed, x.r.special = nil, true, true
			x.r.wakeUp(nil, false)
		} else {
			x.trigger(nil, false)
		}
		s.admit(v)
	}
}

// admit gives a new item to who waits for it, or stores it.
func (s *Store[T]) admit(v T) {
	s.seq++
	s.restore(stocked[T]{v, s.seq})
}

// restore is admit for an item that has been in the store: it goes where it was.
func (s *Store[T]) restore(x stocked[T]) {
	for g := s.getters.first; g != nil; g = g.next {
		if g.filter == nil || g.filter(x.v) {
			s.getters.remove(g)
			g.item, g.place = x, settled
			if g.r != nil {
				g.r.wakeUp(nil, false)
			} else {
				g.trigger(nil, false)
			}
			return
		}
	}
	s.items.add(x)
}

// place says where a get or put is.
type place uint8

const (
	nowhere place = iota // over, or not begun
	queued
	settled // it has happened, and can be taken back
)

// A Getting is a get to be combined with others; [Store.Get] is simpler. It
// stands in line from the start, also while nobody waits for it, until it is done or cancelled.
type Getting[T any] struct {
	event
	links[Getting[T]]
	store  *Store[T]
	r      *record // of a Get
	filter func(T) bool
	item   stocked[T]
	place  place
}

// Getting begins a get. A nil filter takes any item.
func (s *Store[T]) Getting(filter func(T) bool) *Getting[T] {
	g := &Getting[T]{store: s, filter: filter, place: queued}
	g.env, g.self = s.env, g
	if i := s.items.find(filter); i >= 0 {
		g.item, g.place, g.state = s.take(i), settled, succeeded
	} else {
		s.getters.push(g)
	}
	return g
}

// Wait waits for the item. After an interrupt the get keeps its place in line:
// wait again, or cancel it.
func (g *Getting[T]) Wait(p Process) (T, error) {
	err := p.waitFor(&g.event)
	return g.item.v, err
}

// Value returns the item, or [ErrPending], or [ErrWithdrawn].
func (g *Getting[T]) Value() (T, error) { return g.item.v, g.Err() }

// Cancel takes the get out of the line. An item that it got and that nobody has
// waited for yet goes back to where it was; after that, Cancel does nothing.
func (g *Getting[T]) Cancel() {
	switch g.place {
	case queued:
		g.store.getters.remove(g)
	case settled:
		g.store.restore(g.item)
	default:
		return
	}
	g.place, g.item, g.defused = nowhere, stocked[T]{}, true
	g.cancel()
}

func (ev *event) cancel() {
	if ev.state == pending {
		ev.trigger(ErrWithdrawn, false)
	}
	ev.state, ev.err = failed, ErrWithdrawn
}

func (g *Getting[T]) leave(r *record) {
	if g.r == nil {
		g.event.leave(r)
		return
	}
	if g.place == queued {
		g.store.getters.remove(g)
	} else {
		g.store.restore(g.item)
	}
	g.item, g.place = stocked[T]{}, nowhere
}

// String says what it waits for.
func (g *Getting[T]) String() string { return "an item of " + g.store.String() }

func (g *Getting[T]) arm()    {}
func (g *Getting[T]) disarm() {}
func (g *Getting[T]) withdraw() {
	if g.first == nil {
		g.Cancel()
	}
}
func (g *Getting[T]) deliver()   { g.place = nowhere }
func (g *Getting[T]) value() any { return g.item.v }

// A Putting is a put to be combined with others; [Store.Put] is simpler. It
// stands in line from the start until it is done or cancelled.
type Putting[T any] struct {
	event
	links[Putting[T]]
	store *Store[T]
	r     *record // of a Put
	v     T
	place place
}

// Putting begins a put.
func (s *Store[T]) Putting(v T) *Putting[T] {
	x := &Putting[T]{store: s, v: v, place: queued}
	x.env, x.self = s.env, x
	if !s.full() && s.putters.n == 0 {
		x.place, x.state = settled, succeeded
		s.admit(v)
	} else {
		s.putters.push(x)
	}
	return x
}

// Wait waits for the put to happen. After an interrupt it keeps its place in
// line: wait again, or cancel it.
func (x *Putting[T]) Wait(p Process) error { return p.waitFor(&x.event) }

// Cancel takes the put out of the line. It does nothing if it has happened.
func (x *Putting[T]) Cancel() {
	if x.place == queued {
		x.store.putters.remove(x)
		x.place, x.defused = nowhere, true
		x.cancel()
	}
}

func (x *Putting[T]) leave(r *record) {
	if x.r == nil {
		x.event.leave(r)
	} else if x.place == queued {
		x.store.putters.remove(x)
		x.place = nowhere
	}
}

// String says what it waits for.
func (x *Putting[T]) String() string { return "room in " + x.store.String() }

func (x *Putting[T]) arm()    {}
func (x *Putting[T]) disarm() {}
func (x *Putting[T]) withdraw() {
	if x.first == nil {
		x.Cancel()
	}
}
func (x *Putting[T]) deliver()   {}
func (x *Putting[T]) value() any { return x.v }
