package prefectsecrets

/*
#include "callbacks.h"
*/
import "C"

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"prefectsecrets/internal/caught"
	"prefectsecrets/internal/memory"
	"prefectsecrets/provider"
)

// patience is how long a caller that does not want its answer any more may go unnoticed.
const patience = 10 * time.Millisecond

// work is what a callback answered. Its values are zeroed by who has it last.
type work struct {
	answers []provider.Answer
	names   []string
	err     error
	// unbegun says that the callback was not called.
	unbegun bool
}

func (w *work) wipe() {
	for _, answer := range w.answers {
		if value := answer.Value; value != nil {
			memory.Wipe(value.Text)
			memory.Wipe(value.JSON)
		}
	}
}

// who has the work of a callback.
const (
	atWork = iota
	returned
	abandoned
)

var late = provider.Fail(TimedOut, "the deadline passed while the provider was working",
	"allow more time, or find out what is slow")

// call runs a callback in a goroutine of its own, so that one that does not come back, or ends its
// goroutine, holds up nobody. The callback may touch nothing that C lent.
func (h *hosted) call(request *C.prefect_secrets_request, callback func(context.Context, *work)) *work {
	ctx, cancel := h.until(request)
	defer cancel()
	wanted := func() bool { return ctx.Err() == nil && C.go_should_stop(request) == 0 }
	look := time.NewTicker(patience)
	defer look.Stop()
	for waiting := true; waiting; {
		select {
		case h.places <- struct{}{}:
			waiting = false
		case <-ctx.Done():
			return &work{err: late, unbegun: true}
		case <-look.C:
			if !wanted() {
				return &work{err: late, unbegun: true}
			}
		}
	}
	var state atomic.Int32
	done := make(chan *work, 1)
	h.working.Add(1)
	go func() {
		var w *work
		defer func() {
			if w == nil { // runtime.Goexit
				h.poisoned.Store(true)
				write(LevelError, h.name+": a callback ended its goroutine")
				w = &work{err: provider.Fail(Panicked, "the provider panicked", openAgain)}
			}
			if state.CompareAndSwap(atWork, returned) {
				done <- w
			} else {
				w.wipe()
			}
			<-h.places
			h.working.Done()
		}()
		w = h.guarded(func(w *work) { callback(ctx, w) })
	}()
	for {
		select {
		case w := <-done:
			return w
		case <-ctx.Done():
		case <-look.C:
			if wanted() {
				continue
			}
		}
		if state.CompareAndSwap(atWork, abandoned) {
			return &work{err: late}
		}
		return <-done
	}
}

// until is the context of a call.
func (h *hosted) until(request *C.prefect_secrets_request) (context.Context, context.CancelFunc) {
	left := uint64(C.go_remaining_ns(request))
	if left > math.MaxInt64 {
		return context.WithCancel(h.all)
	}
	return context.WithTimeout(h.all, time.Duration(left))
}

// guarded runs a callback. After a panic no other is run.
func (h *hosted) guarded(callback func(*work)) *work {
	if h.poisoned.Load() {
		err := provider.Fail(Panicked, "this instance panicked in an earlier call", openAgain)
		return &work{err: err, unbegun: true}
	}
	w := &work{}
	_, how := caught.Run(func() error { callback(w); return nil })
	if how != "" {
		w.wipe()
		h.poisoned.Store(true)
		write(LevelError, h.name+": "+how)
		return &work{err: provider.Fail(Panicked, "the provider panicked", openAgain)}
	}
	return w
}

const openAgain = "open the chain again, and report it to the provider's author"
