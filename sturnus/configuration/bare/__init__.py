"""From a bare controller to programs that answer: what runs before there is a platform to ask.

    host         the machine that is being configured, as steps see it: programs, files
    node         kubeadm: initialise, join, reset; each safe to repeat
    accounts     users, groups and directories
    programs     the platform's settings and services, computed from facts
    steps        all of it in order; `config_controller` tells of it

What a site brings (its installer, or `lab up --bare`) is there already: the packages, a container runtime and a
kubelet that waits, a registry with images, certificates, and how kubeadm has to configure machines of this kind.
"""
