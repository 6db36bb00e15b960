package scenarios_test

import (
	"slices"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
)

// What stages drop, replace or fill is accounted for, on all channels of a pipe
// together, and over replications.
func TestStageCounts(t *testing.T) {
	const text = `
spec = 1
name = "stages"
run = { replications = 2 }

[[twin]]
id = "m-{n}"
count = 2
type = "record"
channels = { x = "" }

[source.default]
"m-*.x" = { replay = "a.csv", time = "t", step = "1 h", column = "{id}" }

[[pipe]]
on = "m-*.x"
steps = [ { range = { min = 0, max = 10, action = "missing" } }, { fill = { hold = "2 h" } } ]
`
	files := map[string]string{"a.csv": "t,m-1,m-2\n1,1,2\n2,99,2\n3,,-5\n4,3,11\n"}
	spec, err := scenarios.Decode("stages.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	res := finish(t, build(t, text, options(files)))
	want := []scenarios.StageCount{
		{Pipe: "m-*.x", Stage: "range", What: "out_of_range", N: 3},
		{Pipe: "m-*.x", Stage: "fill", What: "imputed", N: 4},
	}
	if !slices.Equal(res.Stages, want) {
		t.Errorf("counted %v, want %v", res.Stages, want)
	}
	sum, err := scenarios.Summarize(spec, []scenarios.Result{res, res})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Stages[0].N != 6 || sum.Stages[1].N != 8 || len(sum.Stages) != 2 {
		t.Errorf("two replications counted %v", sum.Stages)
	}
}
