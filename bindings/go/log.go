package prefectsecrets

/*
#include "shims.h"
#include "callbacks.h"
*/
import "C"

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
	"unsafe"

	"prefectsecrets/provider"
)

// Level says who should read a line of the log.
type Level = provider.Level

const (
	LevelError       = provider.LevelError
	LevelWarning     = provider.LevelWarning
	LevelInformation = provider.LevelInformation
	LevelDetail      = provider.LevelDetail
)

// sink is where lines go; nil for nowhere.
var sink atomic.Pointer[func(Level, string)]

// SetLog hands the log of the library, for the whole process, to f; nil turns it off, as it is at
// first. A line holds no value. f is called from inside calls into the library, from any thread; it
// does not call into the library itself. Another goroutine may still be inside the f before when this
// returns. A panic of f is dropped.
func SetLog(f func(level Level, line string)) {
	if f == nil {
		C.go_log_off()
		sink.Store(nil)
		return
	}
	sink.Store(&f)
	C.go_log_on()
}

// SetLogHandler hands the log to a handler of log/slog; nil turns it off.
func SetLogHandler(handler slog.Handler) {
	if handler == nil {
		SetLog(nil)
		return
	}
	SetLog(func(level Level, line string) {
		as := slog.LevelDebug
		switch level {
		case LevelError:
			as = slog.LevelError
		case LevelWarning:
			as = slog.LevelWarn
		case LevelInformation:
			as = slog.LevelInfo
		}
		ctx := context.Background()
		if handler.Enabled(ctx, as) {
			_ = handler.Handle(ctx, slog.NewRecord(time.Now(), as, line, 0))
		}
	})
}

func write(level Level, line string) {
	f := sink.Load()
	if f == nil {
		return
	}
	// Below are frames of C and Rust, which no panic may cross.
	defer func() { _ = recover() }()
	(*f)(level, line)
}

//export prefectsecrets_go_log
func prefectsecrets_go_log(_ unsafe.Pointer, level C.uint32_t, message C.prefect_secrets_slice) {
	write(Level(level), text(message))
}
