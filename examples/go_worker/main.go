// A worker that is configured as Prefect's are: its configuration names its secrets and holds none.
//
//	# worker.conf
//	api_url = "https://api.example.com/work"
//	poll = "5s"
//	refresh = "10m"
//	access_token_secret = "GITHUB_TOKEN"
//
// A key that ends in _secret has the name of a secret; all of them are resolved at the start, in one
// call, and anew every refresh, on SIGHUP, and when the file has changed. If that fails (a place is down, a
// secret is missing, the file has a mistake), the worker says so and goes on with what it had: it is
// better off with the token of an hour ago than with none.
//
// Copy it, and put your own work into work. configuration.go reads the file, secrets.go holds what its
// secrets are at present.
//
//	go build -o go_worker . && ./go_worker worker.conf
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	secrets "prefectsecrets"
)

// look is how often the file is looked at for a change.
const look = 500 * time.Millisecond

type worker struct {
	path    string
	chain   *secrets.Chain
	current *current
}

// work asks for work once, with the token of now.
func (w *worker) work(ctx context.Context) error {
	at, release := w.current.use()
	defer release()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.configuration.text["api_url"], nil)
	if err != nil {
		return err
	}
	if token := at.secrets["access_token"]; token != nil {
		// A header is a string, which nobody wipes: it goes when the garbage collector comes by.
		token.Use(func(text []byte) { request.Header.Set("Authorization", "Bearer "+string(text)) })
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %s", response.Status)
	}
	return nil
}

// resolve reads the file and gets its secrets.
func (w *worker) resolve(ctx context.Context) error {
	configuration, err := readConfiguration(w.path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, configuration.duration("timeout", 20*time.Second))
	defer cancel()
	// Else the chain goes on with the environment and the files of when it was opened.
	if err := w.chain.Refresh(ctx); err != nil {
		return err
	}
	resolved, err := getAll(ctx, w.chain, configuration.secret)
	if err != nil {
		return err
	}
	w.current.replace(&resolution{configuration: configuration, secrets: resolved})
	return nil
}

func (w *worker) refresh(ctx context.Context, why string) {
	if err := w.resolve(ctx); err != nil {
		slog.Error("refresh failed, going on with the secrets of before", "why", why, "error", err)
		return
	}
	slog.Info("refreshed", "why", why)
}

// follow refreshes until ctx ends, beside the work: a place that hangs holds up no work.
func (w *worker) follow(ctx context.Context, seen string) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	looks := time.NewTicker(look)
	defer looks.Stop()
	last := time.Now()
	for {
		why := ""
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			why = "SIGHUP"
		case <-looks.C:
			if now := changed(w.path); now != seen {
				seen, why = now, "the file has changed"
			} else if time.Since(last) >= w.current.duration("refresh", 10*time.Minute) {
				why = "interval"
			}
		}
		if why != "" {
			w.refresh(ctx, why)
			last = time.Now()
		}
	}
}

func (w *worker) run(ctx context.Context) error {
	seen := changed(w.path)
	if err := w.resolve(ctx); err != nil {
		return err
	}
	slog.Info("working")
	var following sync.WaitGroup
	following.Add(1)
	go func() { defer following.Done(); w.follow(ctx, seen) }()
	defer following.Wait()
	for ctx.Err() == nil {
		if err := w.work(ctx); err != nil && ctx.Err() == nil {
			slog.Warn("no work", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(w.current.duration("poll", 5*time.Second)):
		}
	}
	return nil
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: %s FILE", os.Args[0])
	}
	stopping, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	chain, err := secrets.Open(secrets.Options{})
	if err != nil {
		return err
	}
	defer chain.Close()
	w := &worker{path: os.Args[1], chain: chain, current: &current{}}
	defer w.current.replace(nil)
	return w.run(stopping)
}

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	secrets.SetLogHandler(slog.Default().Handler())
	if err := run(); err != nil {
		slog.Error("ended", "error", err)
		os.Exit(1)
	}
}
