//! The fields of each kind of spec, with the ways people write them.

/// A field: how often in a hundred it is there, how its value is spelled (lists of spellings, or fields of its own), and
/// spellings that Azure's tools may refuse.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) percent: u64,
    pub(super) spellings: &'static [&'static [&'static str]],
    pub(super) below: &'static [Field],
    pub(super) wrong: &'static [&'static [&'static str]],
}

type Spellings = &'static [&'static str];

const fn field(
    name: &'static str,
    percent: u64,
    spellings: &'static [Spellings],
    wrong: &'static [Spellings],
) -> Field {
    Field { name, percent, spellings, below: &[], wrong }
}

const fn nested(name: &'static str, percent: u64, below: &'static [Field]) -> Field {
    Field { name, percent, spellings: &[], below, wrong: &[NO_MAP] }
}

const fn either(
    name: &'static str,
    percent: u64,
    spellings: &'static [Spellings],
    below: &'static [Field],
    wrong: &'static [Spellings],
) -> Field {
    Field { name, percent, spellings, below, wrong }
}

const STRING: Spellings = &[
    "plain words",
    "'single ''quoted'''",
    "\"tab\\tand \\u00e9\"",
    "Zahlen für 模型 🙂",
    "'2024-01-31'",
    "\"1.10\"",
    "'yes'",
    "''",
    "'null'",
    "!!str 17",
    "e=mc^2 [x] {y} 100%",
    "C:\\path\\name",
    "1.2.3",
    "0o17",
    "12e03",
    "plain # and a comment",
    "plain\nover two lines",
    "|\nfirst line\n  deeper\nsecond: line",
    "|-\nno newline\nat the end",
    ">\nfolded\ninto one\n\nparagraph",
    "\"folded \\\nin quotes\"",
    "&anchor anchored",
    "y",
    "N",
];
const NO_STRING: Spellings =
    &["7", "1.5", "yes", "off", "2024-01-31", "[a, b]", "{a: b}", "null", "~", "", "1:30", "0x1F", ".inf"];
/// Whole numbers from one on.
const COUNT: Spellings = &[
    "1",
    "2",
    "10",
    "'7'",
    "\"3\"",
    "1.5",
    "0b11",
    "017",
    "0x1F",
    "1_000",
    "'1_000'",
    "' 12 '",
    "+5",
    "1.0e+3",
    "1:30",
    "2.0",
    "'+6'",
    "'007'",
    "!!int '8'",
    "4 # four",
    "1_0.9",
];
/// Of counts and sizes, azml refuses these and the SDK does not.
const BELOW_ONE: Spellings = &["0", "-1", "'-4'", "-0.0"];
/// Whole numbers, most of them from one on.
const INTEGER: &[Spellings] = &[COUNT, COUNT, COUNT, BELOW_ONE];
const NO_INTEGER: Spellings = &[
    "ten",
    "1e3",
    "'1.5'",
    "true",
    "10MB",
    "null",
    "[1]",
    "{a: 1}",
    "''",
    ".inf",
    ".nan",
    "2024-01-31",
    "0o17",
    "'0x1F'",
    "'1__0'",
    "'_1'",
    "-",
];
const BOOLEAN: Spellings = &[
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "True",
    "FALSE",
    "'true'",
    "\"False\"",
    "1",
    "0",
    "'1'",
    "'yes'",
    "y",
    "n",
    "'t'",
    "F",
    "1.0",
    "0.0",
    "Off",
    "'On'",
];
const NO_BOOLEAN: Spellings = &["maybe", "2", "null", "''", "[true]", "'tRUE'", "0.5", "{}"];
const MAP: Spellings = &[
    "{a: b}",
    "{}",
    "\nname: digits\nnumber: 7\nratio: 1.50",
    "\nflag: yes\nother: off\nword: 'yes'",
    "\nday: '2024-01-31'\nversion: \"1.10\"",
    "\n\"quoted\": \"é ü\"\n模型: λ",
    "\ntext: |\n  two\n  lines\nfolded: >-\n  one\n  line",
    "\nwith.dot: a.b\n\"with blank\": c\nempty: ''",
    "\nbase: &base x\nagain: *base",
];
/// Values that are no text, with which kinds differ.
const ODD_MAP: Spellings = &[
    "\nnested:\n  a: 1\n  b: [x, 2]",
    "\nnothing:\ntilde: ~",
    "\nbig: 12345678901234567890\nsmall: 1.0e-7\nhuge: 1.0e+30\nwhole: 3.0",
    "\noctal: 0777\nhex: 0xFF\nunder: 1_000\nbinary: 0b101\nminutes: 12:30:45",
    "\ntrue: a\nno: b",
    "\n1: one\n2.5: two",
    "\nlist:\n- 1\n- two\n- 3.50",
    "\n<<: {a: b, c: d}\nc: e",
    "\nword: nan\nratio: 0.1\nexponent: 1e3\npoint: .5\nlast: 5.",
    "\n? key\n: value",
];
const DATED_MAP: Spellings =
    &["\nday: 2024-01-31", "\ntime: 2001-12-14t21:59:43.10-05:00", "\ntime: 2001-12-14 21:59:43"];
