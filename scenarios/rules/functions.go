package rules

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"sort"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"

	"github.com/twinsim/twinsim/sim/detmath"
)

// A function is one that this package adds to the language. It takes numbers.
// One of the bodies is set, by the number of arguments.
type function struct {
	one   func(float64) float64
	two   func(x, y float64) float64
	three func(x, y, z float64) float64
	// many takes numbers and groups, as expr's function of the same name does.
	many func(args ...any) (any, error)
	// fold is many for numbers.
	fold func(values []float64) float64
	// whole: the result is an int if all arguments are.
	whole bool
}

// functions are the functions by name.
var functions = map[string]function{
	"sqrt":  {one: math.Sqrt},
	"exp":   {one: detmath.Exp},
	"log":   {one: detmath.Log},
	"log10": {one: detmath.Log10},
	"sin":   {one: detmath.Sin},
	"cos":   {one: detmath.Cos},
	"tan":   {one: detmath.Tan},
	"atan":  {one: detmath.Atan},
	"tanh":  {one: detmath.Tanh},
	"pow":   {two: detmath.Pow},
	"atan2": {two: detmath.Atan2},
	"hypot": {two: detmath.Hypot},
	"clamp": {three: clamp},

	"min":    {many: builtinFunc("min"), fold: least, whole: true},
	"max":    {many: builtinFunc("max"), fold: most, whole: true},
	"mean":   {many: builtinFunc("mean"), fold: mean},
	"median": {many: builtinFunc("median"), fold: middle},
}

func builtinFunc(name string) func(...any) (any, error) {
	return builtin.Builtins[builtin.Index[name]].Func
}

// clamp returns x within [lo, hi]; hi wins if they cross.
func clamp(x, lo, hi float64) float64 {
	if x < lo {
		x = lo
	}
	if x > hi {
		x = hi
	}
	return x
}

// least, most, mean and middle treat NaN as expr's functions do: the first value
// stays unless a later one compares less, more.

func least(v []float64) float64 {
	m := v[0]
	for _, x := range v[1:] {
		if m > x {
			m = x
		}
	}
	return m
}

func most(v []float64) float64 {
	m := v[0]
	for _, x := range v[1:] {
		if m < x {
			m = x
		}
	}
	return m
}

func mean(v []float64) float64 {
	total := 0.0
	for _, x := range v {
		total += x
	}
	return total / float64(len(v))
}

// middle sorts v.
func middle(v []float64) float64 {
	sort.Float64s(v)
	n := len(v)
	if n%2 == 1 {
		return v[n/2]
	}
	return (v[n/2-1] + v[n/2]) / 2
}

var (
	intType   = reflect.TypeFor[int]()
	floatType = reflect.TypeFor[float64]()
	anyType   = reflect.TypeFor[any]()
)

// register makes the functions known to expr's checker and machine.
func register(config *conf.Config) {
	for name, f := range functions {
		config.Functions[name] = &builtin.Function{Name: name, Func: f.machine(name), Validate: f.checker(name)}
	}
	config.Functions["int"] = &builtin.Function{Name: "int", Func: toInt, Validate: checkInt}
}

// machine returns the function as expr's machine calls it.
func (f function) machine(name string) func(...any) (any, error) {
	if f.many != nil {
		return func(args ...any) (any, error) { return f.call(args) }
	}
	return func(args ...any) (any, error) {
		var v [3]float64
		for i, a := range args {
			x, ok := number(a)
			if !ok || i >= len(v) {
				return nil, fmt.Errorf("%s takes numbers", name)
			}
			v[i] = x
		}
		switch {
		case f.one != nil:
			return f.one(v[0]), nil
		case f.two != nil:
			return f.two(v[0], v[1]), nil
		}
		return f.three(v[0], v[1], v[2]), nil
	}
}

