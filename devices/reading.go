package devices

import "github.com/twinsim/twinsim/sim"

// ChannelID names one attribute of one twin within a run: a small dense integer
// handed out by [Channels]. It is valid in that run only; names are for files.
type ChannelID int32

// NoChannel is the ChannelID of nothing.
const NoChannel ChannelID = -1

// A Reading is one measured value. It holds no strings and no pointers, so that
// the path of a reading never allocates. And it has four fields, not five: up to
// four, the compiler keeps a struct in registers.
type Reading struct {
	At      sim.Time  // corrected event time: what the device says, mapped to the run's time
	Value   float64   // in the channel's unit; 0 when Quality has Missing, and never NaN
	Channel ChannelID // what was measured
	Tag
}

// A Tag is what is said of a reading besides its value.
type Tag struct {
	Seq     uint32  // the device's sequence number; orders readings of equal At
	Quality Quality // zero is good
}

// A Block is a waveform: equally spaced samples of one channel, such as 10 s of
// an ECG. It enters a run at the time of its last sample.
type Block struct {
	Channel ChannelID
	Start   sim.Time  // event time of Values[0]
	Step    sim.Time  // between two samples, > 0
	Values  []float64 // in the channel's unit
}

// End returns the event time of the last sample, or Start of an empty block.
func (b Block) End() sim.Time {
	if len(b.Values) == 0 {
		return b.Start
	}
	return b.Start + sim.Time(len(b.Values)-1)*b.Step
}

// Emit hands a reading over. It is called on the run's goroutine only.
type Emit func(Reading)

// A Source feeds readings into a run.
type Source interface {
	// Start registers whatever actors the source needs and schedules its first
	// event. Readings go to emit, on the run's goroutine, for the whole run.
	Start(s *sim.Sim, emit Emit) error
	// Close releases files and connections; it may be called more than once.
	Close() error
}

// A Command tells an actuator what to do. It holds no strings: actuator and
// verb are indices that the scenario resolved at load.
type Command struct {
	At     sim.Time // when it was given
	Target int32    // index of the twin that acts
	Verb   int32    // index into its type's verbs
	Arg    float64  // the verb's argument in the verb's unit; 0 if it has none
	For    sim.Time // how long, then undone by the actuator itself; 0 is until told otherwise
}

// An Actuator takes commands. Do returns at once; outcomes come back as
// readings. An error means that the command can't be understood, not that it
// failed.
type Actuator interface {
	Do(Command) error
}
