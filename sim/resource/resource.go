package resource

import (
	"fmt"
	"slices"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/stat"
)

// A Rule says what becomes of holders when the capacity falls below what they
// hold, as at the end of a shift.
type Rule uint8

// The rules.
const (
	Finish  Rule = iota // they keep what they have until they release it
	Preempt             // the worst ones lose it: of the lowest priority, of equal ones the latest
	rules
)

// NoLine, as the most that may wait, makes a loss system: who isn't served at once
// is refused with [ErrFull] and counted.
const NoLine = -1

// A Config says how a resource is made. The zero Config is one unit, first come
// first served.
type Config struct {
	Capacity int64 // units; 0 is 1. With a Calendar it is not used
	// Grows says that SetCapacity will bring more: demands for more units than
	// Capacity, or than SetCapacity last set if that is more, then wait for it.
	// Without it, and without a Calendar, they are refused.
	Grows      bool
	Discipline Discipline
	// Before is an order of one's own, instead of Discipline: whether a is
	// served before b. It must be a strict order that changes for none while
	// it waits; equal ones go in the order of arrival.
	Before     func(a, b *Waiter) bool
	Preemptive bool // demands may pre-empt; with no Discipline or Before of your own the line goes by Priority
	MaxLine    int  // demands that may wait; 0 is no limit, NoLine that none may
	Calendar   *Calendar
	AtShiftEnd Rule // for holders when a shift ends
	Hooks      Hooks
}

// A Resource is a number of units that are held for a time: tellers, machines,
// a crane. It is strict: who is next in line and asks for more than is free makes
// the others wait too.
type Resource struct {
	desk
	config Config
	units  *units // of a pool
	use    useState
}

// useState is what of a resource changes during a run besides its desk.
type useState struct {
	Limit     int64 // capacity that was set; a pool may have fewer units up
	Capacity  int64
	InUse     int64
	Holders   line
	Users     stat.TimeWeighted // units in use
	Size      stat.TimeWeighted // capacity
	Released  int64
	Preempted int64
	Held      stat.Tally
	Calendar  bool // shifts are under way
}

// New adds a resource to a run, under a name that is new in it.
func New(s *sim.Sim, name string, c Config) (*Resource, error) {
	r := new(Resource)
	if err := r.setup(s, name, c); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Resource) setup(s *sim.Sim, name string, c Config) error {
	switch {
	case c.Capacity < 0 || c.Capacity >= noLimit:
		return fmt.Errorf("resource: %s: a capacity of %d; want 1 or more (0 is 1), below 2^62", name, c.Capacity)
	case c.MaxLine < NoLine:
		return fmt.Errorf("resource: %s: a line of at most %d; want 1 or more (0 is no limit; of a line, NoLine is none)", name, c.MaxLine)
	case c.Discipline >= disciplines || c.AtShiftEnd >= rules:
		return fmt.Errorf("resource: %s: discipline %d, rule %d: there is no such thing", name, c.Discipline, c.AtShiftEnd)
	}
	if c.Capacity == 0 {
		c.Capacity = 1
	}
	if c.Calendar != nil {
		if err := c.Calendar.Check(); err != nil {
			return fmt.Errorf("resource: %s: %w", name, err)
		}
		c.Capacity = c.Calendar.At(s.Now())
	}
	if c.Preemptive && c.Before == nil && c.Discipline == FIFO {
		c.Discipline = Priority
	}
	r.config = c
	r.ranked = ranks(c.Discipline, c.Before) || c.Preemptive || c.AtShiftEnd == Preempt
	r.takes = c.Preemptive
	r.orders[inLine] = r.lineOrder(c.Discipline, c.Before)
	r.orders[holding] = order{heap: c.Preemptive, ahead: r.worse}
	now := s.Now()
	r.use.Limit, r.use.Capacity, r.use.Calendar = c.Capacity, c.Capacity, c.Calendar != nil
	r.use.Users.Reset(now)
	r.use.Size.Reset(now)
	r.use.Size.Set(now, float64(c.Capacity))
	if err := r.desk.setup(s, name, c.Hooks, r); err != nil {
		return err
	}
	return s.Keep(name, &saver{d: &r.desk, rest: r})
}

const (
	inLine  = 0 // index of the waiting line
	holding = 1 // index of the order of holders
)

