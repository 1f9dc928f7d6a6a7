package main

import (
	"reflect"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// readMethods need no more than System.Anonymous, System.View or System.Read, the privileges of the read-only role.
var readMethods = strings.Fields(`
	CancelWaitForUpdates CheckForUpdates ContinueRetrievePropertiesEx CancelRetrievePropertiesEx
	CreateCollectorForEvents CreateCollectorForTasks CreateContainerView CreateFilter CreateInventoryView
	CreateListView CreatePropertyCollector CurrentTime DestroyCollector DestroyPropertyCollector
	DestroyPropertyFilter DestroyView Fetch FindAllByUuid FindByInventoryPath FindByIp FindByUuid
	HasUserPrivilegeOnEntities Login Logout
	ModifyListView QueryAvailablePerfMetric QueryEvents QueryOptions QueryPerf QueryPerfCounter
	QueryPerfProviderSummary ReadNextEvents ReadNextTasks ReadPreviousEvents ReadPreviousTasks ResetCollector
	ResetListView RetrieveContent RetrieveProperties RetrievePropertiesEx RetrieveServiceContent RewindCollector
	SetCollectorPageSize WaitForUpdates WaitForUpdatesEx`)

// guard asks every account for the password, refuses reads without a session as vCenter does (the simulator allows
// them) and refuses everything but reads to the readers.
func guard(registry *simulator.Registry, users, readers, password string) {
	known := strings.Split(users+","+readers, ",")
	registry.SessionManager().ValidLogin = func(login *types.Login) bool {
		return slices.Contains(known, login.UserName) && login.Password == password
	}
	readOnly := strings.Split(readers, ",")
	registry.Handler = func(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
		denied := types.NoPermission{Object: &method.This, PrivilegeId: "System.View"}
		switch {
		case ctx.Session == nil && isRead(method):
			return nil, &types.NotAuthenticated{NoPermission: denied}
		case ctx.Session != nil && slices.Contains(readOnly, ctx.Session.UserName) && !slices.Contains(readMethods, method.Name):
			return nil, &denied
		}
		return nil, nil
	}
}

// isRead reports whether a method reads the inventory. The ServiceInstance is readable without a session.
func isRead(method *simulator.Method) bool {
	switch method.Name {
	case "RetrieveProperties", "RetrievePropertiesEx":
		return true
	case "Fetch": // the simulator has pointed method.This to the property collector; the body knows the object
		this := reflect.ValueOf(method.Body).Elem().FieldByName("This").Interface().(types.ManagedObjectReference)
		return this.Type != "ServiceInstance"
	}
	return false
}
