//! What `az ml compute show` prints of a compute instance alone.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{attached, list, lower, members, object, unless_empty};
use crate::clock;
use crate::commands::view::View;

/// What only an instance has, beside what all attached computes have.
pub(super) fn instance(outer: &Value) -> View {
    let inner = &outer["properties"];
    let switch = |member: &str, usual: bool| inner[member].as_bool().unwrap_or(usual);
    let (addresses, idle) = (&inner["connectivityEndpoints"], &inner["idleTimeBeforeShutdown"]);
    let network = object(&[
        ("private_ip_address", &addresses["privateIpAddress"]),
        ("public_ip_address", &addresses["publicIpAddress"]),
        ("subnet", &inner["subnet"]["id"]),
    ]);
    let user = [("user_object_id", "objectId"), ("user_tenant_id", "tenantId")];
    let image = [
        ("current_image_version", "currentImageVersion"),
        ("is_latest_os_image_version", "isLatestOsImageVersion"),
        ("latest_image_version", "latestImageVersion"),
    ];
    let service = [("display_name", "displayName"), ("endpoint_uri", "endpointUri")];
    attached(outer)
        .with(
            "create_on_behalf_of",
            members(&inner["personalComputeInstanceSettings"]["assignedUser"], &user),
        )
        .with("created_on", moment(&outer["createdOn"]).map(|text| text.replace("+00:00", "+0000")))
        .with("custom_applications", list(&inner["customServices"], application))
        .with("enable_node_public_ip", switch("enableNodePublicIp", true))
        .with("enable_os_patching", switch("enableOSPatching", false))
        .with("enable_root_access", switch("enableRootAccess", true))
        .with("enable_sso", switch("enableSSO", true))
        .with("idle_time_before_shutdown", idle.clone())
        .with("idle_time_before_shutdown_minutes", idle.as_str().and_then(minutes))
        .with("last_operation", last_operation(&inner["lastOperation"]))
        .with("network_settings", unless_empty(network))
        .with("os_image_metadata", members(&inner["osImageMetadata"], &image))
        .with("release_quota_on_stop", switch("releaseQuotaOnStop", false))
        .with("schedules", schedules(&inner["schedules"]["computeStartStop"]))
        .with("services", list(&inner["applications"], |found| members(found, &service)))
        .with("setup_scripts", setup_scripts(&inner["setupScripts"]["scripts"]))
        .with("size", inner["vmSize"].clone())
        .with("ssh_public_access_enabled", is_enabled(&inner["sshSettings"]["sshPublicAccess"]))
        .with("ssh_settings", instance_ssh(&inner["sshSettings"]))
        .with("state", inner["state"].clone())
}

fn instance_ssh(settings: &Value) -> Value {
    let text = |(key, member): (&str, &str)| match &settings[member] {
        Value::Null => None,
        Value::Number(number) => Some((key.to_owned(), number.to_string().into())),
        value => Some((key.to_owned(), value.clone())),
    };
    let known =
        [("admin_username", "adminUserName"), ("ssh_key_value", "adminPublicKey"), ("ssh_port", "sshPort")];
    match settings {
        Value::Null => Value::Null,
        _ => Value::Object(known.into_iter().filter_map(text).collect()),
    }
}

/// An application as a spec describes it.
fn application(service: &Value) -> Value {
    let variable = |(name, given): (&String, &Value)| (name.clone(), given["value"].clone());
    let variables = service["environmentVariables"].as_object().filter(|variables| !variables.is_empty());
    let mount = [("source", "source"), ("target", "target")];
    let port = [("published", "published"), ("target", "target")];
    View::new()
        .with("bind_mounts", list(&service["volumes"], |volume| members(volume, &mount)))
        .with("endpoints", list(&service["endpoints"], |endpoint| members(endpoint, &port)))
        .with(
            "environment_variables",
            variables.map_or(Value::Null, |found| found.iter().map(variable).collect()),
        )
        .with("image", members(&service["image"], &[("reference", "reference")]))
        .with("name", service["name"].clone())
        .with("type", service["type"].as_str().unwrap_or("docker"))
        .build()
}

fn setup_scripts(scripts: &Value) -> Value {
    let script = |given: &Value| {
        let minutes = given["timeout"].as_str().and_then(|timeout| timeout.strip_suffix('m'));
        let shown = View::new()
            .with("command", given["scriptArguments"].clone())
            .with("path", given["scriptData"].clone())
            .with("timeout_minutes", minutes.and_then(|minutes| minutes.parse::<u64>().ok()));
        if given.is_null() { Value::Null } else { shown.build() }
    };
    let known = [("creation_script", "creationScript"), ("startup_script", "startupScript")];
    let shown =
        known.iter().fold(View::new(), |view, (key, member)| view.with(key, script(&scripts[*member])));
    unless_empty(shown.build())
}

/// The time is written as the SDK writes dates that it sends: three digits of a second or more, `Z`.
fn last_operation(operation: &Value) -> Value {
    let time = moment(&operation["operationTime"]).map(|text| {
        let (seconds, fraction) = text.trim_end_matches("+00:00").rsplit_once('.').unwrap_or((&text, ""));
        format!("{seconds}.{:0<3}Z", fraction.trim_end_matches('0'))
    });
    let known = [
        ("operation_name", "operationName"),
        ("operation_status", "operationStatus"),
        ("operation_trigger", "operationTrigger"),
    ];
    let mut view = members(operation, &known);
    if let (Some(time), Some(view)) = (time, view.as_object_mut()) {
        view.insert("operation_time".to_owned(), time.into());
    }
    view
}

