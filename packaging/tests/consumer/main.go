package main

import (
	"context"
	"fmt"
	"os"

	secrets "prefectsecrets"
)

func main() {
	secret, err := secrets.Get(context.Background(), "DB_PASSWORD")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer secret.Close()
	fmt.Printf("%d bytes from %s\n", secret.Len(), secret.Provider())
}
