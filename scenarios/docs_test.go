package scenarios

import (
	"os"
	"regexp"
	"testing"

	"github.com/twinsim/twinsim/scenarios/rules"
)

// Every function that expressions have is in docs/scenario.md, but for those of
// arrays that few will miss.
func TestFunctionsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	arrays := map[string]bool{
		"concat": true, "filter": true, "find": true, "findIndex": true, "findLast": true, "findLastIndex": true, "first": true,
		"flatten": true, "last": true, "map": true, "reduce": true, "reverse": true, "sort": true, "take": true, "uniq": true,
		"bitand": true, "bitnand": true, "bitnot": true, "bitor": true, "bitshl": true, "bitshr": true, "bitushr": true, "bitxor": true,
	}
	documented := func(name string) bool {
		return regexp.MustCompile(`[|` + "`" + ` (]` + name + `[(` + "`" + ` ]`).Match(text)
	}
	for _, name := range rules.Functions() {
		if !arrays[name] && !documented(name) {
			t.Errorf("docs/scenario.md does not tell of %s", name)
		}
	}
	for _, f := range kpiFuncs {
		if !documented(f.name) {
			t.Errorf("docs/scenario.md does not tell of %s", f.name)
		}
	}
}
