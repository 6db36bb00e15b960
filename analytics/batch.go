package analytics

import "github.com/twinsim/twinsim/devices"

// A Batcher is a stage that takes many readings in one call, which costs less
// than as many calls of Apply. It is the same stage: the two may be mixed.
type Batcher interface {
	Stage
	// ApplyBatch appends to out what a loop of Apply over in would hand on, bit
	// for bit, and leaves the state that the loop would leave. So it makes no
	// difference how a stream is cut into batches. in and out must not overlap.
	ApplyBatch(in, out []devices.Reading) []devices.Reading
}

// A Chain puts batches of readings of one channel through stages, one after
// another, as a pipe does reading by reading: for files and slices, without a
// run. Stages that are no [Batcher] are given one reading at a time.
type Chain struct {
	links  []link
	buffer [2][]devices.Reading // between stages
}

// A link is a stage and its way of taking batches.
type link struct {
	stage Stage
	batch Batcher           // nil: by Apply, with what it hands on gathered in out
	out   []devices.Reading // during a call
	emit  func(devices.Reading)
}

// NewChain returns the chain of the given stages; of none, it hands on what comes.
func NewChain(stages ...Stage) *Chain {
	c := &Chain{links: make([]link, len(stages))}
	for i, s := range stages {
		l := &c.links[i]
		l.stage = s
		l.batch, _ = s.(Batcher)
		l.emit = func(r devices.Reading) { l.out = append(l.out, r) }
	}
	return c
}

// ApplyBatch appends to out what the stages make of in. in and out must not
// overlap. It does not allocate once there is room in out and between the stages.
func (c *Chain) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	return c.from(0, in, out)
}

// Flush appends to out what the stages hold back, when there will be no later
// readings: see [Flusher].
func (c *Chain) Flush(out []devices.Reading) []devices.Reading {
	for i := range c.links {
		l := &c.links[i]
		f, ok := l.stage.(Flusher)
		if !ok {
			continue
		}
		// from begins with the other buffer, so that this one is free.
		l.out = c.buffer[(i+1)%2][:0]
		f.Flush(l.emit)
		held := l.take()
		c.buffer[(i+1)%2] = held
		out = c.from(i+1, held, out)
	}
	return out
}

// from puts in through the stages from the i-th on. What goes into stage i may be
// in buffer i%2.
func (c *Chain) from(i int, in, out []devices.Reading) []devices.Reading {
	if i >= len(c.links) {
		return append(out, in...)
	}
	for ; i < len(c.links)-1; i++ {
		b := &c.buffer[(i+1)%2]
		*b = c.links[i].apply(in, (*b)[:0])
		in = *b
	}
	return c.links[i].apply(in, out)
}

func (l *link) apply(in, out []devices.Reading) []devices.Reading {
	if l.batch != nil {
		return l.batch.ApplyBatch(in, out)
	}
	l.out = out
	for _, r := range in {
		l.stage.Apply(r, l.emit)
	}
	return l.take()
}

// take returns what was gathered.
func (l *link) take() []devices.Reading {
	out := l.out
	l.out = nil
	return out
}
