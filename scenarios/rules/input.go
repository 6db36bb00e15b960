package rules

import (
	"fmt"
	"slices"

	"github.com/twinsim/twinsim/devices"
)

// inputKind says what of a name an expression reads.
type inputKind uint8

const (
	ofValue    inputKind = iota // the value in a slot
	ofAge                       // seconds since the channel's last good arrival
	ofMissing                   // whether the value is unknown
	ofQuality                   // the flags
	ofFlag                      // whether one of the flags in mask is set
	ofTime                      // seconds since the epoch
	ofCalendar                  // a field of the calendar
	ofGroup                     // the known values of several channels
)

// An input is one thing that an expression reads. In the tree that is checked
// it is an identifier with the input's name, which no user can write.
type input struct {
	name  string
	kind  inputKind
	typ   Type
	ref   Ref
	at    place
	mask  devices.Quality // of ofFlag; 0 asks for good
	field field           // of ofCalendar
	group []int32         // of ofGroup: absolute channels
}

// sample returns a value of the input's Go type, for expr's checker.
func (in *input) sample() any {
	switch {
	case in.kind == ofGroup:
		return []float64{}
	case in.kind == ofAge, in.kind == ofTime:
		return 0.0
	case in.kind == ofMissing, in.kind == ofFlag:
		return false
	case in.kind == ofQuality, in.kind == ofCalendar:
		return 0
	}
	return [...]any{Number: 0.0, Whole: 0, Bool: false, Word: ""}[in.typ]
}

// read returns the input's value now, boxed, for expr's machine. buf is reused
// for groups.
func (in *input) read(c *Context, buf *[]float64) any {
	switch in.kind {
	case ofAge:
		return in.at.age(c)
	case ofMissing:
		return !in.at.usable(c)
	case ofQuality:
		return int(c.flags[in.at.slot(c)])
	case ofFlag:
		return in.flagged(c)
	case ofTime:
		return c.now.Seconds()
	case ofCalendar:
		return c.field(in.field)
	case ofGroup:
		*buf = (*buf)[:0]
		for _, s := range in.group {
			if c.flags[s]&c.bad == 0 {
				*buf = append(*buf, c.mem[Channels][s])
			}
		}
		return *buf
	}
	switch in.typ {
	case Whole:
		return whole(in.at.load(c))
	case Bool:
		return in.at.load(c) != 0
	case Word:
		return c.words[in.at.slot(c)]
	}
	return in.at.load(c)
}

func (in *input) flagged(c *Context) bool {
	q := c.flags[in.at.slot(c)]
	return in.mask == 0 && q == 0 || q&in.mask != 0
}

// asks reports whether the input is a question about a channel rather than its
// value.
func (in *input) asks() bool { return in.kind >= ofAge && in.kind <= ofFlag }

// anyKnown reports whether a member of a group has a known value.
func (in *input) anyKnown(c *Context) bool {
	for _, s := range in.group {
		if c.flags[s]&c.bad == 0 {
			return true
		}
	}
	return false
}

// gather fills in what follows from the inputs: which values must be known,
// which bases are needed, which channels are read.
func (x *Expr) gather() error {
	asked := make(map[Ref]bool)
	for i := range x.in {
		if in := &x.in[i]; in.asks() {
			asked[channelOf(in.ref)] = true
		}
	}
	seenGate, seenInput, seenBase := map[place]bool{}, map[Input]bool{}, map[int]bool{}
	read := func(base int, slot int32) {
		if in := (Input{base, slot}); !seenInput[in] {
			seenInput[in] = true
			x.reads = append(x.reads, in)
		}
	}
	for i := range x.in {
		in := &x.in[i]
		switch in.kind {
		case ofTime, ofCalendar:
			continue
		case ofGroup:
			x.groups = append(x.groups, in)
			for _, s := range in.group {
				read(Absolute, s)
			}
			continue
		}
		if b := in.ref.Base; b >= 0 && !seenBase[b] {
			if b >= maxBases {
				return fmt.Errorf("an expression can use %d needs of a twin at most", maxBases-1)
			}
			seenBase[b] = true
			x.bases = append(x.bases, b)
		}
		if in.ref.Space != Channels {
			continue
		}
		read(in.ref.Base, in.ref.Slot)
		if in.kind == ofValue && !asked[channelOf(in.ref)] && !seenGate[in.at] {
			seenGate[in.at] = true
			x.gates = append(x.gates, in.at)
		}
	}
	x.own = len(x.bases) == 1 && x.bases[0] == Self
	x.gated = len(x.gates) > 0
	x.plain = (x.own || len(x.bases) == 0) && len(x.gates) <= len(x.gate) && len(x.groups) == 0
	if x.plain && x.gated {
		for i := range x.gate {
			x.gate[i] = x.gates[min(i, len(x.gates)-1)]
		}
	}
	return nil
}

// flatten makes the expression flat if it is a table of no other channels than
// those that must be known.
func (x *Expr) flatten(t *table) {
	if t == nil || !x.own && len(x.bases) > 0 || len(x.groups) > 0 {
		return
	}
	for _, r := range t.ranges[:t.n] {
		if !slices.Contains(x.gates, r.p) {
			return
		}
	}
	for _, g := range x.gates {
		if !slices.ContainsFunc(t.ranges[:t.n], func(r within) bool { return r.p == g }) {
			return
		}
	}
	x.flat, x.table = true, *t
}

// channelOf returns ref without its type, to compare places.
func channelOf(ref Ref) Ref { return Ref{Space: ref.Space, Base: ref.Base, Slot: ref.Slot} }

// bind sets the bases of an evaluation and reports whether all that are used
// are connected.
func (x *Expr) bind(c *Context, inst []Base) bool {
	for _, k := range x.bases {
		b := &inst[k]
		if b.Channel < 0 {
			return false
		}
		at := c.at[1+3*k : 4+3*k]
		at[0], at[1], at[2] = int(b.Channel), int(b.Param), int(b.Word)
	}
	return true
}

// enter prepares c for an evaluation with the given bases and reports whether
// all that has to be known is known.
func (x *Expr) enter(c *Context, inst []Base) bool {
	if !x.plain {
		return x.enterAny(c, inst)
	}
	if x.own {
		b := &inst[0]
		if b.Channel < 0 {
			return false
		}
		c.at[1], c.at[2], c.at[3] = int(b.Channel), int(b.Param), int(b.Word)
	}
	if !x.gated {
		return true
	}
	// Four loads without a branch are cheaper than a loop.
	g := &x.gate
	against := c.flags[g[0].slot(c)] | c.flags[g[1].slot(c)] | c.flags[g[2].slot(c)] | c.flags[g[3].slot(c)]
	return against&c.bad == 0
}

// enterAny is enter for any expression.
func (x *Expr) enterAny(c *Context, inst []Base) bool {
	if !x.bind(c, inst) {
		return false
	}
	for _, g := range x.gates {
		if !g.usable(c) {
			return false
		}
	}
	for _, g := range x.groups {
		if !g.anyKnown(c) {
			return false
		}
	}
	return true
}
