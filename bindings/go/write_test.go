package prefectsecrets_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	secrets "prefectsecrets"
)

// directory is the plugin of examples/plugin_c over an empty directory, as a provider called files.
func directory(t *testing.T) string {
	return plugin(t, "../../examples/plugin_c/directory.c", "files", fmt.Sprintf("config.directory = %q", t.TempDir()))
}

func TestWriting(t *testing.T) {
	home(t, "[secrets]\nchain = ['env', 'files', 'cloud']\n"+directory(t))
	environment(t, "BOTH", "nearer")
	cloud(t, map[string]string{}, 0)
	chain := open(t)
	with, cancel := limited(10 * time.Second)
	defer cancel()
	for _, name := range []string{"A", "BOTH"} {
		if err := chain.SetIn(with, "files", name, secrets.Text([]byte("written"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := chain.SetIn(with, "cloud", "C", secrets.JSON([]byte(`{"a":[1,2]}`))); err != nil {
		t.Fatal(err)
	}
	secret, err := chain.Get(with, "A")
	if err != nil || secret.Provider() != "files" || textOf(secret) != "written" {
		t.Fatal(err)
	}
	_ = secret.Close()
	if secret, err = chain.Get(with, "C"); err != nil {
		t.Fatal(err)
	}
	_ = secret.UseJSON(func(document []byte) {
		if string(document) != `{"a":[1,2]}` {
			t.Errorf("%s", document)
		}
	})
	_ = secret.Close()

	listed, err := chain.List(with)
	if err != nil {
		t.Fatal(err)
	}
	want := []secrets.Listed{
		{Name: "BOTH", Provider: "env"}, {Name: "A", Provider: "files"},
		{Name: "BOTH", Provider: "files", Shadowed: true}, {Name: "C", Provider: "cloud"},
	}
	if !reflect.DeepEqual(listed, want) {
		t.Errorf("%v", listed)
	}

	if err := chain.DeleteIn(with, "cloud", "C"); err != nil {
		t.Error(err)
	}
	if err := chain.DeleteIn(with, "cloud", "C"); !errors.Is(err, secrets.ErrAbsent) {
		t.Errorf("%v", err)
	}
	if err := chain.Set(with, "FIRST", secrets.Text([]byte("x"))); err != nil {
		t.Error(err)
	}
	if err := chain.Delete(with, "FIRST"); err != nil {
		t.Error(err)
	}
	for i, err := range []error{
		chain.SetIn(with, "env", "A", secrets.Text(nil)), chain.DeleteIn(with, "env", "A"),
	} {
		if !errors.Is(err, secrets.ErrUnsupported) {
			t.Errorf("%d: %v", i, err)
		}
	}
	for i, err := range []error{
		chain.Set(with, "A", nil), chain.SetIn(with, "nobody", "A", secrets.Text(nil)),
		chain.SetIn(with, "files", "../A", secrets.Text(nil)), chain.SetIn(with, "cloud", "A", secrets.JSON([]byte("{"))),
	} {
		if !errors.Is(err, secrets.ErrInvalid) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestRefresh(t *testing.T) {
	folder := home(t, "[context.secrets]\nR = 'before'\n[secrets]\nchain = ['toml']\n")
	chain := open(t)
	file(t, folder+"/.prefect/config.toml", "[context.secrets]\nR = 'after'\n")
	for _, want := range []string{"before", "after"} {
		secret, err := chain.Get(background, "R")
		if err != nil || textOf(secret) != want {
			t.Errorf("%v", err)
		}
		_ = secret.Close()
		if err := chain.Refresh(background); err != nil {
			t.Error(err)
		}
	}
	file(t, folder+"/.prefect/config.toml", "[context\n")
	if err := chain.Refresh(background); !errors.Is(err, secrets.ErrInvalid) {
		t.Errorf("%v", err)
	}
	secret, err := chain.Get(background, "R")
	if err != nil || textOf(secret) != "after" {
		t.Error("a refresh that failed changed something")
	}
	_ = secret.Close()
}

func TestExplaining(t *testing.T) {
	home(t, "[context.secrets]\nE = 'x'\n[secrets]\nchain = ['env', 'toml', 'files']\n"+directory(t))
	chain := open(t)
	ctx, cancel := limited(10 * time.Second)
	defer cancel()
	told, err := chain.Explain(ctx, "E")
	if err != nil {
		t.Fatal(err)
	}
	if told.Name != "E" || told.Outcome != "found" || told.Provider != "toml" || len(told.Links) != 3 {
		t.Fatalf("%+v", told)
	}
	for i, want := range []string{"env absent true", "toml found true", "files not reached false"} {
		link := told.Links[i]
		if got := fmt.Sprint(link.Provider, " ", link.Outcome, " ", link.Asked); got != want {
			t.Errorf("%s", got)
		}
		if link.Configured == "" {
			t.Error("where it was configured is not told")
		}
	}
	for _, document := range [][]byte{told.JSON(), marshalled(t, told)} {
		var versioned struct{ Version int }
		if json.Unmarshal(document, &versioned) != nil || versioned.Version != 1 {
			t.Errorf("%s", document)
		}
	}
	if told, err = chain.Explain(ctx, "NOWHERE"); err != nil || told.Outcome != "absent" || told.Provider != "" {
		t.Errorf("%+v, %v", told, err)
	}
	trace, err := chain.LoadTrace("files")
	if err != nil || strings.Count(trace, "\n") < 3 {
		t.Errorf("%s, %v", trace, err)
	}
	if _, err := chain.LoadTrace("env"); !errors.Is(err, secrets.ErrAbsent) {
		t.Errorf("%v", err)
	}
}

func marshalled(t *testing.T, what any) []byte {
	t.Helper()
	document, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	return document
}
