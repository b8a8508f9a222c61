#!/bin/sh
# install.sh: builds the editor that the suite drives (code-server, which is
# VS Code with its window in a browser) and prints its folder. It is kept
# outside the tree, so that it is built once a machine; the second run only
# looks for the stamp. Needs node, npm, python3 and a C++ compiler; what else
# is missing is installed with apt where there is one.
#
#   HOTBRIDGE_EDITOR_CACHE   another folder for it
set -eu

version=4.100.3
recipe=1 # raise it when the steps below change
cache=${HOTBRIDGE_EDITOR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hotbridge}
folder=$cache/editor-$version
stamp=$folder/.ready-$recipe
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
log=$cache/editor-$version.log

say() { printf 'editor: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# run WHAT COMMAND...: quiet unless it fails.
run() {
    what=$1
    shift
    say "$what"
    if ! "$@" >>"$log" 2>&1; then
        tail -n 40 "$log" >&2
        die "$what failed; all of it is in $log"
    fi
}

missing_packages() {
    command -v chromium >/dev/null 2>&1 ||
        command -v google-chrome >/dev/null 2>&1 || echo chromium
    command -v rg >/dev/null 2>&1 || echo ripgrep
    command -v python3 >/dev/null 2>&1 || echo python3
    command -v make >/dev/null 2>&1 || echo make
    command -v g++ >/dev/null 2>&1 || echo g++
    command -v flock >/dev/null 2>&1 || echo util-linux
    command -v pkg-config >/dev/null 2>&1 || echo pkg-config
    for pair in krb5:libkrb5-dev x11:libx11-dev xkbfile:libxkbfile-dev \
        libsecret-1:libsecret-1-dev; do
        pkg-config --exists "${pair%%:*}" 2>/dev/null || echo "${pair#*:}"
    done
    ls /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf >/dev/null 2>&1 ||
        echo fonts-dejavu-core
}

install_packages() {
    # shellcheck disable=SC2046
    set -- $(missing_packages)
    [ $# -gt 0 ] || return 0
    command -v apt-get >/dev/null 2>&1 ||
        die "missing: $*; install them and run this again"
    sudo=
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    run "apt: updating the package lists" $sudo apt-get update
    run "apt: installing $*" $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=600 install -y \
        --no-install-recommends "$@"
}

# The headers of the Node that runs, so that nothing is downloaded for them.
node_headers() {
    prefix=$(node -p 'path.dirname(path.dirname(fs.realpathSync(process.execPath)))')
    [ -f "$prefix/include/node/node.h" ] || die "no Node headers in \
$prefix/include/node; install them (Debian: libnode-dev) and run this again"
    echo "$prefix"
}

npm_quiet() {
    npm "$@" --ignore-scripts --no-audit --no-fund --no-update-notifier \
        --loglevel=error
}

in_folder() (
    cd "$1"
    shift
    "$@"
)

build_editor() {
    headers=$(node_headers)
    mkdir -p "$folder"
    [ -f "$folder/package.json" ] ||
        printf '{"private": true}\n' >"$folder/package.json"
    server=$folder/node_modules/code-server
    vscode=$server/lib/vscode

    run "code-server $version" \
        in_folder "$folder" npm_quiet install "code-server@$version"
    run "its own modules" in_folder "$vscode" npm_quiet install --omit=dev
    run "its extensions' modules" \
        in_folder "$vscode/extensions" npm_quiet install --omit=dev

    gyp=$(find "$folder/node_modules" -path '*/node-gyp/bin/node-gyp.js' | head -n 1)
    [ -n "$gyp" ] ||
        gyp=$(find "$(npm root -g 2>/dev/null)" -path '*/node-gyp/bin/node-gyp.js' | head -n 1)
    [ -n "$gyp" ] || die "npm has no node-gyp; install a newer npm"
    for module in @vscode/spdlog native-watchdog node-pty @parcel/watcher \
        kerberos @vscode/deviceid; do
        [ ! -d "$vscode/node_modules/$module/build/Release" ] || continue
        run "compiling $module" in_folder "$vscode/node_modules/$module" \
            node "$gyp" rebuild --nodedir="$headers" --jobs=2
    done
    argon=$(find "$folder/node_modules" -type d -path '*/node_modules/argon2' | head -n 1)
    [ -n "$argon" ] || die "argon2 is not among code-server's modules"
    run "compiling argon2" in_folder "$argon" \
        node "$folder/node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp" \
        rebuild --build-from-source --nodedir="$headers"
    mkdir -p "$vscode/node_modules/@vscode/ripgrep/bin"
    cp "$(command -v rg)" "$vscode/node_modules/@vscode/ripgrep/bin/rg"
    run "trying it" node "$server/out/node/entry.js" --version
    touch "$stamp"
    say "built in $folder"
}

install_driver() {
    if [ "$here/node_modules/.package-lock.json" -nt "$here/package-lock.json" ]; then
        return 0
    fi
    run "the driver of the browser" in_folder "$here" npm_quiet ci
    touch "$here/node_modules/.package-lock.json"
}

mkdir -p "$cache"
if [ ! -f "$stamp" ] || [ -n "$(missing_packages)" ]; then
    : >"$log"
    install_packages
fi
if [ ! -f "$stamp" ]; then
    (
        flock 9
        [ -f "$stamp" ] || build_editor
    ) 9>"$cache/editor-$version.lock"
fi
install_driver
echo "$folder"
