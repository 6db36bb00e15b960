package sim

import (
	"encoding/json"
	"fmt"
	"io"
)

// A Tracer is told of each event just before it is handled.
type Tracer interface {
	Event(*Sim, Event)
}

// A KindNamer is an actor that has names for the kinds of its events, for traces.
type KindNamer interface {
	KindName(kind int32) string
}

// A TextTrace writes a line for each event: its time, rank, actor, kind and
// argument.
type TextTrace struct {
	W   io.Writer
	err error
}

// Event writes a line.
func (t *TextTrace) Event(s *Sim, e Event) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.W, "%-14v %-7v %s %s %d\n", e.At, e.Rank, s.ActorName(e.To), s.kindName(e), e.Arg)
	}
}

// Err returns the first error of writing; nothing was written after it.
func (t *TextTrace) Err() error { return t.err }

// A JSONTrace writes an object in a line of its own for each event: at in
// nanoseconds, rank, to, kind, name of the kind if it has one, arg.
type JSONTrace struct {
	W   io.Writer
	err error
}

type tracedEvent struct {
	At   Time   `json:"at"`
	Rank string `json:"rank"`
	To   string `json:"to"`
	Kind int32  `json:"kind"`
	Name string `json:"name,omitempty"`
	Arg  uint64 `json:"arg"`
}

// Event writes a line.
func (t *JSONTrace) Event(s *Sim, e Event) {
	if t.err != nil {
		return
	}
	v := tracedEvent{At: e.At, Rank: e.Rank.String(), To: s.ActorName(e.To), Kind: e.Kind, Arg: e.Arg}
	if n, ok := s.handlers[e.To].(KindNamer); ok {
		v.Name = n.KindName(e.Kind)
	}
	t.err = json.NewEncoder(t.W).Encode(v)
}

// Err returns the first error of writing; nothing was written after it.
func (t *JSONTrace) Err() error { return t.err }

func (s *Sim) kindName(e Event) string {
	if n, ok := s.handlers[e.To].(KindNamer); ok {
		if name := n.KindName(e.Kind); name != "" {
			return name
		}
	}
	return fmt.Sprintf("kind=%d", e.Kind)
}
