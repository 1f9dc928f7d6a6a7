// Command vcsim serves a simulated vCenter to the tests and the demo of azure-migrate-exporter.
//
// It is govmomi's simulator with what the lab needs on top: accounts that must know a password, a read-only role,
// host names that resolve on this machine, and a way to set any property of any object (update.go). It prints its
// URL when it is ready and stops at SIGTERM.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
)

func main() {
	model := simulator.VPX()
	model.Host, model.Portgroup, model.Machine = 0, 0, 0 // one cluster, no networks, machines of our own
	flag.IntVar(&model.ClusterHost, "host", 4, "hosts")
	flag.IntVar(&model.Datastore, "datastore", 2, "datastores")
	machines := flag.Int("vm", 20, "machines")
	listen := flag.String("listen", "127.0.0.1:0", "address to serve plain HTTP on")
	directory := flag.String("directory", ".", "where the files of the datastores go")
	apiVersion := flag.String("api-version", "8.0.3.0", "API version to announce")
	network := flag.String("host-network", "127.0.1.0", "the first host is named by the address after this one, and so on")
	slow := flag.Int("slow-snapshot", 0, "milliseconds that a snapshot task lasts")
	users := flag.String("users", "administrator", "accounts that may do everything, separated by commas")
	readers := flag.String("readers", "exporter", "accounts with the read-only role, separated by commas")
	flag.Parse()

	_ = os.Setenv("TMPDIR", *directory)
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	defer model.Remove()
	registry := model.Map()
	about := &registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content.About
	about.ApiVersion = *apiVersion
	about.Version = strings.Join(strings.Split(*apiVersion, ".")[:3], ".")
	if err := createMachines(model.Service.Context, *machines); err != nil {
		log.Fatal(err)
	}
	nameHosts(model.Service.Context, netip.MustParseAddr(*network))
	delaySnapshots(*slow)
	registry.AddHandler(taskNamer{})
	guard(registry, *users, *readers, os.Getenv("VCSIM_PASSWORD"))
	model.Service.Listen = &url.URL{Host: *listen, User: url.UserPassword("", "")} // not nil: passwords are checked
	model.Service.HandleFunc("/lab/update", updateHandler(model.Service.Context))

	server := model.Service.NewServer()
	fmt.Printf("http://%s\n", server.Listener.Addr())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
}

// delaySnapshots lets snapshot tasks last, with the machine readable meanwhile (LockHandoff 0).
func delaySnapshots(milliseconds int) {
	if milliseconds > 0 {
		simulator.TaskDelay.MethodDelay = map[string]int{"CreateSnapshotEx": milliseconds, "LockHandoff": 0}
	}
}
