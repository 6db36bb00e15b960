package synth

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
)

// A Sampler is the devices.Source of simulated sensors. Set the fields, then
// Start it; a run has one.
type Sampler struct {
	Channels *devices.Channels // names, for streams and errors
	Sensors  []Sensor          // at most one per channel; emitted in this order within a tick
	Faults   []Fault           // what goes wrong, and when; see [FaultKinds]
	// Probe returns the truth of a channel at the present instant, in the
	// channel's unit. NaN or infinity becomes a reading that is missing and suspect.
	Probe func(ch devices.ChannelID, at sim.Time) float64
	Truth func(FaultEvent) // told of each fault's start and end; nil is nobody
}

var _ devices.Source = (*Sampler)(nil)

// Start adds an actor "sample/EVERY/PHASE" for each group of sensors and one for
// each fault.
func (p *Sampler) Start(s *sim.Sim, emit devices.Emit) error {
	if p.Channels == nil || p.Probe == nil || emit == nil {
		return errors.New("synth: a Sampler needs Channels, Probe and emit")
	}
	groups, err := p.groups(s, emit)
	if err != nil {
		return err
	}
	var faults *Injector
	if len(p.Faults) > 0 {
		faults = &Injector{Name: "synth", Channels: p.Channels, Faults: p.Faults, Truth: p.Truth}
		if err := faults.Start(s); err != nil {
			return err
		}
	}
	for _, g := range groups {
		g.faults = faults
		name := fmt.Sprintf("sample/%v/%v", g.every, g.phase)
		if g.id, err = s.Add(name, g); err != nil {
			return fmt.Errorf("synth: %w", err)
		}
		if err := s.Keep(name, &g.state); err != nil {
			return fmt.Errorf("synth: %w", err)
		}
	}
	return nil
}

// Close does nothing: there is nothing open.
func (p *Sampler) Close() error { return nil }

// groups sorts the sensors by period and phase and keeps their order within.
func (p *Sampler) groups(s *sim.Sim, emit devices.Emit) ([]*group, error) {
	type beat struct{ every, phase sim.Time }
	var all []*group
	byBeat := make(map[beat]*group)
	laws := make(map[*Config]*law)
	seen := make([]bool, p.Channels.Len())
	for _, x := range p.Sensors {
		name := p.Channels.Name(x.Channel)
		if x.Channel < 0 || int(x.Channel) >= len(seen) {
			return nil, fmt.Errorf("synth: sensor on channel %s, which does not exist", name)
		}
		if seen[x.Channel] {
			return nil, fmt.Errorf("synth: two sensors on %s: give the second an attribute of its own", name)
		}
		seen[x.Channel] = true
		l, ok := laws[x.Config]
		if !ok {
			if x.Config == nil {
				return nil, fmt.Errorf("synth: sensor on %s has no Config", name)
			}
			if err := x.Config.Validate(); err != nil {
				return nil, fmt.Errorf("synth: sensor on %s: %w", name, err)
			}
			l = x.Config.law()
			laws[x.Config] = l
		}
		b := beat{x.Config.Every, x.Config.Phase}
		g := byBeat[b]
		if g == nil {
			g = &group{every: b.every, phase: b.phase, channels: p.Channels, probe: p.Probe, emit: emit}
			byBeat[b] = g
			all = append(all, g)
		}
		g.sensors = append(g.sensors, member{
			stream: sim.NewStream(s.Seed(), s.Replication(), "sensor/"+name), law: l, channel: x.Channel,
		})
		g.state.Sensors = append(g.state.Sensors, SensorState{Key: keyOf(name)})
	}
	for _, g := range all {
		g.sensors = slices.Clip(g.sensors)
		g.state.Sensors = slices.Clip(g.state.Sensors)
		g.layout = layoutOf(g.state.Sensors)
		g.state.Layout = g.layout
	}
	slices.SortFunc(all, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.every, b.every), cmp.Compare(a.phase, b.phase))
	})
	return all, nil
}

// A member is a sensor in its group. The stream is only ever addressed by tick,
// so it has no position to save.
type member struct {
	stream  sim.Stream
	law     *law
	channel devices.ChannelID
}

// A SensorState is what changes in a sensor during a run.
type SensorState struct {
	Key   uint64  // hash of the channel's name
	Value float64 // the lagged truth, in the channel's unit
	Bias  float64 // in the channel's unit
	Begun bool    // Value is set
}

// A GroupState is what a group of sensors keeps.
type GroupState struct {
	Layout  uint64 // hash of all keys in order
	Sensors []SensorState
}

// A group is the sensors of one period and phase.
type group struct {
	every, phase sim.Time
	id           sim.ActorID
	channels     *devices.Channels
	probe        func(devices.ChannelID, sim.Time) float64
	emit         devices.Emit
	faults       *Injector // nil without faults
	sensors      []member
	layout       uint64
	state        GroupState
}

