package resource

import (
	"errors"
	"fmt"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/stat"
)

// A StoreConfig says how a store is made. The zero StoreConfig takes any number
// of items and gives them in the order in which they came.
type StoreConfig[T any] struct {
	Capacity int  // items; 0 is no limit
	LIFO     bool // the last item first
	// Less makes it a priority store: the least item first, of equal ones the
	// one that came first. It must be a strict order of what items hold.
	Less func(a, b *T) bool
	// Filters are what a get may ask of an item: Demand.Filter is 1 for the
	// first of them, Demand.With its argument. They must depend on these only.
	Filters    []func(item *T, with uint64) bool
	Discipline Discipline              // of gets, and of puts
	Before     func(a, b *Waiter) bool // see Config
	MaxLine    int                     // gets, and puts, that may wait; 0 is no limit, NoLine that none may
	Hooks      Hooks
}

// A Store holds items, which are plain data. A get that waits for an item that
// its filter wants doesn't hold up those behind it; puts are served in turn.
//
// Hooks see OnEnqueue, OnAcquire (a put or get is done) and OnLeave.
type Store[T any] struct {
	desk
	config StoreConfig[T]
	order  order // of items
	x      storeState[T]
	// While a get or an item is looked for:
	wanted *slot
	item   *T
	match  func(n int32) bool // whether item n is what wanted wants
	taker  func(i int32) bool // whether get i wants item
}

// storeState is what of a store changes during a run besides its desk.
type storeState[T any] struct {
	Items  []item[T] // the first is never used
	Links  []link    // by item
	Free   []int32
	Line   line // the items in store
	Turn   uint64
	Count  stat.TimeWeighted
	Stay   stat.Tally
	Before float64
}

type item[T any] struct {
	Value T
	Turn  uint64   // order in which items came
	Since sim.Time // when it came into the store
	Where where
}

type where uint8

const (
	nowhere  where = iota
	inStore        // and in its line
	withSlot       // a put that waits brings it, or a get was given it
)

// NewStore adds a store to a run, under a name that is new in it.
func NewStore[T any](s *sim.Sim, name string, c StoreConfig[T]) (*Store[T], error) {
	switch {
	case c.Capacity < 0 || c.MaxLine < NoLine:
		return nil, fmt.Errorf("resource: %s: a capacity of %d, a line of at most %d; want 1 or more (0 is no limit; of a line, NoLine is none)", name, c.Capacity, c.MaxLine)
	case c.LIFO && c.Less != nil:
		return nil, fmt.Errorf("resource: %s: both LIFO and Less; choose one order of items", name)
	case c.Discipline >= disciplines:
		return nil, fmt.Errorf("resource: %s: there is no discipline %d", name, c.Discipline)
	}
	// Keep knows what can be saved.
	if err := sim.New(sim.Config{}).Keep("item", new(T)); err != nil {
		return nil, fmt.Errorf("resource: %s: items must be plain data: %w", name, err)
	}
	k := &Store[T]{config: c}
	k.ranked = ranks(c.Discipline, c.Before)
	for l := range k.orders {
		k.orders[l] = k.lineOrder(c.Discipline, c.Before)
	}
	k.order = k.itemOrder()
	k.match = func(n int32) bool { return k.wants(k.wanted, &k.x.Items[n].Value) }
	k.taker = func(i int32) bool { return k.wants(k.at(i), k.item) }
	k.discard = k.lose
	k.x.Items, k.x.Links = make([]item[T], 1), make([]link, 1)
	k.x.Count.Reset(s.Now())
	if err := k.setup(s, name, c.Hooks, k); err != nil {
		return nil, err
	}
	return k, s.Keep(name, &saver{d: &k.desk, rest: k})
}

func (k *Store[T]) itemOrder() order {
	came := func(a, b int32) bool { return k.x.Items[a].Turn < k.x.Items[b].Turn }
	if less := k.config.Less; less != nil {
		return order{heap: true, ahead: func(a, b int32) bool {
			x, y := &k.x.Items[a].Value, &k.x.Items[b].Value
			return less(x, y) || !less(y, x) && came(a, b)
		}}
	}
	if k.config.LIFO {
		return order{lifo: true, ahead: func(a, b int32) bool { return came(b, a) }}
	}
	return order{ahead: came}
}

