package process

import (
	"fmt"
	"slices"
	"strings"
)

// A Combined is AnyOf or AllOf of other Awaitables, which may be Combined
// themselves and may be shared.
//
// While somebody waits for it, it waits for its members. When it is decided, or
// given up because of an interrupt or a kill, it lets go of them: timers leave
// the queue of the run, gets, puts and requests in it that nobody else waits for leave their line, and
// what they were given goes back where it came from, to the front.
type Combined struct {
	event
	all     bool
	members []Awaitable
	nodes   []node // by member
	left    int    // members that have not happened
	owed    int    // processes that are woken by it and not yet resumed
	armed   bool
	result  []Awaitable
}

// AnyOf happens with the first of its members, with an error if that failed.
// Of none it happens at once.
func (env *Env) AnyOf(members ...Awaitable) *Combined { return env.combine(false, members) }

// AllOf happens with the last of its members, or with the first that fails.
// Of none it happens at once.
func (env *Env) AllOf(members ...Awaitable) *Combined { return env.combine(true, members) }

func (env *Env) combine(all bool, members []Awaitable) *Combined {
	c := &Combined{all: all, members: slices.Clone(members)}
	c.env, c.self = env, c
	if slices.Contains(members, nil) {
		c.state, c.defused, c.err = failed, true, errNil
		c.members = nil
		return c
	}
	for _, m := range members {
		if other := m.core().env; other != env && other != nil {
			c.state, c.defused = failed, true
			c.err = fmt.Errorf("process: %v of another environment can't be combined; make all with one Env", m)
		}
	}
	return c
}

// Wait waits until it is decided and returns which members had happened by
// then, those of nested ones in their place, in the order in which they were given.
// Later ones do not appear in it. An error is that of the member that failed.
func (c *Combined) Wait(p Process) ([]Awaitable, error) {
	err := p.waitFor(&c.event)
	return c.Result(), err
}

// Result is what Wait returned; nil before.
func (c *Combined) Result() []Awaitable { return slices.Clone(c.result) }

// Has reports whether m is in the result.
func (c *Combined) Has(m Awaitable) bool {
	return slices.ContainsFunc(c.result, func(a Awaitable) bool { return a.core() == m.core() })
}

// Values returns the values of the result; that of a process without a value is nil.
func (c *Combined) Values() []any {
	var all []any
	for _, m := range c.result {
		if ev := m.core(); ev.self != nil {
			all = append(all, ev.self.value())
		}
	}
	return all
}

// String lists the members.
func (c *Combined) String() string {
	var names []string
	for i, m := range c.members {
		if i == 5 {
			names = append(names, fmt.Sprintf("%d more", len(c.members)-i))
			break
		}
		names = append(names, m.core().String())
	}
	if c.all {
		return "all of (" + strings.Join(names, ", ") + ")"
	}
	return "any of (" + strings.Join(names, ", ") + ")"
}

func (c *Combined) arm() {
	c.armed, c.left = true, len(c.members)
	if c.nodes == nil {
		c.nodes = make([]node, len(c.members))
	}
	for i, m := range c.members {
		ev := m.core()
		if r, ok := ev.self.(*record); ok {
			r.kept = true
		}
		if ev.state == pending && ev.first == nil && ev.self != nil {
			ev.self.arm()
		}
		if ev.state == pending {
			c.nodes[i].c = c
			ev.add(&c.nodes[i])
		}
	}
	var err error
	for _, m := range c.members {
		ev := m.core()
		if ev.state != pending {
			c.left--
			ev.defused = true
		}
		if ev.state == failed && err == nil {
			err = ev.err
		}
	}
	if err != nil || c.met() {
		c.decide(err, false)
	}
}

func (c *Combined) met() bool { return c.left == 0 || !c.all && c.left < len(c.members) }

// tell is how a member says that it happened.
func (c *Combined) tell(ev *event, direct bool) {
	c.left--
	if ev.err != nil || c.met() {
		c.decide(ev.err, direct)
	}
}

func (c *Combined) decide(err error, direct bool) {
	c.detach()
	if err == nil {
		c.result = c.happened()
	}
	for _, m := range c.members {
		if ev := m.core(); (err != nil || ev.state == pending) && ev.self != nil {
			ev.self.withdraw()
		}
	}
	c.trigger(err, direct)
}

// detach lets go of the members.
func (c *Combined) detach() {
	c.armed = false
	for i := range c.nodes {
		if n := &c.nodes[i]; n.ev != nil {
			n.ev.drop(n)
		}
	}
}

// happened returns what has happened of the members and, in their place, of the
// members of nested ones. What a get or a request in a nested one was given that is not
// decided is about to go back.
func (c *Combined) happened() []Awaitable {
	var all []Awaitable
	for _, m := range c.members {
		ev := m.core()
		inner, nested := ev.self.(*Combined)
		switch {
		case nested && ev.state == succeeded:
			all = append(all, inner.result...)
		case nested && ev.state == pending:
			all = append(all, slices.DeleteFunc(inner.happened(), isClaim)...)
		case !nested && ev.state == succeeded:
			all = append(all, m)
		}
	}
	return all
}

// isClaim reports whether something can be given back.
func isClaim(a Awaitable) bool {
	_, claim := a.core().self.(interface{ Cancel() })
	return claim
}

// disarm is for a Combined that was given up.
func (c *Combined) disarm() {
	if c.armed {
		c.detach()
	}
	c.withdraw()
}

func (c *Combined) withdraw() {
	if c.first != nil || c.owed > 0 {
		return
	}
	for _, m := range c.members {
		if ev := m.core(); ev.self != nil {
			ev.self.withdraw()
		}
	}
}

func (c *Combined) deliver() {
	for _, m := range c.result {
		if ev := m.core(); ev.self != nil {
			ev.self.deliver()
		}
	}
}

func (c *Combined) value() any { return c.Values() }
