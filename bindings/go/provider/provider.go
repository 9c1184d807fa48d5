// Package provider is for writing a provider of secrets in Go: a plugin of libprefect_secrets that
// runs as a program of its own (isolation = "exec"). This is a whole one:
//
//	func main() {
//		provider.Serve(provider.Provider{
//			ID: "greeting",
//			Get: func(ctx context.Context, name string) (*provider.Value, error) {
//				if name != "GREETING" {
//					return nil, provider.ErrAbsent
//				}
//				return provider.Text([]byte("hello")), nil
//			},
//		})
//	}
//
// There are three answers. A value: found. ErrAbsent: this place has not got it, and the next
// provider is asked. Any other error: a failure, which ends the search; an outage is a failure. A
// Failure says what happened and what to do next. The text of any other error is not passed on,
// because it may hold a value: the host gets a fixed text, and its log the error's type.
//
// A panic in a callback becomes the status "panicked". The program goes on, but answers every later
// call in the same way, because nobody knows what the panic left half done; the host opens the chain
// again. What no program can recover from ends it: a panic in a goroutine that the callback itself
// started, maps that were written at the same time, no memory. Go prints the value of such a panic
// to the standard error, and the host writes that into its log: never panic with a secret.
//
// # Memory
//
// The bytes of values and settings that come in are zeroed when the callback has returned. Those of a
// Value that a callback returns are zeroed once they are sent: return a copy of what you keep. The
// package itself makes no other copy. What Go makes impossible to wipe: strings, and so everything
// that was decoded into one; the old memory of a slice that append has moved; copies on a stack that
// has grown; and what the garbage collector has not given back yet, it does not zero before it is
// used again. Read a value into memory of the right size, and keep it in []byte.
package provider

import (
	"context"
	"encoding/json"
)

// Provider answers names from one place. ID and Get are required; which of the others are given
// decides what the plugin can do. Callbacks run at the same time, each in a goroutine.
//
// The context ends at the deadline of the call, or when the host closes the plugin. At its deadline a
// call ends for the host; a process that has not answered a second later is killed.
type Provider struct {
	// ID is what the provider is, as in its manifest: 1 to 64 of a-z, 0-9 and '-'.
	ID string

	// Open is called once, before any other callback. The name is what configuration and errors
	// call this provider, settings are one JSON object, zeroed after Open has returned. An error
	// refuses to start; it should say which setting is wrong, and repeat none. The host waits 5
	// seconds for the start of the whole program, unless it is configured otherwise.
	Open func(name string, settings json.RawMessage) error

	// Get gives the value of a name, or ErrAbsent.
	Get func(ctx context.Context, name string) (*Value, error)

	// GetMany answers each name as Get would, in the order of the names. An error is the failure of
	// all.
	GetMany func(ctx context.Context, names []string) ([]Answer, error)

	// Set writes a value, in the place of any that was there. What the place cannot hold is Invalid
	// or Unsupported, never changed. The bytes of the value are zeroed after Set has returned.
	Set func(ctx context.Context, name string, value *Value) error

	// Delete removes a name. ErrAbsent if it was not there.
	Delete func(ctx context.Context, name string) error

	// List gives every name, in any order; at most 1,000,000.
	List func(ctx context.Context) ([]string, error)

	// Refresh reads the place anew. On failure the provider goes on with what it had.
	Refresh func(ctx context.Context) error

	// Close is called when the host closes the plugin, after all callbacks have returned; there is a
	// second for both. It is not called when the host is gone, or when a callback does not return.
	Close func()

	// HonorsDeadlines promises that every callback returns when its context ends.
	HonorsDeadlines bool

	// MostCalls is how many callbacks run at the same time; 0 means 32. Other calls wait.
	MostCalls int
}

// Answer is what became of one name of a GetMany: a value, or an error as Get returns it.
type Answer struct {
	Value *Value
	Err   error
}

// Bits of the capabilities, as in prefect_secrets_provider.h.
const (
	canGetMany = 1 << iota
	canSet
	canDelete
	canList
	canRefresh
)
const (
	isThreadSafe    = 1 << 16
	honorsDeadlines = 1 << 17
)

const mostCalls = 32

func (p *Provider) capabilities() uint64 {
	// Always, because this package lets calls wait for each other if they have to.
	bits := uint64(isThreadSafe)
	for _, ability := range []struct {
		bit   uint64
		given bool
	}{
		{canGetMany, p.GetMany != nil},
		{canSet, p.Set != nil},
		{canDelete, p.Delete != nil},
		{canList, p.List != nil},
		{canRefresh, p.Refresh != nil},
		{honorsDeadlines, p.HonorsDeadlines},
	} {
		if ability.given {
			bits |= ability.bit
		}
	}
	return bits
}

// check panics if this can never be a provider: a mistake in the program.
func (p *Provider) check() {
	valid := len(p.ID) >= 1 && len(p.ID) <= 64
	for _, c := range p.ID {
		valid = valid && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')
	}
	if !valid {
		panic("provider: ID is not 1 to 64 of a-z, 0-9 and '-'")
	}
	if p.Get == nil {
		panic("provider: there is no Get")
	}
}
