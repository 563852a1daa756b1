//! Fields of a compute instance.

use super::compute::{
    LOCATION_IGNORED, MANAGED_IDENTITY, NETWORK_SETTINGS, RESOURCE_ID_IGNORED, SSH_PUBLIC_ACCESS, fields,
};
use crate::spec::schema::{Casing, Field, Schema, Shape};

/// `azml compute create --file` with `type: computeinstance`
pub static INSTANCE: Schema = Schema {
    title: "compute instance",
    fields: &fields::<31>(
        &["computeinstance"],
        &[
            LOCATION_IGNORED,
            Field::new("size", Shape::Text, "VM size.").default("STANDARD_DS3_V2"),
            NETWORK_SETTINGS,
            MANAGED_IDENTITY,
            Field::new(
                "create_on_behalf_of",
                Shape::Object(&ON_BEHALF_OF),
                "The user it is made for, when that is not you.",
            ),
            SSH_PUBLIC_ACCESS,
            Field::new("ssh_settings", Shape::Object(&SSH), "Key for SSH."),
            Field::new(
                "idle_time_before_shutdown_minutes",
                Shape::Integer { min: 0 },
                "Minutes that it stays idle before it is stopped.",
            ),
            Field::new(
                "idle_time_before_shutdown",
                Shape::Text,
                "The same as an ISO 8601 duration; `idle_time_before_shutdown_minutes` wins.",
            ),
            Field::new("schedules", Shape::Object(&SCHEDULES), "When it is started and stopped."),
            Field::new(
                "setup_scripts",
                Shape::Object(&SETUP_SCRIPTS),
                "What runs when it is made and when it starts.",
            ),
            Field::new(
                "custom_applications",
                Shape::List(&Shape::Object(&APPLICATION)),
                "Applications that run on it in containers.",
            ),
            Field::new("enable_node_public_ip", Shape::Boolean, "Whether it has a public address.")
                .default("true"),
            Field::new("enable_sso", Shape::Boolean, "Whether single sign-on works.").default("true"),
            Field::new("enable_root_access", Shape::Boolean, "Whether its user is root.").default("true"),
            Field::new(
                "release_quota_on_stop",
                Shape::Boolean,
                "Whether it gives its quota back when stopped.",
            )
            .default("false"),
            Field::new("enable_os_patching", Shape::Boolean, "Whether its system is patched.")
                .default("false"),
            RESOURCE_ID_IGNORED,
            Field::read_only("state", "Whether it runs."),
            Field::read_only("last_operation", "What happened to it last."),
            Field::read_only("services", "What runs on it."),
            Field::read_only("os_image_metadata", "Version of its system."),
        ],
    ),
    renamed: &[
        ("vm_size", "it is called `size`"),
        ("min_instances", "a compute instance is one machine; a cluster has `type: amlcompute`"),
        ("max_instances", "a compute instance is one machine; a cluster has `type: amlcompute`"),
        ("identity-type", "write `identity:` and below it `type:`"),
    ],
};

static ON_BEHALF_OF: Schema = Schema {
    title: "`create_on_behalf_of`",
    fields: &[
        Field::new("user_tenant_id", Shape::Text, "Directory of the user.").required(),
        Field::new("user_object_id", Shape::Text, "Object id of the user.").required(),
    ],
    renamed: &[],
};

static SSH: Schema = Schema {
    title: "`ssh_settings`",
    fields: &[
        Field::new("ssh_key_value", Shape::Text, "Public key."),
        Field::read_only("admin_username", "Name of the account, which Azure chooses."),
        Field::read_only("ssh_port", "Port, which Azure chooses."),
    ],
    renamed: &[],
};

static SCHEDULES: Schema = Schema {
    title: "`schedules`",
    fields: &[Field::new(
        "compute_start_stop",
        Shape::List(&Shape::Object(&START_STOP)),
        "Each entry starts or stops it.",
    )],
    renamed: &[],
};

static START_STOP: Schema = Schema {
    title: "schedule",
    fields: &[
        Field::new(
            "action",
            Shape::Choice { values: &["start", "stop"], casing: Casing::Lower },
            "What happens.",
        )
        .required(),
        Field::new("trigger", Shape::OneOf(&[&CRON, &RECURRENCE]), "When it happens."),
        Field::new(
            "state",
            Shape::Choice { values: &["enabled", "disabled"], casing: Casing::Lower },
            "Whether the schedule is in force.",
        )
        .default("enabled"),
        Field::read_only("schedule_id", "Id of the schedule."),
        Field::read_only("provisioning_state", "How far the last change has come."),
    ],
    renamed: &[],
};