const NO_MAP: Spellings = &["[a, b]", "text", "7", "null", "true", "''", ""];

const SCHEMA: Field =
    field("$schema", 30, &[&["https://azuremlschemas.azureedge.net/latest/x.schema.json"]], &[]);
const DESCRIPTION: Field = field("description", 50, &[STRING], &[NO_STRING]);
const TAGS: Field = field("tags", 45, &[MAP, MAP, ODD_MAP], &[NO_MAP, DATED_MAP]);
const PROPERTIES: Field = field("properties", 30, &[MAP, MAP, ODD_MAP], &[NO_MAP, DATED_MAP]);

const IDENTITY: &[Field] = &[
    field(
        "type",
        98,
        &[&[
            "system_assigned",
            "user_assigned",
            "none",
            "SystemAssigned",
            "'UserAssigned'",
            "system_assigned",
        ]],
        &[&["system", "7", "null", "SYSTEM_ASSIGNED", "system_assigned,user_assigned"]],
    ),
    field(
        "user_assigned_identities",
        40,
        &[&[
            "\n- resource_id: /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one",
            "\n- resource_id: /a/one\n- resource_id: /a/two",
            "[{resource_id: /a/one}]",
            "[]",
        ]],
        &[&["[/a/one]", "/a/one", "[{nope: 1}]", "{resource_id: /a/one}", "[{resource_id: 7}]"]],
    ),
];

pub(super) const ENDPOINT: &[Field] = &[
    SCHEMA,
    field(
        "name",
        99,
        &[&["ep-one", "'Endpoint2'", "ab3", "a-very-long-name-of-thirty-two-c"]],
        &[
            NO_STRING,
            &[
                "ab",
                "1ep",
                "a_b",
                "ends-",
                "a-name-longer-than-thirty-two-let",
                "'with blank'",
                "ümlaut",
                "''",
            ],
        ],
    ),
    DESCRIPTION,
    TAGS,
    PROPERTIES,
    field(
        "auth_mode",
        60,
        &[&["aad_token", "'aad_token'", "aadToken", "AadToken", "key"]],
        &[&["aml_token", "AADToken", "none", "7", "null", "Key", "[key]", "AAD_TOKEN", "''"]],
    ),
    Field {
        name: "defaults",
        percent: 30,
        spellings: &[],
        below: &[field("deployment_name", 80, &[&["blue", "'7'", "''"]], &[NO_STRING])],
        wrong: &[NO_MAP, &["{deployment: x}"]],
    },
    field("location", 12, &[&["westus", "''"]], &[NO_STRING]),
    field("scoring_uri", 8, &[&["https://example.org/score"]], &[NO_STRING]),
    field("openapi_uri", 5, &[&["https://example.org/api"]], &[NO_STRING]),
    field("provisioning_state", 5, &[&["Succeeded"]], &[NO_STRING]),
    field("id", 5, &[&["/subscriptions/x"]], &[NO_STRING]),
];

