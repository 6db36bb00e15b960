package sim

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type everything struct {
	B    bool
	I    int8
	J    int64
	U    uint16
	P    uint64
	F    float32
	D    float64
	C    complex128
	S    string
	Raw  []byte
	L    []inner
	A    [3]Time
	M    map[string][]float64
	N    map[int]inner
	Deep []branch
	Self clip
	Many []clip
	By   map[Rank]clip
}

type inner struct {
	X, Y float64
	Name string
}

type branch struct {
	Label string
	Under []branch
}

// clip saves itself.
type clip struct{ secret byte }

func (c *clip) MarshalBinary() ([]byte, error) { return []byte{c.secret}, nil }
func (c *clip) UnmarshalBinary(b []byte) error { return c.load(b) }

func drawEverything(t *rapid.T) everything {
	float := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(-1), 5e-324}))
	in := rapid.Custom(func(t *rapid.T) inner {
		return inner{float.Draw(t, "x"), float.Draw(t, "y"), rapid.String().Draw(t, "name")}
	})
	self := rapid.Custom(func(t *rapid.T) clip { return clip{rapid.Byte().Draw(t, "secret")} })
	return everything{
		B: rapid.Bool().Draw(t, "b"), I: rapid.Int8().Draw(t, "i"), J: rapid.Int64().Draw(t, "j"),
		U: rapid.Uint16().Draw(t, "u"), P: rapid.Uint64().Draw(t, "p"), F: rapid.Float32().Draw(t, "f"), D: float.Draw(t, "d"),
		C: complex(float.Draw(t, "re"), float.Draw(t, "im")), S: rapid.String().Draw(t, "s"),
		Raw: rapid.SliceOf(rapid.Byte()).Draw(t, "raw"), L: rapid.SliceOf(in).Draw(t, "l"),
		A: [3]Time{Time(rapid.Int64().Draw(t, "a"))}, M: rapid.MapOf(rapid.String(), rapid.SliceOf(float)).Draw(t, "m"),
		N: rapid.MapOf(rapid.Int(), in).Draw(t, "n"), Deep: []branch{{"a", []branch{{"b", nil}, {rapid.String().Draw(t, "leaf"), nil}}}},
		Self: self.Draw(t, "self"), Many: rapid.SliceOf(self).Draw(t, "many"),
		By: rapid.MapOf(rapid.SampledFrom([]Rank{0, 1, 2}), self).Draw(t, "by"),
	}
}

// What was marshalled comes back, every bit of it, and is the same bytes again.
func TestMarshalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawEverything(t)
		data, err := Marshal(&x)
		if err != nil {
			t.Fatal(err)
		}
		y := everything{S: "was here", M: map[string][]float64{"old": nil}}
		if err := Unmarshal(data, &y); err != nil {
			t.Fatal(err)
		}
		again, err := Marshal(y)
		if err != nil || !bytes.Equal(data, again) {
			t.Fatalf("%v: bytes %q, then %q", err, data, again)
		}
		if math.Float64bits(x.D) != math.Float64bits(y.D) || x.S != y.S || len(x.M) != len(y.M) || x.Self != y.Self || !reflect.DeepEqual(x.Deep, y.Deep) {
			t.Fatalf("%+v came back as %+v", x, y)
		}
		cut := rapid.IntRange(0, len(data)-1).Draw(t, "cut")
		z := everything{S: "kept"}
		if err := Unmarshal(data[:cut], &z); err == nil || z.S != "kept" {
			t.Fatalf("the first %d of %d bytes: %v, %+v", cut, len(data), err, z)
		}
	})
}

// Fields go by name: a program may drop, add and move them.
func TestUnmarshalByName(t *testing.T) {
	type old struct {
		A    int
		Gone map[string][]inner
		B    []inner
		In   inner
	}
	type Embedded struct{ Gone int }
	type young struct {
		Embedded
		New  float64
		B    []struct{ Y float64 }
		In   struct{ Name string }
		A    int16
		Last string
	}
	data, err := Marshal(old{A: 300, Gone: map[string][]inner{"x": {{1, 2, "n"}}}, B: []inner{{3, 4, "m"}}, In: inner{5, 6, "k"}})
	if err != nil {
		t.Fatal(err)
	}
	var y young
	if err := Unmarshal(data, &y); err != nil {
		t.Fatal(err)
	}
	if y.A != 300 || len(y.B) != 1 || y.B[0].Y != 4 || y.In.Name != "k" || y.New != 0 || y.Gone != 0 {
		t.Errorf("%+v", y)
	}
	for _, c := range []struct {
		into any
		want string
	}{
		{&struct{ A int8 }{}, "A: 300 does not fit a int8"},
		{&struct{ A string }{}, "A: saved as int, but the program has a string"},
		{&struct{ B []struct{ Y []int } }{}, "B: [0]: Y: saved as float, but the program has a slice"},
		{&[]int{}, "saved as struct"},
		{nil, "want a pointer"},
		{old{}, "want a pointer"},
	} {
		if err := Unmarshal(data, c.into); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("into %T: %v, want %q", c.into, err, c.want)
		}
	}
	for _, bad := range []any{nil, struct{ F func() }{}, struct{ hidden int }{}} {
		if _, err := Marshal(bad); err == nil {
			t.Errorf("%T was marshalled", bad)
		}
	}
}

// Whatever the bytes, Unmarshal returns, and takes memory like their number.
func FuzzUnmarshal(f *testing.F) {
	for _, v := range []any{everything{}, everything{L: make([]inner, 3), M: map[string][]float64{"a": {1}}, Deep: []branch{{"x", nil}}}, inner{}} {
		data, err := Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\x02\x06\x01\x09\x00\xff\xff\xff\xff\x0f")) // a slice of a billion empty structs
	f.Add([]byte("\x01\x06\x00\x02\x02\x02\x02\x02\x02"))     // a slice of itself
	f.Fuzz(func(t *testing.T, data []byte) {
		var v everything
		if Unmarshal(data, &v) == nil {
			if _, err := Marshal(v); err != nil {
				t.Fatal(err)
			}
		}
		var none struct{}
		Unmarshal(data, &none)
	})
}

func (c *clip) load(b []byte) error {
	if len(b) != 1 {
		return errors.New("not a clip")
	}
	c.secret = b[0]
	return nil
}
