// Package devices is the border between a run and whatever measures or acts:
// readings and blocks of readings, the channels they belong to, their units and
// quality, sources that emit them and actuators that take commands. It holds
// data types and one-method interfaces only; the children hold the machinery
// (synth, replay, wire).
package devices
