# shellcheck shell=bash
# Finds MNIST, or fetches it. To be sourced after setup.sh.

MNIST_MIRRORS=(
  https://ossci-datasets.s3.amazonaws.com/mnist/
  https://storage.googleapis.com/cvdf-datasets/mnist/
  https://raw.githubusercontent.com/fgnt/mnist/master/
)
# SHA-256 of the files as they are uncompressed. The smallest comes first: it finds out soon whether
# there is a network.
MNIST_FILES=(
  "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2 t10k-labels-idx1-ubyte"
  "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5 train-labels-idx1-ubyte"
  "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7 t10k-images-idx3-ubyte"
  "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db train-images-idx3-ubyte"
)

mnist_cache() {
  local base=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
  realpath -m -- "${base:-$ROOT/.build/cache}/normlab/mnist"
}

# mnist_names_present FOLDER: are the four files there, compressed or not, in it or in its sub-folder
# mnist? What is in them is for the program to judge.
mnist_names_present() {
  local folder kind name found
  for folder in "$1" "$1/mnist"; do
    found=0
    for kind in train-images.idx3 train-labels.idx1 t10k-images.idx3 t10k-labels.idx1; do
      for name in "${kind/./-}-ubyte" "$kind-ubyte"; do
        if [ -f "$folder/$name" ] || [ -f "$folder/$name.gz" ]; then
          found=$((found + 1))
          break
        fi
      done
    done
    if [ "$found" = 4 ]; then return 0; fi
  done
  return 1
}

# mnist_good FILE.gz SHA256
mnist_good() {
  [ -f "$1" ] && [ "$(gzip -dc "$1" 2>/dev/null | sha256sum | cut -d' ' -f1)" = "$2" ]
}

# mnist_fetch URL FILE: a mirror that does not answer costs 4 s, one that stalls 5.
mnist_fetch() {
  curl -fsSL --connect-timeout 4 --speed-limit 1000 --speed-time 5 --max-time 300 \
    -o "$2" "$1" </dev/null
}

# mnist_download FOLDER: completes the cache. Fails if a file cannot be had from any mirror.
mnist_download() {
  local folder=$1 entry sha name mirror temporary mirrors=("${MNIST_MIRRORS[@]}") working
  mkdir -p "$folder" || return 1
  find "$folder" -name '*-ubyte.??????' -mmin +60 -delete || return 1 # of downloads that were killed
  for entry in "${MNIST_FILES[@]}"; do
    read -r sha name <<<"$entry"
    if mnist_good "$folder/$name.gz" "$sha"; then continue; fi
    if ! command -v curl >/dev/null; then
      say "curl is missing"
      return 1
    fi
    working=()
    temporary=$(mktemp "$folder/$name.XXXXXX") || return 1
    for mirror in "${mirrors[@]}"; do
      say "Fetching $mirror$name.gz"
      if ! mnist_fetch "$mirror$name.gz" "$temporary"; then continue; fi
      if mnist_good "$temporary" "$sha"; then
        working=("$mirror" "${mirrors[@]}")
        break
      fi
      say "warning: $mirror$name.gz is not the published file"
    done
    if [ "${#working[@]}" = 0 ] || ! chmod 644 "$temporary" ||
      ! mv -f "$temporary" "$folder/$name.gz"; then
      rm -f "$temporary"
      return 1
    fi
    mirrors=("${working[@]}")
  done
}

# mnist_find: prints the folder to train on; synthetic, what the program is told to draw digits.
# A bad $NORMLAB_DATA is an error: who names a folder wants that one.
mnist_find() {
  local cache
  if [ "${NORMLAB_DATA:-}" = synthetic ]; then
    echo synthetic
    return
  fi
  if [ -n "${NORMLAB_DATA:-}" ]; then
    if [ ! -d "$NORMLAB_DATA" ]; then die 3 "NORMLAB_DATA=$NORMLAB_DATA: no such folder"; fi
    if ! mnist_names_present "$NORMLAB_DATA"; then
      die 3 "NORMLAB_DATA=$NORMLAB_DATA: the four files of MNIST (train-images-idx3-ubyte[.gz], ...) \
are not all there"
    fi
    echo "$NORMLAB_DATA"
    return
  fi
  cache=$(mnist_cache)
  if mnist_download "$cache"; then
    echo "$cache"
  else
    say "note: MNIST cannot be had here. Training on synthetic digits instead: the figures below are"
    say "      not MNIST's. Set NORMLAB_DATA to a folder with its four files to use them."
    echo synthetic
  fi
}