// Request asks for Demand.Amount units. It is granted now, without an event, if
// they are free and nobody who waits comes first, or if it may pre-empt holders
// of a lower priority; otherwise it waits. The error is [ErrFull] if it would have to wait in a full line, which
// is counted, or says what is wrong with the demand, as that it asks for more
// than there can ever be (see Config.Grows).
func (r *Resource) Request(d Demand) (c Claim, granted bool, err error) {
	now, err := r.begin()
	if err != nil {
		return 0, false, err
	}
	if err := r.checkDemand(&d); err != nil {
		return 0, false, err
	}
	if most := max(r.config.Capacity, r.use.Limit); d.Amount > most && r.config.Calendar == nil && !r.config.Grows {
		return 0, false, fmt.Errorf("resource: %s: an amount of %d can never be; want at most the capacity, %d (or set Config.Grows)", r.name, d.Amount, most)
	}
	i := r.open(inLine, now, &d)
	c = r.at(i).Claim
	if r.goesFirst(inLine, i) {
		fits, err := r.fits(now, i)
		if err != nil {
			r.drop(i)
			return 0, false, err
		}
		if fits {
			r.grant(now, i)
			if d.Preempt { // a victim may have held more than was missing
				err = r.serve(now)
			}
			return c, true, err
		}
	}
	return r.wait(now, i, r.config.MaxLine)
}

// Release gives back what a claim holds, which goes to the next in line at once;
// or it withdraws a claim that waits. It reports false if the claim is gone: it
// was released before, or lost to pre-emption, or patience ran out.
// Whichever it was, no event of the claim comes after Release.
func (r *Resource) Release(c Claim) (bool, error) {
	now, err := r.begin()
	if err != nil {
		return false, err
	}
	i := r.find(c)
	if i == 0 {
		return false, nil
	}
	switch r.at(i).State {
	case waiting:
		r.withdraw(now, i)
	case held:
		if err := r.giveUp(now, i); err != nil {
			return true, err
		}
	default:
		r.forget(i)
		return false, nil
	}
	return true, r.serve(now)
}

// giveUp ends the claim of slot i, which holds.
func (r *Resource) giveUp(now sim.Time, i int32) error {
	r.sim.Cancel(r.at(i).Notice)
	r.giveBack(now, i)
	r.use.Released++
	r.call(r.hooks.OnRelease, i)
	r.drop(i)
	return nil
}

// Holds reports whether the claim holds its units now.
func (r *Resource) Holds(c Claim) bool {
	i := r.find(c)
	return i != 0 && r.at(i).State == held
}

// Look returns what is known of a claim that waits or holds, or that was lost
// or expired at this instant, and false for others. So a client that was
// pre-empted sees since when it had held, and who took it.
func (r *Resource) Look(c Claim) (Waiter, bool) { return r.look(c) }

// SetPriority changes the priority of a claim that waits, whose place in line
// may change, or holds, which may save it from pre-emption or not; for priorities that
// age. False means that the claim is gone. It is an error where nothing goes by
// priority.
func (r *Resource) SetPriority(c Claim, priority int32) (bool, error) {
	now, err := r.begin()
	if err != nil {
		return false, err
	}
	i := r.find(c)
	if i == 0 || r.at(i).State == over {
		return false, nil
	}
	if priority != 0 && !r.ranked {
		return false, r.unranked(priority)
	}
	l, o := &r.st.Lines[inLine], &r.orders[inLine]
	if r.at(i).State == held {
		l, o = &r.use.Holders, &r.orders[holding]
	}
	l.leave(o, r.st.Links, i)
	r.at(i).Priority = priority
	l.insert(o, r.st.Links, i)
	return true, r.serve(now)
}

// SetCapacity changes how many units there are. More go to those who wait; of
// fewer, the rule says what becomes of holders.
func (r *Resource) SetCapacity(n int64, rule Rule) error {
	now, err := r.begin()
	if err != nil {
		return err
	}
	if n < 0 || n >= noLimit || rule >= rules {
		return fmt.Errorf("resource: %s: capacity %d with rule %d; want 0 or more, below 2^62, Finish or Preempt", r.name, n, rule)
	}
	r.use.Limit = n
	r.resize(now)
	for rule == Preempt && r.use.InUse > r.use.Capacity {
		if err := r.preempt(now, r.victim(), 0); err != nil {
			return err
		}
	}
	return r.serve(now)
}

// resize sets the capacity after a change of the limit or of the units of a pool.
func (r *Resource) resize(now sim.Time) {
	r.use.Capacity = r.use.Limit
	if r.units != nil {
		r.use.Capacity = min(r.use.Limit, r.units.st.Up)
	}
	r.use.Size.Set(now, float64(r.use.Capacity))
}

// grant gives the units that fit to slot i, which is in no line.
func (r *Resource) grant(now sim.Time, i int32) {
	s := r.at(i)
	s.State, s.Granted = held, now
	r.use.InUse += s.Amount
	r.use.Users.Set(now, float64(r.use.InUse))
	r.st.Queue[inLine].granted(now, s.Since)
	r.use.Holders.join(&r.orders[holding], r.st.Links, i)
	if r.units != nil {
		s.Unit = r.units.take(now, &s.Waiter)
	}
	r.call(r.hooks.OnAcquire, i)
}

// giveBack takes the units of slot i from it.
func (r *Resource) giveBack(now sim.Time, i int32) {
	s := r.at(i)
	r.use.Holders.leave(&r.orders[holding], r.st.Links, i)
	r.use.InUse -= s.Amount
	r.use.Held.Add((now - s.Granted).Seconds())
	r.use.Users.Set(now, float64(r.use.InUse))
	if r.units != nil && r.units.giveBack(now, s.Unit) {
		r.resize(now)
	}
}