static CRON: Schema = Schema {
    title: "cron trigger",
    fields: &[
        trigger(&["cron"]),
        Field::new("expression", Shape::Text, "Five fields, such as `0 18 * * *`.").required(),
        START_TIME,
        TIME_ZONE,
    ],
    renamed: &[],
};

static RECURRENCE: Schema = Schema {
    title: "recurrence trigger",
    fields: &[
        trigger(&["recurrence"]),
        Field::new(
            "frequency",
            Shape::Choice { values: &["minute", "hour", "day", "week", "month"], casing: Casing::Lower },
            "Unit of the interval.",
        )
        .required(),
        Field::new("interval", Shape::Integer { min: 1 }, "Number of units between two times.").required(),
        Field::new("schedule", Shape::Object(&PATTERN), "At which hours, minutes and days."),
        START_TIME,
        TIME_ZONE,
    ],
    renamed: &[],
};

const fn trigger(values: &'static [&'static str]) -> Field {
    Field::new("type", Shape::Choice { values, casing: Casing::Lower }, "Kind of trigger.").required()
}

const START_TIME: Field = Field::new("start_time", Shape::Text, "From when on, in ISO 8601 and in quotes.");

const TIME_ZONE: Field =
    Field::new("time_zone", Shape::Text, "Time zone by its Windows name.").default("UTC");

static PATTERN: Schema = Schema {
    title: "recurrence pattern",
    fields: &[
        Field::new("hours", Shape::List(&Shape::Integer { min: 0 }), "Hours of the day.").required(),
        Field::new("minutes", Shape::List(&Shape::Integer { min: 0 }), "Minutes of the hour.").required(),
        Field::new("week_days", Shape::List(&WEEK_DAY), "Days of the week."),
    ],
    renamed: &[],
};

static WEEK_DAY: Shape = Shape::Choice {
    values: &["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
    casing: Casing::Lower,
};

static SETUP_SCRIPTS: Schema = Schema {
    title: "`setup_scripts`",
    fields: &[
        Field::new("creation_script", Shape::Object(&SCRIPT), "Runs once, when it is made."),
        Field::new("startup_script", Shape::Object(&SCRIPT), "Runs whenever it starts."),
    ],
    renamed: &[],
};

static SCRIPT: Schema = Schema {
    title: "setup script",
    fields: &[
        Field::new("path", Shape::Text, "Path of the script in the files of the workspace."),
        Field::new("command", Shape::Text, "Arguments of the script."),
        Field::new("timeout_minutes", Shape::Integer { min: 1 }, "Minutes it may take."),
    ],
    renamed: &[],
};

static APPLICATION: Schema = Schema {
    title: "custom application",
    fields: &[
        Field::new("name", Shape::Text, "Name of the application.").required(),
        Field::new(
            "type",
            Shape::Choice { values: &["docker"], casing: Casing::Lower },
            "Kind of application.",
        )
        .default("docker"),
        Field::new("image", Shape::Object(&IMAGE), "Container image.").required(),
        Field::new("endpoints", Shape::List(&Shape::Object(&ENDPOINT)), "Ports of the application.")
            .required(),
        Field::new("environment_variables", Shape::Mapping, "Environment variables of the container."),
        Field::new(
            "bind_mounts",
            Shape::List(&Shape::Object(&BIND_MOUNT)),
            "Folders that the container sees.",
        ),
    ],
    renamed: &[],
};

static IMAGE: Schema = Schema {
    title: "`image`",
    fields: &[Field::new("reference", Shape::Text, "Name of the image.").required()],
    renamed: &[],
};

static ENDPOINT: Schema = Schema {
    title: "application endpoint",
    fields: &[
        Field::new("target", Shape::Integer { min: 1026 }, "Port in the container.").required(),
        Field::new("published", Shape::Integer { min: 1026 }, "Port on the instance.").required(),
    ],
    renamed: &[],
};

static BIND_MOUNT: Schema = Schema {
    title: "bind mount",
    fields: &[
        Field::new("source", Shape::Text, "Folder on the instance.").required(),
        Field::new("target", Shape::Text, "Folder in the container.").required(),
    ],
    renamed: &[],
};
