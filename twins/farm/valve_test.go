package farm

import (
	"testing"

	"github.com/twinsim/twinsim/sim"
)

// FARM-80: 10 m3/h against 30 m at 0.6 is 1.3625 kW, 0.136 kWh/m3.
func TestFARM80_PumpPower(t *testing.T) {
	near(t, "W", 10.0/3600*PumpWork(30, 0.6), 1362.5, 0.05)
	f := &fleet{}
	f.add("pump", pumpType, map[string]any{"capacity": 1e4 / 60})
	f.add("valve", valveType, map[string]any{"flow": 1e4 / 60}, "pump")
	w := f.start(t, 1, may1)
	w.do(t, "valve", verbOpen, 0, 0)
	w.run(t, 2*sim.Hour)
	near(t, "power", w.get("pump", "power"), 1362.5, 0.05)
	near(t, "energy", w.get("pump", "energy"), 2*1.3625, 1e-4)
	near(t, "volume", w.get("pump", "volume"), 20, 1e-6)
}

func TestValveOpensForATime(t *testing.T) {
	w := small().start(t, 1, may1)
	w.do(t, "valve-0", verbOpen, 0, 30*sim.Minute)
	w.run(t, 20*sim.Minute)
	near(t, "open", w.get("valve-0", "open"), 1, 0)
	near(t, "flow", w.get("valve-0", "flow"), 100, 1e-9)
	w.do(t, "valve-0", verbOpen, 0, 30*sim.Minute) // begins again
	w.run(t, 2*sim.Hour)
	near(t, "closed", w.get("valve-0", "open"), 0, 0)
	near(t, "delivered", w.get("valve-0", "delivered"), 5.0, 1e-9)
	near(t, "cycles", w.get("valve-0", "cycles"), 1, 0)
	w.do(t, "valve-0", verbOpen, 0, 0)
	w.run(t, 3*sim.Hour)
	w.do(t, "valve-0", verbClose, 0, 0)
	w.run(t, 9*sim.Hour)
	near(t, "delivered until told", w.get("valve-0", "delivered"), 11.0, 1e-9)
	near(t, "pump rests", w.get("pump", "running"), 0, 0)
}

// A pump of 150 L/min gives two valves of 100 L/min three quarters each, and
// three of them half.
func TestValvesShareAPump(t *testing.T) {
	w := small().start(t, 1, may1)
	w.do(t, "valve-0", verbDeliver, 12, 0)
	w.run(t, 30*sim.Minute) // 3 m3
	w.do(t, "valve-1", verbOpen, 0, 40*sim.Minute)
	near(t, "share of two", w.get("valve-0", "flow"), 75, 1e-9)
	w.run(t, 50*sim.Minute) // 1.5 m3
	w.do(t, "valve-2", verbOpen, 0, 20*sim.Minute)
	near(t, "share of three", w.get("valve-0", "flow"), 50, 1e-9)
	near(t, "pump at its limit", w.get("pump", "flow"), 150, 1e-9)
	w.run(t, 70*sim.Minute-1) // 1 m3: both others close now
	near(t, "delivered", w.get("valve-0", "delivered"), 5.5, 1e-6)
	w.run(t, 71*sim.Minute)
	near(t, "alone again", w.get("valve-0", "flow"), 100, 1e-9)
	w.run(t, 135*sim.Minute-sim.Second) // 6.5 m3 are 65 min
	near(t, "still open", w.get("valve-0", "open"), 1, 0)
	w.run(t, 135*sim.Minute+sim.Second)
	near(t, "closed", w.get("valve-0", "open"), 0, 0)
	w.run(t, sim.Day)
	near(t, "delivered what was asked", w.get("valve-0", "delivered"), 12, 1e-8)
	near(t, "pump to valves", w.get("pump", "volume"), w.get("valve-0", "delivered")+w.get("valve-1", "delivered")+w.get("valve-2", "delivered"), 1e-9)
}

func TestValveFaults(t *testing.T) {
	w := small().start(t, 1, may1)
	w.fault(t, "valve-0", faultStuckClosed, true, 0)
	w.do(t, "valve-0", verbDeliver, 6, 0)
	w.run(t, sim.Hour)
	near(t, "stuck closed", w.get("valve-0", "delivered"), 0, 0)
	near(t, "not open", w.get("valve-0", "open"), 0, 0)
	w.fault(t, "valve-0", faultStuckClosed, false, 0)
	w.run(t, 4*sim.Hour)
	near(t, "mended, it does what it was told", w.get("valve-0", "delivered"), 6, 1e-8)

	w.fault(t, "valve-0", faultStuckOpen, true, 0)
	w.do(t, "valve-0", verbClose, 0, 0)
	w.run(t, 5*sim.Hour)
	near(t, "stuck open", w.get("valve-0", "delivered"), 12, 1e-8)
	w.fault(t, "valve-0", faultStuckOpen, false, 0)

	w.fault(t, "valve-0", faultLeak, true, 0.05)
	w.run(t, 6*sim.Hour)
	near(t, "leak", w.get("valve-0", "delivered"), 12.3, 1e-8)
	near(t, "leak is no opening", w.get("valve-0", "open"), 0, 0)
	w.fault(t, "valve-0", faultLeak, false, 0)

	w.do(t, "valve-1", verbOpen, 0, 0)
	w.fault(t, "pump", faultWorn, true, 0.5)
	near(t, "worn pump", w.get("valve-1", "flow"), 75, 1e-9)
	w.fault(t, "pump", faultFailed, true, 0)
	near(t, "failed pump", w.get("valve-1", "flow"), 0, 0)
	w.fault(t, "pump", faultFailed, false, 0)
	w.fault(t, "pump", faultWorn, false, 0)
	w.do(t, "pump", verbStop, 0, 0)
	near(t, "stopped pump", w.get("pump", "running"), 0, 0)
	w.do(t, "pump", verbStart, 0, 0)
	near(t, "again", w.get("valve-1", "flow"), 100, 1e-9)
}

// A valve that sticks on one motion in ten does so, says so, and is mended.
func TestValveSticksByItself(t *testing.T) {
	f := &fleet{}
	f.add("valve", valveType, map[string]any{"cycles_to_failure": 10.0, "repair_time": 0.25})
	w := f.start(t, 1, may1)
	const n = 2000
	for d := range sim.Time(n) {
		w.run(t, d*sim.Day)
		w.do(t, "valve", verbOpen, 0, sim.Hour)
	}
	w.run(t, n*sim.Day)
	stuck, mended := 0, 0
	for _, e := range w.events {
		switch e.Name {
		case "stuck_open", "stuck_closed":
			stuck++
		case "mended":
			mended++
		}
	}
	// one motion in 10 of about 3700; 4 standard errors are 75
	if stuck < 300 || stuck > 460 || mended != stuck {
		t.Errorf("stuck %d times, mended %d", stuck, mended)
	}
	if v := w.get("valve", "delivered"); v < 2.4*n*0.9 || v > 2.4*n*2 {
		t.Errorf("delivered %v m3", v)
	}
}
