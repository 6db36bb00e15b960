// Package analytics says what a preprocessing stage and a model are: readings
// in, readings and estimates out. The stages are in prep, the models in model.
// The same ones run over simulated, replayed and live readings, and can't tell
// the difference.
package analytics

import (
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Stage is one step of a pipe over one channel. Apply takes a reading and
// hands on none, one or many. It works in event time (Reading.At), must not
// keep emit, and must not allocate.
type Stage interface {
	Apply(r devices.Reading, emit func(devices.Reading))
}

// Stateful is what a stage or a model with memory implements: State returns a
// pointer to plain data with exported fields, all that Apply, Score and Learn
// change. The caller hands it to [sim.Sim.Keep].
type Stateful interface {
	State() any
}

// Shaped is what a stage or a model implements whose state fits it only as long
// as some of its parameters, such as the length of a window, are what they were.
// Shape names their values; in a fork in which it is another, the state is not
// taken over and the stage begins anew.
type Shaped interface {
	Shape() string
}

// A Flusher is a stage that holds readings back until later ones come.
type Flusher interface {
	// Flush hands on what is held, when there will be no later readings. Should
	// some come nevertheless, a gap that was handed on stays a gap, a window
	// begins anew, and what falls into an interval that was closed is late.
	Flush(emit func(devices.Reading))
	// Held returns how many readings are held back; 0 after Flush.
	Held() int
}

// Mask has bit i set when input i of a model is missing.
type Mask uint64

// An Estimate is what a model says of one reading.
type Estimate struct {
	Score float64 // how unusual, in [0,1]; 0 is quite normal
	Ready bool    // false while the model has not yet seen enough
	Alarm bool    // the model's own verdict, with its hysteresis
}

// A Model judges and learns. The runner calls Score first, then Learn, with the
// same arguments; Score never changes the model.
type Model interface {
	Score(at sim.Time, x []float64, missing Mask) Estimate
	Learn(at sim.Time, x []float64, missing Mask)
}
