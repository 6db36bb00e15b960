package scenarios

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios/rules"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A world is a scenario while it is being built: who is there, under which
// numbers, and where it is described.
type world struct {
	spec     *Spec
	opts     *Options
	report   *Report
	sim      *sim.Sim
	channels *devices.Channels
	hub      *twins.Hub
	epoch    time.Time
	blocks   []block
	twins    []twin
	byID     map[string]int32
	params   []float64 // of rules: those of the scenario, then those of each twin
	words    []string
	counted  []counted                               // by pipe and stage
	changed  []bool                                  // by param of the scenario: a rule has set it
	gone     int                                     // params of the loaded state that the scenario has not
	fed      []bool                                  // by channel: something feeds it
	capped   []capped                                // faults of which only so many are done
	notes    []string                                // what the reader should know, as far as it is known when all is built
	madeBy   map[devices.ChannelID]devices.ChannelID // what pipes put out: from which channel
	planted  map[string]twins.Plant
	plantOf  []twins.Plant // by block; nil without one
}

// A block is one [[twin]]: twins that share type, attributes and layout.
type block struct {
	spec   *Twin
	typ    *twins.Type
	family *twins.Family
	first  int32
	count  int32
	attrs  []devices.Attr // the type's, then what pipes and rules add
}

type twin struct {
	id    string
	block int32
	base  devices.ChannelID
	param int32 // where its numbers begin in world.params
	word  int32
	needs []int32 // by Type.Needs: index of a twin, or -1
}

// maxAll bounds what counts may come to in all.
const maxAll = 5_000_000

// expand makes the twins of the scenario, with their ids only.
func (w *world) expand() {
	w.byID = make(map[string]int32)
	for i := range w.spec.Twins {
		t := &w.spec.Twins[i]
		typ, family := w.typeOf(t)
		count, err := w.spec.Whole(t.Count)
		id, terr := ParseTemplate(t.ID.Src)
		if typ == nil || err != nil || terr != nil {
			w.problem(t.Count.Text, err)
			continue
		}
		if count == 0 {
			count = 1
		}
		if len(w.twins)+count > maxAll {
			w.report.Add(t.Count.Pos, "too many twins", fmt.Sprintf("at most %d in all", maxAll), "")
			continue
		}
		b := block{spec: t, typ: typ, family: family, first: int32(len(w.twins)), count: int32(count), attrs: typ.Attrs}
		for n := 1; n <= count; n++ {
			name, err := id.Expand(n)
			if err != nil {
				w.report.AddError(t.ID, err)
				break
			}
			if _, dup := w.byID[name]; dup {
				w.report.Add(t.ID.Pos, fmt.Sprintf("there are two twins %q", name), "an id of its own for each", "put {n} into the id")
				break
			}
			w.byID[name] = int32(len(w.twins))
			w.twins = append(w.twins, twin{id: name, block: int32(len(w.blocks))})
		}
		b.count = int32(len(w.twins)) - b.first
		w.blocks = append(w.blocks, b)
	}
}

func (w *world) typeOf(t *Twin) (*twins.Type, *twins.Family) {
	if t.Type.Src == RecordType {
		return w.recordType(t), nil
	}
	typ, family := w.opts.Kinds.Type(t.Type.Src)
	if typ == nil {
		names := w.opts.Kinds.TypeNames()
		w.report.Add(t.Type.Pos, fmt.Sprintf("there is no twin type %q", t.Type.Src), oneOf(names, t.Type.Src), DidYouMean(t.Type.Src, names))
		return nil, nil
	}
	if len(t.Channels) > 0 {
		w.report.Add(t.Channels[0].Name.Pos, fmt.Sprintf("%s has channels of its own", typ.Name), "channels only for type = \"record\"", "")
	}
	return typ, family
}

// recordType makes the type of a twin that declares its own channels.
func (w *world) recordType(t *Twin) *twins.Type {
	typ := &twins.Type{Name: RecordType, Doc: "a twin without a plant"}
	for _, f := range t.Channels {
		unit, err := ParseUnit(f.Value.Src)
		if err != nil || f.Value.Kind != Word {
			w.report.AddError(f.Value.Text, orNoUnit(err))
			continue
		}
		typ.Attrs = append(typ.Attrs, devices.Attr{Name: f.Name.Src, Unit: unit.Symbol})
	}
	if len(typ.Attrs) == 0 {
		w.report.Add(t.Pos, "a record without channels", `channels = { NAME = "unit" }`, "")
	}
	return typ
}

func orNoUnit(err error) error {
	if err == nil {
		err = &mistake{what: "this is not a unit", expected: `a text such as "degC"`}
	}
	return err
}

