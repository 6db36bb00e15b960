package analytics_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/sim"
)

// made is what the kind of these tests makes: it shows what New was given.
type made struct{ args analytics.Args }

func testKind() analytics.Kind[made] {
	return analytics.Kind[made]{
		Name:  "test",
		OneOf: []string{"a", "b"},
		Params: []analytics.Param{
			{Name: "a", Type: analytics.Number},
			{Name: "b", Type: analytics.Windowed, Positive: true},
			{Name: "n", Type: analytics.Integer, Required: true, Doc: "how many"},
			{Name: "d", Type: analytics.Duration, Default: sim.Hour},
			{Name: "w", Type: analytics.Word, Choices: []string{"up", "down"}, Default: "up"},
			{Name: "free", Type: analytics.Word},
			{Name: "x", Type: analytics.Bool, Default: true},
		},
		New: func(a analytics.Args) (made, error) { return made{a}, nil },
	}
}

func given(pairs ...any) (a analytics.Args) {
	for i := 0; i < len(pairs); i += 2 {
		a.Set(pairs[i].(string), pairs[i+1])
	}
	return a
}

func TestBuildFillsInDefaults(t *testing.T) {
	k := testKind()
	in := given("b", 12, "n", 3.0, "free", "any")
	m, err := k.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	a := m.args
	if a.Int("n") != 3 || a.Duration("d") != sim.Hour || a.Word("w") != "up" || !a.Bool("x") ||
		a.Word("free") != "any" || a.Has("a") || a.Number("a") != 0 ||
		a.Span("b") != (analytics.Span{Count: 12}) {
		t.Errorf("got %v", a)
	}
	if want := []string{"b", "d", "free", "n", "w", "x"}; !reflect.DeepEqual(a.Names(), want) {
		t.Errorf("names %v, want %v", a.Names(), want)
	}
	if in.Has("d") {
		t.Error("Build wrote into the caller's arguments")
	}
	m, err = k.Build(given("b", 2*sim.Minute, "n", 3, "x", false, "d", sim.Time(0)))
	if err != nil || m.args.Span("b") != (analytics.Span{For: 2 * sim.Minute}) || m.args.Bool("x") || m.args.Duration("d") != 0 {
		t.Errorf("got %v, %v: what is given, even zero, must win over the default", m.args, err)
	}
}

func TestCheckNamesTheParameter(t *testing.T) {
	k := testKind()
	cases := []struct {
		args analytics.Args
		want string
	}{
		{given("a", 1, "n", 1), ""},
		{given("a", 1), "test.n: is needed: how many"},
		{given("n", 1), "test: give one of a, b"},
		{given("n", 1, "a", 1, "b", 2), "test.b: can't stand beside a; give one of a, b"},
		{given("n", 1, "a", 1, "c", 2), "test.c: no such parameter; there are a, b, n, d, w, free, x"},
		{given("n", 1.5, "a", 1), "test.n: got 1.5, want a value of type integer"},
		{given("n", 1e12, "a", 1), "test.n: got 1e+12, want a value of type integer"},
		{given("n", 1, "a", math.Inf(1)), "test.a: got +Inf, want a value of type number"},
		{given("n", 1, "a", math.NaN()), "test.a: got NaN, want a value of type number"},
		{given("n", 1, "a", sim.Hour), "test.a: got 1h0m0s, want a value of type number"},
		{given("n", 1, "b", 0), "test.b: is 0, want more than 0"},
		{given("n", 1, "b", sim.Time(0)), "test.b: is 0s, want more than 0"},
		{given("n", 1, "b", 1.5), "test.b: got 1.5, want a value of type integer or duration"},
		{given("n", 1, "a", 1, "d", -sim.Hour), "test.d: got -1h0m0s, want a value of type duration"},
		{given("n", 1, "a", 1, "d", 5), "test.d: got 5, want a value of type duration"},
		{given("n", 1, "a", 1, "w", "left"), `test.w: "left" is none of up, down`},
		{given("n", 1, "a", 1, "w", 2), "test.w: got 2, want a value of type word"},
		{given("n", 1, "a", 1, "x", "yes"), "test.x: got yes, want a value of type bool"},
		{given("n", 1, "a", 1, "x", []int{1}), "test.x: got [1], want a value of type bool"},
	}
	for _, c := range cases {
		err := k.Check(c.args)
		if got := fmt.Sprint(err); got != c.want && !(err == nil && c.want == "") {
			t.Errorf("%v: %s, want %s", c.args.Names(), got, c.want)
		}
		if _, buildErr := k.Build(c.args); (buildErr == nil) != (err == nil) {
			t.Errorf("%v: Check says %v, Build %v", c.args.Names(), err, buildErr)
		}
	}
}
