package resource

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/twinsim/twinsim/sim"
)

// A desk is what all kinds of resource have in common: demands in slots, which
// stand in up to two lines, have a timer of their patience and a notice under
// way.
type desk struct {
	sim     *sim.Sim
	id      sim.ActorID
	name    string
	hooks   Hooks
	orders  [2]order
	discard func(i int32) // is told of a slot that gets free
	keeper  keeper
	ranked  bool // Demand.Priority counts
	takes   bool // Demand.Preempt does
	hooked  bool // a hook is being called
	gone    bool // of a loaded state: clients that this build doesn't have still have claims
	st      deskState
}

// A keeper is the kind of resource that a desk is part of.
type keeper interface {
	sim.Actor
	// giveUp ends what slot i was given, and serves nobody yet.
	giveUp(now sim.Time, i int32) error
	// serve gives to those in line what can be given.
	serve(now sim.Time) error
}

// deskState is what of a desk changes during a run.
type deskState struct {
	Slots []slot // the first is never used: 0 is no slot
	Links []link // by slot
	Free  []int32
	Turn  uint64
	Lines [2]line
	Queue [2]LineStats // by line
	Over  line         // slots of claims that are over, whose client may not have been told yet
}

// A slot holds one demand.
type slot struct {
	Waiter
	State  state
	Line   int8
	Item   int32 // of a store: what a put brings, or a get was given
	Notice sim.Handle
	Timer  sim.Handle
	Ended  sim.Time // of a claim that is over
}

type state uint8

const (
	unused state = iota
	waiting
	held
	// over: the claim ended at Ended without the client's doing, and the client is
	// told at that instant. Until it is past, the slot knows the notice, so that
	// it can be taken back.
	over
)

// Kinds of the events that a resource schedules for itself.
const (
	kindPatience int32 = iota // Arg is the claim
	kindShift
)

// listed is the order of the slots that are over.
var listed = order{}

// lineOrder is the order of slots in a line.
func (d *desk) lineOrder(disc Discipline, before func(a, b *Waiter) bool) order {
	at := func(i int32) *Waiter { return &d.st.Slots[i].Waiter }
	arrival := func(i, j int32) bool { return d.st.Slots[i].Turn < d.st.Slots[j].Turn }
	switch {
	case before != nil:
		return order{heap: true, ahead: func(i, j int32) bool {
			a, b := at(i), at(j)
			return before(a, b) || !before(b, a) && a.Turn < b.Turn
		}}
	case disc == LIFO:
		return order{lifo: true, ahead: func(i, j int32) bool { return arrival(j, i) }}
	case disc == Priority:
		return order{heap: true, ahead: func(i, j int32) bool {
			a, b := at(i), at(j)
			return a.Priority < b.Priority || a.Priority == b.Priority && a.Turn < b.Turn
		}}
	}
	return order{ahead: arrival}
}

func (d *desk) setup(s *sim.Sim, name string, h Hooks, k keeper) error {
	id, err := s.Add(name, k)
	if err != nil {
		return fmt.Errorf("resource: %w", err)
	}
	d.sim, d.id, d.name, d.hooks, d.keeper = s, id, name, h, k
	d.st.Slots, d.st.Links = make([]slot, 1), make([]link, 1)
	for i := range d.st.Queue {
		d.st.Queue[i].Length.Reset(s.Now())
	}
	return nil
}

// begin is the start of everything that changes a desk.
func (d *desk) begin() (sim.Time, error) {
	if d.hooked {
		return 0, fmt.Errorf("%s: %w", d.name, errHook)
	}
	now := d.sim.Now()
	if d.gone {
		if err := d.evict(now); err != nil {
			return 0, err
		}
	}
	for i := d.st.Over.Head; i != 0 && d.st.Slots[i].Ended < now; i = d.st.Over.Head {
		d.st.Over.leave(&listed, d.st.Links, i)
		d.drop(i)
	}
	return now, nil
}

// open puts a demand in a slot.
func (d *desk) open(l int8, now sim.Time, dem *Demand) int32 {
	st := &d.st
	var i int32
	if n := len(st.Free) - 1; n >= 0 {
		i = st.Free[n]
		st.Free = st.Free[:n]
	} else {
		i = int32(len(st.Slots))
		st.Slots = append(st.Slots, slot{Waiter: Waiter{Claim: 1<<32 | Claim(i)}})
		st.Links = append(st.Links, link{})
	}
	st.Turn++
	s := &st.Slots[i]
	s.Demand, s.Turn, s.Since, s.Granted, s.Line = *dem, st.Turn, now, -1, l
	st.Queue[l].Arrivals++
	return i
}

