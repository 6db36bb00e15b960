package scenarios

import (
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
	Events      uint64
	SimSeconds  float64 // simulated, in s
	Digest      string
	KPIs        []KPIValue
	Alarms      uint64
	Quality     map[string]uint64 // readings as they came in, by flag
	Cleaned     map[string]uint64 // what pipes put out, by flag
	Rules       []RuleCount
	Late        uint64   // readings that came after their reorder window
	Notes       []string // what the reader should know
}

// A KPIValue is one KPI of one replication.
type KPIValue struct {
	Name, Unit, Better string
	Value              float64 // in Unit; NaN if it could not be computed
}

// A RuleCount says how often a rule fired.
type RuleCount struct {
	Name  string
	Fired uint64
}

// Result returns what the run came to so far.
func (r *Run) Result() Result {
	w := r.world
	out := Result{
		Scenario: w.spec.Name.Src, Seed: w.sim.Seed(), Replication: w.sim.Replication(),
		Readings: w.hub.Tapped.Readings, Events: w.sim.Handled(), SimSeconds: w.sim.Now().Seconds(),
		Digest: w.hub.Digest(), KPIs: r.kpis.values(), Alarms: w.hub.Alarms,
		Quality: w.hub.Tapped.Map(), Cleaned: w.hub.Cleaned.Map(),
	}
	if r.reorder != nil {
		out.Late = r.reorder.Late()
	}
	for _, x := range r.engine.rules {
		out.Rules = append(out.Rules, RuleCount{x.name, x.state.Fired})
	}
	if r.taps != nil && r.taps.state.Cut {
		out.Notes = append(out.Notes, "the recording ends early, as that of a run that was killed")
	}
	out.Notes = append(out.Notes, r.feeds.accounts()...)
	return out
}

// A Summary is what all replications of a scenario came to.
type Summary struct {
	Scenario     string
	Seed         uint64
	Replications int
	Readings     uint64
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
	Late         uint64
	Notes        []string // of the first replication
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

// Summarize joins the replications of a scenario, in order, and holds the checks
// against them.
func Summarize(spec *Spec, all []Result) (Summary, error) {
	if len(all) == 0 {
		return Summary{}, fmt.Errorf("no replication of %s has run", spec.Name)
	}
	s := Summary{
		Scenario: all[0].Scenario, Seed: all[0].Seed, Replications: len(all),
		Quality: map[string]uint64{}, Cleaned: map[string]uint64{}, Notes: all[0].Notes,
	}
	var digests []string
	s.Rules = append(s.Rules, all[0].Rules...)
	for i := range all {
		r := &all[i]
		s.Readings += r.Readings
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
			}
		}
	}
	s.Digest = twins.JoinDigests(digests)
	for k, v := range all[0].KPIs {
		x := KPISummary{Name: v.Name, Unit: v.Unit, Better: v.Better}
		for i := range all {
			x.Values = append(x.Values, all[i].KPIs[k].Value)
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
	return json.Marshal(map[string]any{
		"scenario": s.Scenario, "seed": s.Seed, "replications": s.Replications, "readings": s.Readings, "events": s.Events,
		"sim_seconds": s.SimSeconds, "wall_seconds": s.WallSeconds, "digest": s.Digest, "kpis": kpis, "checks": checks,
		"alarms": s.Alarms, "quality": s.Quality, "cleaned": s.Cleaned, "late": s.Late,
	})
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

// checkEnv returns the names that checks may use, and the slots they read.
func checkEnv(spec *Spec) (*rules.Env, int) {
	fields := len(checkFields)
	totals := []string{"alarms", "readings"}
	n := len(spec.KPIs)*fields + len(totals)
	lookup := func(path []string) (rules.Ref, error) {
		ref := rules.Ref{Space: rules.Params, Base: rules.Absolute}
		if len(path) == 1 {
			if i := indexOf(totals, path[0]); i >= 0 {
				ref.Slot = int32(len(spec.KPIs)*fields + i)
				return ref, nil
			}
		}
		if path[0] == "p" && len(path) == 2 {
			if i := indexOf(spec.paramNames(), path[1]); i >= 0 && spec.Params[i].Kind == NumberParam {
				ref.Slot = int32(n + i)
				return ref, nil
			}
		}
		if path[0] != "kpi" || len(path) != 3 {
			return ref, rules.ErrUnknown
		}
		for i := range spec.KPIs {
			if k := indexOf(checkFields, path[2]); spec.KPIs[i].Name.Src == path[1] && k >= 0 {
				ref.Slot = int32(i*fields + k)
				return ref, nil
			}
		}
		return ref, rules.ErrUnknown
	}
	names := func([]string) []string {
		all := append([]string(nil), totals...)
		for i := range spec.KPIs {
			for _, f := range checkFields {
				all = append(all, "kpi."+spec.KPIs[i].Name.Src+"."+f)
			}
		}
		for _, p := range spec.paramNames() {
			all = append(all, "p."+p)
		}
		return all
	}
	return &rules.Env{Lookup: lookup, Names: names}, n + len(spec.Params)
}

// checkChecks compiles the checks, so that what is wrong is found at load.
func (w *world) checkChecks() {
	env, _ := checkEnv(w.spec)
	for i := range w.spec.Checks {
		if c := &w.spec.Checks[i]; c.That.Given() {
			if _, err := rules.NewCondition(c.That.Src, env); err != nil {
				w.problem(c.That, err)
			}
		}
	}
}

// check holds one check against the summary.
func (s *Summary) check(spec *Spec, c *Check) CheckResult {
	out := CheckResult{That: c.That.Src, Why: c.Why.Src}
	env, n := checkEnv(spec)
	params := make([]float64, 0, n)
	for i := range spec.KPIs {
		for _, f := range checkFields {
			v := math.NaN()
			if i < len(s.KPIs) {
				v = s.KPIs[i].field(f)
			}
			params = append(params, v)
		}
	}
	params = append(params, float64(s.Alarms), float64(s.Readings))
	for i := range spec.Params {
		params = append(params, spec.Params[i].Number)
	}
	ctx := rules.NewContext(rules.State{Params: params})
	cond, err := rules.NewCondition(c.That.Src, env)
	if err == nil {
		out.OK, _, err = cond.Eval(ctx, nil)
	}
	if err != nil {
		out.Error = err.Error()
	}
	if left, ok := leftSide(c.That.Src); ok {
		if f, err := rules.NewFormula(left, env); err == nil {
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