fn schedules(entries: &Value) -> Value {
    let schedule = |entry: &Value| {
        View::new()
            .with("action", lower(&entry["action"]))
            .with("provisioning_state", entry["provisioningStatus"].clone())
            .with("schedule_id", entry["id"].clone())
            .with("state", lower(&entry["status"]))
            .with("trigger", trigger(entry))
            .build()
    };
    match list(entries, schedule) {
        Value::Null => Value::Null,
        entries => View::new().with("compute_start_stop", entries).build(),
    }
}

fn trigger(entry: &Value) -> Value {
    let kind = lower(&entry["triggerType"]);
    let times = &entry[kind.as_str().unwrap_or_default()];
    let pattern = &times["schedule"];
    let pattern = View::new()
        .with("hours", pattern["hours"].clone())
        .with("minutes", pattern["minutes"].clone())
        .with("week_days", list(&pattern["weekDays"], lower))
        .build();
    View::new()
        .with("expression", times["expression"].clone())
        .with("frequency", lower(&times["frequency"]))
        .with("interval", times["interval"].clone())
        .with("schedule", unless_empty(pattern))
        .with("start_time", times["startTime"].clone())
        .with("time_zone", times["timeZone"].clone())
        .with("type", kind)
        .build()
}

fn is_enabled(access: &Value) -> Option<bool> {
    match access.as_str()?.to_lowercase().as_str() {
        "enabled" => Some(true),
        "disabled" => Some(false),
        _ => None,
    }
}

/// Minutes of a duration that is given in minutes: 30 of `PT30M`.
fn minutes(duration: &str) -> Option<u64> {
    duration.strip_prefix("PT")?.split_once('M')?.0.parse().ok()
}

/// A date with microseconds, in UTC.
fn moment(value: &Value) -> Option<String> {
    let moment = OffsetDateTime::parse(value.as_str()?, &Rfc3339).ok()?;
    Some(clock::iso_micros(moment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_instance_shows_what_runs_on_it_when_it_runs_and_where() {
        let shown = super::super::view(&json!({"name": "ci", "properties": {
            "computeType": "ComputeInstance",
            "createdOn": "2024-03-05T10:15:30Z",
            "properties": {
                "customServices": [{"name": "rstudio", "type": "docker", "docker": {"privileged": true},
                    "image": {"type": "docker", "reference": "rocker/rstudio"},
                    "endpoints": [{"name": "connect", "protocol": "http", "target": 8787, "published": 8790}],
                    "volumes": [{"type": "bind", "readOnly": false, "source": "/mnt", "target": "/data"}],
                    "environmentVariables": {"A": {"type": "local", "value": "1"}}}],
                "setupScripts": {"scripts": {"creationScript": null, "startupScript": {"scriptSource": "workspaceStorage",
                    "scriptData": "Users/me/start.sh", "scriptArguments": "a b", "timeout": "15m"}}},
                "idleTimeBeforeShutdown": "PT30M", "releaseQuotaOnStop": null, "state": "Running",
                "applications": [{"displayName": "Lab", "endpointUri": "https://x"}],
                "connectivityEndpoints": {"privateIpAddress": "10.0.0.4"},
                "lastOperation": {"operationName": "Create", "operationTime": "2024-03-05T10:20:11.1234567Z"},
                "personalComputeInstanceSettings": {"assignedUser": {"objectId": "o", "tenantId": "t"}},
                "schedules": {"computeStartStop": [{"action": "Stop", "status": "Enabled", "triggerType": "Recurrence",
                    "recurrence": {"frequency": "Week", "interval": 1,
                        "schedule": {"hours": [18], "minutes": [0], "weekDays": ["Monday"]}}}]},
                "sshSettings": {"sshPublicAccess": "Disabled", "sshPort": 50000},
            },
        }}));
        let expected = json!({
            "name": "ci", "type": "computeinstance", "state": "Running",
            "create_on_behalf_of": {"user_object_id": "o", "user_tenant_id": "t"},
            "created_on": "2024-03-05T10:15:30.000000+0000",
            "custom_applications": [{"name": "rstudio", "type": "docker", "image": {"reference": "rocker/rstudio"},
                "endpoints": [{"target": 8787, "published": 8790}],
                "bind_mounts": [{"source": "/mnt", "target": "/data"}], "environment_variables": {"A": "1"}}],
            "setup_scripts": {"startup_script": {
                "path": "Users/me/start.sh", "command": "a b", "timeout_minutes": 15}},
            "enable_node_public_ip": true, "enable_os_patching": false, "enable_root_access": true,
            "enable_sso": true, "release_quota_on_stop": false,
            "idle_time_before_shutdown": "PT30M", "idle_time_before_shutdown_minutes": 30,
            "last_operation": {"operation_name": "Create", "operation_time": "2024-03-05T10:20:11.123456Z"},
            "network_settings": {"private_ip_address": "10.0.0.4"},
            "schedules": {"compute_start_stop": [{"action": "stop", "state": "enabled", "trigger": {
                "type": "recurrence", "frequency": "week", "interval": 1,
                "schedule": {"hours": [18], "minutes": [0], "week_days": ["monday"]}}}]},
            "services": [{"display_name": "Lab", "endpoint_uri": "https://x"}],
            "ssh_public_access_enabled": false, "ssh_settings": {"ssh_port": "50000"},
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_time_of_an_operation_has_three_digits_of_a_second_or_more() {
        for (given, shown) in [("11Z", "11.000Z"), ("11.5Z", "11.500Z"), ("11.1234Z", "11.1234Z")] {
            let operation = last_operation(&json!({"operationTime": format!("2024-03-05T10:20:{given}")}));
            assert_eq!(operation["operation_time"], format!("2024-03-05T10:20:{shown}"));
        }
        assert_eq!(last_operation(&Value::Null), Value::Null);
    }
}
