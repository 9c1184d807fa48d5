package prefectsecrets

/*
#include "shims.h"
*/
import "C"

import (
	"context"
	"unsafe"
)

// Get is the secret called name, from the default chain: see Chain.Get.
func Get(ctx context.Context, name string) (*Secret, error) {
	c, err := defaultChain()
	if err != nil {
		return nil, err
	}
	return c.Get(ctx, name)
}

// Get is the secret called name, yours to Close. ErrAbsent if no provider has it; any other error is a
// failure.
//
// The call ends with ctx, whatever a provider does then: at its deadline (DefaultTimeout if it has
// none), or when it is cancelled.
func (c *Chain) Get(ctx context.Context, name string) (*Secret, error) {
	data, size := bytes(name)
	outcome, err := c.quick(ctx, name, func(limit C.go_limit) C.go_outcome {
		return C.go_get(c.c, data, size, limit)
	})
	if err != nil {
		return nil, err
	}
	return secretOf((*C.prefect_secrets_secret)(outcome.object)), nil
}

// GetInto copies the text of the secret called name into buffer, and says how long the text is. If it
// is longer than buffer, the error is io.ErrShortBuffer, and buffer is as it was. The copy is yours to
// wipe: clear(buffer). The byte behind it is set to zero, if there is one.
//
// For a secret in memory it is the quickest way: one call into C, and no garbage.
func (c *Chain) GetInto(ctx context.Context, name string, buffer []byte) (int, error) {
	data, size := bytes(name)
	place, capacity := memoryOf(buffer)
	if ctx.Err() == nil && c.use.enter() {
		found := C.go_get_into_now(c.c, data, size, place, capacity)
		c.use.leave()
		if found.status == statusOK {
			return int(found.length), nil
		}
	}
	return c.getInto(ctx, name, buffer)
}

// getInto is GetInto for what is not in memory, or fits only without C's zero.
func (c *Chain) getInto(ctx context.Context, name string, buffer []byte) (int, error) {
	data, size := bytes(name)
	place, capacity := memoryOf(buffer)
	outcome, err := c.quick(ctx, name, func(limit C.go_limit) C.go_outcome {
		return C.go_get_into(c.c, data, size, place, capacity, limit)
	})
	return int(outcome.length), err
}

// Exists says whether a Get would find name.
func (c *Chain) Exists(ctx context.Context, name string) (bool, error) {
	data, size := bytes(name)
	outcome, err := c.quick(ctx, name, func(limit C.go_limit) C.go_outcome {
		return C.go_exists(c.c, data, size, limit)
	})
	if err != nil && outcome.status == statusAbsent {
		return false, nil
	}
	return err == nil, err
}

// Result is what became of one name of many: a secret, yours to Close, or an error as of Get.
type Result struct {
	Secret *Secret
	Err    error
}

// GetMany gives the secrets of names: the results are in their order. Each provider is asked once, for
// all the names that no provider before it has. The error is that of the whole call, say because the
// context is done already; there are no results then.
func (c *Chain) GetMany(ctx context.Context, names []string) ([]Result, error) {
	if len(names) == 0 {
		return nil, ctx.Err()
	}
	theirs, slices := copies(names)
	defer C.free(theirs)
	count := C.size_t(len(names))
	size := C.size_t(unsafe.Sizeof(C.prefect_secrets_result{}))
	memory := C.calloc(count, size)
	defer C.free(memory)
	outcomes := (*C.prefect_secrets_result)(memory)
	_, err := c.run(ctx, "", func(limit C.go_limit) C.go_outcome {
		return C.go_get_many(c.c, slices, count, outcomes, limit)
	})
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(names))
	for i, outcome := range unsafe.Slice(outcomes, len(names)) {
		switch outcome.status {
		case statusOK:
			results[i].Secret = secretOf(outcome.secret)
		case statusAbsent:
			results[i].Err = absent(names[i])
		default:
			results[i].Err = failure(ctx, names[i], outcome.status, outcome.error)
		}
	}
	return results, nil
}

// copies are names as C has an array of them, in one piece of C's memory, to be freed: C may not be
// given what points into the memory of Go.
func copies(names []string) (unsafe.Pointer, *C.prefect_secrets_slice) {
	array := len(names) * int(unsafe.Sizeof(C.prefect_secrets_slice{}))
	size := array
	for _, name := range names {
		size += len(name)
	}
	memory := C.malloc(C.size_t(size))
	slices := unsafe.Slice((*C.prefect_secrets_slice)(memory), len(names))
	texts := unsafe.Slice((*byte)(memory), size)
	at := array
	for i, name := range names {
		slices[i] = C.prefect_secrets_slice{len: C.size_t(len(name))}
		slices[i].data = (*C.uint8_t)(unsafe.Add(memory, at))
		at += copy(texts[at:], name)
	}
	return memory, &slices[0]
}
