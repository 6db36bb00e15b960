package resource

import (
	"errors"
	"fmt"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/stat"
)

// A Choice says which free unit of a pool a client gets.
type Choice uint8

// The choices.
const (
	Lowest      Choice = iota // the one of the lowest number
	LongestIdle               // the one that has been free longest, which wears them evenly
	choices
)

// A PoolConfig says how a pool is made.
type PoolConfig struct {
	Config // Capacity, or what the calendar says, limits how many units are in use at a time; 0 is all
	Units  int
	Choice Choice
	// Pick is a choice of one's own: an index into free, which has the numbers of
	// the free units, the longest idle first. It must depend on what it is
	// given only.
	Pick func(w *Waiter, free []int32) int
}

// A Pool is a resource whose units are told apart: machines, bays, vehicles, with
// numbers from 0. A unit may be down. A demand gets one unit: see [Pool.Unit].
type Pool struct {
	Resource
}

// units is what a resource knows of the units of a pool.
type units struct {
	number int
	pick   func(w *Waiter, free []int32) int
	order  order // of free units
	st     unitState
	free   []int32 // for pick
}

type unitState struct {
	Units []unit // the first is never used: a unit's number is its index less 1
	Links []link // by unit
	Free  line
	Up    int64  // units that are not down, or still held
	Turn  uint64 // how often units got free
}

type unit struct {
	Holder Claim
	Down   bool
	Idle   uint64 // the value of Turn when it got free
	Busy   stat.TimeWeighted
}

// NewPool adds a pool to a run, under a name that is new in it.
func NewPool(s *sim.Sim, name string, c PoolConfig) (*Pool, error) {
	if c.Units < 1 || c.Units > 1<<30 || c.Choice >= choices {
		return nil, fmt.Errorf("resource: %s: %d units by choice %d; want at least one, Lowest or LongestIdle", name, c.Units, c.Choice)
	}
	if c.Capacity == 0 {
		c.Capacity = int64(c.Units)
	}
	u := &units{number: c.Units, pick: c.Pick}
	lowest := c.Choice == Lowest && c.Pick == nil
	u.order = order{heap: lowest, ahead: func(i, j int32) bool {
		if lowest {
			return i < j
		}
		return u.st.Units[i].Idle < u.st.Units[j].Idle
	}}
	u.st.Units, u.st.Links, u.st.Up = make([]unit, c.Units+1), make([]link, c.Units+1), int64(c.Units)
	for i := 1; i <= c.Units; i++ {
		u.st.Units[i].Busy.Reset(s.Now())
		u.join(int32(i))
	}
	p := new(Pool)
	p.units = u
	if err := p.Resource.setup(s, name, c.Config); err != nil {
		return nil, err
	}
	p.resize(s.Now())
	return p, nil
}

// Request asks for one unit: see [Resource.Request].
func (p *Pool) Request(d Demand) (c Claim, granted bool, err error) {
	if d.Amount > 1 {
		return 0, false, fmt.Errorf("resource: %s: an amount of %d; a demand of a pool gets one unit", p.name, d.Amount)
	}
	return p.Resource.Request(d)
}

// Unit returns the number of the unit that a claim holds, from 0.
func (p *Pool) Unit(c Claim) (int, bool) {
	if !p.Holds(c) {
		return 0, false
	}
	return int(p.at(p.find(c)).Unit), true
}

// Units returns how many units the pool has, also those that are down.
func (p *Pool) Units() int { return len(p.units.st.Units) - 1 }

// Holder returns the claim that holds a unit, or 0.
func (p *Pool) Holder(unit int) Claim {
	if p.checkUnit(unit) != nil {
		return 0
	}
	return p.units.st.Units[unit+1].Holder
}

// Down reports whether a unit is down.
func (p *Pool) Down(unit int) bool {
	return p.checkUnit(unit) == nil && p.units.st.Units[unit+1].Down
}

// Busy returns the time-weighted use of a unit: 1 while it is held.
func (p *Pool) Busy(unit int) stat.TimeWeighted {
	if p.checkUnit(unit) != nil {
		return stat.TimeWeighted{}
	}
	return p.units.st.Units[unit+1].Busy
}

