package prefectsecrets

/*
#include "shims.h"
*/
import "C"

import "context"

// Listed is a name, and who lists it.
type Listed struct {
	Name     string `json:"name"`
	Provider string `json:"provider"`
	// Shadowed says that an earlier provider lists it too, and so answers in this one's stead.
	Shadowed bool `json:"shadowed"`
}

// List gives the names of every provider that can list them. A name that two providers list is there
// twice.
func (c *Chain) List(ctx context.Context) ([]Listed, error) {
	outcome, err := c.run(ctx, "", func(limit C.go_limit) C.go_outcome {
		return C.go_list(c.c, limit)
	})
	if err != nil {
		return nil, err
	}
	names := (*C.prefect_secrets_names)(outcome.object)
	defer C.prefect_secrets_names_free(names)
	listed := make([]Listed, C.prefect_secrets_names_count(names))
	for i := range listed {
		at := C.go_names_at(names, C.size_t(i))
		listed[i] = Listed{text(at.name), text(at.provider), at.shadowed == 1}
	}
	return listed, nil
}
