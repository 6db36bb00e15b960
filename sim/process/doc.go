// Package process models with processes.
package process
