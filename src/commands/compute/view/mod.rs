//! Computes as `az ml compute show` prints them: what all have, and what only a kind has.

mod instance;

use serde_json::{Map, Value};

use self::instance::instance;
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
