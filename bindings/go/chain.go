package prefectsecrets

/*
#include "shims.h"
*/
import "C"

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Options say what a chain is opened from. The zero value is what most programs want.
type Options struct {
	// ConfigPath is the configuration file; empty: the one that Prefect reads, .prefect/config.toml in
	// the home directory unless PREFECT__USER_CONFIG_PATH names another.
	ConfigPath string

	// Providers are the program's own. The configuration can place them by name ([secrets] chain);
	// those that it does not name are asked before all others, in this order.
	Providers []HostProvider
}

// Chain asks providers in order; the first one that has a name answers. Every method may be called
// from any goroutine.
type Chain struct {
	c     *C.prefect_secrets_chain
	use   use
	ended chan struct{}
}

// Open opens a chain: it reads the configuration and takes a snapshot of the environment, that of the
// process as C has it, and of the files. Nothing is asked over the network yet.
func Open(options Options) (*Chain, error) {
	given, err := hand(options.Providers)
	if err != nil {
		return nil, err
	}
	defer given.free()
	path, size := bytes(options.ConfigPath)
	opened := C.go_open(path, size, given.array, given.count)
	if opened.status != statusOK {
		given.forget()
		return nil, failure(nil, "", opened.status, opened.error)
	}
	return chainOf(opened.object), nil
}

// Default is a handle of the default chain of the process: the one that Open opens with no options, at
// the first use. Closing the handle does not end the default chain; CloseDefault does.
func Default() (*Chain, error) {
	opened := C.go_default()
	if opened.status != statusOK {
		return nil, failure(nil, "", opened.status, opened.error)
	}
	return chainOf(opened.object), nil
}

func chainOf(object unsafe.Pointer) *Chain {
	c := &Chain{c: (*C.prefect_secrets_chain)(object), ended: make(chan struct{})}
	handle, ended := c.c, c.ended
	c.use.end = func() {
		C.prefect_secrets_chain_close(handle)
		close(ended)
	}
	// A net for who forgets.
	runtime.SetFinalizer(c, func(c *Chain) { go c.use.close() })
	return c
}

// Close ends the chain, and waits for the calls that are under way: end their contexts first if it
// shall be quick. Later calls fail with ErrClosed. Secrets live on. Closing twice is as closing once.
// A provider of the program does not close its own chain from a callback: it would wait for itself.
//
// The error is always nil.
func (c *Chain) Close() error {
	if c == nil {
		return nil
	}
	runtime.SetFinalizer(c, nil)
	c.use.close()
	<-c.ended
	return nil
}

// theDefault is the handle that Get, of this package, keeps.
var theDefault atomic.Pointer[Chain]

func defaultChain() (*Chain, error) {
	if c := theDefault.Load(); c != nil {
		return c, nil
	}
	c, err := Default()
	if err != nil {
		return nil, err
	}
	if theDefault.CompareAndSwap(nil, c) {
		return c, nil
	}
	_ = c.Close()
	return defaultChain()
}

// CloseDefault ends the default chain, as soon as no call is inside it and its handles are closed. A
// later use opens a new one, with the environment and files of then.
func CloseDefault() {
	if c := theDefault.Swap(nil); c != nil {
		_ = c.Close()
	}
	C.prefect_secrets_chain_close_default()
}
