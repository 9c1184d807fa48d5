package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	secrets "prefectsecrets"
)

// resolution is what the configuration said at a time, and what its secrets were.
type resolution struct {
	configuration *configuration
	secrets       map[string]*secrets.Secret
	users         sync.WaitGroup
}

// current is the resolution of now.
type current struct {
	mutex sync.RWMutex
	now   *resolution
}

// use gives the resolution of now, whose secrets stay until release is called.
func (c *current) use() (now *resolution, release func()) {
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	c.now.users.Add(1)
	return c.now, c.now.users.Done
}

// duration is one of the configuration of now.
func (c *current) duration(key string, usual time.Duration) time.Duration {
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	return c.now.configuration.duration(key, usual)
}

// replace puts next in the place of the resolution of now, whose secrets are closed once nobody uses
// them; nil when the worker ends.
func (c *current) replace(next *resolution) {
	c.mutex.Lock()
	before := c.now
	c.now = next
	c.mutex.Unlock()
	if before != nil {
		before.users.Wait()
		closeAll(before.secrets)
	}
}

// getAll gets the secrets of these names, by their keys: all of them, or none and every reason why.
func getAll(ctx context.Context, chain *secrets.Chain, names map[string]string) (map[string]*secrets.Secret, error) {
	var keys, asked []string
	for key, name := range names {
		keys, asked = append(keys, key), append(asked, name)
	}
	results, err := chain.GetMany(ctx, asked)
	if err != nil {
		return nil, err
	}
	resolved := map[string]*secrets.Secret{}
	var wrong []error
	for i, result := range results {
		if result.Err != nil {
			wrong = append(wrong, fmt.Errorf("%s%s: %w", keys[i], ofSecret, result.Err))
			continue
		}
		resolved[keys[i]] = result.Secret
	}
	if len(wrong) > 0 {
		closeAll(resolved)
		return nil, errors.Join(wrong...)
	}
	return resolved, nil
}

func closeAll(all map[string]*secrets.Secret) {
	for _, secret := range all {
		_ = secret.Close()
	}
}
