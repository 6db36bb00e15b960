package farm

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A valveSpec is what never changes of a valve.
type valveSpec struct {
	id      string
	rate    int64    // when open, uL/min: whole numbers add up without a rest
	area    float64  // of the zones behind it, m2
	pump    int32    // -1 for the mains
	failure float64  // mean motions until it sticks; 0 is never
	repair  sim.Time // until it is mended
	draw    *sim.Stream
	actor   sim.ActorID
}

// A valveActor handles the events of a valve.
type valveActor struct {
	plant *Plant
	i     int32
}

// Handle closes the valve, or mends it.
func (a valveActor) Handle(_ *sim.Sim, e sim.Event) error {
	switch e.Kind {
	case eventClose:
		return a.plant.runOut(a.i)
	case eventRepair:
		return a.plant.repair(a.i)
	}
	return fmt.Errorf("farm: valve %q: event of kind %d is unknown", a.plant.valves[a.i].id, e.Kind)
}

// A Valve is the state of a valve at its last change.
type Valve struct {
	Open        bool // as told
	StuckOpen   bool
	StuckClosed bool
	Leak        float64    // part of its flow that passes when closed
	Rate        int64      // at its pump's full pressure, uL/min
	Delivered   float64    // until Mark, m3
	Mark        float64    // the pump's pressure-seconds, s; see [Plant.pressure]
	Target      float64    // Delivered at which it closes, m3; 0 is none
	Close       sim.Handle // pending close
	Turn        bool       // in a fork: the flow is another, so Close is at the wrong time
	Moves       int64      // openings and closings
	Cycles      int64      // openings
}

// perSecond converts uL/min to m3/s.
const perSecond = 1e-9 / 60

// open reports whether the valve is open, whatever it was told.
func (v *Valve) open() bool { return v.StuckOpen || v.Open && !v.StuckClosed }

func (p *Plant) buildValve(in *twins.Instance) error {
	n := in.Numbers
	v := valveSpec{id: in.ID, rate: int64(math.Round(n[paramFlow] * 1e6)), pump: p.need(in, 0), failure: n[paramFailure]}
	repair, err := sim.FromSeconds(n[paramRepair] * 86400)
	if err != nil || repair < 0 || v.rate <= 0 || n[paramFlow] > 1e6 || v.failure < 0 || v.failure > 0 && v.failure < 1 {
		return fmt.Errorf("farm: valve %q: flow %g must lie between 0 and 1e6 L/min, cycles_to_failure %g be 0 or at least 1, repair_time %g d not below 0",
			in.ID, n[paramFlow], v.failure, n[paramRepair])
	}
	v.repair = repair
	p.valves = append(p.valves, v)
	return nil
}

func (p *Plant) beginValve(i int32, now sim.Time) {
	p.valve[i] = Valve{Mark: p.pressure(p.valves[i].pump, now)}
}

// rate returns what passes a valve at its pump's full pressure, in uL/min.
func (p *Plant) rate(i int32) int64 {
	v, spec := &p.valve[i], &p.valves[i]
	switch {
	case v.StuckClosed && !v.StuckOpen:
		return 0
	case v.open():
		return spec.rate
	}
	return int64(math.Round(v.Leak * float64(spec.rate)))
}

// pressure returns a pump's pressure-seconds at a time, in s: the integral over
// time of the part of their flow that its valves get. Between changes a valve
// has delivered its rate times what this has grown. The mains are always full.
func (p *Plant) pressure(pump int32, at sim.Time) float64 {
	if pump < 0 {
		return at.Seconds()
	}
	q := &p.pump[pump]
	return q.Seconds + q.Share*(at-q.Even).Seconds()
}

// delivered returns what has passed a valve by a time, in m3.
func (p *Plant) delivered(i int32, at sim.Time) float64 {
	v := &p.valve[i]
	if v.Rate == 0 {
		return v.Delivered
	}
	return v.Delivered + float64(v.Rate)*perSecond*(p.pressure(p.valves[i].pump, at)-v.Mark)
}

// setValve changes a valve and brings its flow, its pump and its pending close
// up to date.
func (p *Plant) setValve(i int32, change func(*Valve)) error {
	v, spec, now := &p.valve[i], &p.valves[i], p.sim.Now()
	v.Delivered, v.Mark = p.delivered(i, now), p.pressure(spec.pump, now)
	change(v)
	rate := p.rate(i)
	step := rate - v.Rate
	v.Rate = rate
	if spec.pump >= 0 && step != 0 {
		if err := p.setPump(spec.pump, func(q *Pump) { q.Demand += step }); err != nil {
			return err
		}
	}
	if v.Target > 0 {
		return p.aim(i)
	}
	return nil
}

