package scenarios

import (
	"fmt"
	"strings"

	"github.com/twinsim/twinsim/devices/replay"
)

// sourceKinds are the keys that say what a source is.
var sourceKinds = []string{"synth", "replay", "mqtt", "serial", "kafka"}

// replayFormats are how a file may be written.
var replayFormats = []string{string(replay.CSV), string(replay.JSONLines), string(replay.Space), string(replay.Fixed)}

func (d *decoder) profiles(v any, n *node) {
	m, ok := v.(map[string]any)
	if !ok {
		d.r.Add(n.val, "source is no table", "[source.PROFILE]", "")
		return
	}
	for _, kid := range n.kids {
		entries, ok := m[kid.name].(map[string]any)
		p := Profile{Pos: kid.val, Name: Text{Src: kid.name, Pos: kid.key}}
		if !ok {
			d.r.Add(kid.key, fmt.Sprintf("source.%s is no table", kid.name), fmt.Sprintf("[source.%s] and lines \"TWIN.CHANNEL\" = { ... }", kid.name), "")
			continue
		}
		for _, e := range kid.kids {
			if x, ok := d.entry(entries[e.name], e); ok {
				p.Entries = append(p.Entries, x)
			}
		}
		d.spec.Profiles = append(d.spec.Profiles, p)
	}
}

func (d *decoder) entry(v any, n *node) (Entry, bool) {
	e := Entry{On: Text{Src: n.name, Pos: n.key}}
	val := newValue(v, n)
	if err := CheckPattern(n.name); err != nil {
		d.r.AddError(e.On, err)
		return e, false
	}
	if _, attr, ok := SplitChannel(n.name); n.name != "*" && (!ok || attr == "") {
		try := ""
		if contains(section("[source.PROFILE]").names(), n.name) {
			try = "keys of a source stand in braces behind the channel"
		} else if len(val.Fields) > 0 && val.Fields[0].Value.Kind == Table {
			try = fmt.Sprintf("write it in quotes: \"%s.%s\" = ...", n.name, val.Fields[0].Name)
		}
		d.r.Add(n.key, fmt.Sprintf("%q names no channel", n.name), `"TWIN.CHANNEL" in quotes, a pattern of such, or "*"`, try)
		return e, false
	}
	if val.Kind == Word {
		if e.Kind, e.Address = val.Src, val.Text; val.Src != "synth" {
			d.r.Add(val.Pos, fmt.Sprintf("a source can't be %q alone", val.Src), `"synth", or a table such as { replay = "soil.csv" }`, DidYouMean(val.Src, []string{"synth"}))
		}
		return e, true
	}
	t, ok := d.table(v, n, "[source.PROFILE]")
	if !ok {
		return e, false
	}
	var kinds []string
	for _, k := range sourceKinds {
		if x := t.value(k); x.Kind != Absent {
			kinds = append(kinds, k)
			e.Kind, e.Address = k, x.Text
		}
	}
	if len(kinds) != 1 {
		what := "a source without a kind"
		if len(kinds) > 1 {
			what = fmt.Sprintf("a source is both %s and %s", kinds[0], kinds[1])
		}
		d.r.Add(t.at, what, "exactly one of "+strings.Join(sourceKinds, ", "), "")
		return e, false
	}
	if e.Kind != "synth" {
		t.text(e.Kind)
	}
	d.entryKeys(t, &e, val)
	return e, true
}

// entryKeys checks the kinds of a source's further keys and keeps them.
func (d *decoder) entryKeys(t *table, e *Entry, val Value) {
	for _, k := range t.sec.Keys {
		x := t.value(k.Name)
		if x.Kind == Absent {
			continue
		}
		if for1, ok := onlyFor(k.Doc); ok && !strings.Contains(for1, e.Kind) && !contains(sourceKinds, k.Name) {
			d.r.Add(t.n.child(k.Name).key, fmt.Sprintf("%s has no %q", e.Kind, k.Name), "it is a key of "+for1, "")
		}
		d.entryKey(t, k, x)
		if e.Kind == "replay" && k.Name == "format" {
			t.choice(k.Name, replayFormats...)
		}
	}
	for _, f := range val.Fields {
		if f.Name.Src != e.Kind {
			e.Keys = append(e.Keys, f)
		}
	}
}

