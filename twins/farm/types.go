package farm

import (
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/twins"
)

// Family returns the family of farm twins.
func Family() twins.Family {
	return twins.Family{
		Name:  "farm",
		Types: []*twins.Type{zoneType, weatherType, valveType, pumpType},
		New:   func(c twins.PlantConfig) (twins.Plant, error) { return New(c) },
	}
}

// The attributes of a zone, in the order of zoneType.Attrs.
const (
	zoneMoisture = iota
	zoneSoilTemperature
	zoneCanopy
	zoneStage
	zoneRoots
	zoneETc
	zoneDepletion
	zoneTAW
	zoneRAW
	zoneStress
	zoneStressDays
	zoneYield
	zoneYieldMass
	zoneET
	zoneEvaporation
	zoneDrainage
	zoneRunoff
	zoneIrrigation
	zoneRain
	zoneDegreeDays
)

// The parameters of a zone.
const (
	paramArea = iota
	paramSoil
	paramFC
	paramWP
	paramSaturation
	paramREW
	paramCurve
	paramCrop
	paramPlanting
	paramRoot
	paramRootMin
	paramP
	paramYield
	paramCoefficients
	paramEfficiency
	paramWetted
	paramDry
	paramProbeDepth
)

func soilNames() (names []string) {
	for _, s := range Soils() {
		names = append(names, s.Name)
	}
	return names
}

func cropNames() (names []string) {
	for _, c := range Crops() {
		names = append(names, c.Name)
	}
	return names
}

func climateNames() (names []string) {
	for _, c := range Climates() {
		names = append(names, c.Name)
	}
	return names
}

var zoneType = &twins.Type{
	Name: "farm/zone",
	Doc:  "a field with one soil, one crop and one valve",
	Attrs: []devices.Attr{
		zoneMoisture:        {Name: "soil_moisture", Unit: "m3/m3", High: 0.6, Doc: "mean water content of the root zone"},
		zoneSoilTemperature: {Name: "soil_temperature", Unit: "degC", Low: -30, High: 60, Doc: "temperature of the soil at the probe's depth"},
		zoneCanopy:          {Name: "canopy_cover", High: 1, Doc: "part of the ground that the canopy shades"},
		zoneStage:           {Name: "stage", High: 4, Doc: "0 fallow, 1 initial, 2 development, 3 mid, 4 late season"},
		zoneRoots:           {Name: "roots", Unit: "m", High: 3, Doc: "present rooting depth by the crop's calendar"},
		zoneETc:             {Name: "etc", Unit: "mm/d", High: 25, Doc: "what the crop would have used yesterday without lack of water, by weather and calendar"},
		zoneDepletion:       {Name: "depletion", Unit: "mm", Truth: true, Doc: "water that the root zone lacks to field capacity; negative while it drains"},
		zoneTAW:             {Name: "taw", Unit: "mm", Truth: true, Doc: "available water of the full root zone"},
		zoneRAW:             {Name: "raw", Unit: "mm", Truth: true, Doc: "of which the crop can take so much today before it lacks water"},
		zoneStress:          {Name: "stress", Truth: true, High: 1, Doc: "Ks of today: 1 is no stress"},
		zoneStressDays:      {Name: "stress_days", Unit: "d", Truth: true, Total: true, Doc: "days on which Ks was below 1"},
		zoneYield:           {Name: "yield", Truth: true, High: 1, Doc: "yield relative to the potential one: of the last harvest, or of the standing crop if it lacks no more water"},
		zoneYieldMass:       {Name: "yield_mass", Unit: "t/ha", Truth: true, Doc: "yield times the potential yield"},
		zoneET:              {Name: "et", Unit: "mm", Truth: true, Total: true, Doc: "evapotranspiration"},
		zoneEvaporation:     {Name: "evaporation", Unit: "mm", Truth: true, Total: true, Doc: "of which from the soil's surface"},
		zoneDrainage:        {Name: "drainage", Unit: "mm", Truth: true, Total: true, Doc: "drained below the greatest rooting depth"},
		zoneRunoff:          {Name: "runoff", Unit: "mm", Truth: true, Total: true, Doc: "rain that ran off"},
		zoneIrrigation:      {Name: "irrigation", Unit: "mm", Truth: true, Total: true, Doc: "irrigation that infiltrated"},
		zoneRain:            {Name: "rain", Unit: "mm", Truth: true, Total: true, Doc: "rain that fell on the field"},
		zoneDegreeDays:      {Name: "degree_days", Truth: true, Doc: "growing degree days since planting, degC d"},
	},
	Params: []twins.Param{
		paramArea:         {Name: "area", Unit: "ha", Default: 1, Low: 1e-6, High: 1e5, Doc: "area of the field"},
		paramSoil:         {Name: "soil", Word: true, Text: "loam", Choices: soilNames(), Doc: "class of the soil"},
		paramFC:           {Name: "field_capacity", Unit: "m3/m3", From: "soil", Low: 0.02, High: 0.6, Doc: "water content after free drainage"},
		paramWP:           {Name: "wilting_point", Unit: "m3/m3", From: "soil", Low: 0.005, High: 0.5, Doc: "water content at which plants wilt"},
		paramSaturation:   {Name: "saturation", Unit: "m3/m3", From: "soil", Low: 0.05, High: 0.8, Doc: "water content when all pores are full"},
		paramREW:          {Name: "rew", Unit: "mm", From: "soil", Low: 1, High: 15, Doc: "readily evaporable water of the surface"},
		paramCurve:        {Name: "curve_number", From: "soil", Low: 30, High: 100, Doc: "SCS curve number for average moisture; rain runs off more when wet"},
		paramCrop:         {Name: "crop", Word: true, Text: "maize", Choices: cropNames(), Doc: "what grows"},
		paramPlanting:     {Name: "planting", Word: true, Doc: "MM-DD of every year's planting; empty is once, on the run's first day; none is fallow"},
		paramRoot:         {Name: "root_depth", Unit: "m", From: "crop", Low: 0.1, High: 3, Doc: "greatest rooting depth"},
		paramRootMin:      {Name: "root_depth_min", Unit: "m", From: "crop", Low: 0.05, High: 3, Doc: "rooting depth at planting"},
		paramP:            {Name: "p", From: "crop", Low: 0.1, High: 0.8, Doc: "part of the available water that the crop can take without stress at 5 mm/d"},
		paramYield:        {Name: "potential_yield", Unit: "t/ha", From: "crop", Low: 0.01, High: 500, Doc: "yield of a season without stress (the default is an assumption)"},
		paramCoefficients: {Name: "coefficients", Word: true, Text: "dual", Choices: []string{"dual", "single"}, Doc: "crop coefficients: evaporation from the soil apart, or one for both"},
		paramEfficiency:   {Name: "efficiency", Default: 0.75, Low: 0.05, High: 1, Doc: "part of the valve's water that infiltrates: surface 0.6, sprinkler 0.75, drip 0.9"},
		paramWetted:       {Name: "wetted", Default: 1, Low: 0.05, High: 1, Doc: "part of the surface that irrigation wets: sprinkler 1, furrow 0.5, drip 0.35"},
		paramDry:          {Name: "initial_depletion", Default: 0, High: 1, Doc: "part of the available water that the soil lacks at the start"},
		paramProbeDepth:   {Name: "probe_depth", Unit: "m", Default: 0.1, Low: 0, High: 2, Doc: "where soil_temperature is measured"},
	},
	Needs: []twins.Need{
		{Role: "weather", Type: "farm/weather", Doc: "the weather over the field"},
		{Role: "valve", Type: "farm/valve", Doc: "what waters it; rainfed without", Optional: true},
	},
}

