package scenarios

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// maxText is the largest scenario that is read, in bytes.
const maxText = 16 << 20

// maxTwins is how many twins all populations may have together.
const maxTwins = 1_000_000

// decoder is the state of one Decode.
type decoder struct {
	r       *Report
	spec    *Spec
	noStart bool            // a problem with run.start was reported already
	read    map[string]bool // for tests: which keys were asked for
}

// Decode reads the text of a scenario; name is its file's, for messages. It
// checks all that can be checked without the types of twins, devices and
// stages, and without compiling expressions. The error is a *[Problems].
func Decode(name string, text []byte) (*Spec, error) {
	d := &decoder{}
	return d.decode(name, text)
}

func (d *decoder) decode(name string, text []byte) (*Spec, error) {
	src := strings.TrimPrefix(string(text), bom)
	d.r = newReport(name, src)
	if len(src) > maxText {
		d.r.lines = nil
		d.r.Add(Position{}, fmt.Sprintf("the file has %d bytes", len(src)), fmt.Sprintf("at most %d", maxText), "keep data in files of their own, and name them under [source]")
		return nil, d.r.Err()
	}
	if !utf8.ValidString(src) {
		d.notUTF8(src)
		return nil, d.r.Err()
	}
	var m map[string]any
	if _, err := toml.Decode(src, &m); err != nil {
		d.syntax(src, err)
		return nil, d.r.Err()
	}
	if m == nil {
		m = map[string]any{}
	}
	d.spec = &Spec{File: name, Source: src, Report: d.r}
	d.file(m, scan(src))
	if err := d.r.Err(); err != nil {
		return nil, err
	}
	return d.spec, nil
}

