package prefectsecrets

/*
#include "callbacks.h"
*/
import "C"

import (
	"context"
	"errors"
	"runtime/cgo"
	"time"
	"unsafe"

	"prefectsecrets/internal/memory"
	"prefectsecrets/provider"
)

func hostedBehind(handle C.uintptr_t) *hosted {
	return cgo.Handle(handle).Value().(*hosted)
}

//export prefectsecrets_go_create
func prefectsecrets_go_create(handle C.uintptr_t, reply *C.prefect_secrets_reply) C.int32_t {
	h := hostedBehind(handle)
	settings := h.settings
	h.settings = nil
	defer memory.Wipe(settings)
	if open := h.provider.Open; open != nil {
		opened := h.guarded(func(w *work) { w.err = open(h.name, settings) })
		if opened.err != nil {
			return told(reply, settled(opened.err))
		}
	}
	h.created.Store(true)
	return statusOK
}

//export prefectsecrets_go_destroy
func prefectsecrets_go_destroy(handle C.uintptr_t) {
	h := hostedBehind(handle)
	h.forget()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.working.Wait()
		if clean := h.provider.Close; clean != nil {
			_ = h.guarded(func(*work) { clean() })
		}
	}()
	select {
	case <-ended:
	case <-time.After(time.Second): // one that does not come back is left alone
	}
}

//export prefectsecrets_go_get
func prefectsecrets_go_get(handle C.uintptr_t, request *C.prefect_secrets_request,
	name C.prefect_secrets_slice, reply *C.prefect_secrets_reply,
) C.int32_t {
	h, asked := hostedBehind(handle), text(name)
	w := h.call(request, func(ctx context.Context, w *work) {
		value, err := h.provider.Get(ctx, asked)
		w.answers = []provider.Answer{{Value: value, Err: err}}
	})
	defer w.wipe()
	if w.err != nil {
		return told(reply, w.err)
	}
	return give(reply, w.answers[0])
}

//export prefectsecrets_go_get_many
func prefectsecrets_go_get_many(handle C.uintptr_t, request *C.prefect_secrets_request,
	names *C.prefect_secrets_slice, count C.size_t, replies **C.prefect_secrets_reply,
	statuses *C.int32_t,
) C.int32_t {
	h, asked := hostedBehind(handle), make([]string, count)
	for i, name := range unsafe.Slice(names, int(count)) {
		asked[i] = text(name)
	}
	w := h.call(request, func(ctx context.Context, w *work) {
		w.answers, w.err = h.provider.GetMany(ctx, asked)
	})
	// At the end: two names may have the same value.
	defer w.wipe()
	reply := unsafe.Slice(replies, int(count))
	if w.err == nil && len(w.answers) != int(count) {
		w.err = fault("it answered another number of names than it was asked for")
	}
	if w.err != nil {
		return told(reply[0], settled(w.err))
	}
	status := unsafe.Slice(statuses, int(count))
	for i, answer := range w.answers {
		status[i] = give(reply[i], answer)
	}
	return statusOK
}

//export prefectsecrets_go_set
func prefectsecrets_go_set(handle C.uintptr_t, request *C.prefect_secrets_request,
	name C.prefect_secrets_slice, theirs *C.prefect_secrets_value, reply *C.prefect_secrets_reply,
) C.int32_t {
	h, asked, value := hostedBehind(handle), text(name), &provider.Value{}
	// Copies, because the callback may outlive the call.
	first := append([]byte{}, borrowed(theirs.text)...)
	switch theirs.form {
	case C.PREFECT_SECRETS_FORM_JSON:
		value.JSON = first
	case C.PREFECT_SECRETS_FORM_TEXT_WITH_JSON:
		value.Text, value.JSON = first, append([]byte{}, borrowed(theirs.json)...)
	default:
		value.Text = first
	}
	copied := work{answers: []provider.Answer{{Value: &provider.Value{Text: value.Text, JSON: value.JSON}}}}
	w := h.call(request, func(ctx context.Context, w *work) {
		defer copied.wipe() // also if it comes back late
		w.err = h.provider.Set(ctx, asked, value)
	})
	if w.unbegun {
		copied.wipe()
	}
	return told(reply, settled(w.err))
}

