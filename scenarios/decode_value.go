package scenarios

import (
	"fmt"
	"strings"
	"time"
)

// Kind says what a value of the file is.
type Kind uint8

// The kinds of values.
const (
	Absent Kind = iota
	Word        // a text: also quantities, laws, expressions
	Number      // a bare number
	Flag        // true or false
	Date        // a date, with or without a time of day
	List
	Table
)

var valueKinds = [...]string{"nothing", "a text", "a number", "a flag", "a date", "a list", "a table"}

// String returns the kind with its article: "a text".
func (k Kind) String() string { return valueKinds[k] }

// A Value is any value of the file, where the meaning depends on a type that
// Decode doesn't know: an item of a `with`, an argument of a step.
type Value struct {
	Text           // Src is the text of a Word, and otherwise as written
	Kind   Kind    // what it is
	Number float64 // of a Number, without unit
	Whole  bool    // the Number was written without point or exponent
	Flag   bool    // of a Flag
	Items  []Value // of a List
	Fields []Field // of a Table
}

// newValue joins what the TOML library decoded with where the scan found it.
func newValue(v any, n *node) Value {
	out := Value{Text: Text{Src: n.raw, Pos: n.val, Raw: n.raw}}
	switch v := v.(type) {
	case string:
		out.Kind, out.Src = Word, v
	case int64:
		out.Kind, out.Number, out.Whole = Number, float64(v), true
	case float64:
		out.Kind, out.Number = Number, v
	case bool:
		out.Kind, out.Flag = Flag, v
	case time.Time:
		out.Kind = Date
	case []any:
		out.Kind = List
		for i, x := range v {
			out.Items = append(out.Items, newValue(x, n.item(i)))
		}
	case []map[string]any:
		out.Kind = List
		for i, x := range v {
			out.Items = append(out.Items, newValue(x, n.item(i)))
		}
	case map[string]any:
		out.Kind = Table
		out.Fields = newFields(v, n)
	}
	return out
}

// newFields lists the keys of a table in the order of the file.
func newFields(m map[string]any, n *node) []Field {
	var list []Field
	for _, kid := range n.kids {
		if x, ok := m[kid.name]; ok {
			list = append(list, Field{Text{Src: kid.name, Pos: kid.key}, newValue(x, kid)})
		}
	}
	return list
}

// Quantity reads the value as a number, a text with a unit, a law or a param.
func (v Value) Quantity() (Quantity, error) {
	switch {
	case v.Kind == Word:
		return ParseQuantity(v.Src)
	case v.Kind == Number && v.Number-v.Number == 0:
		return Quantity{Value: v.Number, Unit: Unit{Num: 1, Den: 1}, Bare: true}, nil
	case v.Kind == Number:
		return Quantity{}, &mistake{what: v.Src + " is no number to compute with", expected: "a finite number"}
	}
	return Quantity{}, &mistake{what: fmt.Sprintf("%s where a quantity belongs", v.Kind), expected: `a number with its unit, such as "12 min"`}
}

// Field finds an item of a table by name.
func (v Value) Field(name string) (Value, bool) {
	for i := range v.Fields {
		if v.Fields[i].Name.Src == name {
			return v.Fields[i].Value, true
		}
	}
	return Value{}, false
}

// A table is one table of the file while it is decoded.
type table struct {
	d   *decoder
	n   *node
	m   map[string]any
	sec *Section
	at  Position // of the header, the key or the opening brace
}

// table checks that v is a table and that its keys belong to the section.
func (d *decoder) table(v any, n *node, name string) (*table, bool) {
	m, ok := v.(map[string]any)
	t := &table{d: d, n: n, m: m, sec: section(name), at: n.val}
	if !ok {
		val := newValue(v, n)
		d.r.Add(n.val, fmt.Sprintf("%s is %s, not a table", where(name), val.Kind), "keys: "+oneOf(t.sec.names()), "")
		return t, false
	}
	t.at.Width = min(t.at.Width, 60)
	for _, kid := range n.kids {
		if !t.sec.has(kid.name) {
			t.unknown(kid)
		}
	}
	for _, k := range t.sec.Keys {
		if _, ok := m[k.Name]; k.Required && !ok {
			d.r.Add(t.at, fmt.Sprintf("%s has no %q", where(name), k.Name), fmt.Sprintf("%s = %s (%s)", k.Name, k.Type, k.Doc), "")
		}
	}
	return t, true
}

// where names a section in a sentence.
func where(name string) string {
	switch name {
	case "":
		return "the file"
	case "then":
		return "an action"
	}
	return name
}

func (t *table) unknown(kid *node) {
	names := t.sec.names()
	try := DidYouMean(kid.name, names)
	if s := synonyms[kid.name]; s != "" && t.sec.has(s) {
		try = fmt.Sprintf("did you mean %q?", s)
	}
	if try == "" {
		try = homeOf(kid.name, t.sec.Name)
	}
	t.d.r.Add(kid.key, fmt.Sprintf("unknown key %q in %s", kid.name, where(t.sec.Name)), oneOf(names, kid.name), try)
}