func (k *Store[T]) wants(s *slot, v *T) bool {
	return s.Filter == 0 || k.config.Filters[s.Filter-1](v, s.With)
}

// Put brings an item. It is in the store now, or with a get that waited for it, if there is room
// and no put waits before it; otherwise the put waits, and the claim names it until the
// client is told. See [Resource.Request] for errors.
func (k *Store[T]) Put(d Demand, v T) (c Claim, done bool, err error) {
	now, err := k.begin()
	if err != nil {
		return 0, false, err
	}
	if err := k.checkDemand(&d); err != nil {
		return 0, false, err
	}
	i := k.open(puts, now, &d)
	n := k.newItem(v)
	s := k.at(i)
	s.Put, s.Item = true, n
	if k.room() { // then no put waits
		err := k.arrive(now, i)
		k.drop(i)
		return 0, true, err
	}
	return k.wait(now, i, k.config.MaxLine)
}

// Get takes an item. If one is there that its filter wants, it is the result, at
// once, and got is true; otherwise the get waits. Then the event that tells the client
// means that an item was laid aside for the claim: [Store.Take] fetches it.
func (k *Store[T]) Get(d Demand) (v T, c Claim, got bool, err error) {
	now, err := k.begin()
	if err != nil {
		return v, 0, false, err
	}
	if err := k.checkDemand(&d); err != nil {
		return v, 0, false, err
	}
	if d.Filter < 0 || int(d.Filter) > len(k.config.Filters) {
		return v, 0, false, fmt.Errorf("resource: %s: there is no filter %d; want 1 to %d, or 0 for any item", k.name, d.Filter, len(k.config.Filters))
	}
	i := k.open(gets, now, &d)
	k.wanted = k.at(i)
	n := k.x.Line.pick(&k.order, k.x.Links, k.match)
	k.wanted = nil
	if n == 0 {
		c, _, err = k.wait(now, i, k.config.MaxLine)
		return v, c, false, err
	}
	k.takeOut(now, n)
	k.done(now, i)
	v = k.freeItem(n)
	k.drop(i)
	return v, 0, true, k.serve(now)
}

// Take fetches what the event of a claim told of: the item of a get. It also
// fetches, in the handler of the event that tells that a put ran out of patience,
// the item that the put wanted to bring. It ends the claim; false means
// that the claim has no item or is gone.
func (k *Store[T]) Take(c Claim) (v T, ok bool) {
	i := k.find(c)
	if i == 0 || k.hooked {
		return v, false
	}
	s := k.at(i)
	if s.State == waiting || s.Item == 0 {
		return v, false
	}
	n := s.Item
	s.Item = 0
	if s.State == over {
		k.forget(i)
	} else {
		k.sim.Cancel(s.Notice)
		k.drop(i)
	}
	return k.freeItem(n), true
}

// Item returns the item that a claim brings or was given, without ending it.
func (k *Store[T]) Item(c Claim) (v T, ok bool) {
	i := k.find(c)
	if i == 0 || k.at(i).Item == 0 {
		return v, false
	}
	return k.x.Items[k.at(i).Item].Value, true
}

// Withdraw makes an end of a claim, and reports whether nothing came of it
// because of that: it waited (the item of a put goes with it: see [Store.Item]), or it was a
// get whose item was not yet fetched, which goes back to its place in the store (for which
// there may be no room any more: then there is one more than the capacity for
// a while). False means that the put is done, or that the claim is gone.
// Whichever it was, no event of the claim comes after Withdraw.
func (k *Store[T]) Withdraw(c Claim) (bool, error) {
	now, err := k.begin()
	if err != nil {
		return false, err
	}
	i := k.find(c)
	if i == 0 {
		return false, nil
	}
	s := k.at(i)
	switch s.State {
	case waiting:
		k.withdraw(now, i)
		return true, k.serve(now)
	case held:
		return true, k.giveUp(now, i)
	}
	k.forget(i)
	return false, nil
}