// aim schedules the close of a valve that is to deliver a volume.
func (p *Plant) aim(i int32) error {
	v, spec, now := &p.valve[i], &p.valves[i], p.sim.Now()
	p.sim.Cancel(v.Close)
	v.Close, v.Turn = 0, false
	rate := float64(v.Rate) * perSecond
	if spec.pump >= 0 {
		rate *= p.pump[spec.pump].Share
	}
	if !v.Open || rate <= 0 {
		return nil
	}
	wait, err := sim.FromSeconds(max(0, v.Target-p.delivered(i, now)) / rate)
	if err != nil || now > sim.Never-wait-1 {
		return nil // beyond any run
	}
	v.Close, err = p.sim.Schedule(sim.Event{At: now + wait, Rank: sim.RankPlant, To: spec.actor, Kind: eventClose})
	return err
}

func (p *Plant) commandValve(i int32, c devices.Command) error {
	v, now := &p.valve[i], p.sim.Now()
	switch {
	case c.Verb == verbDeliver && !(c.Arg >= 0) || c.For < 0 || c.Verb < verbOpen || c.Verb > verbDeliver:
		return fmt.Errorf("farm: valve %q: verb %d of %g m3 for %v is no command", p.valves[i].id, c.Verb, c.Arg, c.For)
	case c.Verb == verbClose || c.Verb == verbDeliver && c.Arg == 0:
		return p.move(i, false, 0)
	case c.Verb == verbDeliver:
		return p.move(i, true, p.delivered(i, now)+c.Arg)
	}
	if err := p.move(i, true, 0); err != nil || c.For == 0 || now > sim.Never-c.For {
		return err
	}
	var err error
	v.Close, err = p.sim.Schedule(sim.Event{At: now + c.For, Rank: sim.RankPlant, To: p.valves[i].actor, Kind: eventClose})
	return err
}

// move opens or closes a valve as told, forgetting what it was told before.
func (p *Plant) move(i int32, open bool, target float64) error {
	v, spec := &p.valve[i], &p.valves[i]
	p.sim.Cancel(v.Close)
	v.Close = 0
	moves := v.Open != open && !v.StuckOpen && !v.StuckClosed
	if moves {
		v.Moves++
		if open {
			v.Cycles++
		}
	}
	if moves && spec.failure > 0 {
		u := spec.draw.At(uint64(v.Moves))
		if u.Float64() < 1/spec.failure {
			return p.stick(i, open, target)
		}
	}
	return p.setValve(i, func(v *Valve) { v.Open, v.Target = open, target })
}

// stick makes a valve stay where it is, instead of the motion it was told.
func (p *Plant) stick(i int32, open bool, target float64) error {
	spec := &p.valves[i]
	name := "stuck_open"
	if open {
		name = "stuck_closed"
	}
	p.emit(spec.id, name, "did not move")
	if spec.repair < sim.Never-p.sim.Now() {
		_, err := p.sim.Schedule(sim.Event{At: p.sim.Now() + spec.repair, Rank: sim.RankPlant, To: spec.actor, Kind: eventRepair})
		if err != nil {
			return err
		}
	}
	return p.setValve(i, func(v *Valve) {
		v.Open, v.Target = open, target
		v.StuckOpen, v.StuckClosed = !open, open
	})
}

// runOut closes a valve whose time or volume is over.
func (p *Plant) runOut(i int32) error {
	p.valve[i].Close = 0
	return p.move(i, false, 0)
}

// repair mends a valve that stuck by itself; it then does what it was last told.
func (p *Plant) repair(i int32) error {
	p.emit(p.valves[i].id, "mended", "does what it was last told")
	return p.setValve(i, func(v *Valve) { v.StuckOpen, v.StuckClosed = false, false })
}

func (p *Plant) faultValve(i int32, kind int, on bool, level float64) error {
	if kind == faultLeak && on && !(level >= 0 && level <= 1) {
		return fmt.Errorf("farm: valve %q: a leak of %g is no part of its flow; want 0 to 1", p.valves[i].id, level)
	}
	return p.setValve(i, func(v *Valve) {
		switch kind {
		case faultStuckOpen:
			v.StuckOpen = on
		case faultStuckClosed:
			v.StuckClosed = on
		case faultLeak:
			v.Leak = 0
			if on {
				v.Leak = level
			}
		}
	})
}

func (p *Plant) probeValve(i int32, attr int, at sim.Time) float64 {
	v := &p.valve[i]
	switch attr {
	case valveOpen:
		if v.open() {
			return 1
		}
		return 0
	case valveFlow:
		flow := float64(v.Rate) * 1e-6
		if pump := p.valves[i].pump; pump >= 0 {
			flow *= p.pump[pump].Share
		}
		return flow
	case valveDelivered:
		return p.delivered(i, at)
	default: // valveCycles
		return float64(v.Cycles)
	}
}
