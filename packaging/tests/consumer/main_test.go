package main

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	secrets "prefectsecrets"
)

func TestFromFile(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	chain, err := secrets.Open(secrets.Options{
		ConfigPath: filepath.Join(here, ".prefect/config.toml"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer chain.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			secret, err := chain.Get(ctx, "FROM_FILE")
			if err != nil {
				t.Error(err)
				return
			}
			defer secret.Close()
			if secret.Len() != 8 {
				t.Errorf("%d bytes", secret.Len())
			}
		}()
	}
	all.Wait()
}