// drop makes the claim of a slot stale and the slot free.
func (d *desk) drop(i int32) {
	if d.discard != nil {
		d.discard(i)
	}
	s := &d.st.Slots[i]
	c := s.Claim + 1<<32
	if c>>32 == 0 { // after 4 billion uses of one slot
		c += 1 << 32
	}
	s.State, s.Claim, s.Notice, s.Item, s.By, s.Lost, s.Put = unused, c, 0, 0, 0, false, false
	d.st.Free = append(d.st.Free, i)
}

// find returns the slot of a claim, or 0.
func (d *desk) find(c Claim) int32 {
	i := uint32(c)
	if int64(i) >= int64(len(d.st.Slots)) || d.st.Slots[i].Claim != c || d.st.Slots[i].State == unused {
		return 0
	}
	return int32(i)
}

func (d *desk) at(i int32) *slot { return &d.st.Slots[i] }

func (d *desk) next(l int8) int32 { return d.st.Lines[l].first(&d.orders[l]) }

// goesFirst reports whether slot i, which is in no line, would be next.
func (d *desk) goesFirst(l int8, i int32) bool {
	j := d.next(l)
	return j == 0 || d.orders[l].ahead(i, j)
}

// enqueue makes slot i wait.
func (d *desk) enqueue(now sim.Time, i int32) error {
	s := d.at(i)
	s.State = waiting
	if s.Patience > 0 {
		if at := now.Plus(s.Patience); at < sim.Never {
			h, err := d.sim.Schedule(sim.Event{At: at, Rank: s.Rank, To: d.id, Kind: kindPatience, Arg: uint64(s.Claim)})
			if err != nil {
				return err
			}
			s.Timer = h
		}
	}
	l := s.Line
	d.st.Lines[l].join(&d.orders[l], d.st.Links, i)
	d.st.Queue[l].Length.Set(now, float64(d.st.Lines[l].N))
	d.call(d.hooks.OnEnqueue, i)
	return nil
}

// dequeue takes slot i out of its line.
func (d *desk) dequeue(now sim.Time, i int32) {
	s := d.at(i)
	if s.Timer != 0 {
		d.sim.Cancel(s.Timer)
		s.Timer = 0
	}
	l := s.Line
	d.st.Lines[l].leave(&d.orders[l], d.st.Links, i)
	d.st.Queue[l].Length.Set(now, float64(d.st.Lines[l].N))
}

// withdraw takes a waiting slot out of its line with nothing.
func (d *desk) withdraw(now sim.Time, i int32) {
	d.dequeue(now, i)
	s := d.at(i)
	q := &d.st.Queue[s.Line]
	q.Withdrawn++
	q.Left.Add((now - s.Since).Seconds())
	d.call(d.hooks.OnLeave, i)
	d.drop(i)
}

// wait makes slot i wait, unless the line is full.
func (d *desk) wait(now sim.Time, i int32, limit int) (Claim, bool, error) {
	l := d.at(i).Line
	if limit == NoLine || limit > 0 && int(d.st.Lines[l].N) >= limit {
		d.st.Queue[l].Refused++
		d.drop(i)
		return 0, false, ErrFull
	}
	if err := d.enqueue(now, i); err != nil {
		d.drop(i)
		return 0, false, err
	}
	return d.at(i).Claim, false, nil
}

// expire is what happens at the end of the patience of a claim.
func (d *desk) expire(now sim.Time, c Claim) error {
	i := d.find(c)
	if i == 0 || d.at(i).State != waiting {
		return nil // of a client that a fork doesn't have
	}
	d.dequeue(now, i)
	s := d.at(i)
	q := &d.st.Queue[s.Line]
	q.Expired++
	q.Left.Add((now - s.Since).Seconds())
	d.end(now, i)
	d.call(d.hooks.OnLeave, i)
	return d.tell(now, i, d.at(i).ExpiredKind)
}

// end makes slot i, which is in no line, one whose claim is over.
func (d *desk) end(now sim.Time, i int32) {
	s := d.at(i)
	s.State, s.Ended = over, now
	d.st.Over.join(&listed, d.st.Links, i)
}

