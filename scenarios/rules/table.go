package rules

import "math"

// A table is a condition on up to maxRanges slots: row k of truth is what it says
// where the ranges that hold are the bits of k, the first range the highest. It
// can't fail and has no branch: whether a rule holds is what a processor can't
// foretell.
type table struct {
	truth  uint64
	n      int // ranges
	ranges [maxRanges]within
}

const maxRanges = 6 // 64 rows

// A within is whether a slot lies within [lo, hi].
type within struct {
	lo, hi float64 // in the slot's unit
	p      place
}

// newTable returns `p op k`; nil if k is not finite. Floats are discrete, so that
// x < k is x <= the one below k.
func newTable(op string, p place, k float64) *table {
	if math.IsNaN(k) || math.IsInf(k, 0) {
		return nil
	}
	t := &table{truth: 0b10, n: 1}
	r := &t.ranges[0]
	*r = within{p: p, lo: math.Inf(-1), hi: math.Inf(1)}
	switch op {
	case "<":
		r.hi = math.Nextafter(k, r.lo)
	case "<=":
		r.hi = k
	case ">":
		r.lo = math.Nextafter(k, r.hi)
	case ">=":
		r.lo = k
	case "==":
		r.lo, r.hi = k, k
	case "!=":
		r.lo, r.hi, t.truth = k, k, 0b01
	}
	return t
}

// with returns t and u, or t or u, as one table; nil if that has too many ranges.
func (t *table) with(u *table, and bool) *table {
	if t.n+u.n > maxRanges {
		return nil
	}
	v := &table{n: t.n + u.n, ranges: t.ranges}
	copy(v.ranges[t.n:], u.ranges[:u.n])
	for k := range 1 << v.n {
		x, y := t.truth>>(k>>u.n)&1, u.truth>>(k&(1<<u.n-1))&1
		if and {
			v.truth |= x & y << k
		} else {
			v.truth |= (x | y) << k
		}
	}
	return v
}

// not returns the negation of t.
func (t *table) not() *table {
	u := *t
	u.truth = ^t.truth & (1<<(1<<t.n) - 1)
	return &u
}

// holds reports what the table says.
func (t *table) holds(c *Context) bool {
	k, ranges := 0, t.ranges[:t.n]
	for i := range ranges {
		k = k<<1 | ranges[i].bit(ranges[i].p.load(c))
	}
	return t.truth>>(k&63)&1 != 0
}

// bit returns 1 if x lies within r, or else 0.
func (r *within) bit(x float64) int { return bit(x >= r.lo) & bit(x <= r.hi) }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// value returns the table as a value.
func (t *table) value() value {
	v := boolValue(t.holds)
	v.table = t
	return v
}
