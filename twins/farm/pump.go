package farm

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A pumpSpec is what never changes of a pump.
type pumpSpec struct {
	capacity float64 // uL/min
	work     float64 // electric, J/m3
	valves   []int32 // that draw from it
}

// A Pump is the state of a pump at its last change.
type Pump struct {
	Stopped bool    // as told
	Failed  bool    // broken
	Worn    float64 // part of the capacity that is lost
	Demand  int64   // of the open valves, uL/min
	Share   float64 // of its demand that a valve gets, 0 to 1
	Seconds float64 // integral of Share until Even, s
	Volume  float64 // pumped until At, m3
	At      sim.Time
	Even    sim.Time // when Share changed last
}

// gravity times the density of water, N/m3.
const waterWeight = 9.81 * 1000

// PumpWork returns the electric energy in J that lifts 1 m3 of water against a
// head in m at an efficiency of pump and motor.
func PumpWork(head, efficiency float64) float64 { return waterWeight * head / efficiency }

func (p *Plant) buildPump(in *twins.Instance) error {
	n := in.Numbers
	if !(n[paramCapacity] > 0 && n[paramHead] >= 0 && n[paramPumpEfficiency] > 0) {
		return fmt.Errorf("farm: pump %q: capacity and efficiency must be above 0, head not below", in.ID)
	}
	p.pumps = append(p.pumps, pumpSpec{capacity: n[paramCapacity] * 1e6, work: PumpWork(n[paramHead], n[paramPumpEfficiency])})
	return nil
}

func (q *Pump) fault(kind int, on bool, level float64) {
	switch {
	case kind == faultFailed:
		q.Failed = on
	case on:
		q.Worn = min(1, max(0, level))
	default:
		q.Worn = 0
	}
}

// setPump changes a pump and brings what it gives its valves up to date.
func (p *Plant) setPump(i int32, change func(*Pump)) error {
	q, spec, now := &p.pump[i], &p.pumps[i], p.sim.Now()
	q.Volume, q.At = p.pumped(i, now), now
	change(q)
	share := q.share(spec)
	if share == q.Share {
		return nil
	}
	// Not at every change: while the pump can keep up, a valve must not tell by
	// the last bit how often others opened.
	q.Seconds, q.Even, q.Share = p.pressure(i, now), now, share
	for _, v := range spec.valves {
		if p.valve[v].Target > 0 {
			if err := p.aim(v); err != nil {
				return err
			}
		}
	}
	return nil
}

// share returns the part of their flow that the valves of a pump get.
func (q *Pump) share(spec *pumpSpec) float64 {
	if q.Stopped || q.Failed {
		return 0
	}
	if limit := spec.capacity * (1 - q.Worn); float64(q.Demand) > limit {
		return limit / float64(q.Demand)
	}
	return 1
}

// pumped returns what a pump has moved by a time, in m3.
func (p *Plant) pumped(i int32, at sim.Time) float64 {
	q := &p.pump[i]
	return q.Volume + q.flow()*perSecond*(at-q.At).Seconds()
}

// flow returns the flow in uL/min.
func (q *Pump) flow() float64 { return float64(q.Demand) * q.Share }

func (p *Plant) probePump(i int32, attr int, at sim.Time) float64 {
	q, spec := &p.pump[i], &p.pumps[i]
	switch attr {
	case pumpRunning:
		if q.flow() > 0 {
			return 1
		}
		return 0
	case pumpPower:
		return q.flow() * perSecond * spec.work
	case pumpEnergy:
		return p.pumped(i, at) * spec.work / 3.6e6
	case pumpFlow:
		return q.flow() * 1e-6
	default: // pumpVolume
		return p.pumped(i, at)
	}
}
