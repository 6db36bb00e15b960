package devices

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	keys := []string{"every", "hold", "when", "severity", "when", "", "wren"}
	for word, want := range map[string][]string{
		"evry":                      {"every"},
		"hodl":                      {"hold"}, // a swap is one step
		"WHEN":                      {"when"}, // case makes no difference
		"sevrty":                    {"severity"},
		"sévérité":                  {"severity"},     // é is one letter: 3 of 8 differ, as many as may
		"sévàrìté":                  nil,              // and 4 are too many
		"wen":                       {"when", "wren"}, // equally near: in their order, each once
		"w":                         nil,              // the empty candidate is never meant
		"xyz":                       nil,
		"":                          nil,
		strings.Repeat("every", 40): nil, // no name is as long
	} {
		if got := Nearest(word, keys); !slices.Equal(got, want) {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
	// Both are one step away; volume has all of volum in it.
	if got := Nearest("volum", []string{"colum", "volume", "every"}); !slices.Equal(got, []string{"volume", "colum"}) {
		t.Errorf("nearest to volum: %q", got)
	}
	if got := Nearest("hold", []string{"hold"}); got != nil {
		t.Errorf("nearest to hold: %q, itself", got)
	}
}

// The optimal string alignment of CA and ABC is 3, that of Damerau 2 (Boytsov
// 2011, Indexing methods for approximate dictionary searching, 2.2); kitten and
// sitting are the textbook's 3.
func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"ca", "abc", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"", "abc", 3}, {"über", "uber", 1}, {"x", "x", 0}} {
		if got := editDistance(c.a, c.b, 9); got != c.want {
			t.Errorf("%q, %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := editDistance(c.a, c.b, 2); got != min(2, c.want) {
			t.Errorf("%q, %q: %d with limit 2", c.a, c.b, got)
		}
	}
}

func TestEditDistanceProperties(t *testing.T) {
	word := rapid.StringMatching(`[ab]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := editDistance(a, b, 99)
		if d != editDistance(b, a, 99) || (d == 0) != (a == b) || d < max(len(a)-len(b), len(b)-len(a)) || d > max(len(a), len(b)) {
			t.Fatalf("distance of %q and %q is %d", a, b, d)
		}
		at := rapid.IntRange(0, len(a)).Draw(t, "at")
		if got := editDistance(a, a[:at]+"c"+a[at:], 99); got != 1 {
			t.Fatalf("an insertion into %q at %d: %d", a, at, got)
		}
	})
}
