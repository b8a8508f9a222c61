# Completion of hotbridge for fish.

function __hotbridge_targets
    set -l folder $XDG_CONFIG_HOME
    test -n "$folder"; or set folder $HOME/.config
    git config --file $folder/hotbridge/config --name-only \
        --get-regexp '^target\..*\.server$' 2>/dev/null |
        string replace -r '^target\.(.*)\.server$' '$1' | sort -u
end

function __hotbridge_modules
    __fish_complete_suffix .py
end

set -l first '__fish_use_subcommand'
complete -c hotbridge -f
complete -c hotbridge -n $first -a cancel -d 'give up a deploy that waits'
complete -c hotbridge -n $first -a daemon -d 'run the bridge in the foreground'
complete -c hotbridge -n $first -a deploy -d 'make modules live on a target'
complete -c hotbridge -n $first -a diff -d 'compare versions of a module'
complete -c hotbridge -n $first -a doctor -d 'say what is wrong, and what to do'
complete -c hotbridge -n $first -a help -d 'list the commands, or explain one'
complete -c hotbridge -n $first -a history -d 'list what was deployed'
complete -c hotbridge -n $first -a rollback -d 'deploy an older version again'
complete -c hotbridge -n $first -a show -d 'show one deploy'
complete -c hotbridge -n $first -a start -d 'start the bridge, unless it runs'
complete -c hotbridge -n $first -a status -d 'say whether the bridge runs'
complete -c hotbridge -n $first -a stop -d 'stop the bridge'
complete -c hotbridge -n $first -a target -d 'add, list, test and remove targets'
complete -c hotbridge -n $first -a version -d 'print the version'
complete -c hotbridge -l help -d 'explain the command'

set -l words '__fish_seen_subcommand_from'
complete -c hotbridge -n "not $first; and not $words daemon help" -l json -d 'print JSON'
complete -c hotbridge -n "$words deploy rollback history show diff" -s t -l target -x -a '(__hotbridge_targets)' -d 'the target'
complete -c hotbridge -n "$words deploy rollback" -l no-wait -d 'end once the deploy is recorded'
complete -c hotbridge -n "$words deploy rollback" -l force -d 'overwrite what somebody else put there'
complete -c hotbridge -n "$words deploy rollback" -s y -l yes -d 'do not ask'
complete -c hotbridge -n "$words rollback" -l to -x -d 'the version'
complete -c hotbridge -n "$words history" -s n -x -d 'at most so many'
complete -c hotbridge -n "$words history" -l all -d 'also what was never delivered'
complete -c hotbridge -n "$words deploy rollback history diff" -a '(__hotbridge_modules)'
complete -c hotbridge -n "$words target; and not $words add list remove test" -a 'add list remove test'
complete -c hotbridge -n "$words target; and $words remove test" -a '(__hotbridge_targets)'
complete -c hotbridge -n "$words target; and $words add" -F
complete -c hotbridge -n "$words help" -a 'cancel daemon deploy diff doctor history rollback show start status stop target version'
complete -c hotbridge -n "$words daemon" -l verbose -d 'log more'