// giveUp takes back the item that a get was given.
func (k *Store[T]) giveUp(now sim.Time, i int32) error {
	s := k.at(i)
	k.sim.Cancel(s.Notice)
	n := s.Item
	s.Item = 0
	k.drop(i)
	return k.offer(now, n)
}

func (k *Store[T]) room() bool { return k.config.Capacity == 0 || int(k.x.Line.N) < k.config.Capacity }

// arrive does the put of slot i, which is in no line.
func (k *Store[T]) arrive(now sim.Time, i int32) error {
	n := k.at(i).Item
	k.at(i).Item = 0
	k.x.Turn++
	k.x.Items[n].Turn = k.x.Turn
	k.done(now, i)
	return k.offer(now, n)
}

// offer gives an item to the first get that wants it, or puts it into the store.
func (k *Store[T]) offer(now sim.Time, n int32) error {
	x := &k.x.Items[n]
	x.Since = now
	k.item = &x.Value
	i := k.st.Lines[gets].pick(&k.orders[gets], k.st.Links, k.taker)
	k.item = nil
	if i == 0 {
		x.Where = inStore
		k.x.Line.insert(&k.order, k.x.Links, n)
		k.x.Count.Set(now, float64(k.x.Line.N))
		return nil
	}
	x.Where = withSlot
	k.x.Stay.Add(0)
	k.dequeue(now, i)
	s := k.at(i)
	s.State, s.Item = held, n
	k.done(now, i)
	return k.tell(now, i, k.at(i).Kind)
}

// takeOut takes an item out of the store.
func (k *Store[T]) takeOut(now sim.Time, n int32) {
	k.x.Line.leave(&k.order, k.x.Links, n)
	k.x.Count.Set(now, float64(k.x.Line.N))
	k.x.Stay.Add((now - k.x.Items[n].Since).Seconds())
}

// done notes that slot i has what it asked for.
func (k *Store[T]) done(now sim.Time, i int32) {
	s := k.at(i)
	s.Granted = now
	k.st.Queue[s.Line].granted(now, s.Since)
	k.call(k.hooks.OnAcquire, i)
}

// serve lets puts in while there is room.
func (k *Store[T]) serve(now sim.Time) error {
	for k.room() {
		i := k.next(puts)
		if i == 0 {
			return nil
		}
		k.dequeue(now, i)
		k.end(now, i)
		if err := k.arrive(now, i); err != nil {
			return err
		}
		if err := k.tell(now, i, k.at(i).Kind); err != nil {
			return err
		}
	}
	return nil
}

func (k *Store[T]) newItem(v T) int32 {
	x := &k.x
	var n int32
	if m := len(x.Free) - 1; m >= 0 {
		n = x.Free[m]
		x.Free = x.Free[:m]
	} else {
		n = int32(len(x.Items))
		x.Items = append(x.Items, item[T]{})
		x.Links = append(x.Links, link{})
	}
	x.Items[n] = item[T]{Value: v, Where: withSlot}
	return n
}

func (k *Store[T]) freeItem(n int32) T {
	v := k.x.Items[n].Value
	k.x.Items[n] = item[T]{}
	k.x.Free = append(k.x.Free, n)
	return v
}

// lose frees what slot i still has when it gets free itself.
func (k *Store[T]) lose(i int32) {
	if n := k.at(i).Item; n != 0 {
		k.freeItem(n)
	}
}

// Look returns what is known of a claim that waits, was given an item that it has not
// fetched, or was done or expired at this instant, and false for others.
func (k *Store[T]) Look(c Claim) (Waiter, bool) { return k.look(c) }

// Len returns how many items are in the store.
func (k *Store[T]) Len() int { return int(k.x.Line.N) }

// Capacity returns how many items it takes; 0 is no limit.
func (k *Store[T]) Capacity() int { return k.config.Capacity }

// Name returns the name it was made under.
func (k *Store[T]) Name() string { return k.name }

// Items returns a copy of the items, the next one first.
func (k *Store[T]) Items() []T {
	order := k.x.Line.sorted(&k.order, k.x.Links)
	all := make([]T, len(order))
	for i, n := range order {
		all[i] = k.x.Items[n].Value
	}
	return all
}

