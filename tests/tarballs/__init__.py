"""Makers of application tarballs for tests and benchmarks. No binary lies in git; the same seed gives the same bytes.

* `charts.py`: one Helm chart as an archive: workloads, hooks, init containers that wait;
* `applications.py`: a whole tarball, in either form, from one description;
* `archives.py`: files into a reproducible `.tgz`;
* `tiny.py`: an application of three charts, in both forms, for tests of the engine on a real cluster;
* `openstack.py`: look-alikes of stx-openstack, 2019 (Armada) and today (FluxCD), in shape and size.
"""