//export prefectsecrets_go_delete
func prefectsecrets_go_delete(handle C.uintptr_t, request *C.prefect_secrets_request,
	name C.prefect_secrets_slice, reply *C.prefect_secrets_reply,
) C.int32_t {
	h, asked := hostedBehind(handle), text(name)
	return told(reply, h.call(request, func(ctx context.Context, w *work) {
		w.err = h.provider.Delete(ctx, asked)
	}).err)
}

//export prefectsecrets_go_list
func prefectsecrets_go_list(handle C.uintptr_t, request *C.prefect_secrets_request,
	listing *C.prefect_secrets_listing, reply *C.prefect_secrets_reply,
) C.int32_t {
	h := hostedBehind(handle)
	w := h.call(request, func(ctx context.Context, w *work) {
		w.names, w.err = h.provider.List(ctx)
	})
	if w.err != nil {
		return told(reply, settled(w.err))
	}
	for _, name := range w.names {
		data, size := bytes(name)
		if status := C.go_add(listing, data, size); status != statusOK {
			return status
		}
	}
	return statusOK
}

//export prefectsecrets_go_refresh
func prefectsecrets_go_refresh(handle C.uintptr_t, request *C.prefect_secrets_request,
	reply *C.prefect_secrets_reply,
) C.int32_t {
	h := hostedBehind(handle)
	return told(reply, settled(h.call(request, func(ctx context.Context, w *work) {
		w.err = h.provider.Refresh(ctx)
	}).err))
}

// give answers one name: the value is written into the memory of the reply, and nowhere else.
func give(reply *C.prefect_secrets_reply, answer provider.Answer) C.int32_t {
	value, err := answer.Value, answer.Err
	if err == nil && value == nil {
		err = fault("it answered with neither a value nor an error")
	}
	if err != nil {
		return told(reply, err)
	}
	form, first, view := parts(value)
	place := C.go_reserve(reply, C.size_t(len(first)+len(view)))
	if place == nil {
		return told(reply, provider.Fail(Invalid, "the value has more bytes than a provider may give",
			"store a smaller value"))
	}
	memory := unsafe.Slice((*byte)(unsafe.Pointer(place)), len(first)+len(view))
	copy(memory[copy(memory, first):], view)
	var expires C.int64_t
	if !value.ExpiresAt.IsZero() {
		expires = C.int64_t(value.ExpiresAt.Unix())
	}
	revision, size := bytes(value.Revision)
	return C.go_commit(reply, form, C.size_t(len(first)), C.size_t(len(view)), expires, revision, size)
}

// told tells how a call ended.
func told(reply *C.prefect_secrets_reply, err error) C.int32_t {
	if err == nil {
		return statusOK
	}
	if errors.Is(err, ErrAbsent) {
		return statusAbsent
	}
	var failure *provider.Failure
	var asked *Error // of another chain
	if errors.As(err, &asked) && asked.Kind <= Internal {
		failure = &provider.Failure{Kind: asked.Kind, What: asked.What, NextStep: asked.NextStep}
	} else {
		failure = provider.FailureOf(err)
	}
	what, whatSize := bytes(failure.What)
	next, nextSize := bytes(failure.NextStep)
	C.go_fail(reply, what, whatSize, next, nextSize)
	return C.int32_t(failure.Kind)
}

// settled is the outcome of a call that has nothing that could be absent.
func settled(err error) error {
	if errors.Is(err, ErrAbsent) {
		return fault("it answered \"absent\" to a call that has no such answer")
	}
	return err
}

func fault(what string) error {
	return provider.Fail(Internal, what,
		"the provider breaks a rule of this library; report it to its author")
}
