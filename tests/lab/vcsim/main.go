// Command vcsim serves a simulated vCenter to the tests and the demo of azure-migrate-exporter.
//
// It is govmomi's simulator with additions for the lab: accounts with a password, a read-only role, host names that
// resolve on this machine, and a handler that sets any property of any object (update.go). It prints its URL when it
// is ready and stops at SIGTERM.
package main

import (
	"flag"
	"fmt"
	"log"
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
	model.Host, model.Portgroup, model.Machine = 0, 0, 0 // one cluster, no networks, machines by createMachines
	model.Datastore = 2
	flag.IntVar(&model.ClusterHost, "host", 4, "hosts")
	machines := flag.Int("vm", 20, "machines")
	directory := flag.String("directory", "", "absolute path of where the files of the datastores go")
	apiVersion := flag.String("api-version", "8.0.3.0", "API version to announce")
	slow := flag.Int("slow-snapshot", 0, "milliseconds that a snapshot task lasts")
	users := flag.String("users", "administrator", "accounts that may do everything, separated by commas")
	readers := flag.String("readers", "exporter", "accounts with the read-only role, separated by commas")
	flag.Parse()

	_ = os.Setenv("TMPDIR", *directory)
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	defer model.Remove()
	ctx := model.Service.Context
	about := &ctx.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content.About
	about.ApiVersion = *apiVersion
	about.Version = strings.Join(strings.Split(*apiVersion, ".")[:3], ".")
	nameHosts(ctx)
	if err := createMachines(ctx, *machines); err != nil {
		log.Fatal(err)
	}
	delaySnapshots(*slow)
	ctx.Map.AddHandler(taskNamer{})
	guard(ctx.Map, *users, *readers, os.Getenv("VCSIM_PASSWORD"))
	serve(model.Service)
}

// serve prints the URL and serves until SIGTERM or SIGINT.
func serve(service *simulator.Service) {
	service.Listen = &url.URL{Host: "127.0.0.1:0", User: url.UserPassword("", "")} // a user, or any password would do
	service.HandleFunc("/lab/update", updateHandler(service.Context))
	server := service.NewServer()
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
