package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// vCenterIDs are the descriptionIds of vCenter where the simulator invents its own.
var vCenterIDs = map[string]string{
	"VirtualMachine.removeSnapshot":     "vm.Snapshot.remove",
	"VirtualMachine.RemoveAllSnapshots": "VirtualMachine.removeAllSnapshots",
	"VirtualMachine.reconfigVm":         "VirtualMachine.reconfigure",
}

// taskNamer sets the user, the entity name and the descriptionId of tasks as vCenter does. The simulator has "vcsim",
// the id of the entity, and an id of its own.
type taskNamer struct{}

func (taskNamer) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "LabTaskNamer", Value: "LabTaskNamer"}
}

func (taskNamer) PutObject(*simulator.Context, mo.Reference) {}

func (taskNamer) RemoveObject(*simulator.Context, types.ManagedObjectReference) {}

// UpdateObject is called at the first change of a task, from queued to running, in the caller's session.
func (taskNamer) UpdateObject(ctx *simulator.Context, object mo.Reference, _ []types.PropertyChange) {
	task, ok := object.(*mo.Task)
	if !ok || ctx.Session == nil {
		return
	}
	if reason, ok := task.Info.Reason.(*types.TaskReasonUser); ok && reason.UserName == "vcsim" {
		task.Info.Reason = &types.TaskReasonUser{UserName: ctx.Session.UserName}
	}
	if id, ok := vCenterIDs[task.Info.DescriptionId]; ok {
		task.Info.DescriptionId = id
	}
	if entity, ok := ctx.Map.Get(*task.Info.Entity).(mo.Entity); ok && entity.Entity().Name != "" {
		task.Info.EntityName = entity.Entity().Name
	}
}
