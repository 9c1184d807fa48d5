// Package memory zeroes what held a secret.
package memory

import "runtime"

// Wipe zeroes memory that is not looked at any more.
//
//go:noinline
func Wipe(memory []byte) {
	clear(memory)
	runtime.KeepAlive(memory)
}
