package prefectsecrets_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	secrets "prefectsecrets"
	"prefectsecrets/provider"
)

const marker = "marker-q8Zt3vLx5Rk1"

func marked(t testing.TB) *secrets.Secret {
	t.Helper()
	home(t, "[secrets]\nchain = ['env']\n")
	environment(t, "MARKED", marker)
	secret, err := open(t).Get(background, "MARKED")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = secret.Close() })
	return secret
}

func TestASecretShowsNothing(t *testing.T) {
	secret := marked(t)
	type around struct {
		Secret  *secrets.Secret
		Value   secrets.Secret
		private *secrets.Secret
	}
	inside := around{secret, *secret, secret}
	var shown strings.Builder
	for _, verb := range []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "T", "p", "t", "c", "U", "e", "08.3f"} {
		for _, what := range []any{secret, *secret, inside, &inside, []any{secret}, map[string]any{"s": *secret}} {
			fmt.Fprintf(&shown, "%"+verb+"\n", what)
		}
	}
	fmt.Fprintln(&shown, secret, *secret, fmt.Errorf("with %v and %w", secret, fmt.Errorf("%s", *secret)))
	log.New(&shown, "", 0).Println(secret, inside)
	for _, logger := range []*slog.Logger{
		slog.New(slog.NewTextHandler(&shown, nil)), slog.New(slog.NewJSONHandler(&shown, nil)),
	} {
		logger.Info("a line", "secret", secret, "value", *secret, "inside", inside, slog.Any("any", secret))
	}
	type exports struct {
		Secret *secrets.Secret
		Value  secrets.Secret
	}
	exported := exports{secret, *secret}
	asJSON, err := json.Marshal(exported)
	if err != nil {
		t.Error(err)
	}
	asXML, err := xml.Marshal(exported)
	if err != nil {
		t.Error(err)
	}
	var asGob bytes.Buffer
	if err := gob.NewEncoder(&asGob).Encode(exported); err != nil {
		t.Error(err)
	}
	shown.Write(asJSON)
	shown.Write(asXML)
	shown.Write(asGob.Bytes())
	func() {
		defer func() { fmt.Fprintln(&shown, recover()) }()
		panic(secret)
	}()
	for _, part := range []string{marker, fmt.Sprintf("%x", marker), fmt.Sprintf("%X", marker), fmt.Sprint([]byte(marker))} {
		if strings.Contains(shown.String(), part) {
			t.Fatal("the secret was shown")
		}
	}
	if strings.Count(shown.String(), "hidden") < 60 {
		t.Error("what is hidden does not say so")
	}
	var back struct{ Secret secrets.Secret }
	if json.Unmarshal(asJSON, &back) == nil {
		t.Error("what is hidden was read as a secret")
	}
}

func TestUsesOfASecret(t *testing.T) {
	home(t, "[context.secrets]\nDEEP = {a = 1}\n[secrets]\nchain = ['dated', 'env', 'toml']\n")
	environment(t, "NUMBER", "0000")
	until := time.Unix(4102444800, 0)
	dated := secrets.HostProvider{Name: "dated", Provider: provider.Provider{
		ID: "dated",
		Get: func(_ context.Context, name string) (*provider.Value, error) {
			switch name {
			case "DATED":
				return &provider.Value{Text: []byte("x"), ExpiresAt: until, Revision: "7"}, nil
			case "BYTES":
				return provider.Text([]byte("\x00\xff")), nil
			case "EMPTY":
				return provider.Text(nil), nil
			}
			return nil, provider.ErrAbsent
		},
	}}
	chain := open(t, dated)
	get := func(name string) *secrets.Secret {
		secret, err := chain.Get(background, name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = secret.Close() })
		return secret
	}
	for name, want := range map[string]string{"NUMBER": "0", "DEEP": `{"a":1}`, "EMPTY": `""`} {
		err := get(name).UseJSON(func(document []byte) {
			if string(document) != want {
				t.Errorf("%s is %s", name, document)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
	if s := get("DATED"); !s.ExpiresAt().Equal(until) || s.Revision() != "7" || s.Provider() != "dated" {
		t.Errorf("%v, %s, %s", s.ExpiresAt(), s.Revision(), s.Provider())
	}
	if s := get("NUMBER"); !s.ExpiresAt().IsZero() || s.Revision() != "" || s.Provider() != "env" {
		t.Errorf("%v, %s, %s", s.ExpiresAt(), s.Revision(), s.Provider())
	}
	binary := get("BYTES")
	if textOf(binary) != "\x00\xff" || binary.Len() != 2 {
		t.Error("bytes are changed")
	}
	if err := binary.UseJSON(func([]byte) { t.Error("there is no JSON view") }); err == nil {
		t.Error("bytes that are no text have no JSON view")
	}
	if s := get("EMPTY"); s.Len() != 0 || textOf(s) != "" {
		t.Error("the empty secret is empty")
	}
}

func TestClosedWhileItIsUsed(t *testing.T) {
	secret := marked(t)
	secret.Use(func(text []byte) {
		for range [2]int{} {
			_ = secret.Close()
		}
		runtime.GC()
		if string(text) != marker {
			t.Error("the text is gone while it is used")
		}
		if !panics(func() { secret.Use(func([]byte) {}) }) {
			t.Error("a closed secret was lent again")
		}
	})
	looks := []func(){
		func() { secret.Use(func([]byte) {}) },
		func() { _ = secret.UseJSON(func([]byte) {}) },
		func() { secret.Len() },
		func() { _ = secret.Provider() },
		func() { secret.ExpiresAt() },
		func() { _ = secret.Revision() },
		func() { (&secrets.Secret{}).Len() },
		func() { (*secrets.Secret)(nil).Len() },
	}
	for i, look := range looks {
		if !panics(look) {
			t.Errorf("%d: a closed secret was looked at", i)
		}
	}
	if got := fmt.Sprint(secret, (*secrets.Secret)(nil)); !strings.Contains(got, "hidden") {
		t.Errorf("%s", got)
	}
	if (*secrets.Secret)(nil).Close() != nil || (&secrets.Secret{}).Close() != nil {
		t.Error("closing nothing is nothing")
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

func TestManyUseAndOneCloses(t *testing.T) {
	home(t, "[secrets]\nchain = ['env']\n")
	environment(t, "MARKED", marker)
	chain := open(t)
	for round := 0; round < 200; round++ {
		secret, err := chain.Get(background, "MARKED")
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := 0; i < 8; i++ {
			all.Add(1)
			go func(i int) {
				defer all.Done()
				if i == 4 {
					_ = secret.Close()
					return
				}
				panics(func() { // it may be closed already
					secret.Use(func(text []byte) {
						if string(text) != marker {
							t.Error("the text is gone while it is used")
						}
					})
				})
			}(i)
		}
		all.Wait()
	}
}
