package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/twinsim/twinsim/scenarios/rules"
	"github.com/twinsim/twinsim/sim/stat"
	"github.com/twinsim/twinsim/twins"
)

// A Result is what one replication came to.
type Result struct {
	Scenario    string
	Seed        uint64
	Replication uint32
	Readings    uint64
	Blocks      uint64 // waveforms that came in
	Events      uint64
	SimSeconds  float64 // simulated, in s
	Digest      string
	KPIs        []KPIValue
	Alarms      uint64
	Quality     map[string]uint64 // readings as they came in, by flag
	Cleaned     map[string]uint64 // what pipes put out, by flag
	Rules       []RuleCount
	Stages      []StageCount // what the stages of pipes did
	Late        uint64       // readings that came after their reorder window
	Notes       []string     // what the reader should know
	params      []float64
}

// A KPIValue is one KPI of one replication.
type KPIValue struct {
	Name, Unit, Better string
	Value              float64 // in Unit; NaN if it could not be computed
	Why                string  // why it could not, if more is known than that
}

// A RuleCount says how often a rule fired, and how many of the actions that this
// asked for were not done, as their value was unknown.
type RuleCount struct {
	Name   string
	Fired  uint64
	Undone uint64
}

// A StageCount says how often a stage of a pipe did something, on all its channels.
type StageCount struct {
	Pipe, Stage, What string
	N                 uint64
}

// Result returns what the run came to so far.
func (r *Run) Result() Result {
	w := r.world
	out := Result{
		Scenario: w.spec.Name.Src, Seed: w.sim.Seed(), Replication: w.sim.Replication(),
		Readings: w.hub.Tapped.Readings, Blocks: w.hub.Blocks, Events: w.sim.Handled(), SimSeconds: w.sim.Now().Seconds(),
		Digest: w.hub.Digest(), KPIs: r.kpis.values(), Alarms: w.hub.Alarms,
		Quality: w.hub.Tapped.Map(), Cleaned: w.hub.Cleaned.Map(),
	}
	for i := range w.spec.Params {
		out.params = append(out.params, w.spec.Params[i].Number)
	}
	if r.reorder != nil {
		if out.Late = r.reorder.Late(); out.Late > 0 {
			out.Quality["late"] = out.Late // those that were dropped, too
		}
		if n := r.reorder.Held(); n > 0 {
			out.Notes = append(out.Notes, fmt.Sprintf("%s did not come in: the reorder window still held back what the run ended with", plural(n, "reading")))
		}
	}
	if n := w.sim.PostsWaiting(); n > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%s came too late to be taken: the run had ended", plural(n, "post")))
	}
	for _, x := range r.engine.rules {
		out.Rules = append(out.Rules, RuleCount{x.name, x.state.Fired, x.undone()})
	}
	out.Stages = w.stageCounts()
	if r.taps != nil && r.taps.state.Cut != "" {
		out.Notes = append(out.Notes, r.taps.state.Cut)
	}
	out.Notes = append(out.Notes, r.feeds.accounts()...)
	out.Notes = append(out.Notes, w.notes...)
	out.Notes = append(out.Notes, r.ruleNotes()...)
	for _, k := range out.KPIs {
		if note := k.note(); note != "" {
			out.Notes = append(out.Notes, note)
		}
	}
	return out
}

// note says that a KPI is no number, or nothing.
func (k *KPIValue) note() string {
	switch {
	case k.Why != "":
		return fmt.Sprintf("KPI %q could not be computed: %s", k.Name, k.Why)
	case math.IsNaN(k.Value):
		return fmt.Sprintf("KPI %q could not be computed: nothing is known of what it asks for, or it divides 0 by 0", k.Name)
	case math.IsInf(k.Value, 0):
		return fmt.Sprintf("KPI %q is infinite: it divides by 0", k.Name)
	}
	return ""
}