// forget frees a slot whose claim is over, and takes the notice back if it is
// still under way, which it reports.
func (d *desk) forget(i int32) bool {
	untold := d.sim.Cancel(d.at(i).Notice)
	d.st.Over.leave(&listed, d.st.Links, i)
	d.drop(i)
	return untold
}

// tell schedules the event that tells the client of slot i.
func (d *desk) tell(now sim.Time, i int32, kind int32) error {
	s := d.at(i)
	h, err := d.sim.Schedule(sim.Event{At: now, Rank: s.Rank, To: s.To, Kind: kind, Arg: s.Arg})
	s.Notice = h
	if err != nil {
		return fmt.Errorf("resource: %s: can't tell a client: %w", d.name, err)
	}
	return nil
}

func (d *desk) call(hook func(*sim.Sim, Waiter), i int32) {
	if hook == nil {
		return
	}
	d.hooked = true
	defer func() { d.hooked = false }() // also if it panics
	hook(d.sim, d.at(i).Waiter)
}

// standing returns how long those in line have waited, in s.
func (d *desk) standing(l int8, now sim.Time) float64 {
	var sum float64
	d.st.Lines[l].each(&d.orders[l], d.st.Links, func(i int32) bool {
		sum += (now - d.at(i).Since).Seconds()
		return true
	})
	return sum
}

func (d *desk) lineStats(l int8) LineStats {
	q := d.st.Queue[l]
	q.Standing = d.standing(l, d.sim.Now())
	return q
}

func (d *desk) resetStats(l int8) {
	now := d.sim.Now()
	d.st.Queue[l].reset(now, d.standing(l, now))
}

// waiters returns those in line, the next one first.
func (d *desk) waiters(l int8) []Waiter { return d.inOrder(&d.st.Lines[l], &d.orders[l]) }

func (d *desk) inOrder(l *line, o *order) []Waiter {
	all := l.sorted(o, d.st.Links)
	out := make([]Waiter, len(all))
	for k, i := range all {
		out[k] = d.at(i).Waiter
	}
	return out
}

// reports returns those in line whose clients don't report their wait themselves.
func (d *desk) reports(l int8, what func(*Waiter) string) []sim.Waiting {
	var all []sim.Waiting
	for _, w := range d.waiters(l) {
		if !w.Reported {
			all = append(all, sim.Waiting{Who: fmt.Sprintf("%s (%d)", d.sim.ActorName(w.To), w.Arg), What: what(&w), Since: w.Since})
		}
	}
	slices.SortStableFunc(all, func(a, b sim.Waiting) int { return cmp.Compare(a.Since, b.Since) })
	return all
}

// look returns what is known of a claim.
func (d *desk) look(c Claim) (Waiter, bool) {
	i := d.find(c)
	if i == 0 {
		return Waiter{}, false
	}
	return d.at(i).Waiter, true
}

func (d *desk) checkDemand(dem *Demand) error {
	switch {
	case dem.Amount < 0 || dem.Amount >= noLimit:
		return fmt.Errorf("resource: %s: an amount of %d; want 1 or more (0 is 1), below 2^62", d.name, dem.Amount)
	case !d.sim.Known(dem.To):
		return fmt.Errorf("resource: %s: a demand of %s, which was never added", d.name, d.sim.ActorName(dem.To))
	case dem.Rank > sim.RankCommand:
		return fmt.Errorf("resource: %s: %v is not a rank", d.name, dem.Rank)
	case dem.Patience < 0:
		return fmt.Errorf("resource: %s: a patience of %v; want 0 (for ever) or more", d.name, dem.Patience)
	case dem.Priority != 0 && !d.ranked:
		return d.unranked(dem.Priority)
	case dem.Preempt && !d.takes:
		return fmt.Errorf("resource: %s: a demand wants to pre-empt; set Config.Preemptive of a Resource", d.name)
	}
	if dem.Amount == 0 {
		dem.Amount = 1
	}
	return nil
}

// unranked says that a priority would be ignored.
func (d *desk) unranked(priority int32) error {
	return fmt.Errorf("resource: %s: a priority of %d, but its line doesn't go by priority; set Discipline to Priority", d.name, priority)
}

// ranks reports whether a line so made goes by Demand.Priority, or may.
func ranks(disc Discipline, before func(a, b *Waiter) bool) bool {
	return disc == Priority || before != nil
}

// noLimit is the level that no container reaches. Amounts and capacities are
// below it, so the sum of two stays below 2^63.
const noLimit = 1 << 62
