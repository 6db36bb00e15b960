package farm

import (
	"fmt"
	"hash/fnv"
	"math"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// plantState is a plant that saves and loads itself: by the ids of its twins,
// since a fork may have others, in another order, or connected otherwise.
type plantState Plant

// stateVersion is the format of savedPlant.
const stateVersion = 1

type savedPlant struct {
	At      sim.Time // of the snapshot
	Clock   Clock
	Weather []savedWeather
	Pump    []savedPump
	Valve   []savedValve
	Zone    []savedZone
}

type savedWeather struct {
	ID      string
	Weather Weather
}

type savedPump struct {
	ID   string
	Pump Pump
}

type savedValve struct {
	ID        string
	Pump      string  // "" is the mains
	Delivered float64 // by the time of the snapshot, m3
	Valve     Valve
}

type savedZone struct {
	ID         string
	Crop       string
	Irrigation float64 // infiltrated since the last midnight, mm
	Zone       Zone
}

// MarshalBinary returns the state of the plant.
func (v *plantState) MarshalBinary() ([]byte, error) {
	p := (*Plant)(v)
	now := p.sim.Now()
	out := savedPlant{At: now, Clock: p.clock}
	for i, id := range p.ids[isWeather] {
		out.Weather = append(out.Weather, savedWeather{id, p.weather[i]})
	}
	for i, id := range p.ids[isPump] {
		out.Pump = append(out.Pump, savedPump{id, p.pump[i]})
	}
	for i, id := range p.ids[isValve] {
		out.Valve = append(out.Valve, savedValve{id, p.pumpOf(i), p.delivered(int32(i), now), p.valve[i]})
	}
	for i, id := range p.ids[isZone] {
		out.Zone = append(out.Zone, savedZone{id, p.crops[p.zones[i].crop].Name, p.irrigated(i, now), p.zone[i]})
	}
	return twins.Marshal(stateVersion, out)
}

// UnmarshalBinary puts the plant into a saved state. Twins that the snapshot did
// not have begin at its time; those that are no longer there are passed over and
// counted.
func (v *plantState) UnmarshalBinary(data []byte) error {
	p := (*Plant)(v)
	var in savedPlant
	if err := twins.Unmarshal(data, stateVersion, &in); err != nil {
		return fmt.Errorf("farm: %w", err)
	}
	if c := in.Clock; !(c.Begin <= in.At && in.At <= c.End && c.Begin < c.End) || c.Day < -1e6 || c.Day > 1e7 {
		return fmt.Errorf("farm: the saved state is damaged: at %v its day lasts from %v to %v", in.At, c.Begin, c.End)
	}
	p.clock, p.gone = in.Clock, 0
	clear(p.plans)
	clear(p.course)
	p.last = dayCoefficients{}
	for _, load := range []func(*savedPlant) error{p.loadWeather, p.loadPumps, p.loadValves, p.loadZones} {
		if err := load(&in); err != nil {
			return fmt.Errorf("farm: %w", err)
		}
	}
	return nil
}

// Dropped returns how many twins the loaded state had that this farm does not have.
func (v *plantState) Dropped() int { return v.gone }

func (p *Plant) pumpOf(valve int) string {
	if k := p.valves[valve].pump; k >= 0 {
		return p.ids[isPump][k]
	}
	return ""
}

// match finds the twins of a kind in a snapshot, by id.
func match[T any](p *Plant, k kind, saved []T, id func(*T) string) ([]int, error) {
	ids := make([]string, len(saved))
	for i := range saved {
		ids[i] = id(&saved[i])
	}
	from, gone, err := twins.Match(ids, p.ids[k])
	p.gone += gone
	return from, err
}

func (p *Plant) loadWeather(in *savedPlant) error {
	from, err := match(p, isWeather, in.Weather, func(v *savedWeather) string { return v.ID })
	for i, k := range from {
		if k < 0 {
			p.beginWeather(i, in.At)
			continue
		}
		p.weather[i] = in.Weather[k].Weather
	}
	return err
}

func (p *Plant) loadPumps(in *savedPlant) error {
	from, err := match(p, isPump, in.Pump, func(v *savedPump) string { return v.ID })
	for i, k := range from {
		if k < 0 {
			p.pump[i] = Pump{At: in.At, Even: in.At, Share: 1}
			continue
		}
		p.pump[i] = in.Pump[k].Pump
		if q := &p.pump[i]; q.At > in.At || q.Even > in.At {
			return fmt.Errorf("the saved state is damaged: pump %q is ahead of its time", in.Pump[k].ID)
		}
	}
	return err
}

// loadValves restores the valves, then makes of the pumps what these valves ask
// of them. A valve whose flow is another than in the snapshot goes on from what
// it had delivered.
func (p *Plant) loadValves(in *savedPlant) error {
	from, err := match(p, isValve, in.Valve, func(v *savedValve) string { return v.ID })
	if err != nil {
		return err
	}
	for i, k := range from {
		n := int32(i)
		if k < 0 {
			p.beginValve(n, in.At)
			continue
		}
		old, v := &in.Valve[k], &p.valve[i]
		*v = old.Valve
		if rate := p.rate(n); rate != v.Rate || old.Pump != p.pumpOf(i) {
			v.Rate, v.Delivered, v.Mark = rate, old.Delivered, p.pressure(p.valves[i].pump, in.At)
			v.Turn = v.Target > 0
		}
	}
	for i := range p.pump {
		p.loadDemand(int32(i), in.At)
	}
	return nil
}

// loadDemand brings a pump up to date with its valves, without which it would
// serve those that are gone.
func (p *Plant) loadDemand(i int32, at sim.Time) {
	q, spec := &p.pump[i], &p.pumps[i]
	fresh := *q
	fresh.Demand = 0
	for _, v := range spec.valves {
		fresh.Demand += p.valve[v].Rate
	}
	fresh.Share = fresh.share(spec)
	if fresh.Demand == q.Demand && fresh.Share == q.Share {
		return
	}
	fresh.Volume, fresh.At = p.pumped(i, at), at
	if fresh.Share != q.Share {
		fresh.Seconds, fresh.Even = p.pressure(i, at), at
		for _, v := range spec.valves {
			p.valve[v].Turn = p.valve[v].Target > 0
		}
	}
	*q = fresh
}

func (p *Plant) loadZones(in *savedPlant) error {
	from, err := match(p, isZone, in.Zone, func(v *savedZone) string { return v.ID })
	if err != nil {
		return err
	}
	for i, k := range from {
		if k < 0 {
			p.beginZone(i, in.At)
			continue
		}
		old, z, s := &in.Zone[k], &p.zone[i], &p.zones[i]
		*z = old.Zone
		crop := &p.crops[s.crop]
		switch other := old.Crop != crop.Name; {
		case z.Age < -1 || !other && int(z.Age) >= crop.Days() || !(z.Water.Root > 0):
			return fmt.Errorf("the saved state is damaged: zone %q has %d days of %s, rooting %g m deep", old.ID, z.Age, old.Crop, z.Water.Root)
		case other: // the field is given to the new crop now
			z.Age, z.Growth = -1, Growth{}
			p.beginCrop(z, s)
		}
		p.loadIrrigation(i, old.Irrigation, in.At)
	}
	return nil
}

// loadIrrigation gives a zone what had infiltrated today, in mm, where its valve
// is another one or waters another area than in the snapshot.
func (p *Plant) loadIrrigation(i int, today float64, at sim.Time) {
	z, s := &p.zone[i], &p.zones[i]
	switch {
	case p.irrigated(i, at) == today:
	case s.valve >= 0:
		z.Taken = p.delivered(s.valve, at) - today/1000/s.efficiency*p.valves[s.valve].area
	default:
		z.Taken = 0
		z.Water.Dr -= today
		z.Sum.Irrigation += today
	}
}

// supply is a hash of all that the flow of water hangs on besides the state: the
// valves, the pumps and how they are connected.
func (p *Plant) supply() uint64 {
	h := fnv.New64a()
	for i := range p.config.Instances {
		in := &p.config.Instances[i]
		if k := p.twins[i].kind; k != isValve && k != isPump {
			continue
		}
		fmt.Fprintf(h, "%q %s\n", in.ID, in.Type.Name)
		for _, v := range in.Numbers {
			fmt.Fprintf(h, "%x ", math.Float64bits(v))
		}
		for _, n := range in.Needs {
			if n >= 0 {
				fmt.Fprintf(h, "%q ", p.config.Instances[n].ID)
			}
		}
	}
	return h.Sum64()
}

// A supplyActor is named after the valves and pumps as they are in this build, so
// it is started in a run from the beginning and in a fork with other ones, never
// in a run that goes on as it was.
type supplyActor struct{ *Plant }

// Start puts closes that a fork made come at the wrong time to the right one.
func (a supplyActor) Start(*sim.Sim) error {
	for i := range a.valve {
		if a.valve[i].Turn {
			if err := a.aim(int32(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Handle is never called: the supply has no events.
func (a supplyActor) Handle(_ *sim.Sim, e sim.Event) error {
	return fmt.Errorf("farm: event of kind %d is unknown", e.Kind)
}
