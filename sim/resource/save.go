package resource

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// saveVersion is the format of a saved resource.
const saveVersion = 1

// A saver is the kept state of a resource. It saves itself because clients are
// saved by name: a fork may number its actors in another way.
type saver struct {
	d       *desk
	rest    rest
	dropped int
}

// rest is what is saved beside the desk.
type rest interface {
	// parts returns pointers to it.
	parts() []any
	// check says what of a loaded state can't be; the lines of the desk are whole already.
	check() error
}

type saved struct {
	Clients []client
	Desk    []byte
	Rest    [][]byte
}

type client struct {
	ID   sim.ActorID
	Name string
}

// MarshalBinary saves the desk and the rest.
func (v *saver) MarshalBinary() ([]byte, error) {
	desk, err := sim.Marshal(&v.d.st)
	if err != nil {
		return nil, err
	}
	all := saved{Clients: v.d.clients(), Desk: desk}
	for _, p := range v.rest.parts() {
		data, err := sim.Marshal(p)
		if err != nil {
			return nil, err
		}
		all.Rest = append(all.Rest, data)
	}
	data, err := sim.Marshal(&all)
	return append([]byte{saveVersion}, data...), err
}

// UnmarshalBinary loads what MarshalBinary saved. On an error the resource must
// not be used.
func (v *saver) UnmarshalBinary(data []byte) error {
	if len(data) == 0 || data[0] != saveVersion {
		return fmt.Errorf("not a resource saved by format %d", saveVersion)
	}
	var all saved
	if err := sim.Unmarshal(data[1:], &all); err != nil {
		return err
	}
	if err := sim.Unmarshal(all.Desk, &v.d.st); err != nil {
		return err
	}
	parts := v.rest.parts()
	if len(parts) != len(all.Rest) {
		return fmt.Errorf("it has %d parts, want %d: was it a resource of another kind?", len(all.Rest), len(parts))
	}
	for i, p := range parts {
		if err := sim.Unmarshal(all.Rest[i], p); err != nil {
			return err
		}
	}
	if err := v.d.check(); err != nil {
		return err
	}
	if err := v.rest.check(); err != nil {
		return err
	}
	v.dropped = v.d.rename(all.Clients)
	return nil
}

// Dropped returns how many claims the last state had of clients that this build
// doesn't have.
func (v *saver) Dropped() int { return v.dropped }

// clients returns those who have a claim, in the order of their slots.
func (d *desk) clients() []client {
	seen := make(map[sim.ActorID]bool)
	all := []client{}
	for i := range d.st.Slots {
		if s := &d.st.Slots[i]; s.State != unused && !seen[s.To] {
			seen[s.To] = true
			all = append(all, client{s.To, d.sim.ActorName(s.To)})
		}
	}
	return all
}

// nobody is the client of a claim whose actor this build of the run doesn't have.
const nobody sim.ActorID = -1

// Loaded gives up what clients have that this build doesn't have, now that the
// run knows the time and the events again: those in line behind them are served.
func (v *saver) Loaded(*sim.Sim) error {
	if !v.d.gone {
		return nil
	}
	return v.d.evict(v.d.sim.Now())
}

// rename makes clients those of the same name in this build; it returns how many
// claims clients have that are gone.
func (d *desk) rename(clients []client) (gone int) {
	now := make(map[sim.ActorID]sim.ActorID, len(clients))
	for _, c := range clients {
		if id, ok := d.sim.Actor(c.Name); ok {
			now[c.ID] = id
		}
	}
	for i := range d.st.Slots {
		s := &d.st.Slots[i]
		if s.State == unused {
			continue
		}
		if id, ok := now[s.To]; ok {
			s.To = id
		} else {
			s.To = nobody
		}
		if s.To == nobody {
			gone++
		}
	}
	d.gone = gone > 0
	return gone
}

