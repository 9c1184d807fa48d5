package prefectsecrets_test

import (
	"context"
	"testing"
	"time"

	secrets "prefectsecrets"
)

// BenchmarkGetInto says what a secret in memory costs against an empty call into C, of the same run:
//
//	go test -run '^$' -bench GetInto
func BenchmarkGetInto(b *testing.B) {
	home(b, "[secrets]\nchain = ['env']\n")
	environment(b, "A", "0123456789abcdef0123456789abcdef")
	chain := open(b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	buffer := make([]byte, 64)
	into := func(ctx context.Context) func(int) {
		return func(rounds int) {
			for i := 0; i < rounds; i++ {
				if _, err := chain.GetInto(ctx, "A", buffer); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	for _, one := range []struct {
		name string
		run  func(int)
	}{
		{"background", into(context.Background())},
		{"cancellable", into(ctx)},
		{"Get+Use+Close", func(rounds int) {
			for i := 0; i < rounds; i++ {
				secret, err := chain.Get(context.Background(), "A")
				if err != nil {
					b.Fatal(err)
				}
				secret.Use(func([]byte) {})
				_ = secret.Close()
			}
		}},
	} {
		b.Run(one.name, func(b *testing.B) {
			b.ReportAllocs()
			// In turns, so that both meet the same machine.
			const turn = 1000
			var ours, empty time.Duration
			rounds := 0
			for ; rounds < b.N; rounds += turn {
				start := time.Now()
				for i := 0; i < turn; i++ {
					secrets.Nothing(1)
				}
				middle := time.Now()
				one.run(turn)
				empty += middle.Sub(start)
				ours += time.Since(middle)
			}
			b.ReportMetric(float64(ours)/float64(rounds), "ns/get")
			b.ReportMetric(float64(empty)/float64(rounds), "ns/empty-call")
			b.ReportMetric(float64(ours)/float64(empty), "ratio")
		})
	}
}