// A Summary is what all replications of a scenario came to.
type Summary struct {
	Scenario     string
	Seed         uint64
	Replications int
	Readings     uint64
	Blocks       uint64 // waveforms that came in
	Events       uint64
	SimSeconds   float64 // simulated, all replications together, in s
	WallSeconds  float64 // set by whoever ran it, in s
	Digest       string
	KPIs         []KPISummary
	Checks       []CheckResult
	Alarms       uint64
	Quality      map[string]uint64
	Cleaned      map[string]uint64
	Rules        []RuleCount
	Stages       []StageCount
	Late         uint64
	Notes        []string  // those of later replications that the first has not say so
	params       []float64 // of the scenario as it was run, in their units
}

// A KPISummary is one KPI over all replications.
type KPISummary struct {
	Name, Unit, Better string
	Values             []float64 // by replication, in Unit
	stat.Summary
}

// A CheckResult is one check.
type CheckResult struct {
	That  string
	Why   string
	OK    bool
	Value *float64 // of the left side of a comparison; nil if it is none or unknown
	Error string   // why it could not be decided
}

// Failed reports whether any check failed.
func (s *Summary) Failed() bool {
	for i := range s.Checks {
		if !s.Checks[i].OK {
			return true
		}
	}
	return false
}

// addStage adds a count to the one of the same stage.
func addStage(all []StageCount, c StageCount) []StageCount {
	for i := range all {
		if x := &all[i]; x.Pipe == c.Pipe && x.Stage == c.Stage && x.What == c.What {
			x.N += c.N
			return all
		}
	}
	return append(all, c)
}

// Summarize joins the replications of a scenario, in order, and holds the checks
// against them.
func Summarize(spec *Spec, all []Result) (Summary, error) {
	if len(all) == 0 {
		return Summary{}, fmt.Errorf("no replication of %s has run", spec.Name)
	}
	s := Summary{
		Scenario: all[0].Scenario, Seed: all[0].Seed, Replications: len(all),
		Quality: map[string]uint64{}, Cleaned: map[string]uint64{}, params: all[0].params,
	}
	var digests []string
	s.Rules = append(s.Rules, all[0].Rules...)
	for i := range all {
		r := &all[i]
		s.Readings += r.Readings
		s.Blocks += r.Blocks
		s.Events += r.Events
		s.SimSeconds += r.SimSeconds
		s.Alarms += r.Alarms
		s.Late += r.Late
		digests = append(digests, r.Digest)
		for k, n := range r.Quality { //order: sums by key
			s.Quality[k] += n
		}
		for k, n := range r.Cleaned { //order: sums by key
			s.Cleaned[k] += n
		}
		for k := range r.Rules {
			if i > 0 {
				s.Rules[k].Fired += r.Rules[k].Fired
				s.Rules[k].Undone += r.Rules[k].Undone
			}
		}
		for _, c := range r.Stages {
			s.Stages = addStage(s.Stages, c)
		}
	}
	s.Digest = twins.JoinDigests(digests)
	s.Notes = laterNotes(all)
	for k, v := range all[0].KPIs {
		x := KPISummary{Name: v.Name, Unit: v.Unit, Better: v.Better}
		for i := range all {
			x.Values = append(x.Values, all[i].KPIs[k].Value)
		}
		if note := laterNote(&v, x.Values); note != "" {
			s.Notes = append(s.Notes, note)
		}
		var err error
		if x.Summary, err = stat.Summarize(x.Values, 0.95); err != nil {
			return s, err
		}
		s.KPIs = append(s.KPIs, x)
	}
	for i := range spec.Checks {
		s.Checks = append(s.Checks, s.check(spec, &spec.Checks[i]))
	}
	return s, nil
}

// maxLaterNotes is how many notes of replications after the first are shown.
const maxLaterNotes = 10

