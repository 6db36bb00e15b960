package report

import (
	"strings"

	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// noted is the kind of an event that the recording has no kind of its own for;
// its Subject is "kind\x00name".
const noted wire.EventKind = 64

var wireKinds = [...]struct {
	name string
	kind wire.EventKind
}{
	{"rule", wire.RuleFired},
	{"command", wire.CommandGiven},
	{"alarm", wire.AlarmRaised},
	{"alarm end", wire.AlarmCleared},
	{"fault", wire.FaultBegan},
	{"fault end", wire.FaultEnded},
}

// ToWire returns an event in the form that a recording holds.
func ToWire(e twins.Event) wire.Event {
	w := wire.Event{Kind: noted, Subject: e.Name, Verb: e.Detail, Object: e.Twin, Value: e.Value, Span: e.Span}
	for _, k := range wireKinds {
		if k.name == e.Kind {
			w.Kind = k.kind
		}
	}
	switch w.Kind {
	case wire.CommandGiven:
		w.Subject, w.Verb, w.Object = e.Twin, e.Name, e.Detail
	case noted:
		w.Subject = e.Kind + "\x00" + e.Name
	}
	return w
}

// FromWire undoes [ToWire].
func FromWire(now sim.Time, w wire.Event) twins.Event {
	e := twins.Event{At: now, Twin: w.Object, Name: w.Subject, Detail: w.Verb, Value: w.Value, Span: w.Span}
	for _, k := range wireKinds {
		if k.kind == w.Kind {
			e.Kind = k.name
		}
	}
	switch {
	case w.Kind == wire.CommandGiven:
		e.Twin, e.Name, e.Detail = w.Subject, w.Verb, w.Object
	case w.Kind == wire.InputTaken:
		e.Kind = "input"
	case e.Kind == "":
		e.Kind, e.Name, _ = strings.Cut(w.Subject, "\x00")
	}
	return e
}
