// An HTTP service that needs a secret for each request: it signs what it is sent, as webhooks want it.
//
// Copy it, and put your own work into sign. It shows what a service with secrets should do:
//
//   - The secret is asked for when it is needed, not kept: what is in memory takes less than a
//     microsecond, and what is in a Cloud is as new as it can be.
//   - The context of the request goes along, with a limit of its own: a client that has gone ends the
//     call, and a place that hangs does not hold up a request for longer than patience.
//   - Three answers are three answers: an outage is 503 and worth another try, a secret that nobody has
//     is a mistake of whoever runs the service.
//   - SIGTERM and SIGINT let the requests that are under way end, and then close the chain.
//
// The library is found by pkg-config, so CGO_ENABLED=1 and a C compiler are needed:
//
//	go build -o go_service . && SIGNING_KEY=... ./go_service -listen 127.0.0.1:8080
//	curl --data hello http://127.0.0.1:8080/sign
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	secrets "prefectsecrets"
)

const (
	// patience is how long a request waits for its secret, at most.
	patience = 2 * time.Second
	// farewell is how long requests may take to end once the service should.
	farewell = 10 * time.Second
	// largest is how much a client may send.
	largest = 1 << 20
)

type service struct {
	chain *secrets.Chain
	// key is the name of the secret.
	key string
}

// sign answers with the signature of the body.
func (s *service) sign(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, largest))
	if err != nil {
		http.Error(response, "the body cannot be read", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(request.Context(), patience)
	defer cancel()
	key, err := s.chain.Get(ctx, s.key)
	if err != nil {
		s.fail(response, err)
		return
	}
	defer key.Close()
	var signature []byte
	key.Use(func(text []byte) {
		mac := hmac.New(sha256.New, text)
		mac.Write(body)
		signature = mac.Sum(nil)
	})
	_, _ = io.WriteString(response, hex.EncodeToString(signature)+"\n")
}

// fail answers without a secret. What went wrong is for the log: it names the place and the secret, which
// are nobody else's business, and never its value.
func (s *service) fail(response http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, context.Canceled):
		return // the client has gone
	case errors.Is(err, secrets.ErrAbsent), errors.Is(err, secrets.ErrDenied), errors.Is(err, secrets.ErrInvalid):
		slog.Error("the service is not set up", "error", err)
		http.Error(response, "the service is not set up", http.StatusInternalServerError)
	default:
		slog.Warn("no secret at present", "error", err)
		response.Header().Set("Retry-After", "1")
		http.Error(response, "try again", http.StatusServiceUnavailable)
	}
}

func run() error {
	listen := flag.String("listen", "127.0.0.1:8080", "the `address` to listen on")
	key := flag.String("key", "SIGNING_KEY", "the `name` of the secret to sign with")
	flag.Parse()
	stopping, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	chain, err := secrets.Open(secrets.Options{})
	if err != nil {
		return err
	}
	defer chain.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/sign", (&service{chain, *key}).sign)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	slog.Info("listening", "address", listener.Addr().String())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return err
	case <-stopping.Done():
	}
	slog.Info("ending")
	limited, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	return server.Shutdown(limited)
}

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	secrets.SetLogHandler(slog.Default().Handler())
	if err := run(); err != nil {
		slog.Error("ended", "error", err)
		os.Exit(1)
	}
}