// laterNotes returns the notes of the first replication, then those of later ones
// that it has not; of KPIs laterNote tells.
func laterNotes(all []Result) []string {
	notes := append([]string(nil), all[0].Notes...)
	more := 0
	for i := 1; i < len(all); i++ {
		for _, n := range all[i].Notes {
			switch {
			case contains(all[0].Notes, n) || all[i].ofKPI(n):
			case len(notes)-len(all[0].Notes) < maxLaterNotes:
				notes = append(notes, fmt.Sprintf("replication %d: %s", i+1, n))
			default:
				more++
			}
		}
	}
	if more > 0 {
		notes = append(notes, fmt.Sprintf("%d more notes of later replications", more))
	}
	return notes
}

// ofKPI reports whether a note is one of a KPI.
func (r *Result) ofKPI(note string) bool {
	for i := range r.KPIs {
		if r.KPIs[i].note() == note {
			return true
		}
	}
	return false
}

// laterNote says that a KPI is no number in replications after the first, whose
// notes stand already.
func laterNote(first *KPIValue, values []float64) string {
	n := 0
	for _, v := range values {
		if number(v) == nil {
			n++
		}
	}
	if n == 0 || first.note() != "" {
		return ""
	}
	return fmt.Sprintf("KPI %q could not be computed in %d of %d replications", first.Name, n, len(values))
}