const MODEL_REFERENCE: Spellings = &[
    "azureml:m:1",
    "'azureml:my-model:12'",
    "azureml:m@latest",
    "azureml:/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/models/m/versions/3",
    "azureml://registries/reg/models/m/versions/2",
    "azureml://registries/reg/models/m/labels/latest",
    "azureml:m:1.0-beta",
];
const NO_MODEL_REFERENCE: Spellings = &[
    "azureml:m",
    "m:1",
    "m",
    "7",
    "azureml:",
    "[a]",
    "azureml:m@newest",
    "azureml:m:1:2",
    "{local_path: model}",
    "azureml://registries/reg/environments/m/versions/2",
    "null",
    "azureml:/subscriptions/s",
    "''",
];
const REMOTE: Spellings = &[
    "azureml://datastores/workspaceblobstore/paths/some/where",
    "azureml://datastores/workspaceblobstore/paths/some/where/",
    "azureml://subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/g/workspaces/w/datastores/d/paths/p/f.csv",
    "https://acct.example.org/container/blob.csv",
    "wasbs://container@acct.blob.example.org/some/where",
    "abfss://files@acct.dfs.example.org/some/where",
    "azureml://datastores/d/paths/with%20blank/ä",
];
const MODEL_REMOTE: Spellings =
    &["azureml://jobs/happy_day_1/outputs/artifacts/paths/model/", "runs:/happy_day_1/model"];
const MODEL_PATH: Spellings = &[
    "model",
    "./model",
    "model/",
    "model/weights.bin",
    "'./model/weights.bin'",
    "./model/../model",
    "file:model",
];
const TYPE_OF_MODEL: Field = field(
    "type",
    60,
    &[&["custom_model", "mlflow_model", "triton_model", "'custom_model'", "Custom_Model", "MLFLOW_MODEL"]],
    &[&["custom", "7", "null", "mlflow", "customModel", "''"]],
);
const FLAVORS: Field = field(
    "flavors",
    15,
    &[&[
        "\nsklearn:\n  sklearn_version: 0.23.2\npython_function:\n  loader_module: office.plrmodel\n  python_version: 3.8.5",
        "{}",
        "{a: {b: 1, c: yes}}",
        "{a: {}}",
    ]],
    &[NO_MAP, &["{a: b}", "{a: [1]}"]],
);
const VERSION: Spellings =
    &["1", "'2'", "1.10", "\"1.10\"", "3.0", "'2024-01-31'", "v1", "0x1F", "1_0", "010", "1.2.3", "a-b"];
const NO_VERSION: Spellings = &["true", "null", "[1]", "{a: 1}", "''", "2024-01-31"];
const NAME: Field = field(
    "name",
    98,
    &[&["my-name", "'under_score'", "Name.With.Dot", "\"n1\"", "a"]],
    &[NO_STRING, &["''", "a b", "ü"]],
);

pub(super) const MODEL: &[Field] = &[
    SCHEMA,
    NAME,
    field("version", 60, &[VERSION], &[NO_VERSION]),
    field(
        "path",
        95,
        &[MODEL_PATH, MODEL_PATH, REMOTE, MODEL_REMOTE],
        &[NO_STRING, &["nowhere", "./no/where.pkl", "''", "file:model", "azureml:happy_day_1:model"]],
    ),
    TYPE_OF_MODEL,
    DESCRIPTION,
    TAGS,
    PROPERTIES,
    FLAVORS,
    field("stage", 15, &[&["Production", "'None'", "Development"]], &[NO_STRING]),
    field("datastore", 12, &[&["workspaceblobstore", "azureml:other", "other"]], &[NO_STRING]),
    field("utc_time_created", 8, &[&["'2020-10-19 17:44:02.096572'", "2020-10-19 17:44:02"]], &[]),
    field("system_metadata", 6, &[&["{publisher: x}"]], &[NO_MAP]),
    field("job_name", 4, &[&["happy_day"]], &[]),
    field("creation_context", 3, &[&["{created_by: x}"]], &[]),
];

