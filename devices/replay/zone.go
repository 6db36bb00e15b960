package replay

import "time"

// A zone turns wall-clock seconds into seconds of UTC. It remembers the stretch
// around the last stamp over which the offset does not change.
type zone struct {
	loc    *time.Location
	lo, hi int64 // wall-clock seconds, lo included, for which off is the only offset
	off    int64 // s east
}

// A fold says what is odd about a wall-clock time.
type fold uint8

const (
	once    fold = iota
	skipped      // the hour does not exist
	twice        // the hour exists twice
)

// utc returns the UTC seconds of the wall-clock time local. after is the stamp
// before it, in UTC seconds: of a time that exists twice the first is meant,
// or, if that is not after it, the second.
func (z *zone) utc(local, after int64) (int64, fold) {
	if local >= z.lo && local < z.hi {
		return local - z.off, once
	}
	const day = 86400
	before, then := z.offset(local-day), z.offset(local+day)
	u, v := local-before, local-then
	okU, okV := z.offset(u) == before, z.offset(v) == then
	switch {
	case okU && okV && before != then:
		if u > v {
			u, v = v, u
		}
		if u <= after && v > after {
			u = v
		}
		return u, twice
	case okU:
		z.remember(u, before)
		return u, once
	case okV:
		z.remember(v, then)
		return v, once
	}
	return u, skipped
}

func (z *zone) offset(utc int64) int64 {
	_, off := time.Unix(utc, 0).In(z.loc).Zone()
	return int64(off)
}

// remember notes the stretch around utc, less what the neighbours overlap.
func (z *zone) remember(utc, off int64) {
	start, end := time.Unix(utc, 0).In(z.loc).ZoneBounds()
	z.off = off
	z.lo, z.hi = -maxSeconds, maxSeconds
	if !start.IsZero() {
		z.lo = start.Unix() + max(off, z.offset(start.Unix()-1))
	}
	if !end.IsZero() {
		z.hi = end.Unix() + min(off, z.offset(end.Unix()))
	}
}
