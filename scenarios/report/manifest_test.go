package report

import (
	"reflect"
	"strings"
	"testing"
)

func TestManifestRoundTrip(t *testing.T) {
	m := &Manifest{
		Format: ManifestVersion, Spec: 1, Status: Failed + "x < y & z", Seed: 1<<64 - 1, Replications: 3, ForNS: 5,
		Scenario: Scenario{Name: "farm", From: "farm", File: ScenarioName, SHA256: "ab"},
		Params:   map[string]string{"a": "1", "b": "2"}, Set: map[string]string{"z.a": "replay:f"},
		Data: []File{{Name: "d.csv", Path: "/d.csv", SHA256: "cd", Size: 7}}, Digests: []string{"1", "2"},
		Again: []string{"twinsim", "run", "farm"}, Notes: []string{"n"}, SimSeconds: 1.5,
	}
	text, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"failed: x < y & z"`) {
		t.Errorf("not readable: %s", text)
	}
	got, err := ParseManifest("manifest.json", text)
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("came back as %+v, %v", got, err)
	}
	for _, bad := range []string{"", "{}", "[]", `{"format": 99, "scenario": {"file": "x"}}`} {
		if _, err := ParseManifest("m", []byte(bad)); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}

func TestOwned(t *testing.T) {
	for name, want := range map[string]bool{
		"manifest.json": true, "scenario.toml": true, "kpis.json": true, "inputs.rec": true, "inputs-0012.rec": true,
		"series.parquet": true, "series-0002.parquet": true, "events.parquet": true, "events-10000.parquet": true,
		"notes.txt": false, "inputs-old.rec": false, "series-2.parquet": false, "inputs.rec.bak": false, "inputs": false,
		"series-00x2.parquet": false, "inputs-.rec": false,
	} {
		if got := Owned(name); got != want {
			t.Errorf("Owned(%q) = %v", name, got)
		}
	}
	if a, b := RecordingName(0, 1), RecordingName(0, 2); a != "inputs.rec" || b != "inputs-0001.rec" {
		t.Error(a, b)
	}
}
