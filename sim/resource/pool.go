package resource

import "github.com/twinsim/twinsim/sim"

type units struct{}

func (u *units) take(now sim.Time, r *Resource, i int32) {}
func (u *units) giveBack(now sim.Time, unit int32)       {}
