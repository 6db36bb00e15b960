package rules

// kind is the type of a compiled subexpression.
type kind uint8

const (
	kindNone  kind = iota // not compiled: expr's machine has to run
	kindFloat             // float64
	kindInt               // int
	kindBool              // bool
	kindWord              // string
	kindMixed             // int or float64, only known when it runs; f converts
	kindGroup             // the known values of a group
)

// A value is a compiled subexpression: closures by kind, and what is known of it
// that lets the operator above it do without calling them.
type value struct {
	kind  kind
	f     func(*Context) float64
	i     func(*Context) int
	b     func(*Context) bool
	s     func(*Context) string
	slot  bool    // a float64 in at
	konst bool    // kf or ki
	at    place   // if slot
	kf    float64 // if konst: the value as a float64
	ki    int     // if konst and kindInt
	cal   bool    // a calendar field
	field field
	group []int32
	table *table // a bool that is one
}

func constFloat(x float64) value {
	return value{kind: kindFloat, konst: true, kf: x, f: func(*Context) float64 { return x }}
}

func constInteger(x int) value {
	return value{kind: kindInt, konst: true, ki: x, kf: float64(x), i: func(*Context) int { return x }}
}

func floatValue(f func(*Context) float64) value { return value{kind: kindFloat, f: f} }
func intValue(f func(*Context) int) value       { return value{kind: kindInt, i: f} }
func boolValue(f func(*Context) bool) value     { return value{kind: kindBool, b: f} }

// numeric reports whether v is a number.
func (v *value) numeric() bool {
	return v.kind == kindFloat || v.kind == kindInt || v.kind == kindMixed
}

// float returns v converted to float64, as expr converts an int that meets one.
func (v value) float() value {
	switch {
	case v.kind == kindInt && v.konst:
		return constFloat(v.kf)
	case v.kind == kindInt:
		f := v.i
		return floatValue(func(c *Context) float64 { return float64(f(c)) })
	case v.kind == kindMixed:
		return floatValue(v.f)
	}
	return v
}

// load returns the value of an input.
func (in *input) load() value {
	at, mask := in.at, in.mask
	switch in.kind {
	case ofAge:
		return floatValue(func(c *Context) float64 { return at.age(c) })
	case ofMissing:
		return boolValue(func(c *Context) bool { return !at.usable(c) })
	case ofQuality:
		return intValue(func(c *Context) int { return int(c.flags[at.slot(c)]) })
	case ofFlag:
		if mask == 0 {
			return boolValue(func(c *Context) bool { return c.flags[at.slot(c)] == 0 })
		}
		return boolValue(func(c *Context) bool { return c.flags[at.slot(c)]&mask != 0 })
	case ofTime:
		return floatValue(func(c *Context) float64 { return c.now.Seconds() })
	case ofCalendar:
		field := in.field
		return value{kind: kindInt, cal: true, field: field, i: func(c *Context) int { return c.field(field) }}
	case ofGroup:
		return value{kind: kindGroup, group: in.group}
	}
	switch in.typ {
	case Whole:
		return intValue(func(c *Context) int { return whole(at.load(c)) })
	case Bool:
		v := boolValue(func(c *Context) bool { return at.load(c) != 0 })
		v.table = newTable("!=", at, 0)
		return v
	case Word:
		return value{kind: kindWord, s: func(c *Context) string { return c.words[at.slot(c)] }}
	}
	return value{kind: kindFloat, slot: true, at: at, f: func(c *Context) float64 { return at.load(c) }}
}
