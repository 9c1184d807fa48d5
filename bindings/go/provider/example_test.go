package provider_test

import (
	"context"

	"prefectsecrets/provider"
)

func ExampleServe() {
	provider.Serve(provider.Provider{
		ID: "greeting",
		Get: func(ctx context.Context, name string) (*provider.Value, error) {
			if name != "GREETING" {
				return nil, provider.ErrAbsent
			}
			return provider.Text([]byte("hello")), nil
		},
	})
}
