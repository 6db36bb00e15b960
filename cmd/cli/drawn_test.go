package cli

import (
	"path/filepath"
	"testing"
)

// A law may draw what can't be in a later replication: a run that fails, told
// with its number, and what was done before is shown.
func TestReplicationThatCannotBeBuilt(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "wide.toml"), `spec = 1
name = "wide"
run = { start = 2026-05-01T00:00:00Z, for = "1 d", seed = 7, replications = 200 }

[[twin]]
id = "weather"
type = "farm/weather"
with = { climate = "tunis" }

[[twin]]
id = "zone-{n}"
count = 4
type = "farm/zone"
with = { area = "0.2 ha", soil = "sandy_loam", crop = "tomato", field_capacity = "normal(0.22, 0.06)" }
needs = { weather = "weather" }
`)
	out, errs := twinsim(t, failed, "run", path)
	wants(t, out, "failed at 0 s of 1 d, in replication ", " of 200")
	wants(t, errs, "can't be built with what it drew", "rew 8 mm")
}