// call converts the arguments to one type, so that the result has the type that
// the checker foretold.
func (f function) call(args []any) (any, error) {
	same := f.whole
	for _, a := range args {
		switch a.(type) {
		case int, []int:
		default:
			same = false
		}
	}
	if same {
		return f.many(args...)
	}
	floats := make([]any, len(args))
	for i, a := range args {
		floats[i] = a
		if x, ok := number(a); ok {
			floats[i] = x
		}
	}
	out, err := f.many(floats...)
	if err != nil {
		return nil, err
	}
	if x, ok := number(out); ok {
		return x, nil
	}
	return nil, errors.New("no values to choose from")
}

// checker returns the function's type check.
func (f function) checker(name string) func([]reflect.Type) (reflect.Type, error) {
	want := 0
	switch {
	case f.one != nil:
		want = 1
	case f.two != nil:
		want = 2
	case f.three != nil:
		want = 3
	}
	return func(args []reflect.Type) (reflect.Type, error) {
		if want > 0 && len(args) != want || len(args) == 0 {
			return anyType, fmt.Errorf("%s takes %s, not %d", name, plural(max(want, 1), "argument"), len(args))
		}
		result := floatType
		if f.whole {
			result = intType
		}
		for _, t := range args {
			switch {
			case t == nil || t == anyType:
				result = floatType
			case t.Kind() == reflect.Int:
			case t.Kind() == reflect.Float64:
				result = floatType
			case f.many != nil && t.Kind() == reflect.Slice:
				if t.Elem().Kind() != reflect.Int {
					result = floatType
				}
			default:
				return anyType, fmt.Errorf("%s takes numbers, not %s", name, typeName(t))
			}
		}
		return result, nil
	}
}

func checkInt(args []reflect.Type) (reflect.Type, error) {
	if len(args) != 1 {
		return anyType, fmt.Errorf("int takes 1 argument, not %d", len(args))
	}
	if t := args[0]; t != nil && t != anyType && t.Kind() != reflect.Int && t.Kind() != reflect.Float64 {
		return anyType, fmt.Errorf("int takes a number, not %s", typeName(t))
	}
	return intType, nil
}

func toInt(args ...any) (any, error) {
	switch x := args[0].(type) {
	case int:
		return x, nil
	case float64:
		if fits(x) {
			return int(x), nil
		}
	}
	return nil, errNoInt
}

var errNoInt = errors.New("int of a number that is not finite or too large")

// fits reports whether int(x) is defined on every processor.
func fits(x float64) bool { return x >= math.MinInt64 && x < math.MaxInt64 }

// number returns v as a float64.
func number(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int:
		return float64(x), true
	}
	return 0, false
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Slice:
		return "an array"
	case reflect.Int, reflect.Float64:
		return "a number"
	}
	return t.String()
}

// builtinAllowed are the builtins of expr that depend on their arguments only,
// and in an order that is fixed.
var builtinAllowed = map[string]bool{
	"all": true, "none": true, "any": true, "one": true, "filter": true, "map": true, "count": true, "sum": true,
	"find": true, "findIndex": true, "findLast": true, "findLastIndex": true, "reduce": true,
	"len": true, "abs": true, "ceil": true, "floor": true, "round": true, "int": true, "float": true,
	"trim": true, "trimPrefix": true, "trimSuffix": true, "upper": true, "lower": true,
	"indexOf": true, "lastIndexOf": true, "hasPrefix": true, "hasSuffix": true,
	"first": true, "last": true, "take": true, "reverse": true, "uniq": true, "concat": true, "flatten": true,
	"sort": true, "bitand": true, "bitor": true, "bitxor": true, "bitnand": true, "bitshl": true, "bitshr": true,
	"bitushr": true, "bitnot": true,
}

// builtinRefused says of some others why, and what to use.
var builtinRefused = map[string]string{
	"now":       "it reads the wall clock; use t",
	"date":      "it depends on the clock's zone; use hour(t), day(t), weekday(t), month(t)",
	"duration":  "write seconds",
	"timezone":  "calendars follow the run's zone",
	"keys":      "its order is not fixed",
	"values":    "its order is not fixed",
	"toPairs":   "its order is not fixed",
	"fromPairs": "there are no maps in rules",
	"groupBy":   "there are no maps in rules",
}
