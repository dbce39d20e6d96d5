// Waits until what a pod depends on is there, then ends, or becomes COMMAND.
//
// It is the init container of OpenStack-Helm's charts (kubernetes-entrypoint) as far as our charts use it: the same
// environment variables with the same meaning, the standard library only, one static file.
//
//	NAMESPACE, POD_NAME                 the pod's own
//	DEPENDENCY_SERVICE                  [namespace:]name,…  has a ready endpoint
//	DEPENDENCY_JOBS                     [namespace:]name,…  has succeeded once
//	DEPENDENCY_JOBS_JSON                [{"labels": {…}, "namespace": "…"}]  there is one, and all have succeeded
//	DEPENDENCY_DAEMONSET                [namespace:]name,…  its pod on this pod's node is ready
//	DEPENDENCY_POD_JSON                 [{"labels": {…}, "namespace": "…", "requireSameNode": true}]  one is ready
//	DEPENDENCY_SOCKET                   path,…  is a file that can be written to
//	COMMAND                             what to run afterwards; empty or `echo done`: just end
package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

const pause = time.Second

func main() {
	wanted, err := read(os.Getenv)
	if err != nil {
		fmt.Fprintf(os.Stderr, "entrypoint: %v\n", err)
		os.Exit(2) // the chart is wrong: no waiting helps
	}
	cluster := newCluster(os.Getenv("NAMESPACE"), os.Getenv("POD_NAME"))
	for _, each := range wanted {
		await(each, cluster)
	}
	become(os.Getenv("COMMAND"))
}

// await prints why it waits whenever the reason changes, so that the log's last line is the reason now.
func await(wanted dependency, cluster *cluster) {
	said := ""
	for {
		reason := wanted.missing(cluster)
		if reason == "" {
			fmt.Printf("%s: there\n", wanted)
			return
		}
		if reason != said {
			fmt.Printf("waits for %s: %s\n", wanted, reason)
			said = reason
		}
		time.Sleep(pause)
	}
}

func become(command string) {
	if command == "" || command == "echo done" {
		return
	}
	words := strings.Fields(command)
	err := syscall.Exec(words[0], words, os.Environ())
	fmt.Fprintf(os.Stderr, "entrypoint: COMMAND %s: %v\n", words[0], err)
	os.Exit(2)
}