const INLINE_MODEL: &[Field] = &[
    field("path", 99, &[MODEL_PATH, MODEL_PATH, MODEL_PATH, REMOTE], &[NO_STRING, &["nowhere"]]),
    field("name", 50, &[&["inline-model", "'m2'"]], &[NO_STRING]),
    field("version", 35, &[VERSION], &[NO_VERSION]),
    TYPE_OF_MODEL,
    field("description", 20, &[STRING], &[NO_STRING]),
    field("tags", 20, &[MAP, ODD_MAP], &[NO_MAP]),
    field("properties", 10, &[MAP], &[NO_MAP]),
    FLAVORS,
];

const CONDA: Spellings = &[
    "conda.yml",
    "./conda.yml",
    "'conda.yml'",
    "\nname: inline\nchannels: [conda-forge]\ndependencies:\n- python=3.10\n- pip:\n  - numpy",
    "\ndependencies:\n- python=3.9\nname: ümlaut\nratio: 1.50\nflag: yes",
    "{dependencies: [pip], channels: [defaults]}",
];
const NO_CONDA: Spellings = &["missing.yml", "file:conda.yml", "7", "[a]", "null", "''", "{}", "model"];
const BUILD: &[Field] = &[
    field(
        "path",
        98,
        &[&["docker", "./docker", "docker/", "https://example.org/repo.git#main"]],
        &[NO_STRING, &["nowhere"]],
    ),
    field("dockerfile_path", 50, &[&["Dockerfile", "sub/Dockerfile", "'Dockerfile'"]], &[NO_STRING]),
];
const INFERENCE_CONFIG: &[Field] = &[
    field("liveness_route", 95, &[ROUTE], &[NO_ROUTE]),
    field("readiness_route", 95, &[ROUTE], &[NO_ROUTE]),
    field("scoring_route", 95, &[ROUTE], &[NO_ROUTE]),
];
const ROUTE: Spellings = &["{port: 5001, path: /}", "\nport: '80'\npath: /score", "\npath: /a\nport: 8080.0"];
const NO_ROUTE: Spellings =
    &["{port: 1}", "{path: /}", "{port: x, path: /}", "7", "{port: 1, path: /, more: 1}"];
const OS_TYPE: Field = field(
    "os_type",
    25,
    &[&["linux", "windows", "Linux", "'LINUX'", "Windows"]],
    &[&["mac", "7", "null", "''"]],
);
const IMAGE: Spellings =
    &["mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04", "'img:1'", "docker.io/img@sha256:0"];

pub(super) const ENVIRONMENT: &[Field] = &[
    SCHEMA,
    NAME,
    field("version", 50, &[VERSION], &[NO_VERSION]),
    field("image", 90, &[IMAGE], &[NO_STRING, &["''"]]),
    field("conda_file", 45, &[CONDA], &[NO_CONDA]),
    nested("build", 10, BUILD),
    DESCRIPTION,
    TAGS,
    field("properties", 4, &[MAP], &[NO_MAP]),
    OS_TYPE,
    nested("inference_config", 15, INFERENCE_CONFIG),
    field("datastore", 8, &[&["workspaceblobstore", "azureml:other", "other"]], &[NO_STRING]),
    field("id", 3, &[&["azureml:e:1"]], &[]),
    field("dependencies", 2, &[&["[pip]"]], &[]),
];

