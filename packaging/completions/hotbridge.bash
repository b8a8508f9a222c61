# Completion of hotbridge for bash.

_hotbridge_targets() {
    git config --file "${XDG_CONFIG_HOME:-$HOME/.config}/hotbridge/config" \
        --name-only --get-regexp '^target\..*\.server$' 2>/dev/null |
        sed 's/^target\.//; s/\.server$//' | sort -u
}

_hotbridge() {
    local word=${COMP_WORDS[COMP_CWORD]}
    local before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]}
    local commands='cancel daemon deploy diff doctor help history rollback
        show start status stop target version'
    local words=
    COMPREPLY=()

    if [ "$COMP_CWORD" -eq 1 ]; then
        words="$commands --help --version"
    elif [ "$before" = --target ] || [ "$before" = -t ]; then
        words=$(_hotbridge_targets)
    elif [[ $word == -* ]]; then
        case $command in
        deploy) words='--target --no-wait --force --yes --json --help' ;;
        rollback)
            words='--to --target --no-wait --force --yes --json --help'
            ;;
        history) words='--target -n --all --json --help' ;;
        show | diff) words='--target --json --help' ;;
        daemon) words='--verbose --ready-fd --help' ;;
        help) words='--help' ;;
        *) words='--json --help' ;;
        esac
    else
        case $command in
        help) words=$commands ;;
        target)
            if [ "$COMP_CWORD" -eq 2 ]; then
                words='add list remove test'
            else
                case ${COMP_WORDS[2]} in
                remove | test) words=$(_hotbridge_targets) ;;
                add)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$word")
                    return
                    ;;
                esac
            fi
            ;;
        deploy | history | diff | rollback)
            compopt -o filenames
            mapfile -t COMPREPLY < <(
                compgen -d -- "$word"
                compgen -f -X '!*.py' -- "$word"
            )
            return
            ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _hotbridge hotbridge