// number gives channels and parameters their numbers; all attributes are known.
func (w *world) number() error {
	w.channels = new(devices.Channels)
	w.changed = make([]bool, len(w.spec.Params))
	for i := range w.spec.Params {
		v := w.spec.Params[i].Number
		if w.spec.Params[i].Kind == FlagParam && w.spec.Params[i].Flag {
			v = 1
		}
		w.params = append(w.params, v)
		w.words = append(w.words, w.spec.Params[i].Word)
	}
	for i := range w.blocks {
		b := &w.blocks[i]
		for k := b.first; k < b.first+b.count; k++ {
			t := &w.twins[k]
			base, err := w.channels.Add(t.id, b.attrs)
			if err != nil {
				w.report.Add(b.spec.ID.Pos, err.Error(), "", "")
				return w.report.Err()
			}
			t.base, t.param, t.word = base, int32(len(w.params)), int32(len(w.words))
			w.params = append(w.params, make([]float64, len(b.typ.Params))...)
			w.words = append(w.words, make([]string, len(b.typ.Params))...)
		}
	}
	w.fed = make([]bool, w.channels.Len())
	return nil
}

// fill gives every parameter of every twin its value: given, drawn or default.
func (w *world) fill() {
	for i := range w.blocks {
		b := &w.blocks[i]
		var names []string
		for _, p := range b.typ.Params {
			names = append(names, p.Name)
		}
		given := make([]*Field, len(b.typ.Params))
		for k := range b.spec.With {
			f := &b.spec.With[k]
			n := indexOf(names, f.Name.Src)
			if n < 0 {
				w.report.Add(f.Name.Pos, fmt.Sprintf("%s has no parameter %q", b.typ.Name, f.Name), oneOf(names, f.Name.Src), DidYouMean(f.Name.Src, names))
				continue
			}
			given[n] = f
		}
		for n := range b.typ.Params {
			w.fillOne(b, n, given[n])
		}
	}
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}

func (w *world) fillOne(b *block, n int, f *Field) {
	p := &b.typ.Params[n]
	if p.Word {
		w.fillWord(b, n, f)
		return
	}
	law := Law{Kind: "constant", Args: []float64{p.Default}}
	if p.From != "" {
		law.Args[0] = math.NaN()
	}
	if f != nil {
		var err error
		if law, err = w.spec.Draws(f.Value, p.Unit); err != nil {
			w.problem(f.Value.Text, err)
			return
		}
		if v := law.Args[0]; law.Kind == "constant" && p.Low < p.High && (v < p.Low || v > p.High) {
			try := ""
			if q, err := f.Value.Quantity(); err == nil && p.Unit == "K" && q.Unit.Symbol != "K" {
				try = fmt.Sprintf("write a difference of temperatures in K, such as %q", Quantity{Value: q.Value, Unit: Unit{Symbol: "K"}})
			}
			w.report.Add(f.Value.Pos, fmt.Sprintf("%s is %v %s", p.Name, v, p.Unit), fmt.Sprintf("%v to %v %s: %s", p.Low, p.High, p.Unit, p.Doc), try)
			return
		}
	}
	for k := b.first; k < b.first+b.count; k++ {
		t := &w.twins[k]
		v := law.Args[0]
		if law.Kind != "constant" {
			s := sim.NewStream(w.sim.Seed(), w.sim.Replication(), "twin/"+t.id+"/with/"+p.Name)
			v = law.Draw(&s)
			if p.Low < p.High { // a law is cut off where the parameter's range ends
				v = min(max(v, p.Low), p.High)
			}
		}
		w.params[int(t.param)+n] = v
	}
}

func (w *world) fillWord(b *block, n int, f *Field) {
	p := &b.typ.Params[n]
	word, law := p.Text, Law{}
	if f != nil {
		var err error
		if word, err = w.spec.Word(f.Value); err != nil {
			w.problem(f.Value.Text, err)
			return
		}
		if strings.HasPrefix(word, "choice(") {
			if law, err = ParseLaw(word); err != nil {
				w.report.AddError(f.Value.Text, err)
				return
			}
		}
		for _, x := range append([]string{word}, law.Words...) {
			if (law.Words == nil || x != word) && len(p.Choices) > 0 && indexOf(p.Choices, x) < 0 {
				w.report.Add(f.Value.Pos, fmt.Sprintf("%s can't be %q", p.Name, x), oneOf(p.Choices, x), DidYouMean(x, p.Choices))
				return
			}
		}
	}
	for k := b.first; k < b.first+b.count; k++ {
		t := &w.twins[k]
		x := word
		if law.Words != nil {
			s := sim.NewStream(w.sim.Seed(), w.sim.Replication(), "twin/"+t.id+"/with/"+p.Name)
			x = law.DrawWord(&s)
		}
		w.words[int(t.word)+n] = x
	}
}

