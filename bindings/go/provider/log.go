package provider

import (
	"fmt"
	"os"
	"sync/atomic"

	"prefectsecrets/internal/hostlog"
)

// Level says who should read a line of the log.
type Level uint32

const (
	LevelError       Level = 1
	LevelWarning     Level = 2
	LevelInformation Level = 3
	LevelDetail      Level = 4
)

// current is the talk with the host, once the host knows who this is.
var current atomic.Pointer[talk]

// Log writes one line of at most 1,024 bytes into the host's log. It never holds a value. Any
// goroutine may call it. In a provider that runs inside the program which registered it, the line goes
// where that program's log goes. Before the talk with the host has begun it writes to the standard error,
// which ends in the same log.
func Log(level Level, message string) {
	t := current.Load()
	if sink := hostlog.Sink.Load(); t == nil && sink != nil {
		(*sink)(uint32(level), oneLine(message))
		return
	}
	if t == nil {
		fmt.Fprintln(os.Stderr, oneLine(message))
		return
	}
	line := newFrame(kindLog, 0)
	line.number32(tagLevel, uint32(level))
	line.text(tagMessage, oneLine(message))
	t.send(line)
}
