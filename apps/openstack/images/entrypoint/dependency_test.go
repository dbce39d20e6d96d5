package main

import (
	"reflect"
	"strings"
	"testing"
)

func reading(variables map[string]string) ([]string, error) {
	found, err := read(func(name string) string { return variables[name] })
	said := []string{}
	for _, each := range found {
		said = append(said, each.String())
	}
	return said, err
}

func TestEveryVariableIsReadAsTheChartsWriteIt(t *testing.T) {
	for name, each := range map[string]struct {
		variables map[string]string
		expected  []string
	}{
		"nothing":            {map[string]string{}, []string{}},
		"empty":              {map[string]string{"DEPENDENCY_SERVICE": " , "}, []string{}},
		"services":           {map[string]string{"DEPENDENCY_SERVICE": "mariadb, other:keystone-api"}, []string{"Service openstack/mariadb", "Service other/keystone-api"}},
		"no namespace":       {map[string]string{"DEPENDENCY_SERVICE": ":mariadb"}, []string{"Service openstack/mariadb"}},
		"jobs":               {map[string]string{"DEPENDENCY_JOBS": "nova-db-sync"}, []string{"Job openstack/nova-db-sync"}},
		"jobs by labels":     {map[string]string{"DEPENDENCY_JOBS_JSON": `[{"labels": {"b": "2", "a": "1"}}]`}, []string{"Jobs openstack/a=1,b=2"}},
		"daemon sets":        {map[string]string{"DEPENDENCY_DAEMONSET": "ovn-controller"}, []string{"DaemonSet openstack/ovn-controller"}},
		"pods on this node":  {map[string]string{"DEPENDENCY_POD_JSON": `[{"labels": {"a": "1"}, "requireSameNode": true, "namespace": "x"}]`}, []string{"Pod x/a=1 on this node"}},
		"sockets with colon": {map[string]string{"DEPENDENCY_SOCKET": "/run/a:b"}, []string{"socket /run/a:b"}},
		"sockets first":      {map[string]string{"DEPENDENCY_SERVICE": "a", "DEPENDENCY_SOCKET": "/run/s"}, []string{"socket /run/s", "Service openstack/a"}},
	} {
		each.variables["NAMESPACE"] = "openstack"
		found, err := reading(each.variables)
		if err != nil || !reflect.DeepEqual(found, each.expected) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

func TestWhatCannotBeReadIsAMistakeOfTheChart(t *testing.T) {
	for expected, variables := range map[string]map[string]string{
		"DEPENDENCY_POD_JSON: unexpected end": {"NAMESPACE": "x", "DEPENDENCY_POD_JSON": `[{"labels"`},
		"an entry has no labels":              {"NAMESPACE": "x", "DEPENDENCY_JOBS_JSON": `[{"namespace": "y"}]`},
		"NAMESPACE is empty":                  {"DEPENDENCY_SERVICE": "mariadb"},
	} {
		if _, err := reading(variables); err == nil || !strings.Contains(err.Error(), expected) {
			t.Errorf("expected %q, found %v", expected, err)
		}
	}
}
