package resource

import (
	"errors"
	"fmt"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/stat"
)

// A ContainerConfig says how a container is made. The zero ContainerConfig is
// empty, takes any amount, and serves strictly in turn.
type ContainerConfig struct {
	Capacity   int64 // the highest level; 0 is no limit
	Initial    int64 // level
	Discipline Discipline
	Before     func(a, b *Waiter) bool // see Config
	// FirstFit lets others pass those in line whose amount isn't there, or has
	// no room: the first that fits is next. The line is then looked through.
	FirstFit bool
	MaxLine  int // puts, and gets, that may wait; 0 is no limit, NoLine that none may
	Hooks    Hooks
}

// A Container has a level between 0 and its capacity, in a whole number of units
// that the model chooses. Accounts are exact: the level is what it was at first and
// what was put, less what was taken.
//
// Hooks see OnEnqueue, OnAcquire (a put or get is done) and OnLeave.
type Container struct {
	desk
	config ContainerConfig
	c      containerState
	room   func(i int32) bool // whether put i fits
	there  func(i int32) bool // whether get i does
}

type containerState struct {
	Level  int64
	Added  int64
	Taken  int64
	Levels stat.TimeWeighted
}

// Indices of the two lines of containers and stores.
const (
	gets = 0
	puts = 1
)

// NewContainer adds a container to a run, under a name that is new in it.
func NewContainer(s *sim.Sim, name string, c ContainerConfig) (*Container, error) {
	switch {
	case c.Capacity < 0 || c.MaxLine < NoLine:
		return nil, fmt.Errorf("resource: %s: a capacity of %d, a line of at most %d; want 1 or more (0 is no limit; of a line, NoLine is none)", name, c.Capacity, c.MaxLine)
	case c.Capacity >= noLimit || c.Initial >= noLimit:
		return nil, fmt.Errorf("resource: %s: a capacity of %d, a level of %d at first; want less than 2^62", name, c.Capacity, c.Initial)
	case c.Initial < 0 || c.Capacity > 0 && c.Initial > c.Capacity:
		return nil, fmt.Errorf("resource: %s: a level of %d at first; want 0 to the capacity, %d", name, c.Initial, c.Capacity)
	case c.Discipline >= disciplines:
		return nil, fmt.Errorf("resource: %s: there is no discipline %d", name, c.Discipline)
	}
	if c.Capacity == 0 {
		c.Capacity = noLimit
	}
	k := &Container{config: c}
	k.ranked = ranks(c.Discipline, c.Before)
	for l := range k.orders {
		k.orders[l] = k.lineOrder(c.Discipline, c.Before)
	}
	k.room = func(i int32) bool { return k.at(i).Amount <= k.config.Capacity-k.c.Level }
	k.there = func(i int32) bool { return k.at(i).Amount <= k.c.Level }
	k.c.Level = c.Initial
	k.c.Levels.Reset(s.Now())
	k.c.Levels.Set(s.Now(), float64(c.Initial))
	if err := k.setup(s, name, c.Hooks, k); err != nil {
		return nil, err
	}
	return k, s.Keep(name, &saver{d: &k.desk, rest: k})
}

// Put adds Demand.Amount. It is done now, without an event, if there is room and
// nobody who waits to put comes first; otherwise it waits, and the claim names
// it until the client is told. See [Resource.Request] for errors.
func (k *Container) Put(d Demand) (c Claim, done bool, err error) { return k.ask(puts, d) }

// Get takes Demand.Amount, in the same way.
func (k *Container) Get(d Demand) (c Claim, done bool, err error) { return k.ask(gets, d) }

func (k *Container) ask(l int8, d Demand) (Claim, bool, error) {
	now, err := k.begin()
	if err != nil {
		return 0, false, err
	}
	if err := k.checkDemand(&d); err != nil {
		return 0, false, err
	}
	if d.Amount > k.config.Capacity {
		return 0, false, fmt.Errorf("resource: %s: an amount of %d can never be; want at most the capacity, %d", k.name, d.Amount, k.config.Capacity)
	}
	i := k.open(l, now, &d)
	k.at(i).Put = l == puts
	if (k.config.FirstFit || k.goesFirst(l, i)) && k.fits(l)(i) {
		k.move(now, i)
		k.drop(i)
		return 0, true, k.serve(now)
	}
	return k.wait(now, i, k.config.MaxLine)
}

func (k *Container) fits(l int8) func(i int32) bool {
	if l == puts {
		return k.room
	}
	return k.there
}

