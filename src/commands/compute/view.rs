//! Computes as `az ml compute show` prints them: what all have, and what only a kind has.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock;
use crate::commands::view::{View, seconds, snake_case, timestamp};

/// A compute as `az ml compute show` prints it.
pub(super) fn view(body: &Value) -> Value {
    let outer = &body["properties"];
    let kind = outer["computeType"].as_str().map(str::to_lowercase);
    let of_kind = match kind.as_deref() {
        Some("amlcompute") => cluster(outer),
        Some("computeinstance") => instance(outer),
        Some("kubernetes") => kubernetes(outer),
        Some("virtualmachine") => virtual_machine(outer),
        Some("synapsespark") => spark_pool(outer),
        _ => attached(outer),
    };
    let location = match &outer["computeLocation"] {
        Value::Null => body["location"].clone(),
        location => location.clone(),
    };
    let tags = body["tags"].as_object().filter(|tags| !tags.is_empty());
    of_kind
        .with("description", outer["description"].clone())
        .with("id", body["id"].clone())
        .with("identity", identity(&body["identity"]))
        .with("location", location)
        .with("name", body["name"].clone())
        .with("provisioning_errors", outer["provisioningErrors"][0]["error"]["code"].clone())
        .with("provisioning_state", outer["provisioningState"].clone())
        .with("tags", tags.cloned().map_or(Value::Null, Value::Object))
        .with("type", kind)
        .build()
}

fn cluster(outer: &Value) -> View {
    let inner = &outer["properties"];
    let scale = &inner["scaleSettings"];
    let network = [("subnet", &inner["subnet"]["id"])];
    let ssh = [("admin_username", "adminUserName"), ("ssh_key_value", "adminUserSshPublicKey")];
    View::new()
        .with("enable_node_public_ip", inner["enableNodePublicIp"].clone())
        .with("idle_time_before_scale_down", seconds(&scale["nodeIdleTimeBeforeScaleDown"]))
        .with("max_instances", scale["maxNodeCount"].clone())
        .with("min_instances", scale["minNodeCount"].clone())
        .with("network_settings", object(&network))
        .with("size", inner["vmSize"].clone())
        .with("ssh_public_access_enabled", inner["remoteLoginPortPublicAccess"] == "Enabled")
        .with("ssh_settings", members(&inner["userAccountCredentials"], &ssh))
        .with("tier", snake_case(&inner["vmPriority"]))
}

