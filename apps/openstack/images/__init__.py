"""The application's container images: recipes as data, one builder, a record of what is built, a publisher."""
