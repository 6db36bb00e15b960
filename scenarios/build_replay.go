package scenarios

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/replay"
)

// fileKeys are the keys of a profile's entry that all columns of a file share:
// entries that differ in one of them read the file each for itself.
var fileKeys = []string{"format", "time", "time_format", "zone", "step", "start", "key", "grouped", "order", "header", "names", "skip", "comment", "delimiter", "decimal", "ranges", "strict"}

// replays groups the entries by file, in the order of the channels.
func (w *world) replays(f *feeds, entries map[devices.ChannelID]*Entry) {
	place := make(map[string]int)
	for c := devices.ChannelID(0); int(c) < w.channels.Len(); c++ {
		e := entries[c]
		if e == nil {
			continue
		}
		f.live[c] = true
		w.fed[c] = true
		col := w.column(e, c)
		k := e.Address.Src
		for _, name := range fileKeys {
			if v, ok := e.field(name); ok {
				k += "\x00" + name + "=" + v.Raw
			}
		}
		if v, ok := e.field("grouped"); ok && v.Flag {
			k += "\x00" + col.Match
		}
		i, ok := place[k]
		if !ok {
			i = len(f.configs)
			place[k] = i
			f.configs = append(f.configs, w.replayConfig(e, k))
			f.entries = append(f.entries, nil)
		}
		f.configs[i].Columns = append(f.configs[i].Columns, col)
		if !slices.Contains(f.entries[i], e) {
			f.entries[i] = append(f.entries[i], e)
		}
	}
}

func (e *Entry) field(name string) (Value, bool) {
	for i := range e.Keys {
		if e.Keys[i].Name.Src == name {
			return e.Keys[i].Value, true
		}
	}
	return Value{}, false
}

// cell returns a value as it would stand in a file: -9_999.90 as -9999.9.
func (v Value) cell() string {
	if v.Kind == Number {
		return strconv.FormatFloat(v.Number, 'g', -1, 64)
	}
	return v.Src
}

func (e *Entry) word(name string) string {
	v, _ := e.field(name)
	return v.cell()
}

func (e *Entry) list(name string) []string {
	v, ok := e.field(name)
	if !ok {
		return nil
	}
	if v.Kind != List {
		return []string{v.cell()}
	}
	var all []string
	for _, x := range v.Items {
		all = append(all, x.cell())
	}
	return all
}

// whole returns the whole number of a key, or 0.
func (e *Entry) whole(name string) int {
	v, _ := e.field(name)
	return int(v.Number)
}

func (e *Entry) yes(name string) bool {
	v, _ := e.field(name)
	return v.Flag
}

// byteOf returns the character of a key, or 0.
func (e *Entry) byteOf(name string) byte {
	if v, _ := e.field(name); len(v.Src) == 1 {
		return v.Src[0]
	}
	return 0
}

// replayConfig is what the entry says of the file. Its name goes by the key, which
// is the same in a fork that replays fewer files, or more.
func (w *world) replayConfig(e *Entry, key string) replay.Config {
	file := e.Address.Src
	if file == "data" {
		file = w.opts.Data
		if file == "" {
			w.report.Add(e.Address.Pos, "this scenario replays a file that you name", "--data FILE", "")
		}
	}
	c := replay.Config{
		Name: fmt.Sprintf("%s#%016x", e.Address.Src, hashOf(key)), File: file,
		Open:   func() (io.ReadCloser, error) { return w.opts.open(file) },
		Format: replay.Format(e.word("format")), Delimiter: e.byteOf("delimiter"), Decimal: e.byteOf("decimal"), Comment: e.word("comment"),
		Skip: e.whole("skip"), Names: e.list("names"), Time: e.list("time"), TimeFormat: e.word("time_format"),
		Zone: e.word("zone"), Key: e.word("key"), Order: replay.Order(e.word("order")), Strict: e.yes("strict"),
	}
	if c.Zone == "" {
		c.Location = w.spec.Run.Zone
	}
	if v, ok := e.field("header"); ok {
		if c.Header = int(v.Number); c.Header == 0 {
			c.Header = replay.NoHeader
		}
	}
	if v, ok := e.field("ranges"); ok {
		for _, x := range v.Items {
			c.Ranges = append(c.Ranges, replay.Range{First: int(x.Items[0].Number), Last: int(x.Items[1].Number)})
		}
	}
	if v, ok := e.field("step"); ok {
		t, err := w.time(v)
		if err == nil && t == 0 {
			err = &mistake{what: "a step of nothing", expected: `a duration above 0, such as "1 h"`}
		}
		c.Step = t
		w.problem(v.Text, err)
	}
	if v, ok := e.field("start"); ok {
		t, err := w.time(v)
		c.Start = t
		w.problem(v.Text, err)
	}
	if e.yes("grouped") && c.Key == "" {
		v, _ := e.field("grouped")
		w.report.Add(v.Pos, "grouped, but by what?", `key = "COLUMN"`, "")
	}
	return c
}

