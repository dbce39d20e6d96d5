package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

const (
	ready    = `{"metadata": {"name": "p"}, "spec": {"nodeName": "n"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}`
	starting = `{"metadata": {"name": "p"}, "spec": {"nodeName": "n"}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}`
)

// answering is an API server that knows these paths, with their queries, and nothing else.
func answering(t *testing.T, answers map[string]string) *cluster {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, asked *http.Request) {
		if asked.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("%s was asked without the token", asked.URL)
		}
		answer, known := answers[asked.URL.RequestURI()]
		switch {
		case !known:
			http.Error(out, `{"message": "not found"}`, http.StatusNotFound)
		case answer == "":
			http.Error(out, `{"message": "may not"}`, http.StatusForbidden)
		default:
			_, _ = out.Write([]byte(answer))
		}
	}))
	t.Cleanup(server.Close)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &cluster{server: server.URL, tokenFile: token, client: server.Client(), namespace: "o", pod: "own"}
}

func TestWhatIsMissingIsSaidInWords(t *testing.T) {
	service := dependency{kind: service, namespace: "o", name: "db"}
	job := dependency{kind: job, namespace: "o", name: "sync"}
	jobs := dependency{kind: jobsByLabels, namespace: "o", labels: map[string]string{"a": "1"}}
	pods := dependency{kind: podByLabels, namespace: "o", labels: map[string]string{"a": "1"}}
	here := dependency{kind: podByLabels, namespace: "o", labels: map[string]string{"a": "1"}, sameNode: true}
	set := dependency{kind: daemonSet, namespace: "o", name: "ovs"}
	const (
		endpointsPath = "/api/v1/namespaces/o/endpoints/db"
		jobPath       = "/apis/batch/v1/namespaces/o/jobs/sync"
		jobsPath      = "/apis/batch/v1/namespaces/o/jobs?labelSelector=a%3D1"
		podsPath      = "/api/v1/namespaces/o/pods?labelSelector=a%3D1"
		herePath      = "/api/v1/namespaces/o/pods?labelSelector=a%3D1&fieldSelector=spec.nodeName%3Dn"
		ownPath       = "/api/v1/namespaces/o/pods/own"
		setPath       = "/apis/apps/v1/namespaces/o/daemonsets/ovs"
		setText       = `{"spec": {"selector": {"matchLabels": {"a": "1"}}}}`
	)
	for name, each := range map[string]struct {
		wanted   dependency
		answers  map[string]string
		expected string
	}{
		"service absent":    {service, nil, "does not exist"},
		"service refused":   {service, map[string]string{endpointsPath: ""}, "the API server answered 403: may not"},
		"service empty":     {service, map[string]string{endpointsPath: `{"subsets": [{"notReadyAddresses": [{}]}]}`}, "has no ready endpoint"},
		"service ready":     {service, map[string]string{endpointsPath: `{"subsets": [{"addresses": [{}]}]}`}, ""},
		"job absent":        {job, nil, "does not exist"},
		"job running":       {job, map[string]string{jobPath: `{"metadata": {"name": "sync"}, "status": {}}`}, "sync has not succeeded yet"},
		"job done":          {job, map[string]string{jobPath: `{"status": {"succeeded": 1}}`}, ""},
		"no such jobs":      {jobs, map[string]string{jobsPath: `{"items": []}`}, "there is none"},
		"one of two jobs":   {jobs, map[string]string{jobsPath: `{"items": [{"status": {"succeeded": 1}}, {"metadata": {"name": "b"}}]}`}, "b has not succeeded yet"},
		"no such pods":      {pods, map[string]string{podsPath: `{"items": []}`}, "there is none"},
		"pods starting":     {pods, map[string]string{podsPath: `{"items": [` + starting + `]}`}, "p is not ready"},
		"one pod ready":     {pods, map[string]string{podsPath: `{"items": [` + starting + `,` + ready + `]}`}, ""},
		"ready on the node": {here, map[string]string{ownPath: starting, herePath: `{"items": [` + ready + `]}`}, ""},
		"own pod hidden":    {here, map[string]string{ownPath: ""}, "own pod own: the API server answered 403: may not"},
		"daemon set here":   {set, map[string]string{setPath: setText, ownPath: starting, herePath: `{"items": [` + ready + `]}`}, ""},
		"daemon set absent": {set, nil, "does not exist"},
	} {
		if found := each.wanted.missing(answering(t, each.answers)); found != each.expected {
			t.Errorf("%s: expected %q, found %q", name, each.expected, found)
		}
	}
}

func TestASocketHasToBeWritable(t *testing.T) {
	place := filepath.Join(t.TempDir(), "socket")
	wanted := dependency{kind: socket, name: place}
	if found := wanted.missing(nil); found != "no such file or directory" {
		t.Errorf("found %q", found)
	}
	if err := os.WriteFile(place, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if found := wanted.missing(nil); found != "" {
		t.Errorf("found %q", found)
	}
}
