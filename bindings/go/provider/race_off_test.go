//go:build !race

package provider_test

const race = false