// column says which cells feed a channel, and how they are converted.
func (w *world) column(e *Entry, c devices.ChannelID) replay.Column {
	attr := w.channels.Attr(c)
	k := replay.Column{
		Column: w.holes(e, "column", c), Channel: c, Match: w.holes(e, "match", c),
		Flag: e.word("flag"), Good: e.list("good"), Missing: e.list("missing"), Scale: 1,
	}
	if k.Column == "" {
		k.Column = attr.Name
	}
	if _, ok := e.field("key"); ok && k.Match == "" {
		k.Match = w.channels.Twin(c)
	}
	if v, ok := e.field("words"); ok {
		k.Words = make(map[string]float64)
		for _, f := range v.Fields {
			k.Words[f.Name.Src] = f.Value.Number
		}
	}
	for _, x := range []struct {
		name string
		to   *float64
	}{{"scale", &k.Scale}, {"offset", &k.Offset}} {
		if v, ok := e.field(x.name); ok {
			n, err := w.spec.Number(v, "")
			*x.to = n
			w.problem(v.Text, err)
		}
	}
	if v, ok := e.field("scale"); ok && v.Number == 0 {
		w.report.Add(v.Pos, "with scale 0 every reading is the same", "a factor other than 0", "")
	}
	if v, ok := e.field("unit"); ok {
		w.convert(&k, v, attr.Unit)
	}
	return k
}

// convert makes a column in some unit one in the channel's.
func (w *world) convert(k *replay.Column, unit Value, channel string) {
	from, err := ParseUnit(unit.Src)
	to, _ := ParseUnit(channel)
	var zero, one float64
	if err == nil {
		zero, err = from.Convert(0, to)
	}
	if err == nil {
		one, err = from.Convert(1, to)
	}
	if err != nil {
		w.report.AddError(unit.Text, err)
		return
	}
	k.Scale, k.Offset = k.Scale*(one-zero), k.Offset*(one-zero)+zero
}

// holes fills {id} and {n} of a key for the twin of a channel.
func (w *world) holes(e *Entry, key string, c devices.ChannelID) string {
	v, ok := e.field(key)
	if !ok || v.Kind != Word {
		return v.cell()
	}
	i := sort.Search(len(w.twins), func(i int) bool { return w.twins[i].base > c }) - 1
	t, err := ParseTemplate(v.Src)
	if err == nil {
		n := i - int(w.blocks[w.twins[i].block].first) + 1
		var text string
		if text, err = t.with("id", w.twins[i].id).Expand(n); err == nil {
			return text
		}
	}
	w.problem(v.Text, err)
	return ""
}

// with fills the holes of one name, and leaves the others.
func (t Template) with(name, text string) Template {
	out := Template{Parts: slices.Clone(t.Parts)}
	for i := range out.Parts {
		if out.Parts[i].Expr == name {
			out.Parts[i] = TemplatePart{Text: text}
		}
	}
	return out
}

// dated reports whether the stamps of a file are calendar times of the run.
func (f *feeds) dated(i int) bool {
	if f.configs[i].Step > 0 {
		return false
	}
	_, moved := f.entries[i][0].field("start")
	return !moved
}

// findEpoch sets the calendar time of run time 0: that of the scenario, else the
// first stamp of the data, the earliest of all files.
func (w *world) findEpoch(f *feeds) error {
	w.epoch = w.spec.Run.Start
	if !w.epoch.IsZero() {
		return nil
	}
	if !w.opts.Epoch.IsZero() {
		w.epoch = w.opts.Epoch.In(w.spec.Run.Zone)
		return nil
	}
	for i := range f.configs {
		if !f.dated(i) {
			continue
		}
		first, ok, err := firstStamp(f.configs[i])
		if err != nil {
			w.blame(f.entries[i], err)
			continue
		}
		if ok && (w.epoch.IsZero() || first.Before(w.epoch)) {
			w.epoch = first
		}
	}
	if !w.epoch.IsZero() {
		w.epoch = w.epoch.In(w.spec.Run.Zone)
	}
	return w.report.Err()
}

