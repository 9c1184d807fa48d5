// Package caught runs the callbacks of a provider, which may panic.
package caught

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Run runs a callback. A panic becomes a text that says where it began; its value, which may be a
// secret, is not in it.
func Run(callback func() error) (err error, panicked string) {
	defer func() {
		if value := recover(); value != nil {
			panicked = fmt.Sprintf("a callback panicked%s with a %T", place(), value)
		}
	}()
	return callback(), ""
}

// place is where the panic that is recovered from began.
func place() string {
	var counters [32]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(3, counters[:])])
	for {
		frame, more := frames.Next()
		if frame.Function != "" && !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf(" at %s:%d", filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}