// The attributes of a weather twin.
const (
	skyTemperature = iota
	skyHumidity
	skyWind
	skyRadiation
	skyRain
	skyRainToday
	skyET0
	skyForecast
	skyET0Total
)

// The parameters of a weather twin.
const (
	paramClimate = iota
	paramLatitude
	paramElevation
	paramWarming
	paramRainFactor
)

var weatherType = &twins.Type{
	Name: "farm/weather",
	Doc:  "generated weather of a climate",
	Attrs: []devices.Attr{
		skyTemperature: {Name: "temperature", Unit: "degC", Low: -60, High: 60, Doc: "air temperature"},
		skyHumidity:    {Name: "humidity", Unit: "%", High: 100, Doc: "relative humidity"},
		skyWind:        {Name: "wind", Unit: "m/s", High: 60, Doc: "wind at 2 m"},
		skyRadiation:   {Name: "radiation", Unit: "W/m2", High: 1400, Doc: "solar radiation on the ground"},
		skyRain:        {Name: "rain", Unit: "mm", Total: true, Doc: "rain since the run began"},
		skyRainToday:   {Name: "rain_today", Unit: "mm", High: 1000, Doc: "rain since local midnight"},
		skyET0:         {Name: "et0", Unit: "mm/d", High: 25, Doc: "reference evapotranspiration of yesterday"},
		skyForecast:    {Name: "forecast_rain", Unit: "mm", High: 1000, Doc: "rain of today as forecast at midnight: 4 of 5 wet days are foreseen, 1 warning in 4 is false"},
		skyET0Total:    {Name: "et0_total", Unit: "mm", Truth: true, Total: true, Doc: "reference evapotranspiration since the run began"},
	},
	Params: []twins.Param{
		paramClimate:    {Name: "climate", Word: true, Text: "champion-ne", Choices: climateNames(), Doc: "what the generator is fitted to"},
		paramLatitude:   {Name: "latitude", Unit: "deg", From: "climate", Low: -90, High: 90, Doc: "north positive; moves the sun, not the seasons"},
		paramElevation:  {Name: "elevation", Unit: "m", From: "climate", Low: -430, High: 6000, Doc: "above the sea"},
		paramWarming:    {Name: "warming", Unit: "K", Low: -10, High: 10, Doc: "added to all temperatures"},
		paramRainFactor: {Name: "rain_factor", Default: 1, Low: 0, High: 10, Doc: "factor of every amount of rain"},
	},
}

