"""The programs of a lab that no distribution has new enough, built once from Go modules and kept by content."""
