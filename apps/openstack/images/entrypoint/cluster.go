package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	account  = "/var/run/secrets/kubernetes.io/serviceaccount"
	deadline = 10 * time.Second
)

// cluster asks the API server; what it cannot learn is a reason to wait, never an end.
type cluster struct {
	server    string // https://host:port
	tokenFile string // read at each request: the kubelet renews it
	client    *http.Client
	namespace string
	pod       string
	node      string // of the pod itself, learnt when first needed
}

func newCluster(namespace, pod string) *cluster {
	trusted := x509.NewCertPool()
	if authority, err := os.ReadFile(account + "/ca.crt"); err == nil {
		trusted.AppendCertsFromPEM(authority)
	}
	return &cluster{
		server:    "https://" + net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")),
		tokenFile: account + "/token",
		client: &http.Client{
			Timeout:   deadline,
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}},
		},
		namespace: namespace,
		pod:       pod,
	}
}

// get fills `into` from the API; the answer is a reason in words, "" when it worked.
func (c *cluster) get(path string, into any) string {
	request, err := http.NewRequest(http.MethodGet, c.server+path, nil)
	if err != nil {
		return err.Error()
	}
	token, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return err.Error()
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	answer, err := c.client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	switch answer.StatusCode {
	case http.StatusOK:
		if err := json.Unmarshal(body, into); err != nil {
			return err.Error()
		}
		return ""
	case http.StatusNotFound:
		return "does not exist"
	default:
		var status struct {
			Message string `json:"message"`
		}
		_ = json.Unmarshal(body, &status)
		return fmt.Sprintf("the API server answered %d: %s", answer.StatusCode, status.Message)
	}
}

func (c *cluster) serviceMissing(d dependency) string {
	var endpoints struct {
		Subsets []struct {
			Addresses []struct{} `json:"addresses"`
		} `json:"subsets"`
	}
	path := fmt.Sprintf("/api/v1/namespaces/%s/endpoints/%s", d.namespace, d.name)
	if reason := c.get(path, &endpoints); reason != "" {
		return reason
	}
	for _, subset := range endpoints.Subsets {
		if len(subset.Addresses) > 0 {
			return ""
		}
	}
	return "has no ready endpoint"
}

type jobState struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Status struct {
		Succeeded int `json:"succeeded"`
	} `json:"status"`
}

func (c *cluster) jobsMissing(d dependency) string {
	found := make([]jobState, 1)
	path := fmt.Sprintf("/apis/batch/v1/namespaces/%s/jobs", d.namespace)
	if d.labels == nil {
		if reason := c.get(path+"/"+d.name, &found[0]); reason != "" {
			return reason
		}
	} else {
		var list struct {
			Items []jobState `json:"items"`
		}
		if reason := c.get(path+"?labelSelector="+url.QueryEscape(selector(d.labels)), &list); reason != "" {
			return reason
		}
		found = list.Items
	}
	if len(found) == 0 {
		return "there is none"
	}
	for _, job := range found {
		if job.Status.Succeeded == 0 {
			return fmt.Sprintf("%s has not succeeded yet", job.Metadata.Name)
		}
	}
	return ""
}

func (c *cluster) daemonSetMissing(d dependency) string {
	var set struct {
		Spec struct {
			Selector struct {
				MatchLabels map[string]string `json:"matchLabels"`
			} `json:"selector"`
		} `json:"spec"`
	}
	path := fmt.Sprintf("/apis/apps/v1/namespaces/%s/daemonsets/%s", d.namespace, d.name)
	if reason := c.get(path, &set); reason != "" {
		return reason
	}
	d.labels, d.sameNode = set.Spec.Selector.MatchLabels, true
	return c.podMissing(d)
}

type podState struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		NodeName string `json:"nodeName"`
	} `json:"spec"`
	Status struct {
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	} `json:"status"`
}

func (p podState) ready() bool {
	for _, condition := range p.Status.Conditions {
		if condition.Type == "Ready" {
			return condition.Status == "True"
		}
	}
	return false
}

func (c *cluster) podMissing(d dependency) string {
	query := "?labelSelector=" + url.QueryEscape(selector(d.labels))
	if d.sameNode {
		if reason := c.learnNode(); reason != "" {
			return reason
		}
		query += "&fieldSelector=" + url.QueryEscape("spec.nodeName="+c.node)
	}
	var list struct {
		Items []podState `json:"items"`
	}
	if reason := c.get(fmt.Sprintf("/api/v1/namespaces/%s/pods%s", d.namespace, query), &list); reason != "" {
		return reason
	}
	for _, pod := range list.Items {
		if pod.ready() {
			return ""
		}
	}
	if len(list.Items) == 0 {
		return "there is none"
	}
	return fmt.Sprintf("%s is not ready", list.Items[0].Metadata.Name)
}

func (c *cluster) learnNode() string {
	if c.node != "" {
		return ""
	}
	if c.pod == "" {
		return "POD_NAME is empty: expected the pod's own, from the field metadata.name"
	}
	var own podState
	if reason := c.get(fmt.Sprintf("/api/v1/namespaces/%s/pods/%s", c.namespace, c.pod), &own); reason != "" {
		return fmt.Sprintf("own pod %s: %s", c.pod, reason)
	}
	c.node = own.Spec.NodeName
	return ""
}
