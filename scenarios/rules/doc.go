// Package rules compiles the expressions of a scenario: conditions of rules and
// checks, formulas of KPIs and of command arguments. The language is expr-lang's,
// closed: only names that [Env] resolves, the functions listed by [Functions],
// and expr's builtins that depend on nothing but their arguments.
//
// expr parses, checks types and optimises. The checked tree is then compiled to
// typed closures over flat slots, which evaluate in a few nanoseconds without
// allocating; comparisons of slots with constants, joined by and, or and not, to a
// truth table without branches. What the closures lack (let, arrays, string functions) runs in
// expr's virtual machine with the same results; [Expr.Fast] tells which.
//
// A text is compiled once for all twins it applies to. Names below `self` become
// slots relative to a [Base], of which each instance hands in its own.
//
// # Missing inputs
//
// A value that is missing or stale makes the whole expression unknown, and a
// rule reads unknown as false. It does not depend on the order of the terms or
// on which of them decides. An expression that asks about an input, by
// missing(x), quality(x) or age(x), has taken that into its own hands: then x
// does not make it unknown, and stands for its last value.
//
// each("zone-*.vwc") is the array of those members whose value is known. The
// expression is unknown only if none is.
//
// # Time
//
// t is the time since the run's epoch in seconds, and hour(t), minute(t),
// day(t), weekday(t) (Sunday is 0), month(t) and dayofyear(t) are whole numbers
// of the calendar in the run's zone. [Expr.Next] says when one of these, or a
// comparison of age(x) with a constant, can change next. Other uses of t and
// age(x) change all the time: [Expr.NeedsEvery].
//
// # Differences from expr
//
// x ** y is detmath's pow, with the same bits on every processor. int(x) of a
// number that no int can hold is an error. min, max, mean and median of both
// whole and other numbers are float, where expr's checker and machine disagree.
// Whether a fractional value is `in` a range of whole numbers is refused, since
// it is nearly always a mistake.
package rules
