package farm

// A Soil holds water constants of a soil.
type Soil struct {
	Name          string
	FieldCapacity float64 // water content after free drainage, m3/m3
	WiltingPoint  float64 // water content at which plants wilt, m3/m3
	Saturation    float64 // water content when all pores are full, m3/m3
	REW           float64 // readily evaporable water of the surface, mm
	Evaporation   float64 // depth of the surface layer that evaporates, m
	CurveNumber   float64 // SCS, for average moisture
}

// surfaceLayer is the depth of the evaporating layer, m: the lower end of what
// FAO-56 recommends.
const surfaceLayer = 0.10

// Soils returns the soils that a zone can have: contents by class as AquaCrop
// has them by default, REW the middle of table 19's range of the class or of its
// nearest neighbour, curve numbers 65, 75 or 80 for classes that AquaCrop counts
// as fast, medium or slow to take water in (row crops; assumption).
func Soils() []Soil {
	return []Soil{
		{"sand", 0.13, 0.06, 0.36, 4.5, surfaceLayer, 65},
		{"loamy_sand", 0.16, 0.08, 0.38, 6, surfaceLayer, 65},
		{"sandy_loam", 0.22, 0.10, 0.41, 8, surfaceLayer, 65},
		{"loam", 0.31, 0.15, 0.46, 9, surfaceLayer, 75},
		{"silt_loam", 0.33, 0.13, 0.46, 9.5, surfaceLayer, 75},
		{"silt", 0.33, 0.09, 0.43, 9.5, surfaceLayer, 75},
		{"sandy_clay_loam", 0.32, 0.20, 0.47, 9, surfaceLayer, 75},
		{"clay_loam", 0.39, 0.23, 0.50, 9.5, surfaceLayer, 75},
		{"silty_clay_loam", 0.44, 0.23, 0.52, 9.5, surfaceLayer, 75},
		{"sandy_clay", 0.39, 0.27, 0.50, 10, surfaceLayer, 80},
		{"silty_clay", 0.50, 0.32, 0.54, 10, surfaceLayer, 80},
		{"clay", 0.54, 0.39, 0.55, 10, surfaceLayer, 80},
	}
}

// TEW returns the total evaporable water of the surface layer in mm (eq. 73).
func (s *Soil) TEW() float64 {
	return 1000 * (s.FieldCapacity - 0.5*s.WiltingPoint) * s.Evaporation
}

// Available returns the water that plants can take from a root zone of a depth
// in m, in mm (eq. 82).
func (s *Soil) Available(root float64) float64 {
	return 1000 * (s.FieldCapacity - s.WiltingPoint) * root
}

// Retention returns the potential retention S in mm of a curve number (SCS).
func Retention(curve float64) float64 { return 250 * (100/curve - 1) }

// Runoff returns what runs off of a day's rain in mm, by curve number (SCS).
func Runoff(rain, curve float64) float64 {
	s := Retention(curve)
	if rain <= 0.2*s {
		return 0
	}
	return (rain - 0.2*s) * (rain - 0.2*s) / (rain + 0.8*s)
}

// CurveDry returns the curve number of dry soil from that of average moisture.
func CurveDry(curve float64) float64 { return curve / (2.281 - 0.01281*curve) }

// CurveWet returns the curve number of wet soil from that of average moisture.
func CurveWet(curve float64) float64 { return curve / (0.427 + 0.00573*curve) }

// CurveNow returns the curve number for the present depletion of the surface
// layer in mm: wet up to half of REW, dry from 0.7 REW + 0.3 TEW, linear between
// (ASCE Manual 70, 2nd ed., chapter 14).
func (s *Soil) CurveNow(de float64) float64 {
	wet, dry := CurveWet(s.CurveNumber), CurveDry(s.CurveNumber)
	from, to := 0.5*s.REW, 0.7*s.REW+0.3*s.TEW()
	f := min(1, max(0, (de-from)/(to-from)))
	return wet + f*(dry-wet)
}
