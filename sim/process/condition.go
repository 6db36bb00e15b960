package process

import "fmt"

// A Condition is where processes wait until something they can test has become
// true. Nothing is polled: whoever changes what the tests look at calls Signal.
type Condition struct {
	env  *Env
	name string
	line ring[*guard]
	pool []*guard
}

// A guard is one process that waits for its test.
type guard struct {
	r     *record
	test  func() bool
	on    []*Condition // where it stands in line
	woken bool         // the test was true; it is tested again when the process is resumed
}

// NewCondition returns a condition. The name is for reports.
func (env *Env) NewCondition(name string) *Condition {
	return &Condition{env: env, name: name}
}

// String returns the name.
func (c *Condition) String() string { return "condition " + c.name }

// Waiting returns how many processes stand in line.
func (c *Condition) Waiting() int { return c.line.n }

// Signal asks the tests of those who wait, in the order in which they came. Those whose test
// is true go on at this instant; a process whose test has become false again by the
// time it is its turn waits on, in its place.
func (c *Condition) Signal() {
	for i := range c.line.n {
		g := *c.line.at(i)
		if !g.woken && g.test() {
			g.woken = true
			g.r.wakeUp(nil, false)
		}
	}
}

// WaitUntil waits until test is true: it is asked at once, and then at each Signal of one
// of the conditions. It must only look, not change anything.
func (p Process) WaitUntil(test func() bool, on ...*Condition) error {
	r, err := p.enter()
	if err != nil {
		return err
	}
	if test() {
		return nil
	}
	if len(on) == 0 {
		return fmt.Errorf("process: %s waits until a test is true, but nothing will ask it; name a Condition that is signalled", r.title())
	}
	env := r.env
	for _, c := range on {
		if c.env != env {
			return fmt.Errorf("process: %s waits for %v of another environment; make both with one Env", r.title(), c)
		}
	}
	g := on[0].guard()
	g.r, g.test, g.woken = r, test, false
	g.on = append(g.on[:0], on...)
	for _, c := range on {
		c.line.push(g)
	}
	for {
		r.on = g
		if err := r.park(r.id, 0); r.gone {
			on[0].recycle(g)
			return err
		}
		if g.woken = false; test() {
			g.leave(r)
			on[0].recycle(g)
			return nil
		}
	}
}

func (c *Condition) guard() *guard {
	n := len(c.pool) - 1
	if n < 0 {
		return new(guard)
	}
	g := c.pool[n]
	c.pool = c.pool[:n]
	return g
}

func (c *Condition) recycle(g *guard) {
	g.r, g.test = nil, nil
	clear(g.on)
	c.pool = append(c.pool, g)
}

func (g *guard) leave(*record) {
	for _, c := range g.on {
		for i := range c.line.n {
			if *c.line.at(i) == g {
				c.line.remove(i)
				break
			}
		}
	}
}

// String names the conditions.
func (g *guard) String() string {
	text := g.on[0].String()
	for _, c := range g.on[1:] {
		text += " or " + c.String()
	}
	return text
}
