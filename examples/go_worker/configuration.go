package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// configuration is what the file says.
type configuration struct {
	// text has the keys that say something themselves.
	text map[string]string
	// secret has, for each key that ended in _secret, the name of the secret under the key without that.
	secret map[string]string
}

const ofSecret = "_secret"

// readConfiguration reads lines of the form key = "text", which are TOML.
func readConfiguration(path string) (*configuration, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &configuration{text: map[string]string{}, secret: map[string]string{}}
	for i, line := range strings.Split(string(content), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, quoted, is := strings.Cut(line, "=")
		text, err := strconv.Unquote(strings.TrimSpace(quoted))
		if !is || err != nil {
			// Not what the line says: somebody may have put a secret there.
			return nil, fmt.Errorf("%s, line %d: this is not key = \"text\"", path, i+1)
		}
		key = strings.TrimSpace(key)
		if of, named := strings.CutSuffix(key, ofSecret); named {
			c.secret[of] = text
		} else {
			c.text[key] = text
		}
	}
	if c.text["api_url"] == "" {
		return nil, fmt.Errorf("%s: there is no api_url", path)
	}
	for _, key := range []string{"poll", "refresh", "timeout"} {
		if d, err := time.ParseDuration(c.text[key]); c.text[key] != "" && (err != nil || d <= 0) {
			return nil, fmt.Errorf("%s: %s is no duration such as \"10s\"", path, key)
		}
	}
	return c, nil
}

func (c *configuration) duration(key string, usual time.Duration) time.Duration {
	if d, err := time.ParseDuration(c.text[key]); err == nil {
		return d
	}
	return usual
}

// changed is something else once the file has changed.
func changed(path string) string {
	status, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(status.ModTime().UnixNano(), status.Size())
}
