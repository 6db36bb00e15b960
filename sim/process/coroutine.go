package process

import (
	"iter"
	"runtime"
)

// A coro is one coroutine, on which the bodies of processes run, one after the
// other: iter.Pull costs ten times as much as a switch, so a coroutine whose
// body is done waits for the next one.
//
// While it is idle it refers to nothing but itself, so that a pool that is
// forgotten can be cleaned up.
type coro struct {
	r     *record // whose body runs, or is to run
	keep  bool    // wait for another body when this one is done
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
}

func newCoro() *coro {
	c := new(coro)
	c.next, c.stop = iter.Pull(c.loop)
	return c
}

func (c *coro) loop(yield func(struct{}) bool) {
	defer c.broken()
	c.yield = yield
	c.r.yield = yield
	for {
		r := c.r
		r.err = r.fn(Process{r, r.id})
		c.r = nil
		r.state = over
		if r.dying {
			r.err = ErrKilled
		}
		if c.keep = !r.env.closed && r.env.pool.wants(r.env.live); !c.keep {
			return
		}
		r = nil // nothing is referred to while it is idle
		if !yield(struct{}{}) {
			return
		}
	}
}

// broken is what is done when a body did not return. Only runtime.Goexit,
// which a test's FailNow calls, goes on through it, and through whoever resumed the
// coroutine.
func (c *coro) broken() {
	r := c.r
	if r == nil {
		return
	}
	v := recover()
	if _, killed := v.(killSignal); killed || r.dying {
		r.err = ErrKilled
	} else if v != nil {
		r.err = &PanicError{Value: v, Stack: stack()}
		r.done.defused = true // the run ends of it, whoever joins
		r.env.stop(r.failure())
	} else {
		r.err = errGoexit
	}
	r.state, c.r, c.keep = over, nil, false
}

// A pool holds the idle coroutines of one Env.
type pool struct {
	idle []*coro
}

// spare is how many idle coroutines are kept in any case; beyond it, no more
// than there are processes.
const spare = 1024

func (p *pool) get() *coro {
	n := len(p.idle) - 1
	if n < 0 {
		return newCoro()
	}
	c := p.idle[n]
	p.idle[n] = nil
	p.idle = p.idle[:n]
	return c
}

// wants reports whether another idle coroutine is worth its 3 kB.
func (p *pool) wants(live int) bool { return len(p.idle) < spare+live }

// trim stops idle coroutines that are too many.
func (p *pool) trim(live int) {
	for n := len(p.idle) - 1; n >= spare+live; n-- {
		p.idle[n].stop()
		p.idle[n] = nil
		p.idle = p.idle[:n]
	}
}

func (p *pool) stop() {
	for _, c := range p.idle {
		c.stop()
	}
	p.idle = nil
}

// killSignal is what a wait of a process panics with that is being killed, so
// that its deferred functions run.
type killSignal struct{}

func stack() []byte {
	buf := make([]byte, 16<<10)
	return buf[:runtime.Stack(buf, false)]
}