// The attributes of a valve.
const (
	valveOpen = iota
	valveFlow
	valveDelivered
	valveCycles
)

// The parameters of a valve.
const (
	paramFlow = iota
	paramFailure
	paramRepair
)

// The verbs of a valve.
const (
	verbOpen = iota
	verbClose
	verbDeliver
)

// The faults of a valve.
const (
	faultStuckOpen = iota
	faultStuckClosed
	faultLeak
)

var valveType = &twins.Type{
	Name: "farm/valve",
	Doc:  "an irrigation valve with a water meter",
	Attrs: []devices.Attr{
		valveOpen:      {Name: "open", High: 1, Doc: "1 when it is open, whatever it was told"},
		valveFlow:      {Name: "flow", Unit: "L/min", High: 1e6, Doc: "flow through it"},
		valveDelivered: {Name: "delivered", Unit: "m3", Total: true, Doc: "water that has passed"},
		valveCycles:    {Name: "cycles", Doc: "how often it has opened"},
	},
	Params: []twins.Param{
		paramFlow:    {Name: "flow", Unit: "L/min", Default: 40, Low: 1e-3, High: 1e6, Doc: "flow when open and the pump can keep up"},
		paramFailure: {Name: "cycles_to_failure", Default: 0, Low: 0, High: 1e9, Doc: "mean number of motions until it sticks where it is; 0 is never (20000 is a usual figure, an assumption)"},
		paramRepair:  {Name: "repair_time", Unit: "d", Default: 3, Low: 0, High: 1000, Doc: "until it is mended after that"},
	},
	Needs: []twins.Need{{Role: "pump", Type: "farm/pump", Doc: "what feeds it; the mains without", Optional: true}},
	Verbs: []twins.Verb{
		verbOpen:    {Name: "open", Timed: true, Doc: "opens, until told otherwise or for a time"},
		verbClose:   {Name: "close", Doc: "closes"},
		verbDeliver: {Name: "deliver", Unit: "m3", Arg: true, Doc: "opens until so much more water has passed"},
	},
	Faults: []twins.FaultKind{
		faultStuckOpen:   {Name: "stuck_open", Doc: "open whatever it is told"},
		faultStuckClosed: {Name: "stuck_closed", Doc: "closed whatever it is told"},
		faultLeak:        {Name: "leak", Level: 0.03, Doc: "lets through a part of its flow when closed"},
	},
}

// The attributes of a pump.
const (
	pumpRunning = iota
	pumpPower
	pumpEnergy
	pumpFlow
	pumpVolume
)

// The parameters of a pump.
const (
	paramCapacity = iota
	paramHead
	paramPumpEfficiency
)

// The verbs of a pump.
const (
	verbStart = iota
	verbStop
)

// The faults of a pump.
const (
	faultFailed = iota
	faultWorn
)

var pumpType = &twins.Type{
	Name: "farm/pump",
	Doc:  "a pump that valves draw from; it starts with the first open one",
	Attrs: []devices.Attr{
		pumpRunning: {Name: "running", High: 1, Doc: "1 while it pumps"},
		pumpPower:   {Name: "power", Unit: "W", High: 1e7, Doc: "electric power"},
		pumpEnergy:  {Name: "energy", Unit: "kWh", Total: true, Doc: "electric energy used"},
		pumpFlow:    {Name: "flow", Unit: "L/min", High: 1e7, Doc: "flow through it"},
		pumpVolume:  {Name: "volume", Unit: "m3", Total: true, Doc: "water pumped"},
	},
	Params: []twins.Param{
		paramCapacity:       {Name: "capacity", Unit: "L/min", Default: 500, Low: 1e-3, High: 1e8, Doc: "greatest flow; beyond it every open valve gets the same part of its own"},
		paramHead:           {Name: "head", Unit: "m", Default: 30, Low: 0, High: 1000, Doc: "height of the water column that it works against"},
		paramPumpEfficiency: {Name: "efficiency", Default: 0.6, Low: 0.01, High: 1, Doc: "of pump and motor together"},
	},
	Verbs: []twins.Verb{
		verbStart: {Name: "start", Doc: "lets it run when a valve is open, as it does from the beginning"},
		verbStop:  {Name: "stop", Doc: "keeps it off"},
	},
	Faults: []twins.FaultKind{
		faultFailed: {Name: "failed", Doc: "does not run"},
		faultWorn:   {Name: "worn", Level: 0.3, Doc: "lacks a part of its capacity"},
	},
}
