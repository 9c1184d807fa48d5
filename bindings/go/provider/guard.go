package provider

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// guarded runs a callback. After a panic no other is run.
func (t *talk) guarded(callback func() error) (err error) {
	const next = "open the chain again, and report it to the provider's author"
	if t.poisoned.Load() {
		return Fail(panicked, "this instance panicked in an earlier call", next)
	}
	defer func() {
		if value := recover(); value != nil {
			t.poisoned.Store(true)
			Log(LevelError, fmt.Sprintf("a callback panicked%s with a %T", place(), value))
			err = Fail(panicked, "the provider panicked", next)
		}
	}()
	return callback()
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
