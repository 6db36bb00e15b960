package scenarios

import (
	"bytes"
	"encoding/gob"
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// engineSave is an engine that saves and loads itself: what is dirty goes by
// rule and instance, since a fork may number them otherwise.
type engineSave engine

type savedEngine struct {
	Pending bool
	Rounds  int
	At      sim.Time
	Dirty   []savedDirty
}

type savedDirty struct {
	Rule     string
	Instance int
}

// MarshalBinary returns the state of the engine.
func (v *engineSave) MarshalBinary() ([]byte, error) {
	e := (*engine)(v)
	out := savedEngine{Pending: e.pending, Rounds: e.rounds, At: e.at}
	var ids []int32
	for {
		id, ok := e.dirty.Pop()
		if !ok {
			break
		}
		k, i := e.index.Rule(id)
		p := e.parts[k]
		out.Dirty = append(out.Dirty, savedDirty{p.rule.name, p.first + i})
		ids = append(ids, id)
	}
	for _, id := range ids {
		e.dirty.Add(id)
	}
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(out)
	return b.Bytes(), err
}

// UnmarshalBinary puts the engine into a saved state; rules that are no longer
// there are passed over.
func (v *engineSave) UnmarshalBinary(data []byte) error {
	e := (*engine)(v)
	var in savedEngine
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&in); err != nil {
		return fmt.Errorf("the saved state of the rules is damaged: %w", err)
	}
	e.pending, e.rounds, e.at = in.Pending, in.Rounds, in.At
	e.dirty = e.index.NewDirty()
	byName := make(map[string]*rule)
	for _, r := range e.rules {
		byName[r.name] = r
	}
	for _, d := range in.Dirty {
		r := byName[d.Rule]
		if r == nil || r.clock != nil || d.Instance < 0 || d.Instance >= len(r.twins) {
			continue
		}
		p := r.partOf(d.Instance)
		e.dirty.Add(e.index.ID(p.number, d.Instance-p.first))
	}
	return nil
}