func (d *decoder) notUTF8(src string) {
	good := 0
	for good < len(src) {
		r, n := utf8.DecodeRuneInString(src[good:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		good += n
	}
	line := strings.Count(src[:good], "\n") + 1
	col := utf8.RuneCountInString(src[strings.LastIndexByte(src[:good], '\n')+1:good]) + 1
	d.r.Add(Position{line, col, 1}, "this byte is not UTF-8", "a text file in UTF-8", "save it as UTF-8")
}

// syntax shows what the TOML library has against the text, in our style.
func (d *decoder) syntax(src string, err error) {
	var p toml.ParseError
	if !errors.As(err, &p) {
		d.r.Add(Position{}, err.Error(), "", "")
		return
	}
	line, at := max(p.Position.Line, 1), min(max(p.Position.Start, 0), len(src))
	lines := strings.SplitAfter(src, "\n")
	line = min(line, len(lines))
	from := 0
	for _, l := range lines[:line-1] {
		from += len(l)
	}
	col := 1
	if at >= from && at <= from+len(lines[line-1]) {
		col = utf8.RuneCountInString(src[from:at]) + 1
	}
	d.r.Add(Position{line, col, max(1, min(p.Position.Len, 40))}, "not TOML: "+p.Message, "", syntaxHint(p.Message, lines[line-1]))
}

// syntaxHint says what to try for the commonest slips.
func syntaxHint(message, line string) string {
	_, value, ok := strings.Cut(line, "=")
	value = strings.TrimSpace(value)
	switch {
	case strings.Contains(message, "already been defined") || strings.Contains(message, "already defined"):
		return "each key and each [table] may stand once; a list of tables has double brackets, such as [[rule]]"
	case strings.Contains(message, "was already created and cannot be used as an array"):
		return "write the table with double brackets everywhere, such as [[rule]]"
	case strings.Contains(message, "newline") && strings.Contains(message, "string"):
		return "close the string with a quote on the same line"
	case !ok && !strings.HasPrefix(strings.TrimSpace(line), "["):
		return "a line is KEY = VALUE, [table] or [[table]]"
	case ok && value != "" && (value[0] >= '0' && value[0] <= '9' || value[0] >= 'a' && value[0] <= 'z'):
		return "texts, durations and quantities stand in quotes: key = \"10 min\""
	}
	return ""
}

// file decodes the sections, params first, as others refer to them.
func (d *decoder) file(m map[string]any, n *node) {
	t, _ := d.table(m, n, "")
	s := d.spec
	if v := t.value("spec"); v.Kind != Absent {
		if x, ok := m["spec"].(int64); !ok || x != 1 {
			d.r.Add(v.Pos, fmt.Sprintf("spec is %s", v.Src), "spec = 1, the only version of this format there is", "")
		}
	}
	s.Name, s.Title, s.Doc = t.text("name"), t.text("title"), t.text("doc")
	if strings.ContainsAny(s.Name.Src, "/\\\x00\n\r") || s.Name.Src == "." || s.Name.Src == ".." {
		d.r.Add(s.Name.Pos, fmt.Sprintf("name %q can't be the name of a folder", s.Name), "a short name without / and \\, such as \"farm\"", "put what it is about into title")
	}
	if t.value("params").Kind != Absent {
		d.params(m["params"], n.child("params"))
	}
	d.run(t)
	s.Blocks = d.blocks(t)
	d.each(t, "variant", func(t *table) { s.Variants = append(s.Variants, d.variant(t)) })
	d.sweeps(t)
	if t.value("compare").Kind != Absent {
		d.compare(m["compare"], n.child("compare"))
	}
	if t.value("branch").Kind != Absent {
		if b, ok := d.table(m["branch"], n.child("branch"), "[branch]"); ok {
			s.Branch = Branch{Pos: b.at, At: b.instant("at")}
		}
	}
	if t.value("source").Kind != Absent {
		d.profiles(m["source"], n.child("source"))
	}
	d.check()
}

// each decodes the tables of a [[section]], which may stand in a variant's add.
func (d *decoder) each(t *table, key string, one func(*table)) {
	v := t.value(key)
	name := "[[" + key + "]]"
	if v.Kind == Table {
		d.r.Add(v.Pos, fmt.Sprintf("[%s] is one table where a list of tables belongs", key), name, fmt.Sprintf("write %s with double brackets", name))
		return
	}
	if !t.kind(key, v, "a list of tables, "+name, List) {
		return
	}
	d.items(t.m[key], t.n.child(key), name, one)
}

// items decodes a list of tables.
func (d *decoder) items(list any, n *node, name string, one func(*table)) {
	switch list := list.(type) {
	case []map[string]any:
		for i, m := range list {
			if t, ok := d.table(m, n.item(i), name); ok {
				one(t)
			}
		}
	case []any:
		for i, x := range list {
			if t, ok := d.table(x, n.item(i), name); ok {
				one(t)
			}
		}
	}
}

// blocks decodes the sections that a file and a variant's add have in common.
func (d *decoder) blocks(t *table) Blocks {
	var b Blocks
	d.each(t, "twin", func(t *table) { b.Twins = append(b.Twins, d.twin(t)) })
	d.each(t, "sensor", func(t *table) { b.Sensors = append(b.Sensors, d.sensor(t)) })
	d.each(t, "pipe", func(t *table) { b.Pipes = append(b.Pipes, d.pipe(t)) })
	d.each(t, "rule", func(t *table) { b.Rules = append(b.Rules, d.rule(t)) })
	d.each(t, "event", func(t *table) { b.Events = append(b.Events, d.event(t)) })
	d.each(t, "fault", func(t *table) { b.Faults = append(b.Faults, d.fault(t)) })
	d.each(t, "kpi", func(t *table) { b.KPIs = append(b.KPIs, d.kpi(t)) })
	d.each(t, "check", func(t *table) { b.Checks = append(b.Checks, d.checkOf(t)) })
	return b
}

// paramRef checks that "p.NAME" is a param of the dimension wanted.
func (d *decoder) paramRef(t Text, name string, unit Unit) {
	if _, err := d.spec.number(name, unit); err != nil {
		d.r.AddError(t, err)
	}
}

// checkParamRefs checks that every "p.NAME" in a value is a param.
func (d *decoder) checkParamRefs(v Value) {
	if name, ok := paramName(v.Src); ok && v.Kind == Word && d.spec.Param(name) == nil {
		d.r.AddError(v.Text, d.spec.noParam(name))
	}
	for i := range v.Items {
		d.checkParamRefs(v.Items[i])
	}
	for i := range v.Fields {
		d.checkParamRefs(v.Fields[i].Value)
	}
}
