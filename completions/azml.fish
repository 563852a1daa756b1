# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_azml_global_optspecs
    string join \n o/output= query= subscription= only-show-errors verbose debug h/help V/version
end

function __fish_azml_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_azml_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_azml_using_subcommand
    set -l cmd (__fish_azml_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c azml -n "__fish_azml_needs_command" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_needs_command" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_needs_command" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_needs_command" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_needs_command" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_needs_command" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c azml -n "__fish_azml_needs_command" -s V -l version -d 'Print version'
complete -c azml -n "__fish_azml_needs_command" -f -a "batch-endpoint" -d 'Create, change, invoke and delete batch endpoints'
complete -c azml -n "__fish_azml_needs_command" -f -a "batch-deployment" -d 'Create, change and delete the deployments of batch endpoints'
complete -c azml -n "__fish_azml_needs_command" -f -a "compute" -d 'Create, change and delete compute clusters'
complete -c azml -n "__fish_azml_needs_command" -f -a "job" -d 'Follow, inspect, stop and download jobs'
complete -c azml -n "__fish_azml_needs_command" -f -a "model" -d 'Register and list models'
complete -c azml -n "__fish_azml_needs_command" -f -a "environment" -d 'Register and list environments'
complete -c azml -n "__fish_azml_needs_command" -f -a "data" -d 'Register and list data assets'
complete -c azml -n "__fish_azml_needs_command" -f -a "datastore" -d 'Create and list datastores'
complete -c azml -n "__fish_azml_needs_command" -f -a "validate" -d 'Check specs together, without asking anybody'
complete -c azml -n "__fish_azml_needs_command" -f -a "schema" -d 'Print the JSON Schema of a kind of spec'
complete -c azml -n "__fish_azml_needs_command" -f -a "explain" -d 'Say what a field of a spec means'
complete -c azml -n "__fish_azml_needs_command" -f -a "configure" -d 'Show and set default options'
complete -c azml -n "__fish_azml_needs_command" -f -a "local" -d 'Look after the workspace built into azml, or watch it at work'
complete -c azml -n "__fish_azml_needs_command" -f -a "completion" -d 'Print a completion script for a shell'
complete -c azml -n "__fish_azml_needs_command" -f -a "__supervise" -d 'Run one local job (started by `batch-endpoint invoke`)'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -f -a "create" -d 'Create or replace a batch endpoint from a file and/or a name'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -f -a "show" -d 'Show one batch endpoint'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -f -a "list" -d 'List the workspace\'s batch endpoints'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -f -a "update" -d 'Change a batch endpoint'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -f -a "delete" -d 'Delete a batch endpoint and its deployments'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -f -a "invoke" -d 'Start a batch scoring job through an endpoint'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and not __fish_seen_subcommand_from create show list update delete invoke list-jobs" -f -a "list-jobs" -d 'List jobs started through an endpoint'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -s f -l file -d 'YAML spec to load; `-` reads standard input' -r -F
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -l set -d 'Change a field of the spec before it is checked; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -s n -l name -d 'Endpoint name; wins over the file' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from show" -s n -l name -d 'Name of the batch endpoint' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from show" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from show" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from show" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from show" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from show" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from show" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from show" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -s n -l name -d 'Name of the batch endpoint' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -s f -l file -d 'YAML spec to start from instead of what the service has; `-` reads standard input' -r -F
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l defaults -d 'Defaults of the endpoint, as key=value words separated by spaces: `deployment_name=NAME`' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l set -d 'Set a property of the object; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l add -d 'Append to a list of the object: its path, then key=value words or JSON' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l remove -d 'Remove a property, or with an index one element of a list' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l force-string -d 'Keep the values of --set and --add as text instead of reading them as JSON'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -s n -l name -d 'Name of the batch endpoint' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask for confirmation'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -s n -l name -d 'Name of the batch endpoint' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -s d -l deployment-name -d 'Deployment to run instead of the endpoint\'s default' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l input -d 'Data to score: a local file or folder, azureml:NAME:VERSION, azureml:NAME@LABEL, azureml://datastores/STORE/paths/PATH, or the http(s) address of a file or of a folder in blob storage' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l inputs -d 'Inputs by name, as words separated by spaces: NAME.path=PATH NAME.type=TYPE, or NAME=VALUE for a pipeline' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l outputs -d 'Outputs by name, as words separated by spaces: NAME.path=ADDRESS NAME.type=TYPE' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l input-type -d 'What the input is: uri_folder or uri_file' -r -f -a "uri_folder\t''
uri_file\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -s m -l mini-batch-size -d 'Files handed to one run() of the scoring script' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -s c -l instance-count -d 'Nodes of this job' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l output-path -d 'Folder of a datastore for the results: azureml://datastores/STORE/paths/PATH' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l job-name -d 'Name for the job' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l experiment-name -d 'Experiment of the job' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -s f -l file -d 'YAML with inputs and outputs of the run, and the deployment to run; `-` reads standard input' -r -F
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l set -l params-override -d 'Change a setting for this job, such as retry_settings.timeout=60; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from invoke" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list-jobs" -s n -l name -d 'Name of the batch endpoint' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list-jobs" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list-jobs" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list-jobs" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list-jobs" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list-jobs" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list-jobs" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list-jobs" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list-jobs" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-endpoint; and __fish_seen_subcommand_from list-jobs" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -f -a "create" -d 'Create or replace a deployment under a batch endpoint'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -f -a "show" -d 'Show one deployment'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -f -a "list" -d 'List deployments of an endpoint'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -f -a "update" -d 'Change a deployment'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -f -a "delete" -d 'Delete a deployment'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and not __fish_seen_subcommand_from create show list update delete list-jobs" -f -a "list-jobs" -d 'List jobs run by a deployment'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -s f -l file -d 'YAML spec to load; `-` reads standard input' -r -F
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -s n -l name -d 'Name of the batch deployment; wins over the file' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -s e -l endpoint-name -d 'Batch endpoint the deployment belongs to; wins over the file' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -l set -d 'Change a field of the spec before it is checked; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -l set-default -d 'Make this the endpoint\'s default deployment'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -l skip-script-validation -d 'Do not check the syntax of the scoring script'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -s n -l name -d 'Name of the batch deployment' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -s e -l endpoint-name -d 'Batch endpoint the deployment belongs to' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list" -s e -l endpoint-name -d 'Batch endpoint the deployments belong to' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -s n -l name -d 'Name of the batch deployment' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -s e -l endpoint-name -d 'Batch endpoint the deployment belongs to' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -s f -l file -d 'YAML spec to start from instead of what the service has; `-` reads standard input' -r -F
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l set -d 'Set a property of the object; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l add -d 'Append to a list of the object: its path, then key=value words or JSON' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l remove -d 'Remove a property, or with an index one element of a list' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l force-string -d 'Keep the values of --set and --add as text instead of reading them as JSON'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -s n -l name -d 'Name of the batch deployment' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -s e -l endpoint-name -d 'Batch endpoint the deployment belongs to' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask for confirmation'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -s n -l name -d 'Name of the batch deployment' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -s e -l endpoint-name -d 'Batch endpoint the deployment belongs to' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand batch-deployment; and __fish_seen_subcommand_from list-jobs" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -f -a "create" -d 'Create a compute cluster from a file and/or options'
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -f -a "show" -d 'Show one compute'
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -f -a "list" -d 'List the workspace\'s computes'
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -f -a "update" -d 'Change a compute cluster'
complete -c azml -n "__fish_azml_using_subcommand compute; and not __fish_seen_subcommand_from create show list update delete" -f -a "delete" -d 'Delete a compute'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s f -l file -d 'YAML spec to load; `-` reads standard input' -r -F
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l set -d 'Change a field of the spec before it is checked; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s n -l name -d 'Compute name; needed when no file gives it' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s t -l type -d 'Compute type, such as amlcompute; needed when no file gives it' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l description -d 'Free text' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s l -l location -d 'Region; the workspace\'s if absent' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l size -d 'VM size' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l min-instances -d 'Smallest node count' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l max-instances -d 'Largest node count' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s d -l idle-time-before-scale-down -d 'Seconds a node stays idle before it is released' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l tier -d 'VM priority: dedicated or low_priority' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l identity-type -d 'Managed identity: SystemAssigned or UserAssigned' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s i -l user-assigned-identities -d 'Resource ids of user-assigned identities, separated by commas' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l enable-node-public-ip -d 'Whether nodes get public addresses: true or false' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s p -l ssh-public-access-enabled -d 'Whether the public SSH port is open: true or false' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l admin-username -d 'SSH account of the nodes' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l admin-password -d 'Password of the SSH account' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l ssh-key-value -d 'Public SSH key of the account' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l vnet-name -d 'Virtual network name' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l subnet -d 'Subnet name or full id' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l user-object-id -d 'Object id of the user a compute instance is made for; needs the tenant, too' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l user-tenant-id -d 'Tenant of that user' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l tags -d 'Tags, as key or key=value words' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from show" -s n -l name -d 'Name of the compute' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from show" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from show" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from show" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from show" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from show" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from show" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from show" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -l type -d 'Keep only this compute type' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -s r -l max-results -d 'Stop after this many items' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -s n -l name -d 'Name of the compute' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l min-instances -d 'Smallest node count' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l max-instances -d 'Largest node count' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -s d -l idle-time-before-scale-down -d 'Seconds a node stays idle before it is released' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l identity-type -d 'Managed identity: SystemAssigned or UserAssigned' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -s i -l user-assigned-identities -d 'Resource ids of user-assigned identities, separated by commas' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l tags -d 'Tags, as key or key=value words' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l set -d 'Set a property of the object; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l add -d 'Append to a list of the object: its path, then key=value words or JSON' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l remove -d 'Remove a property, or with an index one element of a list' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l force-string -d 'Keep the values of --set and --add as text instead of reading them as JSON'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -s n -l name -d 'Name of the compute' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask for confirmation'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand compute; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -f -a "show" -d 'Show one job'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -f -a "list" -d 'List jobs'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -f -a "stream" -d 'Follow a job\'s log until it ends; the exit code tells how it ended'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -f -a "cancel" -d 'Stop a job'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -f -a "resume" -d 'Go on with a local job that a crash, a restart or a full disk has stopped'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -f -a "retry" -d 'Score the files a local job has no result for once more, in a new job'
complete -c azml -n "__fish_azml_using_subcommand job; and not __fish_seen_subcommand_from show list stream cancel resume retry download" -f -a "download" -d 'Download a job\'s output'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -s n -l name -d 'Name of the job' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -s e -l web -d 'Also open the page of the job in a browser'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -s r -l max-results -d 'Stop after this many jobs' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -l all-results -d 'List every job' -r -f -a "true\t''
false\t''"
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -s p -l parent-job-name -d 'List only the children of this job' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -l archived-only -d 'List archived items only'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -l include-archived -d 'List archived items too'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from stream" -s n -l name -d 'Name of the job' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from stream" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from stream" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from stream" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from stream" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from stream" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from stream" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from stream" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from stream" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from stream" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -s n -l name -d 'Name of the job' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -s n -l name -d 'Name of the job' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -s n -l name -d 'Name of the job' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -l job-name -d 'Name for the new job' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -l output-path -d 'Folder of a datastore for the results: azureml://datastores/STORE/paths/PATH' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -l merge -d 'Put the rows of the job that is retried and the new ones together, in one output in its order'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -s n -l name -d 'Name of the job' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -l output-name -d 'Output to download; a batch job has one, `score`' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -s p -l download-path -d 'Folder to download into; made if needed' -r -F
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -l all -d 'Download everything: outputs, and logs and other artifacts below `artifacts`'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand job; and __fish_seen_subcommand_from download" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand model; and not __fish_seen_subcommand_from create show list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand model; and not __fish_seen_subcommand_from create show list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand model; and not __fish_seen_subcommand_from create show list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand model; and not __fish_seen_subcommand_from create show list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand model; and not __fish_seen_subcommand_from create show list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand model; and not __fish_seen_subcommand_from create show list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand model; and not __fish_seen_subcommand_from create show list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand model; and not __fish_seen_subcommand_from create show list" -f -a "create" -d 'Register a model version'
complete -c azml -n "__fish_azml_using_subcommand model; and not __fish_seen_subcommand_from create show list" -f -a "show" -d 'Show a model version'
complete -c azml -n "__fish_azml_using_subcommand model; and not __fish_seen_subcommand_from create show list" -f -a "list" -d 'List models, or the versions of one model'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -s f -l file -d 'YAML spec to load; `-` reads standard input' -r -F
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l set -d 'Change a field of the spec before it is checked; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -s n -l name -d 'Name of the model' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -s v -l version -d 'Version of the model; the next one if absent' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -s p -l path -d 'Model file or folder, local or remote' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -s t -l type -d 'Model format: custom_model, mlflow_model or triton_model' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l description -d 'Free text' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -s s -l stage -d 'Life-cycle stage' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l datastore -d 'Datastore that local files are uploaded to' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l tags -d 'Tags, as key or key=value words' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l registry-name -d 'Registry to act on instead of a workspace' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -s n -l name -d 'Name of the asset' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -s v -l version -d 'Version of the asset' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -s l -l label -d 'Label instead of a version: latest' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -l registry-name -d 'Registry to act on instead of a workspace' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -s n -l name -d 'List the versions of this asset instead of one row for each asset' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -s r -l max-results -d 'Stop after this many items' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -l registry-name -d 'Registry to act on instead of a workspace' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -s s -l stage -d 'Keep only models of this life-cycle stage' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -l archived-only -d 'List archived items only'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -l include-archived -d 'List archived items too'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand model; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand environment; and not __fish_seen_subcommand_from create show list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand environment; and not __fish_seen_subcommand_from create show list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and not __fish_seen_subcommand_from create show list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and not __fish_seen_subcommand_from create show list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand environment; and not __fish_seen_subcommand_from create show list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand environment; and not __fish_seen_subcommand_from create show list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand environment; and not __fish_seen_subcommand_from create show list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand environment; and not __fish_seen_subcommand_from create show list" -f -a "create" -d 'Register an environment version'
complete -c azml -n "__fish_azml_using_subcommand environment; and not __fish_seen_subcommand_from create show list" -f -a "show" -d 'Show an environment version'
complete -c azml -n "__fish_azml_using_subcommand environment; and not __fish_seen_subcommand_from create show list" -f -a "list" -d 'List environments, or the versions of one environment'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s f -l file -d 'YAML spec to load; `-` reads standard input' -r -F
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l set -d 'Change a field of the spec before it is checked; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s n -l name -d 'Name of the environment' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s v -l version -d 'Version of the environment' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s i -l image -d 'Container image; not together with --build-context' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s c -l conda-file -d 'Conda file; goes with --image' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s b -l build-context -d 'Docker build context folder; not together with --image' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s d -l dockerfile-path -d 'Dockerfile inside the build context' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l os-type -d 'Operating system of the image' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l description -d 'Free text' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l datastore -d 'Datastore that local files are uploaded to' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l tags -d 'Tags, as key or key=value words' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l registry-name -d 'Registry to act on instead of a workspace' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -s n -l name -d 'Name of the asset' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -s v -l version -d 'Version of the asset' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -s l -l label -d 'Label instead of a version: latest' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -l registry-name -d 'Registry to act on instead of a workspace' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -s n -l name -d 'List the versions of this asset instead of one row for each asset' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -s r -l max-results -d 'Stop after this many items' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -l registry-name -d 'Registry to act on instead of a workspace' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -l archived-only -d 'List archived items only'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -l include-archived -d 'List archived items too'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand environment; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand data; and not __fish_seen_subcommand_from create show list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand data; and not __fish_seen_subcommand_from create show list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand data; and not __fish_seen_subcommand_from create show list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand data; and not __fish_seen_subcommand_from create show list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand data; and not __fish_seen_subcommand_from create show list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand data; and not __fish_seen_subcommand_from create show list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand data; and not __fish_seen_subcommand_from create show list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand data; and not __fish_seen_subcommand_from create show list" -f -a "create" -d 'Register a data asset version'
complete -c azml -n "__fish_azml_using_subcommand data; and not __fish_seen_subcommand_from create show list" -f -a "show" -d 'Show a data asset version'
complete -c azml -n "__fish_azml_using_subcommand data; and not __fish_seen_subcommand_from create show list" -f -a "list" -d 'List data assets, or the versions of one data asset'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -s f -l file -d 'YAML spec to load; `-` reads standard input' -r -F
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l set -d 'Change a field of the spec before it is checked; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -s n -l name -d 'Name of the data asset' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -s v -l version -d 'Version of the data asset; the next one if absent' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -s p -l path -d 'Local or remote location of the data' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -s t -l type -d 'Asset type: uri_file, uri_folder or mltable' -r -f -a "uri_file\t''
uri_folder\t''
mltable\t''"
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -s d -l description -d 'Free text' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l datastore -d 'Datastore that local files are uploaded to' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l registry-name -d 'Registry to act on instead of a workspace' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l skip-validation -d 'Do not check MLTable metadata'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -s n -l name -d 'Name of the asset' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -s v -l version -d 'Version of the asset' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -s l -l label -d 'Label instead of a version: latest' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -l registry-name -d 'Registry to act on instead of a workspace' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -s n -l name -d 'List the versions of this asset instead of one row for each asset' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -s r -l max-results -d 'Stop after this many items' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -l registry-name -d 'Registry to act on instead of a workspace' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -l archived-only -d 'List archived items only'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -l include-archived -d 'List archived items too'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand data; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand datastore; and not __fish_seen_subcommand_from create show list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand datastore; and not __fish_seen_subcommand_from create show list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and not __fish_seen_subcommand_from create show list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and not __fish_seen_subcommand_from create show list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand datastore; and not __fish_seen_subcommand_from create show list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand datastore; and not __fish_seen_subcommand_from create show list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand datastore; and not __fish_seen_subcommand_from create show list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand datastore; and not __fish_seen_subcommand_from create show list" -f -a "create" -d 'Create or replace a datastore from a file'
complete -c azml -n "__fish_azml_using_subcommand datastore; and not __fish_seen_subcommand_from create show list" -f -a "show" -d 'Show one datastore'
complete -c azml -n "__fish_azml_using_subcommand datastore; and not __fish_seen_subcommand_from create show list" -f -a "list" -d 'List the workspace\'s datastores'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -s f -l file -d 'YAML spec to load; `-` reads standard input' -r -F
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -s n -l name -d 'Name of the datastore; wins over the file' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -l set -d 'Change a field of the spec before it is checked; may repeat' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -l no-wait -d 'Return as soon as the request is accepted, printing nothing'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -l dry-run -d 'Print the requests that would change something, and send none of them'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from show" -s n -l name -d 'Name of the datastore' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from show" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from show" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from show" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from show" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from show" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from show" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from show" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from list" -s r -l max-results -d 'Stop after this many items' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from list" -s g -l resource-group -d 'Resource group of an Azure workspace' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from list" -s w -l workspace-name -d 'Workspace; `local` is the one built into azml' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from list" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from list" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from list" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from list" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from list" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand datastore; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand validate" -s f -l file -d 'Specs, folders whose specs are to be checked, or `-` for standard input; the current folder if none is given' -r -F
complete -c azml -n "__fish_azml_using_subcommand validate" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand validate" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand validate" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand validate" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand validate" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand validate" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand validate" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand schema" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand schema" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand schema" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand schema" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand schema" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand schema" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand schema" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand explain" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand explain" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand explain" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand explain" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand explain" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand explain" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand explain" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand configure" -s d -l defaults -d 'Defaults to set, as key=value words: group, workspace, location; an empty value unsets' -r
complete -c azml -n "__fish_azml_using_subcommand configure" -l scope -d 'Where to write: the user\'s configuration, or the current folder\'s' -r -f -a "global\t''
local\t''"
complete -c azml -n "__fish_azml_using_subcommand configure" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand configure" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand configure" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand configure" -s l -l list-defaults -d 'List the defaults in force and where they come from'
complete -c azml -n "__fish_azml_using_subcommand configure" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand configure" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand configure" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand configure" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -f -a "demo" -d 'Score real images through a batch endpoint on this machine, step by step'
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -f -a "serve" -d 'Serve the local workspace to SDKs: Azure\'s REST API on this machine'
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -f -a "status" -d 'Show where the local workspace is and what is in it'
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -f -a "prune" -d 'Remove environments that no job uses, and working files that killed jobs left'
complete -c azml -n "__fish_azml_using_subcommand local; and not __fish_seen_subcommand_from demo serve status prune reset" -f -a "reset" -d 'Remove everything in the local workspace'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from demo" -l dir -d 'Folder the sample is unpacked into' -r -F
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from demo" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from demo" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from demo" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from demo" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from demo" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from demo" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from demo" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -l port -d 'Port of 127.0.0.1 to listen on; 0 takes any free one [default: 8443]' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -l shell -d 'Shell to print the variables for' -r -f -a "sh\t'sh, bash, zsh and others of the family'
fish\t'fish'
powershell\t'PowerShell on any system'"
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -l print-env -d 'Print the variables of the server that runs, and end'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -l insecure-any-token -d 'Accept any token, so that every user of this machine who can connect may run code as you'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from status" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from status" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from status" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from status" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from status" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from status" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from prune" -l older-than -d 'Only what no job has used for this many days' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from prune" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from prune" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from prune" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from prune" -l dry-run -d 'Print what would be removed, and remove nothing'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from prune" -s y -l yes -d 'Do not ask for confirmation'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from prune" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from prune" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from prune" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from reset" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from reset" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from reset" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from reset" -l cancel-jobs -d 'Cancel the jobs that are running instead of refusing'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from reset" -s y -l yes -d 'Do not ask for confirmation'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from reset" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from reset" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from reset" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand local; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand completion" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand completion" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand completion" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand completion" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand completion" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand completion" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand completion" -s h -l help -d 'Print help'
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l job -d 'Job to run' -r
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l home -d 'State folder' -r -F
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l max-workers -d 'Most worker processes' -r
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l python -d 'Interpreter for local environments' -r -F
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l certificates -d 'Certificates to trust besides the system\'s' -r -F
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l repeats -d 'How often a request is sent again' -r
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l first-pause -d 'Milliseconds before that' -r
complete -c azml -n "__fish_azml_using_subcommand __supervise" -s o -l output -d 'Format of the result: json, jsonc, yaml, yamlc, table, tsv or none' -r -f -a "json\t''
jsonc\t''
yaml\t''
yamlc\t''
table\t''
tsv\t''
none\t''"
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l query -d 'JMESPath expression applied to the result before it is formatted' -r
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l subscription -d 'Azure subscription, by name or id' -r
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l strict-environment -d 'Fail where an environment cannot be had as it is'
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l only-show-errors -d 'Show errors only: no warnings, notices or progress'
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l verbose -d 'Say more on stderr'
complete -c azml -n "__fish_azml_using_subcommand __supervise" -l debug -d 'Say everything on stderr'
complete -c azml -n "__fish_azml_using_subcommand __supervise" -s h -l help -d 'Print help'