// firstStamp returns the calendar time of a file's first row, if it has one.
func firstStamp(c replay.Config) (time.Time, bool, error) {
	r, err := replay.NewReader(c)
	if err != nil {
		return time.Time{}, false, err
	}
	defer r.Close()
	var row replay.Row
	if err := r.Next(&row); errors.Is(err, io.EOF) {
		return time.Time{}, false, nil
	} else if err != nil {
		return time.Time{}, false, err
	}
	return time.Unix(0, r.State().Epoch).UTC(), true, nil
}

// startReplays opens the files and starts the sources that read them.
func (w *world) startReplays(f *feeds, emit devices.Emit) error {
	for i := range f.configs {
		c := f.configs[i]
		if f.dated(i) {
			c.Epoch = w.epoch
		}
		src, err := replay.New(c)
		if err != nil {
			w.blame(f.entries[i], err)
			continue
		}
		f.replays = append(f.replays, src)
		if err := src.StartNamed(w.sim, emit, w.channels); err != nil {
			return err
		}
	}
	return w.report.Err()
}

// blame reports what a reader complains about at the value of the scenario that
// the complaint names first, or at the file's name.
func (w *world) blame(entries []*Entry, err error) {
	text := strings.TrimPrefix(err.Error(), "replay: ")
	text = strings.Replace(text, ": line 0: ", ": ", 1) // it was not even opened
	at, first := entries[0].Address, len(text)
	look := func(key string, v Value) {
		quoted := strconv.Quote(v.Src)
		if v.Kind == Number {
			quoted = "column " + v.Src + ":"
		}
		k := strings.Index(text, quoted)
		if strings.Contains(text, strings.ReplaceAll(key, "_", " ")+" "+quoted) {
			k = 0 // time format "%Y": it can't be clearer
		}
		if k >= 0 && k < first {
			at, first = v.Text, k
		}
	}
	for _, e := range entries {
		named := false // its column; if not, that is the channel's name
		for i := range e.Keys {
			named = named || e.Keys[i].Name.Src == "column"
		}
		_, channel, _ := strings.Cut(e.On.Src, ".")
		if !named && strings.Contains(text, "value column "+strconv.Quote(channel)) {
			at, first = e.On, 0
		}
		for i := range e.Keys {
			f := &e.Keys[i]
			look(f.Name.Src, f.Value)
			for _, x := range f.Value.Items {
				look(f.Name.Src, x)
			}
		}
	}
	w.report.Add(at.Pos, text, "", "")
}

// accounts says what became of the rows of each file that is replayed, and what
// in it could not be read first.
func (f *feeds) accounts() []string {
	var all []string
	for i, s := range f.replays {
		c := s.Counters()
		text := fmt.Sprintf("%s: %d lines: %d rows", f.configs[i].File, c.Records, c.Rows)
		for _, x := range []struct {
			n    int64
			what string
		}{
			{c.Heading, "heading"}, {c.Comments, "comments"}, {c.Empty, "empty"}, {c.Malformed, "malformed"},
			{c.Before, "before the start"}, {c.Unmatched, "of other keys"}, {c.Dropped, "dropped"},
		} {
			if x.n > 0 {
				text += fmt.Sprintf(" + %d %s", x.n, x.what)
			}
		}
		text += fmt.Sprintf("; %d readings", c.Readings)
		for _, x := range []struct {
			n    int64
			what string
		}{
			{c.Missing, "missing"}, {c.Unreadable, "unreadable"}, {c.Flagged, "flagged"}, {c.Repeated, "rows repeated"}, {c.Disordered, "rows disordered"},
			{c.Short, "rows short"}, {c.Gaps, "stamps in no hour of summer time"}, {c.Overlaps, "stamps in the double hour of summer time"},
		} {
			if x.n > 0 {
				text += fmt.Sprintf(", %d %s", x.n, x.what)
			}
		}
		if !s.Done() {
			text += "; the run ended before the file did"
		}
		all = append(all, text)
		if p := s.Problems(); len(p) > 0 {
			all = append(all, "the first of these: "+strings.TrimPrefix(p[0].Error(), "replay: "))
		}
	}
	return all
}
