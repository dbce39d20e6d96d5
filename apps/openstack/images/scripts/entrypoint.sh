# On the machine: the waiting program, static. $1 is the context, $2 the directory of the recipe's files.
set -eu
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOCACHE="$2/go-build"
mkdir -p "$1/usr/local/bin" "$1/usr/share/sturnus/sbom"
"${GO:-go}" build -C "$2/entrypoint" -trimpath -ldflags '-s -w' -o "$1/usr/local/bin/kubernetes-entrypoint" .
"${GO:-go}" version -m "$1/usr/local/bin/kubernetes-entrypoint" |
  sed "s#^$1##" >"$1/usr/share/sturnus/sbom/go.txt"