// MarshalJSON writes the object that --json prints. Numbers that could not be
// computed are null.
func (s Summary) MarshalJSON() ([]byte, error) {
	kpis := make(map[string]any)
	for i := range s.KPIs {
		k := &s.KPIs[i]
		if s.Replications == 1 {
			kpis[k.Name] = map[string]any{"value": number(k.Mean), "unit": k.Unit}
			continue
		}
		kpis[k.Name] = map[string]any{
			"mean": number(k.Mean), "sd": number(k.SD), "ci95": []any{number(k.Low), number(k.High)}, "n": k.N, "unit": k.Unit,
		}
	}
	checks := []map[string]any{}
	for _, c := range s.Checks {
		checks = append(checks, map[string]any{"that": c.That, "ok": c.OK, "value": c.Value})
	}
	all := map[string]any{
		"scenario": s.Scenario, "seed": s.Seed, "replications": s.Replications, "readings": s.Readings, "events": s.Events,
		"sim_seconds": s.SimSeconds, "wall_seconds": s.WallSeconds, "digest": s.Digest, "kpis": kpis, "checks": checks,
		"alarms": s.Alarms, "quality": s.Quality, "late": s.Late, "blocks": s.Blocks, "rules": ruleObjects(s.Rules),
		"notes": append([]string{}, s.Notes...),
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // "a > b" is to be read by people, too
	err := enc.Encode(all)
	return text.Bytes(), err
}

func ruleObjects(rules []RuleCount) map[string]any {
	all := make(map[string]any)
	for _, r := range rules {
		all[r.Name] = map[string]uint64{"fired": r.Fired, "undone": r.Undone}
	}
	return all
}

// number is v, or nil where JSON has no number for it.
func number(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}

// checkFields are what a check may ask of a KPI.
var checkFields = []string{"mean", "value", "sd", "low", "high", "n"}

func (k *KPISummary) field(name string) float64 {
	switch name {
	case "sd":
		return k.SD
	case "low":
		return k.Low
	case "high":
		return k.High
	case "n":
		return float64(k.N)
	}
	return k.Mean // of one replication the value
}

// checkTotals are what a check may ask of the run.
var checkTotals = []string{"alarms", "readings"}

// checkNames are the names that checks may use. Their slots are the fields of
// each KPI, then the totals, then the params.
type checkNames struct {
	spec *Spec
	used []int32 // slots that were looked up
}

func (n *checkNames) env() *rules.Env { return &rules.Env{Lookup: n.lookup, Names: n.names} }

func (n *checkNames) lookup(path []string) (rules.Ref, error) {
	slot := n.slot(path)
	if slot < 0 {
		return rules.Ref{}, rules.ErrUnknown
	}
	n.used = append(n.used, int32(slot))
	return rules.Ref{Space: rules.Params, Base: rules.Absolute, Slot: int32(slot)}, nil
}

func (n *checkNames) slot(path []string) int {
	totals := len(n.spec.KPIs) * len(checkFields)
	switch {
	case len(path) == 1:
		if i := indexOf(checkTotals, path[0]); i >= 0 {
			return totals + i
		}
	case len(path) == 2 && path[0] == "p":
		if i := indexOf(n.spec.paramNames(), path[1]); i >= 0 && n.spec.Params[i].Kind == NumberParam {
			return totals + len(checkTotals) + i
		}
	case len(path) == 3 && path[0] == "kpi":
		field := indexOf(checkFields, path[2])
		for i := range n.spec.KPIs {
			if n.spec.KPIs[i].Name.Src == path[1] && field >= 0 {
				return i*len(checkFields) + field
			}
		}
	}
	return -1
}

func (n *checkNames) names([]string) []string {
	all := append([]string(nil), checkTotals...)
	for i := range n.spec.KPIs {
		for _, f := range checkFields {
			all = append(all, "kpi."+n.spec.KPIs[i].Name.Src+"."+f)
		}
	}
	for _, p := range n.spec.paramNames() {
		all = append(all, "p."+p)
	}
	return all
}

// values returns what lies in the slots.
func (n *checkNames) values(s *Summary) []float64 {
	var all []float64
	for i := range n.spec.KPIs {
		for _, f := range checkFields {
			v := math.NaN()
			if i < len(s.KPIs) {
				v = s.KPIs[i].field(f)
			}
			all = append(all, v)
		}
	}
	all = append(all, float64(s.Alarms), float64(s.Readings))
	return append(all, s.params...)
}

// unknown names a KPI that was looked up and could not be computed.
func (n *checkNames) unknown(values []float64) string {
	for _, slot := range n.used {
		if k := int(slot) / len(checkFields); math.IsNaN(values[slot]) && k < len(n.spec.KPIs) {
			return n.spec.KPIs[k].Name.Src
		}
	}
	return ""
}

// checkChecks compiles the checks, so that what is wrong is found at load.
func (w *world) checkChecks() {
	names := checkNames{spec: w.spec}
	for i := range w.spec.Checks {
		if c := &w.spec.Checks[i]; c.That.Given() {
			if _, err := rules.NewCondition(c.That.Src, names.env()); err != nil {
				w.problem(c.That, err)
			}
		}
	}
}

// check holds one check against the summary. What asks for a KPI that could not
// be computed has failed, whichever way it asks.
func (s *Summary) check(spec *Spec, c *Check) CheckResult {
	out := CheckResult{That: c.That.Src, Why: c.Why.Src}
	names := checkNames{spec: spec}
	values := names.values(s)
	ctx := rules.NewContext(rules.State{Params: values})
	cond, err := rules.NewCondition(c.That.Src, names.env())
	if err == nil {
		out.OK, _, err = cond.Eval(ctx, nil)
	}
	if name := names.unknown(values); err == nil && name != "" {
		err = fmt.Errorf("kpi.%s could not be computed", name)
	}
	if err != nil {
		out.OK, out.Error = false, err.Error()
	}
	if left, ok := leftSide(c.That.Src); ok {
		if f, err := rules.NewFormula(left, names.env()); err == nil {
			if v, known, err := f.Eval(ctx, nil); err == nil && known && number(v) != nil {
				out.Value = &v
			}
		}
	}
	return out
}

// leftSide returns the left side of a comparison.
func leftSide(text string) (string, bool) {
	tree, err := parser.Parse(text)
	if err != nil {
		return "", false
	}
	b, ok := tree.Node.(*ast.BinaryNode)
	if !ok || indexOf([]string{"<", "<=", ">", ">=", "==", "!="}, b.Operator) < 0 {
		return "", false
	}
	return b.Left.String(), true
}
