package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"prefectsecrets/provider"
)

// largest is the largest value: 16 MiB.
const largest = 16 << 20

// readFile gives the content of a regular file.
func readFile(path string) ([]byte, error) {
	// A link is not followed: it could lead out of the directory. A pipe is not waited for.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, provider.ErrAbsent
	}
	if err != nil {
		return nil, noFile(err)
	}
	defer file.Close()
	status, err := file.Stat()
	if err != nil {
		return nil, noFile(err)
	}
	if !status.Mode().IsRegular() {
		return nil, notAFile()
	}
	for size := status.Size(); ; size = max(2*size, 4096) {
		if size > largest {
			return nil, tooLarge()
		}
		// Memory of the right size at once: a slice that grows leaves copies of the value behind.
		// One byte more, to see whether the file has grown meanwhile.
		text := make([]byte, size+1)
		n, err := file.ReadAt(text, 0)
		if err == io.EOF {
			return text[:n], nil
		}
		clear(text)
		if err != nil {
			return nil, noFile(err)
		}
	}
}

// writeFile puts a value into a file of the directory: whoever reads meanwhile gets the old value or
// the new one, and never a part.
func writeFile(directory, name string, value []byte) error {
	if len(value) > largest {
		return tooLarge()
	}
	file, err := temporary(directory)
	if err != nil {
		return notWritten(err)
	}
	_, err = file.Write(value)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = syscall.Rename(file.Name(), filepath.Join(directory, name))
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return notWritten(err)
	}
	return nil
}

// temporary is a new file that only this user can read, under a name that a list leaves out.
func temporary(directory string) (*os.File, error) {
	for attempt := 0; ; attempt++ {
		name := fmt.Sprintf(".prefect-secrets-%d-%d", os.Getpid(), attempt)
		path := filepath.Join(directory, name)
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) || attempt == 1000 {
			return file, err
		}
	}
}

// removeFile does not use os.Remove, which removes a directory as well.
func removeFile(path string) error {
	err := syscall.Unlink(path)
	if err == syscall.ENOENT {
		return provider.ErrAbsent
	}
	if err != nil {
		return notWritten(err)
	}
	return nil
}

const (
	givePermission = "give this user the permission with chmod or chown"
	lookIntoLog    = "look into the system's log for the disk or the mount"
)

func noDirectory(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return provider.Fail(provider.Unavailable, "the directory is not there",
			"create or mount it, or correct the setting `directory`")
	case errors.Is(err, fs.ErrPermission):
		return provider.Fail(provider.Denied, "this user may not use the directory", givePermission)
	default:
		return provider.Fail(provider.Unavailable, "the directory cannot be read at present", lookIntoLog)
	}
}

func noFile(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return provider.Fail(provider.Denied, "this user may not read the file", givePermission)
	case errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.ENXIO): // a link; a socket
		return notAFile()
	default:
		return provider.Fail(provider.Unavailable, "the file cannot be read at present", lookIntoLog)
	}
}

func notWritten(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return provider.Fail(provider.Denied, "this user may not write to the directory", givePermission)
	case errors.Is(err, syscall.EISDIR):
		return notAFile()
	default:
		return provider.Fail(provider.Unavailable, "the directory cannot be written at present",
			"make room on the disk, or look into the system's log")
	}
}

func notAFile() error {
	return provider.Fail(provider.Invalid, "what has this name is not a regular file",
		"put the file itself there, not a directory or a link")
}

func tooLarge() error {
	return provider.Fail(provider.Invalid, "the value is larger than 16 MiB", "store a smaller value")
}
