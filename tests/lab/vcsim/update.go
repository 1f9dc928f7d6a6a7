package main

import (
	"fmt"
	"net/http"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// updateHandler sets properties of one object and notifies its watchers. The body is an ObjectUpdate as a
// vSphere client serialises it: the object and its PropertyChanges, with typed values; op "remove" unsets.
func updateHandler(service *simulator.Context) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var update types.ObjectUpdate
		decoder := xml.NewDecoder(r.Body)
		decoder.TypeFunc = types.TypeFunc()
		if err := decoder.Decode(&update); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := apply(service, update); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}
}

// apply turns the simulator's panics over unknown properties and wrong types into errors.
func apply(service *simulator.Context, update types.ObjectUpdate) (err error) {
	ctx := *service // its own lock holder: locks are shared by everyone who uses the same context
	object := ctx.Map.Get(update.Obj)
	if object == nil {
		return fmt.Errorf("%s: no such object", update.Obj)
	}
	unlock := ctx.Map.AcquireLock(&ctx, object)
	defer unlock()
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%s: %v", update.Obj, reason)
		}
	}()
	for _, change := range update.ChangeSet {
		if change.Val == nil && change.Op != types.PropertyChangeOpRemove {
			return fmt.Errorf("%s: %s: no value, or one of an unknown type", update.Obj, change.Name)
		}
	}
	ctx.Update(object, update.ChangeSet)
	return nil
}
