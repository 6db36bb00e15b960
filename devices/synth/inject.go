package synth

import (
	"errors"
	"fmt"
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A FaultEvent is the truth about a fault: what a detector should have found.
type FaultEvent struct {
	At      sim.Time
	Fault   string // its name
	Kind    string
	Channel devices.ChannelID
	Active  bool // it begins; false: it ends
	// Severity is the amount, rate, sd, factor, amplitude, probability or limit
	// of the fault, in that parameter's unit.
	Severity float64
}

// An Injector puts faults into readings. A [Sampler] has its own for the
// sensors it simulates; over live or replayed readings one acts after the tap.
// Set the fields, Start it, then send every reading through Apply.
type Injector struct {
	Name     string // tells injectors of a run apart: "tap", for example
	Channels *devices.Channels
	Faults   []Fault
	Truth    func(FaultEvent) // told of each start and end on each channel; nil is nobody

	first   []int32 // by channel; effects[first[ch]:first[ch+1]] are its own
	effects []effect
	layout  uint64
	keys    []uint64
	state   InjectorState
	draw    sim.Stream
}

// An InjectorState is what faults keep.
type InjectorState struct {
	Layout uint64 // hash of all keys in order
	Faults []FaultState
}

// A FaultState is what one fault keeps of one channel.
type FaultState struct {
	Key   uint64  // hash of the names of the fault and the channel
	Value float64 // the last reading before it was stuck, in the channel's unit
	Seen  bool    // Value is set
	Gap   bool    // within a burst of lost readings
}

// Start checks the faults, adds an actor "fault/INJECTOR/FAULT" for each, which
// tells of its start and end, and keeps the state "faults/INJECTOR".
func (in *Injector) Start(s *sim.Sim) error {
	if in.Channels == nil {
		return errors.New("synth: an Injector needs Channels")
	}
	byChannel := make([][]effect, in.Channels.Len())
	keys := make([][]uint64, in.Channels.Len())
	for i := range in.Faults {
		f := &in.Faults[i]
		e, err := f.effect()
		if err != nil {
			return err
		}
		for _, ch := range f.Channels {
			if ch < 0 || int(ch) >= len(byChannel) {
				return fmt.Errorf("synth: fault %q is on channel %d, which does not exist", f.Name, ch)
			}
			path := "fault/" + f.Name + "/" + in.Channels.Name(ch)
			if n := len(keys[ch]); n > 0 && keys[ch][n-1] == keyOf(path) {
				return fmt.Errorf("synth: fault %q lists %s twice", f.Name, in.Channels.Name(ch))
			}
			e.stream = sim.NewStream(s.Seed(), s.Replication(), path)
			byChannel[ch] = append(byChannel[ch], e)
			keys[ch] = append(keys[ch], keyOf(path))
		}
		a := &herald{injector: in, fault: f, severity: e.severity()}
		if a.id, err = s.Add("fault/"+in.Name+"/"+f.Name, a); err != nil {
			return fmt.Errorf("synth: fault %q: %w", f.Name, err)
		}
	}
	in.first = make([]int32, 1, len(byChannel)+1)
	for ch := range byChannel {
		in.effects = append(in.effects, byChannel[ch]...)
		in.keys = append(in.keys, keys[ch]...)
		in.first = append(in.first, int32(len(in.effects)))
	}
	in.layout = fnvBasis
	for _, k := range in.keys {
		in.layout = mix(in.layout, k)
		in.state.Faults = append(in.state.Faults, FaultState{Key: k})
	}
	in.state.Layout = in.layout
	if err := s.Keep("faults/"+in.Name, &in.state); err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	return nil
}

// Apply returns what the faults that are active at now make of r. The ordinal
// addresses the random numbers: the tick of a simulated sensor, the count of
// readings on the channel otherwise. A lost reading comes back as Missing with
// value 0. Apply must see every reading of a channel, in order, for a stuck
// fault to know the last one.
func (in *Injector) Apply(now sim.Time, ordinal uint64, r devices.Reading) devices.Reading {
	if uint(r.Channel)+1 >= uint(len(in.first)) {
		return r
	}
	first, end := in.first[r.Channel], in.first[r.Channel+1]
	if first == end {
		return r
	}
	if in.state.Layout != in.layout || len(in.state.Faults) != len(in.effects) {
		in.rematch()
	}
	for i := first; i < end; i++ {
		e, st := &in.effects[i], &in.state.Faults[i]
		switch {
		case now < e.from:
			if e.code == faultStuck && !r.Quality.Has(devices.Missing) {
				st.Value, st.Seen = r.Value, true
			}
		case now < e.to:
			r = in.act(e, st, now, ordinal, r)
		}
	}
	if !finite(r.Value) {
		r.Value, r.Quality = 0, devices.Missing|devices.Suspect
	}
	return r
}

// act applies one active fault.
func (in *Injector) act(e *effect, st *FaultState, now sim.Time, ordinal uint64, r devices.Reading) devices.Reading {
	if e.code == faultClock {
		ahead := e.a + float64(now-e.from)*e.b
		r.At += sim.Time(math.Round(ahead))
		return r
	}
	if e.code == faultDropout {
		if in.lost(e, st, ordinal) {
			r.Value, r.Quality = 0, devices.Missing
		}
		return r
	}
	if r.Quality.Has(devices.Missing) {
		return r
	}
	switch e.code {
	case faultOffset:
		r.Value += e.a
	case faultGain:
		r.Value *= e.a
	case faultDrift:
		r.Value += e.a * (now - e.from).Days()
	case faultNoise:
		in.draw = e.stream.At(ordinal)
		r.Value += e.a * in.draw.Normal()
	case faultSpike:
		in.draw = e.stream.At(ordinal)
		if in.draw.Float64() < e.a {
			if in.draw.Uint64()&1 == 0 {
				r.Value += e.b
			} else {
				r.Value -= e.b
			}
		}
	case faultStuck:
		if e.has {
			r.Value = e.a
			break
		}
		if !st.Seen { // stuck from the first reading on
			st.Value, st.Seen = r.Value, true
		}
		r.Value = st.Value
	case faultClipping:
		if r.Value < e.a {
			r.Value, r.Quality = e.a, r.Quality|devices.Clipped
		} else if r.Value > e.b {
			r.Value, r.Quality = e.b, r.Quality|devices.Clipped
		}
	}
	return r
}

// lost decides a dropout: each reading by itself, or in gaps whose lengths are
// geometric (Gilbert 1960).
func (in *Injector) lost(e *effect, st *FaultState, ordinal uint64) bool {
	in.draw = e.stream.At(ordinal)
	u := in.draw.Float64()
	switch {
	case !e.has:
		return u < e.a
	case st.Gap:
		st.Gap = u >= 1/e.b
	default:
		st.Gap = u < e.a
	}
	return st.Gap
}

// rematch finds each fault's state by name in a loaded one that was saved with
// other faults. Those that it does not have begin anew.
func (in *Injector) rematch() {
	byKey := make(map[uint64]int, len(in.state.Faults))
	for i := range in.state.Faults {
		byKey[in.state.Faults[i].Key] = i
	}
	all := make([]FaultState, len(in.keys))
	for i, k := range in.keys {
		all[i].Key = k
		if j, ok := byKey[k]; ok {
			all[i] = in.state.Faults[j]
		}
	}
	in.state = InjectorState{Layout: in.layout, Faults: all}
}

// A herald tells when a fault begins and ends.
type herald struct {
	injector *Injector
	fault    *Fault
	severity float64
	id       sim.ActorID
}

const (
	faultBegins int32 = iota
	faultEnds
)

// Start schedules the two events. A fault that is active already, as in a fork
// that adds one, begins now.
func (h *herald) Start(s *sim.Sim) error {
	from, to := h.fault.From, h.fault.To
	if to != 0 && to <= s.Now() {
		return nil
	}
	// Before the readings of that instant, which show the fault.
	_, err := s.Schedule(sim.Event{At: max(from, s.Now()), Rank: sim.RankPlant, To: h.id, Kind: faultBegins})
	if err != nil || to == 0 {
		return err
	}
	_, err = s.Schedule(sim.Event{At: to, Rank: sim.RankPlant, To: h.id, Kind: faultEnds})
	return err
}

// Handle tells of the fault's start or end on each channel.
func (h *herald) Handle(s *sim.Sim, e sim.Event) error {
	if h.injector.Truth == nil {
		return nil
	}
	for _, ch := range h.fault.Channels {
		h.injector.Truth(FaultEvent{
			At: s.Now(), Fault: h.fault.Name, Kind: h.fault.Kind, Channel: ch,
			Active: e.Kind == faultBegins, Severity: h.severity,
		})
	}
	return nil
}
