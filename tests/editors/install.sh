#!/bin/sh
# install.sh: builds the editor that the suite drives (code-server, which is
# VS Code with its window in a browser) and prints its folder. It is kept
# outside the tree, so that it is built once a machine; the second run only
# looks for the stamp. What it needs, `packaging/deps editors` installs.
#
#   HOTBRIDGE_EDITOR_CACHE   another folder for it
set -eu

version=4.100.3
recipe=2 # raise it when the steps below change
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

# npm_run WHAT FOLDER COMMAND...: again, and again, when the registry has a
# bad moment.
npm_run() {
    task=$1
    shift
    for pause in 5 20 60; do
        say "$task"
        in_folder "$@" >>"$log" 2>&1 && return 0
        say "$task failed; again in $pause s"
        sleep "$pause"
    done
    run "$task" in_folder "$@"
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

    npm_run "code-server $version" "$folder" npm_quiet install "code-server@$version"
    npm_run "its own modules" "$vscode" npm_quiet install --omit=dev
    npm_run "its extensions' modules" \
        "$vscode/extensions" npm_quiet install --omit=dev

    gyp=$(find "$folder/node_modules" -path '*/node-gyp/bin/node-gyp.js' | head -n 1)
    [ -n "$gyp" ] ||
        gyp=$(find "$(npm root -g 2>/dev/null)" -path '*/node-gyp/bin/node-gyp.js' | head -n 1)
    [ -n "$gyp" ] || die "npm has no node-gyp; install a newer npm"
    for module in @vscode/spdlog native-watchdog node-pty @parcel/watcher \
        kerberos @vscode/deviceid; do
        ls "$vscode/node_modules/$module"/build/Release/*.node >/dev/null 2>&1 && continue
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
    run "trying it" env XDG_CONFIG_HOME="$folder/tried" \
        node "$server/out/node/entry.js" --version
    touch "$stamp"
    say "built in $folder"
}

install_driver() {
    if [ "$here/node_modules/.package-lock.json" -nt "$here/package-lock.json" ]; then
        return 0
    fi
    npm_run "the driver of the browser" "$here" npm_quiet ci
    touch "$here/node_modules/.package-lock.json"
}

mkdir -p "$cache"
if [ ! -f "$stamp" ]; then
    (
        flock 9
        : >"$log"
        [ -f "$stamp" ] || build_editor
    ) 9>"$cache/editor-$version.lock"
fi
install_driver
echo "$folder"
