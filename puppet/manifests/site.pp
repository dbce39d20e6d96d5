# What a host applies is in its own file of hieradata.
lookup('classes', Array[String], 'unique').include