const INLINE_ENVIRONMENT: &[Field] = &[
    field("image", 92, &[IMAGE], &[NO_STRING]),
    field("conda_file", 55, &[CONDA], &[NO_CONDA]),
    field("name", 25, &[&["inline-env", "'e2'"]], &[NO_STRING]),
    field("version", 15, &[VERSION], &[NO_VERSION]),
    nested("build", 6, BUILD),
    field("description", 15, &[STRING], &[NO_STRING]),
    field("tags", 15, &[MAP], &[NO_MAP]),
    OS_TYPE,
    nested("inference_config", 8, INFERENCE_CONFIG),
];
const ENVIRONMENT_REFERENCE: Spellings = &[
    "azureml:e:1",
    "azureml:e@latest",
    "azureml:AzureML-sklearn-1.0:1",
    "azureml:AzureML-sklearn-1.0@latest",
    "azureml://registries/azureml/environments/sklearn/versions/3",
    "azureml://registries/azureml/environments/sklearn/labels/latest",
    "azureml:/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/environments/e/versions/3",
    "'azureml:e:2024-01-31'",
];
const NO_ENVIRONMENT_REFERENCE: Spellings = &[
    "azureml:e",
    "e:1",
    "file:env.yml",
    "7",
    "azureml:e@newest",
    "{docker: x}",
    "null",
    "azureml:azureml://x",
    "{}",
];

const CODE_CONFIGURATION: Field = Field {
    name: "code_configuration",
    percent: 85,
    spellings: &[],
    below: &[
        field(
            "code",
            99,
            &[
                &["code", "./code", "'code/'", "code/../code", "code/nested"],
                &[
                    "code",
                    "azureml:c:1",
                    "azureml:/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/codes/c/versions/1",
                ],
            ],
            &[NO_STRING, &["nowhere", "azureml:c", "{path: code}", "code/score.py", "''"]],
        ),
        field(
            "scoring_script",
            99,
            &[&["score.py", "'score.py'", "./score.py"]],
            &[NO_STRING, &["missing.py", "broken.py", "''"]],
        ),
    ],
    wrong: &[NO_MAP, &["{code: code, scoring_script: score.py, more: 1}"]],
};
const COMPUTE_REFERENCE: Spellings = &[
    "azureml:cpu-cluster",
    "'azureml:cpu'",
    "cpu",
    "local",
    "serverless",
    "azureml:/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/computes/c",
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/computes/c",
    "''",
];
const NO_COMPUTE: Spellings =
    &["{target: c}", "7", "[c]", "null", "azureml:c:1", "azureml:", "azureml:c@latest"];
const RESOURCES: &[Field] = &[
    field("instance_count", 85, &[COUNT], &[BELOW_ONE, NO_INTEGER]),
    field("instance_type", 25, &[&["Standard_DS3_v2", "''"]], &[NO_STRING]),
    field("properties", 20, &[MAP, ODD_MAP], &[NO_MAP]),
    field("locations", 10, &[&["[westus]", "\n- westus\n- eastus", "[]"]], &[&["westus", "[7]"]]),
    field("shm_size", 10, &[&["2g", "'512m'"]], &[NO_STRING]),
    field("docker_args", 10, &[&["--gpus all", "[--gpus, all]"]], &[&["7", "{}"]]),
    field("max_instance_count", 10, &[COUNT], &[BELOW_ONE, NO_INTEGER]),
];
const RETRY_SETTINGS: Field = nested(
    "retry_settings",
    55,
    &[
        field("max_retries", 80, INTEGER, &[NO_INTEGER]),
        field("timeout", 80, &[COUNT, &["90061", "3600"]], &[BELOW_ONE, NO_INTEGER]),
    ],
);
const MINI_BATCH_SIZE: Field = field("mini_batch_size", 98, &[COUNT], &[BELOW_ONE, NO_INTEGER]);
const MAX_CONCURRENCY: Field = field("max_concurrency_per_instance", 55, &[COUNT], &[BELOW_ONE, NO_INTEGER]);
const OUTPUT_ACTION: Field = field(
    "output_action",
    55,
    &[&["append_row", "append_row", "summary_only", "'append_row'", "Append_Row", "SUMMARY_ONLY"]],
    &[&["AppendRow", "append", "7", "null", "summaryOnly", "''"]],
);
const OUTPUT_FILE_NAME: Field =
    field("output_file_name", 35, &[&["predictions.csv", "'out.txt'", "ü b.csv"]], &[NO_STRING, &["''"]]);
