// Package hil is the door between a run and the real world: the clock that
// keeps a run to real time, and the recorder that puts what came in on disk.
// Below it is one package for each technology that hardware speaks.
package hil
