// Package synth makes readings from a plant: it probes the truth and sends it
// through a model of a sensor, and through faults.
//
// A sensor is a chain of stages, each off while its parameter is 0:
//
//	truth → lag → gain, offset → noise → bias → faults → clip → quantise → time stamp → dropout
//
// Every random number is addressed, not drawn in turn: a sensor has the stream
// "sensor/CHANNEL", a tick is its substream, and each stage has its own word of
// that. A fault on a channel has the stream "fault/FAULT/CHANNEL", addressed by
// tick too. So a dropout, a fault, another stage or another sensor never
// changes what the others draw.
//
// Sensors of one period and phase share one event per tick.
package synth