fn instance(outer: &Value) -> View {
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

/// Its connection strings are secrets, and stay out.
fn kubernetes(outer: &Value) -> View {
    let inner = &outer["properties"];
    let known = [
        ("default_instance_type", "defaultInstanceType"),
        ("extension_instance_release_train", "extensionInstanceReleaseTrain"),
        ("extension_principal_id", "extensionPrincipalId"),
        ("namespace", "namespace"),
        ("vc_name", "vcName"),
    ];
    let instance_type = |(name, given): (&String, &Value)| {
        let resources = [("limits", "limits"), ("requests", "requests")];
        let shown = View::new()
            .with("node_selector", given["nodeSelector"].clone())
            .with("resources", members(&given["resources"], &resources));
        (name.clone(), shown.build())
    };
    let mut properties = members(inner, &known);
    if let (Some(types), Some(properties)) = (inner["instanceTypes"].as_object(), properties.as_object_mut())
    {
        let types: Map<_, _> = types.iter().map(instance_type).collect();
        properties.insert("instance_types".to_owned(), types.into());
    }
    attached(outer).with("namespace", inner["namespace"].clone()).with("properties", properties)
}

fn virtual_machine(outer: &Value) -> View {
    let inner = &outer["properties"];
    let ssh = object(&[
        ("admin_username", &inner["administratorAccount"]["username"]),
        ("ssh_port", &inner["sshPort"]),
    ]);
    attached(outer).with("ssh_settings", unless_empty(ssh))
}

fn spark_pool(outer: &Value) -> View {
    let inner = &outer["properties"];
    let scale = [
        ("auto_scale_enabled", "enabled"),
        ("max_node_count", "maxNodeCount"),
        ("min_node_count", "minNodeCount"),
    ];
    let pause = [("auto_pause_enabled", "enabled"), ("delay_in_minutes", "delayInMinutes")];
    let created = timestamp(&outer["createdOn"]);
    attached(outer)
        .with("auto_pause_settings", members(&inner["autoPauseProperties"], &pause))
        .with("created_on", created.as_str().map(|text| text.replacen('T', " ", 1)))
        .with("node_count", inner["nodeCount"].clone())
        .with("node_family", inner["nodeSizeFamily"].clone())
        .with("node_size", inner["nodeSize"].clone())
        .with("scale_settings", members(&inner["autoScaleProperties"], &scale))
        .with("spark_version", inner["sparkVersion"].clone())
}

fn attached(outer: &Value) -> View {
    View::new().with("resource_id", outer["resourceId"].clone())
}

fn identity(identity: &Value) -> Value {
    let Some(kind) = identity["type"].as_str().filter(|kind| *kind != "None") else {
        return Value::Null;
    };
    let users = identity["userAssignedIdentities"].as_object().map(|users| {
        let user = |(id, user): (&String, &Value)| {
            View::new()
                .with("client_id", user["clientId"].clone())
                .with("principal_id", user["principalId"].clone())
                .with("resource_id", id.clone())
                .build()
        };
        Value::Array(users.iter().map(user).collect())
    });
    View::new()
        .with("principal_id", identity["principalId"].clone())
        .with("tenant_id", identity["tenantId"].clone())
        .with("type", snake_case(&kind.into()))
        .with("user_assigned_identities", users)
        .build()
}

/// An object of what is not null.
fn object(given: &[(&str, &Value)]) -> Value {
    given.iter().fold(View::new(), |view, (key, value)| view.with(key, (*value).clone())).build()
}

/// Members of an object by other names; null where the object is.
fn members(given: &Value, known: &[(&str, &str)]) -> Value {
    match given {
        Value::Null => Value::Null,
        _ => object(&known.iter().map(|(key, member)| (*key, &given[*member])).collect::<Vec<_>>()),
    }
}

/// Every element in another form; null where there is none.
fn list(given: &Value, form: impl Fn(&Value) -> Value) -> Value {
    match given.as_array() {
        Some(elements) if !elements.is_empty() => elements.iter().map(form).collect(),
        _ => Value::Null,
    }
}

fn unless_empty(object: Value) -> Value {
    if object.as_object().is_some_and(Map::is_empty) { Value::Null } else { object }
}

fn lower(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| text.to_lowercase().into())
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
        let shown = view(&json!({"name": "ci", "properties": {
            "computeType": "ComputeInstance",
            "createdOn": "2024-03-05T10:15:30Z",
            "properties": {
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

    #[test]
    fn secrets_of_attached_computes_are_not_shown() {
        let machine =
            json!({"administratorAccount": {"username": "me", "password": "hunter2"}, "sshPort": 22});
        let cluster = json!({"namespace": "n", "relayConnectionString": "hunter2",
            "serviceBusConnectionString": "hunter2", "instanceTypes": {"d": {"nodeSelector": null}}});
        for (kind, inner, shown) in [
            ("VirtualMachine", machine, json!({"ssh_settings": {"admin_username": "me", "ssh_port": 22}})),
            (
                "Kubernetes",
                cluster,
                json!({"namespace": "n", "properties": {"namespace": "n", "instance_types": {"d": {}}}}),
            ),
        ] {
            let mut expected = shown;
            expected["type"] = kind.to_lowercase().into();
            assert_eq!(view(&json!({"properties": {"computeType": kind, "properties": inner}})), expected);
        }
    }

    #[test]
    fn what_went_wrong_is_shown_by_its_code() {
        let errors = json!([{"error": {"code": "QuotaReached", "message": "no cores"}}]);
        let shown = view(
            &json!({"properties": {"computeType": "HDInsight", "provisioningErrors": errors, "resourceId": "/r"}}),
        );
        assert_eq!(
            shown,
            json!({"provisioning_errors": "QuotaReached", "resource_id": "/r", "type": "hdinsight"})
        );
    }
}