// serve grants to those in line what is free, the next one first.
func (r *Resource) serve(now sim.Time) error {
	for {
		i := r.next(inLine)
		if i == 0 {
			return nil
		}
		if fits, err := r.fits(now, i); !fits || err != nil {
			return err
		}
		r.dequeue(now, i)
		r.grant(now, i)
		if err := r.tell(now, i, r.at(i).Kind); err != nil {
			return err
		}
	}
}

// Capacity returns how many units there are.
func (r *Resource) Capacity() int64 { return r.use.Capacity }

// InUse returns how many units are held.
func (r *Resource) InUse() int64 { return r.use.InUse }

// Free returns how many units are not held; negative after a fall of the
// capacity that let holders finish.
func (r *Resource) Free() int64 { return r.use.Capacity - r.use.InUse }

// Len returns how many demands wait.
func (r *Resource) Len() int { return int(r.st.Lines[inLine].N) }

// Name returns the name it was made under.
func (r *Resource) Name() string { return r.name }

// Waiters returns a copy of the line, the next one first.
func (r *Resource) Waiters() []Waiter { return r.waiters(inLine) }

// Holders returns copies of the demands that hold units, in the order in which
// they were granted.
func (r *Resource) Holders() []Waiter {
	all := r.inOrder(&r.use.Holders, &r.orders[holding])
	slices.SortStableFunc(all, func(a, b Waiter) int {
		switch {
		case a.Granted != b.Granted:
			return int(min(1, max(-1, a.Granted-b.Granted)))
		}
		return int(min(1, max(-1, int64(a.Turn)-int64(b.Turn))))
	})
	return all
}

// Waiting says who waits for it (see [sim.Waiter]).
func (r *Resource) Waiting() []sim.Waiting {
	return r.reports(inLine, func(w *Waiter) string {
		return fmt.Sprintf("%d of %s (%d of %d in use)", w.Amount, r.name, r.use.InUse, r.use.Capacity)
	})
}

// Stats is what a resource has seen since the run began or statistics were reset.
type Stats struct {
	LineStats
	Released  int64             // claims that were given back
	Preempted int64             // claims that were taken
	Held      stat.Tally        // how long claims were held until they were given back or taken, in s
	Users     stat.TimeWeighted // units in use
	Capacity  stat.TimeWeighted // units there were
}

// Utilisation returns which part of the capacity was in use until now, from 0
// to 1; more if holders finish while there is no capacity.
func (st *Stats) Utilisation(now sim.Time) float64 {
	size := st.Capacity.Area(now)
	if size == 0 {
		return 0
	}
	return st.Users.Area(now) / size
}

// Stats returns the statistics as of now. It takes a look at each one in line,
// for Standing.
func (r *Resource) Stats() Stats {
	u := &r.use
	return Stats{r.lineStats(inLine), u.Released, u.Preempted, u.Held, u.Users, u.Size}
}

// ResetStats begins the statistics anew, as at the end of a warm-up.
func (r *Resource) ResetStats() {
	now := r.sim.Now()
	r.resetStats(inLine)
	r.use.Users.Reset(now)
	r.use.Size.Reset(now)
	r.use.Released, r.use.Preempted, r.use.Held = 0, 0, stat.Tally{}
}

// Start begins the shifts of the calendar. The run calls it.
func (r *Resource) Start(s *sim.Sim) error {
	if r.config.Calendar == nil {
		return nil
	}
	return r.shift(s.Now())
}

// Handle ends patience and changes shifts. The run calls it.
func (r *Resource) Handle(_ *sim.Sim, e sim.Event) error {
	now, err := r.begin()
	if err != nil {
		return err
	}
	if e.Kind == kindShift {
		return r.shift(now)
	}
	if err := r.expire(now, Claim(e.Arg)); err != nil {
		return err
	}
	return r.serve(now)
}

// KindName names the events that it schedules for itself, in traces.
func (r *Resource) KindName(kind int32) string { return kindName(kind) }

func kindName(kind int32) string {
	switch kind {
	case kindPatience:
		return "patience"
	case kindShift:
		return "shift"
	}
	return ""
}

// shift sets the capacity of the hour and schedules the next change.
func (r *Resource) shift(now sim.Time) error {
	if at := r.config.Calendar.Next(now); at < sim.Never {
		if _, err := r.sim.Schedule(sim.Event{At: at, Rank: sim.RankPlant, To: r.id, Kind: kindShift}); err != nil {
			return fmt.Errorf("resource: %s: %w", r.name, err)
		}
	}
	if n := r.config.Calendar.At(now); n != r.use.Limit {
		return r.SetCapacity(n, r.config.AtShiftEnd)
	}
	return nil
}
