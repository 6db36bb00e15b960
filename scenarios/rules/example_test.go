package rules_test

import (
	"fmt"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios/rules"
	"github.com/twinsim/twinsim/sim"
)

// One text serves two zones with one channel each.
func Example() {
	env := &rules.Env{
		Lookup: func(path []string) (rules.Ref, error) {
			switch fmt.Sprint(path) {
			case "[self vwc]":
				return rules.Ref{Base: rules.Self, Slot: 0}, nil
			case "[p trigger]":
				return rules.Ref{Space: rules.Params, Base: rules.Absolute, Slot: 0}, nil
			}
			return rules.Ref{}, rules.ErrUnknown
		},
		Names: func([]string) []string { return []string{"self.vwc", "p.trigger"} },
	}
	_, err := rules.NewCondition("self.vcw < p.trigger", env)
	fmt.Println(err)

	dry, _ := rules.NewCondition("self.vwc < p.trigger and hour(t) in 4..8", env)
	zones := [][]rules.Base{{{Channel: 0}}, {{Channel: 1}}}
	index := rules.NewIndex(2)
	_, _ = index.Add(dry.Reads(), len(zones), func(i int) []rules.Base { return zones[i] })
	index.Build()

	state := rules.State{
		Values: []float64{0.30, 0.15}, Flags: make([]devices.Quality, 2), Params: []float64{0.22},
		Calendar: rules.Calendar{Epoch: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)},
	}
	c, dirty := rules.NewContext(state), index.NewDirty()
	c.Set(5 * sim.Hour)
	index.Write(0, &dirty)
	index.Write(1, &dirty)
	for id, ok := dirty.Pop(); ok; id, ok = dirty.Pop() {
		_, zone := index.Rule(id)
		value, known, _ := dry.Eval(c, zones[zone])
		fmt.Println(zone, value, known, dry.Next(c, zones[zone]))
	}
	// Output:
	// 1:1: unknown name self.vcw; did you mean self.vwc?
	// 0 false true 6h0m0s
	// 1 true true 6h0m0s
}
