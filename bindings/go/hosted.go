package prefectsecrets

/*
#include "callbacks.h"
*/
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/cgo"
	"sync"
	"sync/atomic"
	"unsafe"

	"prefectsecrets/internal/hostlog"
	"prefectsecrets/provider"
)

// HostProvider is a provider that the program brings itself. It is the same provider.Provider as a
// plugin serves, and what package provider says of it is true here too, but for this: a call that has
// not come back when its time is up, or when its caller does not want it any more, is left alone: the
// caller gets "timed out", the context of the callback ends, and the callback keeps its place among the
// MostCalls until it returns. Lines of provider.Log go to SetLog.
//
// A provider whose value comes from an answer of another chain may return that chain's errors.
type HostProvider struct {
	// Name is what the chain, errors and configuration call it.
	Name     string
	Provider provider.Provider
	// Settings are one JSON object for Open; nil: an empty one. They stay yours.
	Settings json.RawMessage
}

// hosted is an instance of a HostProvider.
type hosted struct {
	name     string
	provider provider.Provider
	settings json.RawMessage
	handle   cgo.Handle
	// all ends when the instance is destroyed.
	all    context.Context
	end    context.CancelFunc
	places chan struct{}
	// working are the callbacks that have not returned.
	working sync.WaitGroup
	// created says that C has it, and destroys it.
	created  atomic.Bool
	poisoned atomic.Bool
}

const mostCalls = 32

func hostedOf(given HostProvider) (*hosted, error) {
	p := given.Provider
	valid := len(p.ID) >= 1 && len(p.ID) <= 64
	for _, c := range p.ID {
		valid = valid && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')
	}
	if !valid || p.Get == nil {
		return nil, &Error{Kind: Invalid, Provider: given.Name,
			What:     "a provider of the program has no Get, or an ID that is not 1 to 64 of a-z, 0-9 and '-'",
			NextStep: "give it both"}
	}
	settings := json.RawMessage("{}")
	if given.Settings != nil {
		var object map[string]json.RawMessage
		if json.Unmarshal(given.Settings, &object) != nil || object == nil {
			return nil, &Error{Kind: Invalid, Provider: given.Name,
				What: "the settings of the program's provider are no JSON object", NextStep: "give one, or none"}
		}
		settings = append(json.RawMessage(nil), given.Settings...)
	}
	most := p.MostCalls
	if most <= 0 {
		most = mostCalls
	}
	h := &hosted{name: given.Name, provider: p, settings: settings, places: make(chan struct{}, most)}
	h.all, h.end = context.WithCancel(context.Background())
	h.handle = cgo.NewHandle(h)
	line := func(level uint32, line string) { write(Level(level), line) }
	hostlog.Sink.CompareAndSwap(nil, &line)
	return h, nil
}

// forget gives up an instance that C has not got.
func (h *hosted) forget() {
	h.end()
	h.handle.Delete()
}

func (h *hosted) capabilities() C.uint64_t {
	p, bits := &h.provider, C.uint64_t(0)
	for _, ability := range []struct {
		bit   C.uint64_t
		given bool
	}{
		{C.PREFECT_SECRETS_GET_MANY, p.GetMany != nil},
		{C.PREFECT_SECRETS_SET, p.Set != nil},
		{C.PREFECT_SECRETS_DELETE, p.Delete != nil},
		{C.PREFECT_SECRETS_LIST, p.List != nil},
		{C.PREFECT_SECRETS_REFRESH, p.Refresh != nil},
	} {
		if ability.given {
			bits |= ability.bit
		}
	}
	return bits
}

// tables are those that C has: one for each kind of provider, for the life of the program, because a
// call that was abandoned may still look at its own.
var tables sync.Map

func (h *hosted) table() *C.prefect_secrets_provider {
	type kind struct {
		id           string
		capabilities C.uint64_t
	}
	of := kind{h.provider.ID, h.capabilities()}
	if table, is := tables.Load(of); is {
		return table.(*C.prefect_secrets_provider)
	}
	made := C.go_table(of.capabilities, C.CString(of.id), C.size_t(len(of.id)))
	table, _ := tables.LoadOrStore(of, made)
	return table.(*C.prefect_secrets_provider)
}

// given are the providers of a program as C has an array of them, for as long as a chain is opened.
type given struct {
	array  **C.prefect_secrets_host_provider
	count  C.size_t
	memory []unsafe.Pointer
	hosted []*hosted
}

func hand(providers []HostProvider) (*given, error) {
	g := &given{}
	if len(providers) == 0 {
		return g, nil
	}
	array := g.calloc(len(providers), unsafe.Sizeof(g.array))
	g.array, g.count = (**C.prefect_secrets_host_provider)(array), C.size_t(len(providers))
	for i, one := range providers {
		h, err := hostedOf(one)
		if err != nil {
			g.forget()
			g.free()
			return nil, err
		}
		g.hosted = append(g.hosted, h)
		entry := (*C.prefect_secrets_host_provider)(
			g.calloc(1, unsafe.Sizeof(C.prefect_secrets_host_provider{})))
		entry.struct_size = C.uint32_t(unsafe.Sizeof(*entry))
		entry.name = g.copy(one.Name)
		entry.provider = h.table()
		entry.settings = g.copy(fmt.Sprintf(`{"handle":"%d"}`, uintptr(h.handle)))
		unsafe.Slice(g.array, len(providers))[i] = entry
	}
	return g, nil
}

func (g *given) calloc(count int, size uintptr) unsafe.Pointer {
	memory := C.calloc(C.size_t(count), C.size_t(size))
	g.memory = append(g.memory, memory)
	return memory
}

func (g *given) copy(text string) C.prefect_secrets_slice {
	memory := C.CString(text)
	g.memory = append(g.memory, unsafe.Pointer(memory))
	return C.prefect_secrets_slice{data: (*C.uint8_t)(unsafe.Pointer(memory)), len: C.size_t(len(text))}
}

func (g *given) free() {
	for _, memory := range g.memory {
		C.free(memory)
	}
}

// forget gives up what C did not take.
func (g *given) forget() {
	for _, h := range g.hosted {
		if !h.created.Load() {
			h.forget()
		}
	}
}
