package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const diskSize = 10 << 20 // KiB

// createMachines creates server-01, server-02 and so on, powered on and spread evenly over hosts and datastores.
//
// The simulator's own model does the same, but on random hosts, and waits 40 ms for each machine.
func createMachines(ctx *simulator.Context, count int) error {
	hosts, datastores := all(ctx, "HostSystem"), all(ctx, "Datastore")
	folder := ctx.Map.Get(ctx.Map.Any("Datacenter").(*simulator.Datacenter).VmFolder).(*simulator.Folder)
	pool := ctx.Map.Any("ClusterComputeResource").(*simulator.ClusterComputeResource).ResourcePool
	for i := range count {
		name := fmt.Sprintf("server-%02d", i+1)
		host := hosts[i%len(hosts)].Reference()
		datastore := datastores[i%len(datastores)].Entity().Name
		body := folder.CreateVMTask(ctx, &types.CreateVM_Task{
			This: folder.Self, Config: machine(name, datastore), Pool: *pool, Host: &host,
		}).(*methods.CreateVM_TaskBody)
		created, err := result(ctx, body.Res.Returnval)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		ctx.Update(ctx.Map.Get(created), []types.PropertyChange{
			{Name: "runtime.powerState", Val: types.VirtualMachinePowerStatePoweredOn},
			{Name: "summary.runtime.powerState", Val: types.VirtualMachinePowerStatePoweredOn},
		})
	}
	return nil
}

// result waits for a task, polling more often than Task.Wait does: tasks take a fraction of a millisecond.
func result(ctx *simulator.Context, ref types.ManagedObjectReference) (types.ManagedObjectReference, error) {
	task := ctx.Map.Get(ref).(*simulator.Task)
	reader := *ctx // a lock holder of its own: the task holds locks in the name of ctx
	for {
		var info types.TaskInfo
		reader.WithLock(task, func() { info = task.Info })
		switch info.State {
		case types.TaskInfoStateSuccess:
			return info.Result.(types.ManagedObjectReference), nil
		case types.TaskInfoStateError:
			return types.ManagedObjectReference{}, errors.New(info.Error.LocalizedMessage)
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// machine describes a virtual machine with one disk.
func machine(name, datastore string) types.VirtualMachineConfigSpec {
	var devices object.VirtualDeviceList
	controller, _ := devices.CreateSCSIController("pvscsi")
	file := fmt.Sprintf("[%s] %s/disk1.vmdk", datastore, name)
	disk := devices.CreateDisk(controller.(types.BaseVirtualController), types.ManagedObjectReference{}, file)
	disk.CapacityInKB = diskSize
	changes, _ := append(devices, controller, disk).ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	return types.VirtualMachineConfigSpec{
		Name:         name,
		GuestId:      string(types.VirtualMachineGuestOsIdentifierOtherGuest),
		Files:        &types.VirtualMachineFileInfo{VmPathName: fmt.Sprintf("[%s]", datastore)},
		DeviceChange: changes,
	}
}

// nameHosts names the hosts 127.0.1.1, 127.0.1.2 and so on: something can listen there on this machine.
func nameHosts(ctx *simulator.Context) {
	for i, host := range all(ctx, "HostSystem") {
		nameHost(ctx, host.(*simulator.HostSystem), fmt.Sprintf("127.0.%d.%d", 1+i/250, 1+i%250))
	}
}

func nameHost(ctx *simulator.Context, host *simulator.HostSystem, address string) {
	vnics := slices.Clone(host.Config.Network.Vnic) // hosts may share the slice of their template
	ip := *vnics[0].Spec.Ip
	ip.IpAddress = address
	vnics[0].Spec.Ip = &ip
	ctx.Update(host, []types.PropertyChange{
		{Name: "name", Val: address},
		{Name: "summary.config.name", Val: address},
		{Name: "config.network.vnic", Val: vnics},
	})
}

// all returns the entities of a type in the order of their ids, which is that of their creation.
func all(ctx *simulator.Context, kind string) []mo.Entity {
	return slices.SortedFunc(slices.Values(ctx.Map.All(kind)), func(a, b mo.Entity) int {
		return cmp.Or(
			cmp.Compare(len(a.Reference().Value), len(b.Reference().Value)),
			cmp.Compare(a.Reference().Value, b.Reference().Value),
		)
	})
}
