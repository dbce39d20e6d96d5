package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"syscall"
)

// kind is what a dependency is; a closed set.
type kind int

const (
	service kind = iota
	job
	jobsByLabels
	daemonSet
	podByLabels
	socket
)

func (k kind) String() string {
	return [...]string{"Service", "Job", "Jobs", "DaemonSet", "Pod", "socket"}[k]
}

// dependency is one thing that has to be there first.
type dependency struct {
	kind      kind
	namespace string
	name      string            // "" if chosen by labels; a path if it is a socket
	labels    map[string]string // nil if named
	sameNode  bool              // only one on the pod's own node will do
}

func (d dependency) String() string {
	what := d.name
	if d.labels != nil {
		what = selector(d.labels)
	}
	if d.kind == socket {
		return "socket " + what
	}
	where := ""
	if d.sameNode {
		where = " on this node"
	}
	return fmt.Sprintf("%s %s/%s%s", d.kind, d.namespace, what, where)
}

// read gathers all dependencies from the environment, in the order in which they are waited for.
func read(environment func(string) string) ([]dependency, error) {
	namespace := environment("NAMESPACE")
	var found []dependency
	for _, each := range []struct {
		variable string
		kind     kind
	}{{"DEPENDENCY_SOCKET", socket}, {"DEPENDENCY_SERVICE", service}, {"DEPENDENCY_JOBS", job}, {"DEPENDENCY_DAEMONSET", daemonSet}} {
		found = append(found, named(each.kind, environment(each.variable), namespace)...)
	}
	for _, each := range []struct {
		variable string
		kind     kind
	}{{"DEPENDENCY_JOBS_JSON", jobsByLabels}, {"DEPENDENCY_POD_JSON", podByLabels}} {
		chosen, err := byLabels(each.kind, environment(each.variable), namespace)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: expected [{\"labels\": {\"application\": \"nova\"}}]", each.variable, err)
		}
		found = append(found, chosen...)
	}
	if len(found) > 0 && namespace == "" {
		return nil, fmt.Errorf("NAMESPACE is empty: expected the pod's own, from the field metadata.namespace")
	}
	return found, nil
}

func named(kind kind, value, namespace string) []dependency {
	var found []dependency
	for _, part := range strings.Split(value, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		where, name := namespace, part
		if before, after, split := strings.Cut(part, ":"); split && kind != socket {
			name = after
			if before != "" {
				where = before
			}
		}
		found = append(found, dependency{kind: kind, namespace: where, name: name})
	}
	return found
}

func byLabels(kind kind, value, namespace string) ([]dependency, error) {
	if strings.TrimSpace(value) == "" {
		return nil, nil
	}
	var listed []struct {
		Labels          map[string]string `json:"labels"`
		Namespace       string            `json:"namespace"`
		RequireSameNode bool              `json:"requireSameNode"`
	}
	if err := json.Unmarshal([]byte(value), &listed); err != nil {
		return nil, err
	}
	var found []dependency
	for _, each := range listed {
		if len(each.Labels) == 0 {
			return nil, fmt.Errorf("an entry has no labels")
		}
		where := namespace
		if each.Namespace != "" {
			where = each.Namespace
		}
		found = append(found, dependency{kind, where, "", each.Labels, each.RequireSameNode})
	}
	return found, nil
}

func selector(labels map[string]string) string {
	pairs := make([]string, 0, len(labels))
	for key, value := range labels {
		pairs = append(pairs, key+"="+value)
	}
	sort.Strings(pairs)
	return strings.Join(pairs, ",")
}

// missing says why the dependency is not there yet; "" when it is.
func (d dependency) missing(cluster *cluster) string {
	switch d.kind {
	case service:
		return cluster.serviceMissing(d)
	case job, jobsByLabels:
		return cluster.jobsMissing(d)
	case daemonSet:
		return cluster.daemonSetMissing(d)
	case podByLabels:
		return cluster.podMissing(d)
	default:
		return socketMissing(d.name)
	}
}

func socketMissing(path string) string {
	const writable = 2
	if err := syscall.Access(path, writable); err != nil {
		return err.Error()
	}
	return ""
}