// move does what slot i asks for.
func (k *Container) move(now sim.Time, i int32) {
	s := k.at(i)
	s.Granted = now
	if s.Line == puts {
		k.c.Level += s.Amount
		k.c.Added += s.Amount
	} else {
		k.c.Level -= s.Amount
		k.c.Taken += s.Amount
	}
	k.c.Levels.Set(now, float64(k.c.Level))
	k.st.Queue[s.Line].granted(now, s.Since)
	k.call(k.hooks.OnAcquire, i)
}

// giveUp has nothing to do: what was got is gone at once.
func (k *Container) giveUp(sim.Time, int32) error { return nil }

// serve does for those in line what can be done now.
func (k *Container) serve(now sim.Time) error {
	for {
		i := k.nextFit(gets)
		if i == 0 {
			i = k.nextFit(puts)
		}
		if i == 0 {
			return nil
		}
		k.dequeue(now, i)
		k.move(now, i)
		k.end(now, i)
		if err := k.tell(now, i, k.at(i).Kind); err != nil {
			return err
		}
	}
}

func (k *Container) nextFit(l int8) int32 {
	if k.config.FirstFit {
		return k.st.Lines[l].pick(&k.orders[l], k.st.Links, k.fits(l))
	}
	if i := k.next(l); i != 0 && k.fits(l)(i) {
		return i
	}
	return 0
}

// Withdraw makes an end of a claim, and reports whether nothing came of it
// because of that: it waited, or it was a get that was done at this instant and
// its client not yet told, whose amount goes back (for which there may be no
// room any more: then the level is above the capacity for a while). False means
// that the put or get is done, or that the claim is gone.
// Whichever it was, no event of the claim comes after Withdraw.
func (k *Container) Withdraw(c Claim) (bool, error) {
	now, err := k.begin()
	if err != nil {
		return false, err
	}
	i := k.find(c)
	if i == 0 {
		return false, nil
	}
	s := *k.at(i)
	if s.State == waiting {
		k.withdraw(now, i)
		return true, k.serve(now)
	}
	if untold := k.forget(i); !untold || s.Granted < 0 || s.Line == puts {
		return false, nil
	}
	k.c.Level += s.Amount
	k.c.Taken -= s.Amount
	k.c.Levels.Set(now, float64(k.c.Level))
	return true, k.serve(now)
}

// Look returns what is known of a claim that waits, or was done or expired at
// this instant, and false for others.
func (k *Container) Look(c Claim) (Waiter, bool) { return k.look(c) }

// Level returns the level.
func (k *Container) Level() int64 { return k.c.Level }

// Capacity returns the highest level; 0 is no limit.
func (k *Container) Capacity() int64 {
	if k.config.Capacity == noLimit {
		return 0
	}
	return k.config.Capacity
}

// Name returns the name it was made under.
func (k *Container) Name() string { return k.name }

// Gets returns a copy of the line of gets, the next one first.
func (k *Container) Gets() []Waiter { return k.waiters(gets) }

// Puts returns a copy of the line of puts, the next one first.
func (k *Container) Puts() []Waiter { return k.waiters(puts) }

// ContainerStats is what a container has seen since the run began or statistics
// were reset.
type ContainerStats struct {
	Gets, Puts   LineStats
	Added, Taken int64             // amounts
	Level        stat.TimeWeighted // in the container's unit
}

// Stats returns the statistics as of now.
func (k *Container) Stats() ContainerStats {
	return ContainerStats{k.lineStats(gets), k.lineStats(puts), k.c.Added, k.c.Taken, k.c.Levels}
}

// ResetStats begins the statistics anew, as at the end of a warm-up.
func (k *Container) ResetStats() {
	k.resetStats(gets)
	k.resetStats(puts)
	k.c.Added, k.c.Taken = 0, 0
	k.c.Levels.Reset(k.sim.Now())
}

// Waiting says who waits for it (see [sim.Waiter]).
func (k *Container) Waiting() []sim.Waiting {
	what := func(verb string) func(w *Waiter) string {
		return func(w *Waiter) string {
			return fmt.Sprintf("%s %d, %s (level %d)", verb, w.Amount, k.name, k.c.Level)
		}
	}
	return append(k.reports(gets, what("get of")), k.reports(puts, what("put of"))...)
}

// Handle ends patience. The run calls it.
func (k *Container) Handle(_ *sim.Sim, e sim.Event) error {
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
func (k *Container) KindName(kind int32) string { return kindName(kind) }

func (k *Container) parts() []any { return []any{&k.c} }

func (k *Container) check() error {
	if k.c.Level < 0 {
		return errors.New("a level below 0")
	}
	return nil
}