// SetDown takes a unit out of service, as when it breaks. A holder finishes or is
// pre-empted, as the rule says.
func (p *Pool) SetDown(unit int, rule Rule) error {
	now, err := p.begin()
	if err != nil {
		return err
	}
	if err := p.checkUnit(unit); err != nil {
		return err
	}
	if rule >= rules {
		return fmt.Errorf("resource: %s: there is no rule %d; want Finish or Preempt", p.name, rule)
	}
	u := &p.units.st.Units[unit+1]
	was := u.Down
	u.Down = true
	if c := u.Holder; c != 0 {
		if rule == Preempt {
			if err := p.preempt(now, p.find(c), 0); err != nil {
				return err
			}
		}
		return p.serve(now)
	}
	if !was {
		p.units.st.Free.leave(&p.units.order, p.units.st.Links, int32(unit+1))
		p.units.st.Up--
		p.resize(now)
	}
	return nil
}

// SetUp puts a unit back into service.
func (p *Pool) SetUp(unit int) error {
	now, err := p.begin()
	if err != nil {
		return err
	}
	if err := p.checkUnit(unit); err != nil {
		return err
	}
	u := &p.units.st.Units[unit+1]
	if !u.Down {
		return nil
	}
	u.Down = false
	if u.Holder != 0 {
		return nil
	}
	p.units.join(int32(unit + 1))
	p.units.st.Up++
	p.resize(now)
	return p.serve(now)
}

// ResetStats begins the statistics anew, as at the end of a warm-up.
func (p *Pool) ResetStats() {
	p.Resource.ResetStats()
	for i := range p.units.st.Units {
		p.units.st.Units[i].Busy.Reset(p.sim.Now())
	}
}

func (p *Pool) checkUnit(unit int) error {
	if unit < 0 || unit >= p.Units() {
		return fmt.Errorf("resource: %s: there is no unit %d; want 0 to %d", p.name, unit, p.Units()-1)
	}
	return nil
}

// join makes a unit free.
func (u *units) join(i int32) {
	u.st.Turn++
	u.st.Units[i].Idle = u.st.Turn
	u.st.Free.join(&u.order, u.st.Links, i)
}

// take gives a free unit, of which there is one, to a client, and returns its number.
func (u *units) take(now sim.Time, w *Waiter) int32 {
	i := u.st.Free.first(&u.order)
	if u.pick != nil {
		u.free = u.free[:0]
		for k := u.st.Free.Head; k != 0; k = u.st.Links[k].Next {
			u.free = append(u.free, k-1)
		}
		if k := u.pick(w, u.free); k >= 0 && k < len(u.free) {
			i = u.free[k] + 1
		}
	}
	u.st.Free.leave(&u.order, u.st.Links, i)
	u.st.Units[i].Holder = w.Claim
	u.st.Units[i].Busy.Set(now, 1)
	return i - 1
}

// giveBack takes a unit back, and reports whether it is down, so that there is
// one less.
func (u *units) giveBack(now sim.Time, number int32) bool {
	x := &u.st.Units[number+1]
	x.Holder = 0
	x.Busy.Set(now, 0)
	if x.Down {
		u.st.Up--
		return true
	}
	u.join(number + 1)
	return false
}

func (u *units) check(r *Resource) error {
	if n := len(u.st.Units) - 1; n != u.number || len(u.st.Links) != n+1 {
		return fmt.Errorf("saved with %d units, this build has %d; a fork must keep the number (it may lower Capacity)", n, u.number)
	}
	in := make([]bool, len(u.st.Units))
	err := u.st.Free.check(&u.order, u.st.Links, func(i int32) error {
		if i <= 0 || int(i) >= len(in) || in[i] || u.st.Units[i].Holder != 0 || u.st.Units[i].Down {
			return fmt.Errorf("unit %d is not free", i-1)
		}
		in[i] = true
		return nil
	})
	if err != nil {
		return err
	}
	up := int64(0)
	for i := 1; i < len(u.st.Units); i++ {
		x := &u.st.Units[i]
		if x.Holder != 0 {
			if s := r.find(x.Holder); s == 0 || r.at(s).State != held || int(r.at(s).Unit) != i-1 {
				return fmt.Errorf("nobody holds unit %d", i-1)
			}
		} else if !x.Down != in[i] {
			return fmt.Errorf("unit %d is in no list", i-1)
		}
		if !x.Down || x.Holder != 0 {
			up++
		}
	}
	if up != u.st.Up {
		return errors.New("the units that are up are counted wrong")
	}
	return nil
}