// Start schedules the first tick that is not in the past.
func (g *group) Start(s *sim.Sim) error {
	at := g.phase
	if late := s.Now() - g.phase; late > 0 {
		at += (late + g.every - 1) / g.every * g.every
	}
	_, err := s.Schedule(sim.Event{At: at, Rank: sim.RankInput, To: g.id})
	return err
}

// Handle samples every sensor of the group.
func (g *group) Handle(s *sim.Sim, _ sim.Event) error {
	now := s.Now()
	if g.state.Layout != g.layout || len(g.state.Sensors) != len(g.sensors) {
		g.rematch()
	}
	tick := uint64((now - g.phase) / g.every)
	for i := range g.sensors {
		r, ok := g.sample(&g.sensors[i], &g.state.Sensors[i], now, tick)
		if ok {
			g.emit(r)
		}
	}
	_, err := s.Schedule(sim.Event{At: now + g.every, Rank: sim.RankInput, To: g.id})
	return err
}

// sample sends the truth of one sensor through its chain; false is no reading.
func (g *group) sample(m *member, st *SensorState, now sim.Time, tick uint64) (devices.Reading, bool) {
	l := m.law
	r := devices.Reading{At: l.stamp(now), Channel: m.channel, Tag: devices.Tag{Seq: uint32(tick)}}
	var y float64
	lost := false
	if l.random {
		// One block of random words for the tick; each stage has its own word.
		w := m.stream.Words(tick)
		if l.noise > 0 {
			y = l.noise * g.normal(m, w[wordNoise], tick, wordNoise)
		}
		if l.biased {
			if st.Begun { // the bias begins at 0 with the first sample
				st.Bias = l.keep*st.Bias + l.walk*g.normal(m, w[wordBias], tick, wordBias)
			}
			y += st.Bias
		}
		lost = l.dropout > 0 && detmath.Uniform(w[wordDropout]) < l.dropout
		if l.jitters {
			r.At += sim.Time(l.jitter * g.normal(m, w[wordJitter], tick, wordJitter))
		}
	}
	x := g.probe(m.channel, now)
	if !finite(x) {
		r.Quality = devices.Missing | devices.Suspect
		return r, true
	}
	if l.lags && st.Begun {
		x = st.Value + l.follow*(x-st.Value)
	}
	st.Value, st.Begun = x, true
	r.Value = l.gain*x + l.offset + y
	if g.faults != nil {
		r = g.faults.Apply(now, tick, r)
	}
	if !finite(r.Value) {
		r.Value, r.Quality = 0, devices.Missing|devices.Suspect
		return r, true
	}
	if lost || r.Quality.Has(devices.Missing) {
		r.Value, r.Quality = 0, devices.Missing
		return r, !l.silent
	}
	if l.clips {
		if r.Value < l.low {
			r.Value, r.Quality = l.low, r.Quality|devices.Clipped
		} else if r.Value > l.high {
			r.Value, r.Quality = l.high, r.Quality|devices.Clipped
		}
	}
	if l.step > 0 {
		r.Value = l.quantise(r.Value)
	}
	return r, true
}

// normal turns a stage's word into a standard normal number. About one word in
// a hundred doesn't do; then the stage has a substream of its own for the tick.
func (g *group) normal(m *member, word, tick, stage uint64) float64 {
	if x, ok := detmath.NormalFast(word); ok {
		return x
	}
	spare := m.stream.At(1<<63 | tick<<2 | stage)
	return detmath.NormalSlow(word, func() uint64 { return spare.Uint64() })
}

// rematch finds each sensor's state by name in a loaded one that was saved with
// other sensors. Sensors that it does not have begin anew.
func (g *group) rematch() {
	byKey := make(map[uint64]int, len(g.state.Sensors))
	for i := range g.state.Sensors {
		byKey[g.state.Sensors[i].Key] = i
	}
	all := make([]SensorState, len(g.sensors))
	for i := range all {
		all[i].Key = keyOf(g.channels.Name(g.sensors[i].channel))
		if k, ok := byKey[all[i].Key]; ok {
			all[i] = g.state.Sensors[k]
		}
	}
	g.state = GroupState{Layout: g.layout, Sensors: all}
}

// layoutOf tells apart the orders and sets of sensors that a state may be for.
func layoutOf(all []SensorState) uint64 {
	h := uint64(fnvBasis)
	for i := range all {
		h = mix(h, all[i].Key)
	}
	return h
}

// FNV-1a over 64-bit words.
const (
	fnvBasis = 14695981039346656037
	fnvPrime = 1099511628211
)

func mix(h, word uint64) uint64 { return (h ^ word) * fnvPrime }

func keyOf(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}
