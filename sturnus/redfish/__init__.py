"""Baseboard controllers, reached by Redfish (DMTF DSP0266)."""
