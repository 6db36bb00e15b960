package twins

import (
	"fmt"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// orders carries commands out, at the end of the instant in which they were
// given. It saves and loads itself: pending commands by the names of twin and
// verb, since a fork may number them otherwise.
type orders struct {
	hub     *Hub
	id      sim.ActorID
	pending []order
	actors  map[int32]devices.Actuator // by twin
	named   map[string]*Instance       // by id; those that are served
	gone    int                        // commands of the loaded state that nobody takes
}

type order struct {
	devices.Command
	twin, verb string
	from       string // who gave it, for errors
}

// Actuator makes a the one that carries out commands to a twin.
func (h *Hub) Actuator(twin int32, a devices.Actuator) {
	if h.orders.actors == nil {
		h.orders.actors = make(map[int32]devices.Actuator)
	}
	h.orders.actors[twin] = a
}

// Serve makes a the one that carries out commands to an instance, which must not
// change afterwards. Then a pending command in a snapshot finds the instance by
// its id and the verb by its name. In a run in which no twin is served they go by
// number, so a fork must have the same twins.
func (h *Hub) Serve(in *Instance, a devices.Actuator) {
	h.Actuator(in.Index, a)
	if h.orders.named == nil {
		h.orders.named = make(map[string]*Instance)
	}
	h.orders.named[in.ID] = in
}

// Command gives a command: it is recorded now, under the names given, and
// carried out at this instant after all rules.
func (h *Hub) Command(c devices.Command, twin, verb, rule string) error {
	return h.CommandFrom(c, twin, verb, rule, rule)
}

// CommandFrom is Command with what an error in carrying it out says of who gave it,
// such as the rule and where it stands; rule alone is recorded.
func (h *Hub) CommandFrom(c devices.Command, twin, verb, rule, from string) error {
	c.At = h.sim.Now()
	h.Record(Event{At: c.At, Kind: "command", Twin: twin, Name: verb, Detail: rule, Value: c.Arg, Span: c.For})
	h.orders.pending = append(h.orders.pending, order{c, twin, verb, from})
	if len(h.orders.pending) > 1 {
		return nil
	}
	_, err := h.sim.Schedule(sim.Event{At: c.At, Rank: sim.RankCommand, To: h.orders.id})
	return err
}

// Handle carries out what was ordered at this instant.
func (o *orders) Handle(*sim.Sim, sim.Event) error {
	for i := 0; i < len(o.pending); i++ {
		p := &o.pending[i]
		a := o.actors[p.Target]
		if a == nil {
			return p.fails(fmt.Errorf("twins: twin %d takes no commands", p.Target))
		}
		if err := a.Do(p.Command); err != nil {
			return p.fails(err)
		}
	}
	o.pending = o.pending[:0]
	return nil
}

// fails says which command an error is about, and who gave it.
func (p *order) fails(err error) error {
	by := ""
	if p.from != "" {
		by = ", given by " + p.from
	}
	return fmt.Errorf("command %s.%s%s: %w", p.twin, p.verb, by, err)
}

const ordersVersion = 1

type savedOrders struct{ Pending []savedOrder }

type savedOrder struct {
	Command    devices.Command
	Twin, Verb string
	From       string
}

// MarshalBinary returns the commands that wait for the end of the instant.
func (o *orders) MarshalBinary() ([]byte, error) {
	var out savedOrders
	for _, p := range o.pending {
		out.Pending = append(out.Pending, savedOrder{p.Command, p.twin, p.verb, p.from})
	}
	return Marshal(ordersVersion, out)
}

// UnmarshalBinary takes up the commands of a snapshot; those that nobody takes
// any longer are passed over and counted.
func (o *orders) UnmarshalBinary(data []byte) error {
	var in savedOrders
	if err := Unmarshal(data, ordersVersion, &in); err != nil {
		return fmt.Errorf("twins: commands: %w", err)
	}
	o.pending, o.gone = o.pending[:0], 0
	for _, p := range in.Pending {
		c, ok := o.find(p)
		if !ok {
			o.gone++
			continue
		}
		o.pending = append(o.pending, order{c, p.Twin, p.Verb, p.From})
	}
	return nil
}

// find numbers a saved command as this run does.
func (o *orders) find(p savedOrder) (devices.Command, bool) {
	c := p.Command
	in := o.named[p.Twin]
	switch {
	case len(o.named) == 0:
		return c, o.actors[c.Target] != nil
	case in == nil:
		return c, false
	}
	for i := range in.Type.Verbs {
		if in.Type.Verbs[i].Name == p.Verb {
			c.Target, c.Verb = in.Index, int32(i)
			return c, true
		}
	}
	return c, false
}

// Dropped returns how many commands of the loaded state nobody takes.
func (o *orders) Dropped() int { return o.gone }
