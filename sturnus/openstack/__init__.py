"""What the platform knows of the OpenStack application: values from the inventory, passwords, hooks, host classes.

Only an application called `openstack`, `PREFIX-openstack` gets any of it. Facts are gathered (`gathering`), pure
functions make values of them (`overrides`), thin hands write (`passwords_in_cluster`, `class_labels`).
"""
