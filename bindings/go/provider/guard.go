package provider

import "prefectsecrets/internal/caught"

// guarded runs a callback. After a panic no other is run.
func (t *talk) guarded(callback func() error) error {
	const next = "open the chain again, and report it to the provider's author"
	if t.poisoned.Load() {
		return Fail(panicked, "this instance panicked in an earlier call", next)
	}
	err, how := caught.Run(callback)
	if how != "" {
		t.poisoned.Store(true)
		Log(LevelError, how)
		return Fail(panicked, "the provider panicked", next)
	}
	return err
}
