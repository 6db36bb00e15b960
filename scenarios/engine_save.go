package scenarios

import (
	"fmt"
	"slices"

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
	Rule string
	Twin string
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
		out.Dirty = append(out.Dirty, savedDirty{p.rule.name, p.rule.twins[p.first+i]})
		ids = append(ids, id)
	}
	for _, id := range ids {
		e.dirty.Add(id)
	}
	return gobBytes(out)
}

// UnmarshalBinary puts the engine into a saved state; rules that are no longer
// there are passed over.
func (v *engineSave) UnmarshalBinary(data []byte) error {
	e := (*engine)(v)
	var in savedEngine
	if err := fromGob(data, &in); err != nil {
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
		if r == nil {
			continue
		}
		if i := indexOf(r.twins, d.Twin); i >= 0 {
			p := r.partOf(i)
			e.dirty.Add(e.index.ID(p.number, i-p.first))
		}
	}
	return nil
}

// ruleSave is a rule that saves and loads itself: its instances go by twin.
type ruleSave rule

type savedRule struct {
	Rule  ruleState
	Twins []string // by instance
}

// MarshalBinary returns the state of the rule.
func (v *ruleSave) MarshalBinary() ([]byte, error) { return gobBytes(savedRule{v.state, v.twins}) }

// UnmarshalBinary puts the rule into a saved state; twins that are no longer
// there are passed over.
func (v *ruleSave) UnmarshalBinary(data []byte) error {
	var in savedRule
	err := fromGob(data, &in)
	if err == nil && len(in.Twins) != len(in.Rule.Instances) {
		err = fmt.Errorf("%d instances for %d twins", len(in.Rule.Instances), len(in.Twins))
	}
	if err != nil {
		return fmt.Errorf("the saved state of rule %q is damaged: %w", v.name, err)
	}
	if slices.Equal(in.Twins, v.twins) {
		v.state = in.Rule
		return nil
	}
	all := v.state.Instances
	clear(all)
	place := make(map[string]int, len(v.twins))
	for i, id := range v.twins {
		place[id] = i
	}
	for old, id := range in.Twins {
		i, ok := place[id]
		if !ok {
			continue
		}
		all[i] = in.Rule.Instances[old]
		if i != old { // its timers would find another; the next evaluation sets them again
			all[i].Timer, all[i].Wake = 0, 0
		}
	}
	v.state = in.Rule
	v.state.Instances = all
	return nil
}