// entryKey checks the kind of one key's value.
func (d *decoder) entryKey(t *table, k Key, x Value) {
	switch k.Type {
	case "whole number":
		t.whole(k.Name, 0, 0)
	case "duration":
		t.duration(k.Name)
	case "unit":
		t.unit(k.Name)
	case "flag":
		t.kind(k.Name, x, "true or false", Flag)
	case "number":
		t.kind(k.Name, x, "a number", Number)
	case "character":
		d.character(t, k.Name)
	case "list":
		t.cells(k.Name, x)
	case "list of texts":
		t.texts(k.Name)
	case "list of pairs":
		d.ranges(t, x)
	case "table of numbers":
		d.numbers(t, k.Name, x)
	case "column":
		t.column(k.Name, x)
	case "column or list of columns":
		if x.Kind != List {
			t.column(k.Name, x)
		}
		for _, item := range x.Items {
			t.column("an item of "+k.Name, item)
		}
	case "template":
		if x.Kind != Number || !x.Whole {
			t.template(k.Name)
		}
	case "keep, drop or error":
		t.choice(k.Name, "keep", "drop", "error")
	case "device or arrival":
		t.choice(k.Name, "device", "arrival")
	default:
		t.text(k.Name)
	}
}

// column checks the name of a column, or its number from 1.
func (t *table) column(key string, x Value) {
	const want = "the name of a column, or its number from 1"
	if t.kind(key, x, want, Word, Number) && x.Kind == Number && (!x.Whole || x.Number < 1) {
		t.d.r.Add(x.Pos, fmt.Sprintf("%s is %s", key, x.Src), want, "")
	}
}

// cells checks a list of cells, as they stand in the file: texts or numbers.
func (t *table) cells(key string, x Value) {
	if !t.kind(key, x, "a list, such as [-999, \"ERR\"]", List, Word, Number) {
		return // one alone is a list too
	}
	for _, item := range x.Items {
		t.kind("an item of "+key, item, "a text or a number, as it stands in the file", Word, Number)
	}
}

func (d *decoder) character(t *table, key string) {
	if x := t.text(key); x.Given() && len(x.Src) != 1 {
		d.r.Add(x.Pos, fmt.Sprintf("%s is %q", key, x.Src), "one character", "")
	}
}

// ranges checks the first and last character columns of cells.
func (d *decoder) ranges(t *table, x Value) {
	const want = "a list of pairs, first and last character from 1, such as [[1, 5], [7, 14]]"
	if !t.kind("ranges", x, want, List) {
		return
	}
	for _, item := range x.Items {
		ok := item.Kind == List && len(item.Items) == 2
		for _, n := range item.Items {
			ok = ok && n.Kind == Number && n.Whole && n.Number >= 1 && n.Number <= 1<<20
		}
		if !ok || item.Items[1].Number < item.Items[0].Number {
			d.r.Add(item.Pos, "a range is "+item.Raw, want, "")
		}
	}
}

func (d *decoder) numbers(t *table, key string, x Value) {
	const want = "a table, such as { open = 1, closed = 0 }"
	if !t.kind(key, x, want, Table) {
		return
	}
	for _, f := range x.Fields {
		t.kind(key+"."+f.Name.Src, f.Value, "a number", Number)
	}
}

// onlyFor returns what a key's doc says in brackets at its end: "(mqtt, kafka)".
func onlyFor(doc string) (string, bool) {
	i := strings.LastIndexByte(doc, '(')
	if i < 0 || !strings.HasSuffix(doc, ")") {
		return "", false
	}
	return doc[i+1 : len(doc)-1], true
}