const LOGGING_LEVEL: Field =
    field("logging_level", 45, &[&["info", "debug", "warning", "Info", "'DEBUG'", "any"]], &[NO_STRING]);
const ERROR_THRESHOLD: Field =
    field("error_threshold", 45, &[COUNT, COUNT, BELOW_ONE, &["-1", "'-1'"]], &[NO_INTEGER]);
const ENVIRONMENT_VARIABLES: Field =
    field("environment_variables", 35, &[MAP, MAP, ODD_MAP], &[NO_MAP, DATED_MAP]);

const DEPLOYMENT_NAME: Field =
    field("name", 99, &[&["blue", "'dep-1'", "Bad_Name!", "\"d\""]], &[NO_STRING, &["''"]]);
const ENDPOINT_NAME: Field = field("endpoint_name", 99, &[&["ep-one", "'ep2'"]], &[NO_STRING]);
const DEPLOYED_MODEL: Field = either("model", 85, &[MODEL_REFERENCE], INLINE_MODEL, &[NO_MODEL_REFERENCE]);
const DEPLOYED_ENVIRONMENT: Field =
    either("environment", 85, &[ENVIRONMENT_REFERENCE], INLINE_ENVIRONMENT, &[NO_ENVIRONMENT_REFERENCE]);

pub(super) const DEPLOYMENT_MODEL: &[Field] = &[
    SCHEMA,
    field("type", 100, &[&["model", "model", "'model'"]], &[]),
    DEPLOYMENT_NAME,
    ENDPOINT_NAME,
    DESCRIPTION,
    TAGS,
    PROPERTIES,
    DEPLOYED_MODEL,
    CODE_CONFIGURATION,
    DEPLOYED_ENVIRONMENT,
    field("compute", 99, &[COMPUTE_REFERENCE], &[NO_COMPUTE]),
    nested("resources", 45, RESOURCES),
    nested(
        "settings",
        92,
        &[
            MINI_BATCH_SIZE,
            MAX_CONCURRENCY,
            field("instance_count", 8, &[COUNT], &[BELOW_ONE, NO_INTEGER]),
            OUTPUT_ACTION,
            OUTPUT_FILE_NAME,
            LOGGING_LEVEL,
            ERROR_THRESHOLD,
            RETRY_SETTINGS,
            ENVIRONMENT_VARIABLES,
        ],
    ),
    field("error_threshold", 8, INTEGER, &[NO_INTEGER]),
    field("environment_variables", 8, &[MAP, ODD_MAP], &[NO_MAP]),
    field("id", 3, &[&["/subscriptions/x"]], &[NO_STRING]),
];

pub(super) const DEPLOYMENT_FLAT: &[Field] = &[
    SCHEMA,
    DEPLOYMENT_NAME,
    ENDPOINT_NAME,
    DESCRIPTION,
    TAGS,
    PROPERTIES,
    DEPLOYED_MODEL,
    CODE_CONFIGURATION,
    DEPLOYED_ENVIRONMENT,
    field("compute", 92, &[COMPUTE_REFERENCE], &[NO_COMPUTE]),
    nested("resources", 45, RESOURCES),
    Field { percent: 75, ..MINI_BATCH_SIZE },
    MAX_CONCURRENCY,
    OUTPUT_ACTION,
    OUTPUT_FILE_NAME,
    LOGGING_LEVEL,
    ERROR_THRESHOLD,
    RETRY_SETTINGS,
    ENVIRONMENT_VARIABLES,
    field("settings", 2, &[&["{mini_batch_size: 1}"]], &[]),
    field("type", 3, &[&["Model", "MODEL", "component", "null", "7"]], &[]),
];

