package stat

import "github.com/twinsim/twinsim/sim"

// A Counter counts what happens and how often. The zero Counter counts from the
// run's epoch.
type Counter struct {
	N     int64    // events since Start
	Start sim.Time // when counting began
}

// Inc counts one event.
func (c *Counter) Inc() { c.N++ }

// Add counts n events.
func (c *Counter) Add(n int64) { c.N += n }

// Rate returns the events per second from Start to now; 0 at Start itself.
func (c *Counter) Rate(now sim.Time) float64 {
	if now <= c.Start {
		return 0
	}
	return float64(c.N) / (now - c.Start).Seconds()
}

// Merge adds the events of another counter, and counts from the earlier of the
// two starts: so counters that ran side by side give their common rate.
func (c *Counter) Merge(o Counter) {
	c.N += o.N
	c.Start = min(c.Start, o.Start)
}

// Reset counts anew from now: the end of a warm-up.
func (c *Counter) Reset(now sim.Time) { *c = Counter{Start: now} }