// Gets returns a copy of the line of gets, the next one first.
func (k *Store[T]) Gets() []Waiter { return k.waiters(gets) }

// Puts returns a copy of the line of puts, the next one first.
func (k *Store[T]) Puts() []Waiter { return k.waiters(puts) }

// StoreStats is what a store has seen since the run began or statistics were
// reset. Little's law holds for its items too:
// Items.Area(now) = Stay.Sum() + Standing - Before.
type StoreStats struct {
	Gets, Puts LineStats
	Items      stat.TimeWeighted // in the store
	Stay       stat.Tally        // of items that left the store, in s; 0 for those handed to a get that waited
	Before     float64           // how long those in store at the last reset had been there, in s
	Standing   float64           // how long those in store now have been there, in s
}

// Stats returns the statistics as of now. It takes a look at each item and each
// one in line, for Standing.
func (k *Store[T]) Stats() StoreStats {
	return StoreStats{k.lineStats(gets), k.lineStats(puts), k.x.Count, k.x.Stay, k.x.Before, k.stay()}
}

// stay returns how long the items in store have been there, in s.
func (k *Store[T]) stay() float64 {
	var sum float64
	k.x.Line.each(&k.order, k.x.Links, func(n int32) bool {
		sum += (k.sim.Now() - k.x.Items[n].Since).Seconds()
		return true
	})
	return sum
}

// ResetStats begins the statistics anew, as at the end of a warm-up.
func (k *Store[T]) ResetStats() {
	k.resetStats(gets)
	k.resetStats(puts)
	k.x.Count.Reset(k.sim.Now())
	k.x.Stay, k.x.Before = stat.Tally{}, k.stay()
}

// Waiting says who waits for it (see [sim.Waiter]).
func (k *Store[T]) Waiting() []sim.Waiting {
	get := k.reports(gets, func(w *Waiter) string {
		return fmt.Sprintf("an item of %s (filter %d, %d items)", k.name, w.Filter, k.Len())
	})
	return append(get, k.reports(puts, func(*Waiter) string { return fmt.Sprintf("room in %s (%d items)", k.name, k.Len()) })...)
}

// Handle ends patience. The run calls it.
func (k *Store[T]) Handle(_ *sim.Sim, e sim.Event) error {
	now, err := k.begin()
	if err != nil {
		return err
	}
	if err := k.expire(now, Claim(e.Arg)); err != nil {
		return err
	}
	return k.serve(now)
}

// KindName names the events that it schedules for itself, in traces.
func (k *Store[T]) KindName(kind int32) string { return kindName(kind) }

func (k *Store[T]) parts() []any { return []any{&k.x} }

func (k *Store[T]) check() error {
	x := &k.x
	if len(x.Items) == 0 || len(x.Links) != len(x.Items) {
		return errors.New("a store without a table of items")
	}
	in := make([]bool, len(x.Items))
	mark := func(n int32, want where) error {
		if n <= 0 || int(n) >= len(in) || in[n] || x.Items[n].Where != want {
			return fmt.Errorf("item %d of %d is in a wrong list", n, len(in))
		}
		in[n] = true
		return nil
	}
	for _, n := range x.Free {
		if err := mark(n, nowhere); err != nil {
			return err
		}
	}
	if err := x.Line.check(&k.order, x.Links, func(n int32) error { return mark(n, inStore) }); err != nil {
		return err
	}
	for i := range k.st.Slots {
		s := k.at(int32(i))
		if s.State != unused && s.Line == gets && (s.Filter < 0 || int(s.Filter) > len(k.config.Filters)) {
			return fmt.Errorf("a get with filter %d of %d; a fork must keep the filters", s.Filter, len(k.config.Filters))
		}
		if s.Item != 0 {
			if err := mark(s.Item, withSlot); err != nil {
				return err
			}
		} else if s.State == held || s.State == waiting && s.Line == puts {
			return fmt.Errorf("slot %d has no item", i)
		}
	}
	return nil
}
