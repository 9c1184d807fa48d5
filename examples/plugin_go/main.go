// A complete plugin: each file of one directory is a secret, called by the file's name.
//
// Copy it, and put your own place into directory. It is the same provider as examples/plugin_rust and
// examples/plugin_c, as a program of its own. Its settings are one path:
//
//	[secrets.providers.files]
//	plugin = "/usr/local/lib/prefect-secrets/directory.toml"
//	[secrets.providers.files.config]
//	directory = "/run/secrets"
package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"prefectsecrets/provider"
)

// directory answers names from the files of one directory. A name that no file can have is absent; so
// is one that leads out of the directory.
type directory struct {
	path string
}

func (d *directory) open(_ string, settings json.RawMessage) error {
	const next = "set it to the absolute path of a directory"
	var known map[string]json.RawMessage
	if err := json.Unmarshal(settings, &known); err != nil {
		return err
	}
	setting, is := known["directory"]
	if !is {
		return provider.Fail(provider.Invalid, "the setting `directory` is missing", next)
	}
	err := json.Unmarshal(setting, &d.path)
	if err != nil || !strings.HasPrefix(d.path, "/") || strings.Contains(d.path, "\x00") {
		return provider.Fail(provider.Invalid, "the setting `directory` is no absolute path", next)
	}
	return nil
}

// present fails if the directory is not there: that it is gone is an outage, not absence.
func (d *directory) present() error {
	status, err := os.Stat(d.path)
	if err == nil && !status.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return noDirectory(err)
	}
	return nil
}

func (d *directory) get(ctx context.Context, name string) (*provider.Value, error) {
	if err := d.present(); err != nil {
		return nil, err
	}
	return d.read(ctx, name)
}

// getMany is as get, with the directory looked at once.
func (d *directory) getMany(ctx context.Context, names []string) ([]provider.Answer, error) {
	if err := d.present(); err != nil {
		return nil, err
	}
	answers := make([]provider.Answer, len(names))
	for i, name := range names {
		answers[i].Value, answers[i].Err = d.read(ctx, name)
	}
	return answers, nil
}

func (d *directory) read(ctx context.Context, name string) (*provider.Value, error) {
	if !isFileName(name) {
		return nil, provider.ErrAbsent
	}
	if err := inTime(ctx, "reading a file"); err != nil {
		return nil, err
	}
	text, err := readFile(filepath.Join(d.path, name))
	if err != nil {
		return nil, err
	}
	return provider.Text(text), nil
}

// set keeps the text: a file has no place for a JSON view of its own.
func (d *directory) set(ctx context.Context, name string, value *provider.Value) error {
	if !isFileName(name) {
		return provider.Fail(provider.Invalid, "no file can have this name",
			`use a name of 1 to 255 bytes without '/', not "." and not ".."`)
	}
	if value.Text != nil && value.JSON != nil {
		return provider.Fail(provider.Unsupported, "a file has no room for a JSON view beside its text",
			"set the value as text or as JSON")
	}
	if err := inTime(ctx, "writing a file"); err != nil {
		return err
	}
	if err := d.present(); err != nil {
		return err
	}
	text := value.Text
	if text == nil {
		text = value.JSON
	}
	return writeFile(d.path, name, text)
}

func (d *directory) delete(ctx context.Context, name string) error {
	if !isFileName(name) {
		return provider.ErrAbsent
	}
	if err := inTime(ctx, "removing a file"); err != nil {
		return err
	}
	if err := d.present(); err != nil {
		return err
	}
	return removeFile(filepath.Join(d.path, name))
}

// list gives the regular files whose names are UTF-8 and do not start with a dot.
func (d *directory) list(ctx context.Context) ([]string, error) {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return nil, noDirectory(err)
	}
	var names []string
	for _, entry := range entries {
		if err := inTime(ctx, "listing the directory"); err != nil {
			return nil, err
		}
		name := entry.Name()
		if entry.Type().IsRegular() && !strings.HasPrefix(name, ".") && utf8.ValidString(name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// isFileName says whether a file of the directory can have this name.
func isFileName(name string) bool {
	return len(name) >= 1 && len(name) <= 255 && !strings.ContainsAny(name, "/\x00") &&
		name != "." && name != ".."
}

// inTime keeps the promise of HonorsDeadlines: it is asked before each piece of work.
func inTime(ctx context.Context, doing string) error {
	if ctx.Err() == nil {
		return nil
	}
	return provider.Fail(provider.TimedOut, "the deadline passed while "+doing,
		"allow more time, or find out what is slow")
}

func main() {
	var d directory
	provider.Serve(provider.Provider{
		ID:              "directory-go",
		Open:            d.open,
		Get:             d.get,
		GetMany:         d.getMany,
		Set:             d.set,
		Delete:          d.delete,
		List:            d.list,
		HonorsDeadlines: true,
	})
}
