// Package hostlog is where a provider's lines go if it runs inside the program that registered it.
package hostlog

import "sync/atomic"

// Sink takes one line; nil as long as no provider was registered in this process.
var Sink atomic.Pointer[func(level uint32, line string)]
