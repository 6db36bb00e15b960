package scenarios

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
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
	Rule  string
	Looks string // when the rule looks: with other times it looks anew
	Twin  string
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
		out.Dirty = append(out.Dirty, savedDirty{p.rule.name, p.rule.looksName(), p.rule.twins[p.first+i]})
		ids = append(ids, id)
	}
	for _, id := range ids {
		e.dirty.Add(id)
	}
	return sim.Marshal(&out)
}

// UnmarshalBinary puts the engine into a saved state; what is dirty and no longer
// there is passed over and counted.
func (v *engineSave) UnmarshalBinary(data []byte) error {
	e := (*engine)(v)
	var in savedEngine
	if err := sim.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("the saved state of the rules is damaged: %w", err)
	}
	e.pending, e.rounds, e.at = in.Pending, in.Rounds, in.At
	e.dirty = e.index.NewDirty()
	e.gone = 0
	byName := make(map[string]*rule)
	for _, r := range e.rules {
		byName[r.name] = r
	}
	for _, d := range in.Dirty {
		i := -1
		r := byName[d.Rule]
		if r != nil && r.looksName() == d.Looks {
			i = indexOf(r.twins, d.Twin)
		}
		if i < 0 {
			e.gone++
			continue
		}
		p := r.partOf(i)
		e.dirty.Add(e.index.ID(p.number, i-p.first))
	}
	return nil
}

// Dropped returns how many instances of the loaded state were about to be
// evaluated and are no longer there.
func (v *engineSave) Dropped() int { return v.gone }

// ruleSave is a rule that saves and loads itself: its instances go by twin.
type ruleSave rule

type savedRule struct {
	Rule  ruleState
	Twins []string // by instance
}

// MarshalBinary returns the state of the rule.
func (v *ruleSave) MarshalBinary() ([]byte, error) {
	return sim.Marshal(&savedRule{v.state, v.twins})
}

// UnmarshalBinary puts the rule into a saved state; twins that are no longer
// there are passed over and counted.
func (v *ruleSave) UnmarshalBinary(data []byte) error {
	var in savedRule
	err := sim.Unmarshal(data, &in)
	if err == nil && len(in.Twins) != len(in.Rule.Instances) {
		err = fmt.Errorf("%d instances for %d twins", len(in.Rule.Instances), len(in.Twins))
	}
	var from []int
	if err == nil {
		from, v.gone, err = twins.Match(in.Twins, v.twins)
	}
	if err != nil {
		return fmt.Errorf("the saved state of %s %q is damaged: %w", v.kind, v.name, err)
	}
	all := make([]instance, len(v.twins))
	for i, old := range from {
		if old >= 0 {
			all[i] = in.Rule.Instances[old]
		}
	}
	v.state = in.Rule
	v.state.Instances = all
	v.state.Undone = v.loadUndone(in.Rule.Undone)
	return nil
}

// loadUndone gives what was not done to the actions of the same titles, in order;
// actions that are no longer there are counted.
func (v *ruleSave) loadUndone(saved []undone) []undone {
	all := make([]undone, len(v.actions))
	for _, u := range saved {
		if u.N == 0 {
			continue
		}
		k := 0
		for k < len(all) && (v.actions[k].title != u.Title || all[k].N > 0) {
			k++
		}
		if k == len(all) {
			v.gone++
			continue
		}
		all[k] = u
	}
	return all
}

// Dropped returns how many twins and actions of the loaded state the rule has not.
func (v *ruleSave) Dropped() int { return v.gone }

// setKeys gives the instances keys that a fork has, too: their numbers it has not.
func (r *rule) setKeys() {
	r.keys, r.byKey = make([]uint64, len(r.twins)), make([]int32, len(r.twins))
	for i, id := range r.twins {
		r.keys[i], r.byKey[i] = hashOf(id), int32(i)
	}
	slices.SortFunc(r.byKey, func(a, b int32) int { return cmp.Or(cmp.Compare(r.keys[a], r.keys[b]), cmp.Compare(a, b)) })
}

// markKey has the instance with a key evaluated at the end of this instant; none
// has that of a twin that is no longer there. Should two have the same, both are:
// to look once more changes nothing.
func (r *rule) markKey(key uint64) {
	k, _ := slices.BinarySearchFunc(r.byKey, key, func(i int32, key uint64) int { return cmp.Compare(r.keys[i], key) })
	for ; k < len(r.byKey) && r.keys[r.byKey[k]] == key; k++ {
		r.mark(int(r.byKey[k]))
	}
}

// hashOf returns the same number for the same texts, in every run.
func hashOf(texts ...string) uint64 {
	h := fnv.New64a()
	for _, t := range texts {
		h.Write([]byte(t)) // never fails
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// newcomers has the rules look at twins that came into the run with a fork, as
// rules look at all twins when a run begins: their condition may be true already,
// or become so though nothing comes in. The actor's name goes by the twins of all rules, so
// that a run which has the same twins as its snapshot knows it, and any other
// starts it.
type newcomers engine

func (e *engine) newcomersName() string {
	var names []string
	for _, r := range e.rules {
		names = append(append(names, r.name), r.twins...)
	}
	return fmt.Sprintf("rules/of %016x", hashOf(names...))
}

// Start marks the instances that no rule has looked at.
func (v *newcomers) Start(*sim.Sim) error {
	for _, r := range v.rules {
		if r.clock != nil {
			continue
		}
		for i := range r.state.Instances {
			if st := &r.state.Instances[i]; !st.Known {
				st.Known = true
				r.mark(i)
			}
		}
	}
	return nil
}

// Handle does nothing: no events come.
func (v *newcomers) Handle(*sim.Sim, sim.Event) error { return nil }