pub(super) const COMPUTE: &[Field] = &[
    SCHEMA,
    field("name", 99, &[&["cpu-cluster", "'gpu'", "\"c1\""]], &[NO_STRING]),
    field(
        "type",
        100,
        &[&["amlcompute", "'amlcompute'", "AmlCompute", "AMLCOMPUTE"]],
        &[&["aml_compute", "7", "null", "cluster"]],
    ),
    DESCRIPTION,
    field("tags", 35, &[MAP], &[NO_MAP, ODD_MAP, DATED_MAP]),
    field("location", 30, &[&["westus", "'West US'", "''"]], &[NO_STRING]),
    field("size", 80, &[&["Standard_DS3_v2", "'STANDARD_NC6'", "standard_d2", "''"]], &[NO_STRING]),
    field(
        "tier",
        50,
        &[&["dedicated", "low_priority", "'Dedicated'", "Low_Priority", "LOW_PRIORITY"]],
        &[&["LowPriority", "lowpriority", "spot", "7", "null", "''"]],
    ),
    field(
        "min_instances",
        65,
        &[&["1", "'1'", "+1", "1.5", "0b1", "01", "!!int '1'", "1.0"]],
        &[BELOW_ONE, NO_INTEGER],
    ),
    field("max_instances", 80, &[COUNT], &[BELOW_ONE, NO_INTEGER]),
    field("idle_time_before_scale_down", 55, &[COUNT, &["120", "90061", "'86400'"]], &[NO_INTEGER]),
    field("ssh_public_access_enabled", 35, &[BOOLEAN], &[NO_BOOLEAN]),
    nested(
        "ssh_settings",
        25,
        &[
            field("admin_username", 98, &[&["admin", "'root'"]], &[NO_STRING]),
            field("admin_password", 40, &[&["secret", "'1234'"]], &[NO_STRING]),
            field("ssh_key_value", 50, &[&["ssh-rsa AAAA me@home", "'key'"]], &[NO_STRING]),
        ],
    ),
    nested(
        "network_settings",
        35,
        &[
            field("vnet_name", 90, &[&["vnet", "''"]], &[NO_STRING]),
            field(
                "subnet",
                80,
                &[&[
                    "default",
                    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n",
                ]],
                &[NO_STRING],
            ),
            field("public_ip_address", 5, &[&["1.2.3.4"]], &[]),
        ],
    ),
    Field { name: "identity", percent: 35, spellings: &[], below: IDENTITY, wrong: &[NO_MAP] },
    field("enable_node_public_ip", 35, &[BOOLEAN], &[NO_BOOLEAN]),
    field("resource_id", 5, &[&["/subscriptions/x", "''"]], &[NO_STRING]),
    field("provisioning_state", 4, &[&["Succeeded", "7"]], &[]),
    field("created_on", 3, &[&["2024-01-31"]], &[]),
];

pub(super) const DATA: &[Field] = &[
    SCHEMA,
    NAME,
    field("version", 60, &[VERSION], &[NO_VERSION]),
    field(
        "type",
        75,
        &[&["uri_folder", "uri_folder", "uri_file", "mltable", "'uri_folder'"]],
        &[&["URI_FILE", "folder", "7", "null", "''"]],
    ),
    field(
        "path",
        99,
        &[
            &["data", "./data", "data/", "data/one.csv", "table", "./table/", "'data/Two.csv'"],
            REMOTE,
            &["data"],
        ],
        &[NO_STRING, &["nowhere", "''", "data/none.csv", "file:data"]],
    ),
    DESCRIPTION,
    TAGS,
    field("properties", 6, &[MAP, ODD_MAP], &[NO_MAP]),
    field("datastore", 12, &[&["workspaceblobstore", "azureml:other", "other"]], &[NO_STRING]),
    field("id", 3, &[&["azureml:d:1"]], &[NO_STRING]),
    field("creation_context", 3, &[&["{created_by: x}"]], &[]),
    field("auto_delete_setting", 4, &[&["{condition: created_greater_than, value: '30d'}"]], &[NO_MAP]),
];