// homeOf says which other section has a key.
func homeOf(key, except string) string {
	var list []string
	for i := range sections {
		if s := &sections[i]; s.Name != except && !s.Free && s.Name != "" && s.Name != "then" && s.has(key) {
			list = append(list, s.Name)
		}
	}
	if len(list) == 0 || len(list) > 3 {
		return ""
	}
	return fmt.Sprintf("%q is a key of %s", key, strings.Join(list, " and "))
}

// value returns the value of a key; its Kind is Absent if there is none.
func (t *table) value(key string) Value {
	if t.d.read != nil {
		t.d.read[t.sec.Name+"."+key] = true
	}
	v, ok := t.m[key]
	if !ok {
		return Value{}
	}
	return newValue(v, t.n.child(key))
}

// kind complains unless a value that is there has one of the kinds.
func (t *table) kind(key string, v Value, want string, kinds ...Kind) bool {
	for _, k := range kinds {
		if v.Kind == k {
			return true
		}
	}
	if v.Kind != Absent {
		what := fmt.Sprintf("%s is %s, not %s", key, v.Kind, want)
		t.d.r.Add(v.Pos, what, want, "")
	}
	return false
}

func (t *table) text(key string) Text {
	v := t.value(key)
	if !t.kind(key, v, `a text in quotes`, Word) {
		return Text{}
	}
	if strings.TrimSpace(v.Src) == "" && key != "doc" {
		t.d.r.Add(v.Pos, key+" is empty", "a text", "")
	}
	return v.Text
}

// texts reads a list of texts; one alone is a list too.
func (t *table) texts(key string) []Text {
	v := t.value(key)
	if v.Kind == Word {
		return []Text{v.Text}
	}
	if !t.kind(key, v, "a list of texts", List) {
		return nil
	}
	var list []Text
	for _, x := range v.Items {
		if t.kind("an item of "+key, x, "a text in quotes", Word) {
			list = append(list, x.Text)
		}
	}
	return list
}

// choice reads a text that must be one of a few words.
func (t *table) choice(key string, words ...string) Text {
	x := t.text(key)
	if !x.Given() {
		return x
	}
	for _, w := range words {
		if x.Src == w {
			return x
		}
	}
	t.d.r.Add(x.Pos, fmt.Sprintf("%s can't be %q", key, x.Src), oneOf(words, x.Src), DidYouMean(x.Src, words))
	return x
}

// whole reads a whole number of at least low.
func (t *table) whole(key string, low, otherwise int64) int64 {
	v := t.value(key)
	if v.Kind == Absent || !t.kind(key, v, "a whole number", Number) {
		return otherwise
	}
	n, ok := t.m[key].(int64)
	if !ok || n < low {
		what := fmt.Sprintf("%s is %s, not a whole number", key, v.Src)
		if ok {
			what = fmt.Sprintf("%s is %d", key, n)
		}
		t.d.r.Add(v.Pos, what, fmt.Sprintf("a whole number of at least %d", low), "")
		return otherwise
	}
	return n
}

// fields reads a table whose keys depend on something else.
func (t *table) fields(key string) []Field {
	v := t.value(key)
	if !t.kind(key, v, "a table, such as { area = \"0.4 ha\" }", Table) {
		return nil
	}
	t.d.checkParamRefs(v)
	return v.Fields
}

// expression reads a text that the rules compile later.
func (t *table) expression(key string) Text { return t.text(key) }

// template reads a text with holes.
func (t *table) template(key string) Text {
	x := t.text(key)
	if x.Given() {
		if _, err := ParseTemplate(x.Src); err != nil {
			t.d.r.AddError(x, err)
		}
	}
	return x
}

// unit reads a unit.
func (t *table) unit(key string) (Unit, Text) {
	x := t.text(key)
	u, err := ParseUnit(x.Src)
	if err != nil {
		t.d.r.AddError(x, err)
		u = Unit{Num: 1, Den: 1}
	}
	return u, x
}

// pattern reads a pattern of twins or channels.
func (t *table) pattern(key string) Text {
	x := t.text(key)
	if x.Given() && x.Src != "" {
		if err := CheckPattern(x.Src); err != nil {
			t.d.r.AddError(x, err)
			x.Src = "" // so that it is not looked up
		}
	}
	return x
}

// channels reads a pattern that must be of channels, with their twin before the dot.
func (t *table) channels(key string) Text {
	x := t.pattern(key)
	if x.Src == "" {
		return x
	}
	twin, attr, ok := SplitChannel(x.Src)
	if !ok || twin == "" || attr == "" {
		t.d.r.Add(x.Pos, fmt.Sprintf("%s = %q names no channel", key, x.Src), `TWIN.ATTRIBUTE, such as "zone-*.soil_moisture"`, "")
		x.Src = ""
	}
	return x
}
