package scenarios

import (
	"fmt"
	"io"
	"time"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// Kinds is the table of all that a scenario may name. It is a value, handed
// down: a program with twins or stages of its own builds a larger one.
type Kinds struct {
	Families []twins.Family
	Stages   []analytics.Kind[analytics.Stage]
	Models   []analytics.Kind[analytics.Model]
}

// Type finds a twin type by name, with its family.
func (k *Kinds) Type(name string) (*twins.Type, *twins.Family) {
	for i := range k.Families {
		for _, t := range k.Families[i].Types {
			if t.Name == name {
				return t, &k.Families[i]
			}
		}
	}
	return nil, nil
}

// TypeNames returns the names of all twin types, RecordType among them.
func (k *Kinds) TypeNames() []string {
	names := []string{RecordType}
	for i := range k.Families {
		for _, t := range k.Families[i].Types {
			names = append(names, t.Name)
		}
	}
	return names
}

func kindNamed[T any](kinds []analytics.Kind[T], name string) *analytics.Kind[T] {
	for i := range kinds {
		if kinds[i].Name == name {
			return &kinds[i]
		}
	}
	return nil
}

func kindNames[T any](kinds []analytics.Kind[T]) []string {
	var names []string
	for i := range kinds {
		names = append(names, kinds[i].Name)
	}
	return names
}

// RecordType is the type of twins without a plant: their channels are declared
// by the scenario, and all that is known of them comes from a source.
const RecordType = "record"

// Options say how a scenario is built into a run. The zero value of all but
// Kinds is the scenario as written.
type Options struct {
	Kinds       Kinds
	Seed        *uint64           // instead of the scenario's
	Replication uint32            // which one, from 0
	For         sim.Time          // instead of the scenario's; 0 is the scenario's
	Params      map[string]string // params by name, as -p gives them
	Source      string            // profile; "" is "default" if the scenario has it
	Set         map[string]string // channel -> profile, or "synth"
	Data        string            // the file that "data" stands for in the scenario
	Open        func(name string) (io.ReadCloser, error)
	Epoch       time.Time // calendar time of run time 0, where the scenario leaves it to its data; zero looks at them
	Clock       sim.Clock // nil is the instant clock
	Sinks       []twins.Sink
	// Recording, if not nil, opens a recording whose taps are the only source.
	Recording func() (io.ReadCloser, error)
}

func (o *Options) open(name string) (io.ReadCloser, error) {
	if o.Open == nil {
		return nil, fmt.Errorf("%s: this program opens no files", name)
	}
	return o.Open(name)
}