// connect resolves what every twin needs.
func (w *world) connect() {
	for i := range w.blocks {
		b := &w.blocks[i]
		var roles []string
		for _, n := range b.typ.Needs {
			roles = append(roles, n.Role)
		}
		for k := b.first; k < b.first+b.count; k++ {
			w.twins[k].needs = make([]int32, len(roles))
			for n := range roles {
				w.twins[k].needs[n] = -1
			}
		}
		given := make([]bool, len(roles))
		for _, f := range b.spec.Needs {
			n := indexOf(roles, f.Name.Src)
			if n < 0 {
				w.report.Add(f.Name.Pos, fmt.Sprintf("%s needs no %q", b.typ.Name, f.Name), oneOf(roles, f.Name.Src), DidYouMean(f.Name.Src, roles))
				continue
			}
			given[n] = true
			w.connectRole(b, n, f.Value)
		}
		for n, need := range b.typ.Needs {
			if !given[n] && !need.Optional {
				w.report.Add(b.spec.Pos, fmt.Sprintf("%s needs a %s", b.typ.Name, need.Role),
					fmt.Sprintf("needs = { %s = id of a %s }", need.Role, need.Type), need.Doc)
			}
		}
	}
}

func (w *world) connectRole(b *block, n int, v Value) {
	id, err := ParseTemplate(v.Src)
	for k := int32(0); k < b.count && err == nil; k++ {
		var name string
		if name, err = id.Expand(int(k) + 1); err != nil {
			break
		}
		other, ok := w.byID[name]
		if !ok {
			w.report.Add(v.Pos, fmt.Sprintf("there is no twin %q", name), "the id of a "+b.typ.Needs[n].Type, DidYouMean(name, w.ids()))
			return
		}
		if have := w.blocks[w.twins[other].block].typ.Name; have != b.typ.Needs[n].Type {
			w.report.Add(v.Pos, fmt.Sprintf("%s is a %s", name, have), "a "+b.typ.Needs[n].Type, "")
			return
		}
		w.twins[b.first+k].needs[n] = other
	}
	if err != nil {
		w.report.AddError(v.Text, err)
	}
}

// ids returns the first ids of the world, for suggestions.
func (w *world) ids() []string {
	var ids []string
	for i := range w.twins {
		if len(ids) == 2000 {
			break
		}
		ids = append(ids, w.twins[i].id)
	}
	return ids
}

// populations returns the ids of the [[twin]]s as the file has them.
func (w *world) populations() []string {
	var ids []string
	for i := range w.blocks {
		ids = append(ids, w.blocks[i].spec.ID.Src)
	}
	return ids
}

// problem collects an error that may know its own place.
func (w *world) problem(t Text, err error) {
	switch e := err.(type) {
	case nil:
	case *Problem:
		w.report.Add(e.Pos, e.What, e.Expected, e.Try)
	case *rules.Error:
		pos := t.At(offsetIn(t.Src, e.Line, e.Column))
		if pos.Width == 1 { // else the whole text is the place
			pos.Width = e.Width
		}
		expected, try := e.Expected, e.Try
		if len(e.Known) > 0 {
			expected = oneOf(e.Known)
		}
		if len(e.Near) > 0 {
			try = fmt.Sprintf("did you mean %q?", e.Near[0])
		}
		w.report.Add(pos, e.Message, expected, try)
	default:
		w.report.AddError(t, err)
	}
}

// offsetIn returns the byte offset of a line and column, in characters from 1.
func offsetIn(text string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			return at
		}
		at += n + 1
	}
	for i := range text[at:] {
		if column <= 1 {
			return at + i
		}
		column--
	}
	return len(text)
}

// plants builds the plant of every family that has twins.
func (w *world) plants() error {
	w.planted = make(map[string]twins.Plant)
	w.plantOf = make([]twins.Plant, len(w.blocks))
	for i := range w.opts.Kinds.Families {
		f := &w.opts.Kinds.Families[i]
		instances := w.instances(f)
		if len(instances) == 0 {
			continue
		}
		plant, err := f.New(twins.PlantConfig{Instances: instances, Start: w.epoch, Emit: w.hub.Note})
		if err != nil {
			return fmt.Errorf("%s: %w", w.spec.File, err)
		}
		w.planted[f.Name] = plant
		for k := range w.blocks {
			if w.blocks[k].family == f {
				w.plantOf[k] = plant
			}
		}
		for k := range instances {
			if in := &instances[k]; len(in.Type.Verbs) > 0 {
				w.hub.Serve(in, plant)
			}
		}
		if err := plant.Start(w.sim); err != nil {
			return err
		}
	}
	return nil
}

// instances returns the twins of a family as its plant wants them.
func (w *world) instances(f *twins.Family) []twins.Instance {
	var all []twins.Instance
	place := make(map[int32]int32) // twin -> index into all
	for i := range w.blocks {
		b := &w.blocks[i]
		if b.family != f {
			continue
		}
		for k := b.first; k < b.first+b.count; k++ {
			t := &w.twins[k]
			n := int32(len(b.typ.Params))
			place[k] = int32(len(all))
			all = append(all, twins.Instance{
				ID: t.id, Type: b.typ, Index: k, Base: t.base,
				Numbers: w.params[t.param : t.param+n : t.param+n],
				Words:   w.words[t.word : t.word+n : t.word+n],
				Needs:   append([]int32(nil), t.needs...),
			})
		}
	}
	for i := range all {
		for n, other := range all[i].Needs {
			if other >= 0 {
				all[i].Needs[n] = place[other]
			}
		}
	}
	return all
}
