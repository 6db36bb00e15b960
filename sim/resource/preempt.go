package resource

import "github.com/twinsim/twinsim/sim"

// fits reports whether slot i can have its units now, if need be after
// pre-empting others.
func (r *Resource) fits(now sim.Time, i int32) (bool, error) {
	s := r.at(i)
	missing := s.Amount - (r.use.Capacity - r.use.InUse)
	if missing <= 0 {
		return true, nil
	}
	if !s.Preempt || !r.enoughBelow(s.Priority, missing) {
		return false, nil
	}
	by, p := s.Claim, s.Priority
	for missing > 0 {
		v := r.victimOf(p)
		missing -= r.at(v).Amount
		if err := r.preempt(now, v, by); err != nil {
			return false, err
		}
	}
	return true, nil
}

// enoughBelow reports whether so many units get free if holders of a priority
// below p lose theirs.
func (r *Resource) enoughBelow(p int32, missing int64) bool {
	spare := r.spare()
	r.use.Holders.each(&r.orders[holding], r.st.Links, func(i int32) bool {
		if r.at(i).Priority <= p {
			return true
		}
		if r.broken(i) {
			if spare == 0 {
				return true
			}
			spare--
		}
		missing -= r.at(i).Amount
		return missing > 0
	})
	return missing <= 0
}

// victimOf returns the first holder to lose its claim to one of priority p, so
// that something gets free; there is one.
func (r *Resource) victimOf(p int32) int32 {
	v := r.victim()
	if !r.broken(v) || r.spare() > 0 {
		return v
	}
	v = 0
	r.use.Holders.each(&r.orders[holding], r.st.Links, func(i int32) bool {
		if r.at(i).Priority > p && !r.broken(i) && (v == 0 || r.worse(i, v)) {
			v = i
		}
		return true
	})
	return v
}

// broken reports whether the unit that holder i has is down, so that it serves
// nobody after it.
func (r *Resource) broken(i int32) bool {
	return r.units != nil && r.units.st.Units[r.at(i).Unit+1].Down
}

// spare returns how many units of a pool may fail before the capacity falls.
func (r *Resource) spare() int64 {
	if r.units == nil {
		return 0
	}
	return max(0, r.units.st.Up-r.use.Limit)
}

// worse reports whether holder i loses its claim before j: it has the lower
// priority, or the same and came later.
func (r *Resource) worse(i, j int32) bool {
	a, b := r.at(i), r.at(j)
	return a.Priority > b.Priority || a.Priority == b.Priority && a.Turn > b.Turn
}

// victim returns the holder that is the first to lose its claim, or 0.
func (r *Resource) victim() int32 {
	if r.config.Preemptive {
		return r.use.Holders.first(&r.orders[holding])
	}
	var worst int32
	r.use.Holders.each(&r.orders[holding], r.st.Links, func(i int32) bool {
		if worst == 0 || r.worse(i, worst) {
			worst = i
		}
		return true
	})
	return worst
}

// preempt takes the units of slot i from its holder, and tells it. If it has not
// yet been told that it had them, it is told of the loss only.
func (r *Resource) preempt(now sim.Time, i int32, by Claim) error {
	r.sim.Cancel(r.at(i).Notice)
	r.giveBack(now, i)
	r.use.Preempted++
	s := r.at(i)
	s.Lost, s.By = true, by
	r.end(now, i)
	r.call(r.hooks.OnRelease, i)
	return r.tell(now, i, r.at(i).PreemptedKind)
}
