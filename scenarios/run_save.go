package scenarios

import (
	"fmt"
	"time"

	"github.com/twinsim/twinsim/sim"
)

// keep has what belongs to the run as a whole saved with it.
func (r *Run) keep() error {
	s := r.world.sim
	if err := s.Keep("params", (*paramState)(r.world)); err != nil {
		return err
	}
	if err := s.Keep("start", (*startState)(r.world)); err != nil {
		return err
	}
	return s.Keep("flush", &r.flushed)
}

// paramState saves the scenario's params, which rules may change, in place.
type paramState world

type savedParam struct {
	Name  string
	Value float64 // in Unit
	Unit  string
}

// MarshalBinary returns, in the order of the file, the params that rules have changed.
func (v *paramState) MarshalBinary() ([]byte, error) {
	var out []savedParam
	for i := range v.spec.Params {
		if v.changed[i] {
			p := &v.spec.Params[i]
			out = append(out, savedParam{p.Name.Src, v.params[i], p.Unit.Symbol})
		}
	}
	return sim.Marshal(&out)
}

// UnmarshalBinary sets the params that rules had changed; those that are no longer
// there are counted, values that a param can't have any more are refused.
func (v *paramState) UnmarshalBinary(data []byte) error {
	var in []savedParam
	if err := sim.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("the saved params are damaged: %w", err)
	}
	v.gone = 0
	for _, x := range in {
		i := indexOf(v.spec.paramNames(), x.Name)
		if i < 0 || v.spec.Params[i].Kind != NumberParam {
			v.gone++
			continue
		}
		n, err := v.load(i, x)
		if err != nil {
			return fmt.Errorf("a rule of the saved run has set param %s: %w; widen it in [params], or give it another name", x.Name, err)
		}
		v.params[i], v.changed[i] = n, true
	}
	return nil
}

// load returns a saved value in the unit of param i, if the param may have it.
func (v *paramState) load(i int, x savedParam) (float64, error) {
	unit, err := ParseUnit(x.Unit)
	if err != nil {
		return 0, err
	}
	p := v.spec.Params[i]
	if p.Number, err = unit.Convert(x.Value, p.Unit); err != nil {
		return 0, err
	}
	p.Value = Value{Text: Text{Src: p.format(p.Number)}, Kind: Word} // as a file would write it
	return p.Number, p.check()
}

// Dropped returns how many params of the loaded state the scenario has not.
func (v *paramState) Dropped() int { return v.gone }

// startState saves the calendar time at which the run begins, which data, plants
// and rules go by: a state is loaded only into a run that begins then.
type startState world

type savedStart struct {
	Given bool
	Sec   int64 // Unix time, s
	Nano  int64 // ns
}

func (v *startState) saved() savedStart {
	if v.epoch.IsZero() {
		return savedStart{}
	}
	return savedStart{true, v.epoch.Unix(), int64(v.epoch.Nanosecond())}
}

// MarshalBinary returns when the run begins.
func (v *startState) MarshalBinary() ([]byte, error) {
	out := v.saved()
	return sim.Marshal(&out)
}

// UnmarshalBinary refuses the state of a run that begins at another time.
func (v *startState) UnmarshalBinary(data []byte) error {
	var in savedStart
	if err := sim.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("the saved start is damaged: %w", err)
	}
	if in == v.saved() {
		return nil
	}
	if !in.Given {
		return fmt.Errorf("saved by a run without a start, this one begins at %s; take start out of [run]", v.epoch.Format(time.RFC3339Nano))
	}
	was := time.Unix(in.Sec, in.Nano).In(v.spec.Run.Zone).Format(time.RFC3339Nano)
	now := "has none"
	if !v.epoch.IsZero() {
		now = "begins at " + v.epoch.Format(time.RFC3339Nano)
	}
	return fmt.Errorf("saved by a run that begins at %s, this one %s; write start = %s in [run]", was, now, was)
}
