package scenarios

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"pgregory.net/rapid"
)

// offsetOf turns a position into a byte offset of text.
func offsetOf(t interface{ Fatalf(string, ...any) }, text string, p Position) int {
	off := 0
	lines := strings.SplitAfter(text, "\n")
	if p.Line < 1 || p.Line > len(lines) {
		t.Fatalf("line %d of %d", p.Line, len(lines))
	}
	for _, l := range lines[:p.Line-1] {
		off += len(l)
	}
	r := []rune(lines[p.Line-1])
	if p.Col < 1 || p.Col > len(r)+1 {
		t.Fatalf("column %d of %q", p.Col, lines[p.Line-1])
	}
	return off + len(string(r[:p.Col-1]))
}

// checkTree holds the scan against what the TOML library decoded: the same keys,
// the key's text at its place, and at the value's place a text of the same value.
func checkTree(t interface{ Fatalf(string, ...any) }, text string, n *node, v any, path string) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) != len(n.kids) {
			t.Fatalf("%s: %d keys scanned, the library has %d", path, len(n.kids), len(v))
		}
		for k, sub := range v {
			kid := n.index[k]
			if kid == nil {
				t.Fatalf("%s: key %q not found", path, k)
			}
			at := text[offsetOf(t, text, kid.key):]
			if strings.HasPrefix(at, "[") {
				at = strings.TrimLeft(strings.TrimLeft(at, "["), " \t")
				if !strings.Contains(strings.SplitN(at, "\n", 2)[0], strings.SplitN(k, "\n", 2)[0]) && !strings.Contains(at, `\`) {
					t.Fatalf("%s: header of %q is not at %v", path, k, kid.key)
				}
			} else if !strings.HasPrefix(at, k) && at[0] != '"' && at[0] != '\'' {
				t.Fatalf("%s: key %q is not at %v", path, k, kid.key)
			}
			checkTree(t, text, kid, sub, path+"."+k)
		}
	case []map[string]any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = v[i]
		}
		checkTree(t, text, n, list, path)
	case []any:
		if !n.array || len(v) != len(n.kids) {
			t.Fatalf("%s: %d items scanned, the library has %d", path, len(n.kids), len(v))
		}
		for i, sub := range v {
			checkTree(t, text, n.kids[i], sub, path+"[]")
		}
	default:
		if !strings.HasPrefix(text[offsetOf(t, text, n.val):], n.raw) {
			t.Fatalf("%s: %q is not at %v", path, n.raw, n.val)
		}
		var again map[string]any
		if _, err := toml.Decode("x = "+n.raw, &again); err != nil {
			t.Fatalf("%s: raw value %q: %v", path, n.raw, err)
		}
		if a := again["x"]; !reflect.DeepEqual(a, v) && v == v { // v != v: nan
			t.Fatalf("%s: raw value %q is %v, the library has %v", path, n.raw, a, v)
		}
	}
}

func TestPositionsSmall(t *testing.T) {
	text := "a = 1\nb.c = 'x'\n\n[[rule]]\nname = \"one\"\n[[rule]]\n  wehn = \"two\" # second\n" +
		"then = [ { alarm = \"é\", at = 1979-05-27 07:32:00 },\n   { set = \"y\" } ]\n[s.\"a.b\"]\n'k' = \"\"\"\nq\"\"\"\n"
	n := scan(text)
	rule := n.child("rule")
	for _, c := range []struct {
		name string
		got  Position
		want Position
	}{
		{"a", n.child("a").key, Position{1, 1, 1}},
		{"a value", n.child("a").val, Position{1, 5, 1}},
		{"dotted", n.child("b").child("c").key, Position{2, 3, 1}},
		{"first rule", rule.item(0).key, Position{4, 1, 8}},
		{"second rule", rule.item(1).key, Position{6, 1, 8}},
		{"typo", rule.item(1).child("wehn").key, Position{7, 3, 4}},
		{"typo's value", rule.item(1).child("wehn").val, Position{7, 10, 5}},
		{"after é", rule.item(1).child("then").item(0).child("at").key, Position{8, 25, 2}},
		{"date with a space", rule.item(1).child("then").item(0).child("at").val, Position{8, 30, 19}},
		{"next line", rule.item(1).child("then").item(1).child("set").key, Position{9, 6, 3}},
		{"quoted", n.child("s").child("a.b").child("k").key, Position{11, 1, 3}},
		{"missing", n.child("zz").item(3).child("q").key, Position{}},
	} {
		if c.got != c.want {
			t.Errorf("%s: at %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestTextAt(t *testing.T) {
	for _, c := range []struct {
		raw, src string
		find     string
		want     Position // for raw at 3:10
	}{
		{`"a < b"`, "a < b", "b", Position{3, 15, 1}},
		{`'é < b'`, "é < b", "b", Position{3, 15, 1}},
		{`"a\t\"q\" < b"`, "a\t\"q\" < b", "b", Position{3, 22, 1}},
		{`"\u00e9 b"`, "é b", "b", Position{3, 18, 1}},
		{"'''\nx and\n  b'''", "x and\n  b", "b", Position{5, 3, 1}},
		{"\"\"\"x \\\n   b\"\"\"", "x b", "b", Position{4, 4, 1}},
	} {
		x := Text{Src: c.src, Raw: c.raw, Pos: Position{3, 10, 1}}
		if got := x.At(strings.Index(c.src, c.find)); got != c.want {
			t.Errorf("%s: %q at %v, want %v", c.raw, c.find, got, c.want)
		}
	}
}

// TestTextAtAnywhere quotes random strings in TOML and looks each character up.
func TestTextAtAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := rapid.StringMatching(`[a-z "\\\té%€]{1,12}`).Draw(t, "src")
		lit := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "%", `\u0025`).Replace(src)
		text := "k = [ \"" + lit + "\" ]"
		n := scan(text).child("k").item(0)
		x := Text{Src: src, Pos: n.val, Raw: n.raw}
		for i, r := range src {
			at := text[offsetOf(t, text, x.At(i)):]
			size, _ := rawStep(at, true, false)
			if got := unescape(at[:size]); got != string(r) {
				t.Fatalf("byte %d of %q: found %q", i, src, got)
			}
		}
	})
}

func FuzzPositions(f *testing.F) {
	f.Add("a = 1\n[b]\nc.d = 'x'\n[[e]]\nf = [1, {g = 2}, # h\n]\n[[e]]\n[e.\"q\\u0041\"]\nz=1979-05-27 07:32:00\n")
	f.Add("x = \"\"\"\n a \\\n b\"\"\"\"\"\ny = '''z''''\n")
	f.Add("t = {\n a = 1, # c\n b = [ ], \n}\r\n[ a . 'b' ]\r\n")
	files, _ := filepath.Glob("testdata/*/*.toml")
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil {
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") || strings.HasPrefix(text, bom) {
			return // Decode strips or refuses these before it scans
		}
		n := scan(text) // must come to an end on anything
		var v map[string]any
		if _, err := toml.Decode(text, &v); err != nil {
			return
		}
		if v == nil {
			v = map[string]any{}
		}
		checkTree(t, text, n, v, "")
	})
}