// check says what of a loaded desk can't be: places that a list or heap must not
// have would be followed for ever, or beyond the end.
func (d *desk) check() error {
	st := &d.st
	if len(st.Slots) == 0 || len(st.Links) != len(st.Slots) {
		return fmt.Errorf("%d slots with %d links", len(st.Slots), len(st.Links))
	}
	in := make([]bool, len(st.Slots))
	for i := range st.Slots {
		s := &st.Slots[i]
		if uint64(uint32(s.Claim)) != uint64(i) || s.Line < 0 || int(s.Line) >= len(st.Lines) || s.State > over || s.Amount < 0 || s.Amount >= noLimit || i == 0 && s.State != unused {
			return fmt.Errorf("slot %d is not one", i)
		}
	}
	for _, i := range st.Free {
		if err := d.mark(in, i, unused); err != nil {
			return err
		}
	}
	for l := range st.Lines {
		if err := d.checkLine(&st.Lines[l], &d.orders[l], in, waiting); err != nil {
			return err
		}
	}
	return d.checkLine(&st.Over, &listed, in, over)
}

// mark notes that slot i is in some list, and only there.
func (d *desk) mark(in []bool, i int32, want state) error {
	if i <= 0 || int(i) >= len(in) || in[i] || d.st.Slots[i].State != want {
		return fmt.Errorf("slot %d of %d is in a wrong list", i, len(in))
	}
	in[i] = true
	return nil
}

func (d *desk) checkLine(l *line, o *order, in []bool, want state) error {
	return l.check(o, d.st.Links, func(i int32) error { return d.mark(in, i, want) })
}

// check says what of a loaded line can't be; mark is told of each member, and
// refuses those that are in no table or were there before.
func (l *line) check(o *order, links []link, mark func(i int32) error) error {
	n, prev := int32(0), int32(0)
	var err error
	l.each(o, links, func(i int32) bool {
		if err = mark(i); err != nil {
			return false
		}
		if k := links[i]; o.heap && k.Prev != n || !o.heap && k.Prev != prev || k.Next < 0 || int(k.Next) >= len(links) {
			err = fmt.Errorf("%d is not where it says", i)
			return false
		}
		n, prev = n+1, i
		return true
	})
	switch {
	case err != nil:
		return err
	case n != l.N:
		return fmt.Errorf("a line of %d has %d members; was it saved with another discipline?", l.N, n)
	case !o.heap && l.Tail != prev:
		return fmt.Errorf("a list ends at %d, not %d", prev, l.Tail)
	}
	return nil
}

func (r *Resource) parts() []any {
	if r.units == nil {
		return []any{&r.use}
	}
	return []any{&r.use, &r.units.st}
}

func (r *Resource) check() error {
	if r.use.Calendar != (r.config.Calendar != nil) {
		return fmt.Errorf("saved with a calendar: %t, this build has one: %t; a fork must keep that (a calendar may say one capacity for ever)", r.use.Calendar, !r.use.Calendar)
	}
	in := make([]bool, len(r.st.Slots))
	if err := r.checkLine(&r.use.Holders, &r.orders[holding], in, held); err != nil {
		return err
	}
	var sum int64
	for i := range r.st.Slots {
		if s := &r.st.Slots[i]; s.State == held {
			if !in[i] || s.Amount < 1 {
				return fmt.Errorf("slot %d holds, but not as a holder", i)
			}
			sum += s.Amount
		}
	}
	if sum != r.use.InUse {
		return fmt.Errorf("%d units are in use, %d are held", r.use.InUse, sum)
	}
	if r.units == nil {
		return nil
	}
	return r.units.check(r)
}

// evict gives up what clients have that are gone. They all leave the line
// before anything is given back, so that nothing is granted to them.
func (d *desk) evict(now sim.Time) error {
	d.gone = false
	for i := range d.st.Slots {
		if s := &d.st.Slots[i]; s.To == nobody && s.State == waiting {
			d.withdraw(now, int32(i))
		} else if s.To == nobody && s.State == over {
			d.forget(int32(i))
		}
	}
	for i := range d.st.Slots {
		if s := &d.st.Slots[i]; s.To == nobody && s.State == held {
			if err := d.keeper.giveUp(now, int32(i)); err != nil {
				return err
			}
		}
	}
	return d.keeper.serve(now)
}
