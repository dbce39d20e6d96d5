"""Commands. They speak to the platform over the wire and import next to nothing, so that they start fast."""
