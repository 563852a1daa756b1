//! Instances (`type: computeinstance`): a machine for one person, its scripts and applications.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::super::check::Report;
use super::super::fields::Fields;
use super::super::problem::Problem;
use super::cluster::DEFAULT_SIZE;
use super::schedule::{self, Schedule};
use crate::wire;
use crate::wire::JsonMap;
use crate::wire::compute::{AnyComputeProperties, InstanceProperties, TypeProperties};

/// What only an instance has.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceSpec {
    /// VM size.
    pub size: Option<String>,
    /// Whether it can be reached by SSH from outside.
    pub ssh_public_access_enabled: Option<bool>,
    /// Key for SSH.
    pub ssh_settings: Option<InstanceSshSettings>,
    /// The user it is made for.
    pub create_on_behalf_of: Option<AssignedUser>,
    /// ISO 8601 duration after which it is stopped when idle.
    pub idle_time_before_shutdown: Option<String>,
    /// When it is started and stopped.
    pub schedules: Option<Vec<Schedule>>,
    /// What runs on it when it is made and started.
    pub setup_scripts: Option<SetupScripts>,
    /// Applications in containers.
    pub custom_applications: Vec<CustomApplication>,
    /// Whether it has a public address.
    pub enable_node_public_ip: bool,
    /// Whether single sign-on works.
    pub enable_sso: bool,
    /// Whether its user is root.
    pub enable_root_access: bool,
    /// Whether it gives its quota back when stopped.
    pub release_quota_on_stop: bool,
    /// Whether its system is patched.
    pub enable_os_patching: bool,
}

/// Key for SSH on an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceSshSettings {
    /// Public key.
    pub ssh_key_value: Option<String>,
}

/// The user an instance is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedUser {
    /// Directory of the user.
    pub tenant_id: String,
    /// Object id of the user.
    pub object_id: String,
}

/// What runs on an instance by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupScripts {
    /// Once, when it is made.
    pub creation_script: Option<SetupScript>,
    /// Whenever it starts.
    pub startup_script: Option<SetupScript>,
}

/// A script in the files of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupScript {
    /// Path.
    pub path: Option<String>,
    /// Arguments.
    pub command: Option<String>,
    /// Minutes it may take.
    pub timeout_minutes: Option<i64>,
}

/// An application in a container.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomApplication {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: String,
    /// Container image.
    pub image: String,
    /// Ports in the container and on the instance.
    pub endpoints: Vec<(i64, i64)>,
    /// Environment variables, as written.
    pub environment_variables: Option<JsonMap>,
    /// Folders on the instance and in the container.
    pub bind_mounts: Vec<(String, String)>,
}

impl InstanceSpec {
    pub(super) fn read(mut fields: Fields) -> Self {
        let mut flag = |name: &str, default: bool| fields.boolean(name).unwrap_or(default);
        Self {
            enable_node_public_ip: flag("enable_node_public_ip", true),
            enable_sso: flag("enable_sso", true),
            enable_root_access: flag("enable_root_access", true),
            release_quota_on_stop: flag("release_quota_on_stop", false),
            enable_os_patching: flag("enable_os_patching", false),
            size: fields.text("size").filter(|size| !size.is_empty()),
            ssh_public_access_enabled: fields.boolean("ssh_public_access_enabled"),
            ssh_settings: fields.object("ssh_settings").map(|mut ssh| InstanceSshSettings {
                ssh_key_value: ssh.text("ssh_key_value").filter(|key| !key.is_empty()),
            }),
            create_on_behalf_of: fields.object("create_on_behalf_of").map(|mut user| AssignedUser {
                tenant_id: user.text("user_tenant_id").unwrap_or_default(),
                object_id: user.text("user_object_id").unwrap_or_default(),
            }),
            idle_time_before_shutdown: match fields.integer("idle_time_before_shutdown_minutes") {
                Some(minutes) if minutes > 0 => Some(format!("PT{minutes}M")),
                _ => fields.text("idle_time_before_shutdown").filter(|duration| !duration.is_empty()),
            },
            schedules: fields
                .object("schedules")
                .map(|mut schedules| schedules.objects("compute_start_stop").map(Schedule::read).collect()),
            setup_scripts: fields.object("setup_scripts").map(SetupScripts::read),
            custom_applications: fields.objects("custom_applications").map(CustomApplication::read).collect(),
        }
    }

    pub(super) fn into_wire(self, subnet: Option<String>) -> AnyComputeProperties {
        let has_ssh = self.ssh_public_access_enabled.is_some() || self.ssh_settings.is_some();
        let is_public = self.ssh_public_access_enabled.unwrap_or(false);
        let applications: Vec<Value> =
            self.custom_applications.into_iter().map(CustomApplication::into_wire).collect();
        AnyComputeProperties {
            compute_type: "ComputeInstance".to_owned(),
            disable_local_auth: Some(!is_public),
            properties: Some(TypeProperties::Instance(Box::new(InstanceProperties {
                vm_size: self.size.unwrap_or_else(|| DEFAULT_SIZE.to_owned()),
                subnet: subnet.map(|id| json!({ "id": id })),
                ssh_settings: has_ssh.then(|| wire::compute::InstanceSshSettings {
                    ssh_public_access: if is_public { "Enabled" } else { "Disabled" }.to_owned(),
                    admin_public_key: self.ssh_settings.and_then(|ssh| ssh.ssh_key_value),
                }),
                personal_compute_instance_settings: self.create_on_behalf_of.map(AssignedUser::into_wire),
                idle_time_before_shutdown: self.idle_time_before_shutdown,
                enable_node_public_ip: self.enable_node_public_ip,
                enable_sso: self.enable_sso,
                enable_root_access: self.enable_root_access,
                release_quota_on_stop: self.release_quota_on_stop,
                enable_os_patching: self.enable_os_patching,
                application_sharing_policy: "Shared".to_owned(),
                compute_instance_authorization_type: "personal".to_owned(),
                schedules: self.schedules.map(schedule::to_wire),
                setup_scripts: self.setup_scripts.map(SetupScripts::into_wire),
                custom_services: (!applications.is_empty()).then_some(applications),
            }))),
            ..AnyComputeProperties::default()
        }
    }
}

impl AssignedUser {
    fn into_wire(self) -> Value {
        json!({ "assignedUser": { "objectId": self.object_id, "tenantId": self.tenant_id } })
    }
}

impl SetupScripts {
    fn read(mut fields: Fields) -> Self {
        Self {
            creation_script: fields.object("creation_script").map(SetupScript::read),
            startup_script: fields.object("startup_script").map(SetupScript::read),
        }
    }

    fn into_wire(self) -> Value {
        let scripts = [("startupScript", self.startup_script), ("creationScript", self.creation_script)];
        let given =
            scripts.into_iter().filter_map(|(name, script)| Some((name.to_owned(), script?.into_wire())));
        json!({ "scripts": given.collect::<Map<_, _>>() })
    }
}

impl SetupScript {
    fn read(mut fields: Fields) -> Self {
        Self {
            path: fields.text("path"),
            command: fields.text("command"),
            timeout_minutes: fields.integer("timeout_minutes"),
        }
    }

    fn into_wire(self) -> Value {
        // The SDK formats a missing timeout as Python's `None`; the service lives with it.
        let minutes = self.timeout_minutes.map_or_else(|| "None".to_owned(), |minutes| minutes.to_string());
        let mut wire = json!({ "scriptSource": "workspaceStorage", "timeout": format!("{minutes}m") });
        for (name, value) in [("scriptData", self.path), ("scriptArguments", self.command)] {
            if let Some(value) = value {
                wire[name] = value.into();
            }
        }
        wire
    }
}

impl CustomApplication {
    fn read(mut fields: Fields) -> Self {
        let pair = |mut mount: Fields| {
            (mount.text("source").unwrap_or_default(), mount.text("target").unwrap_or_default())
        };
        let ports = |mut endpoint: Fields| {
            (endpoint.integer("target").unwrap_or(0), endpoint.integer("published").unwrap_or(0))
        };
        Self {
            name: fields.text("name").unwrap_or_default(),
            kind: fields.text("type").unwrap_or_else(|| "docker".to_owned()),
            image: fields.object("image").and_then(|mut image| image.text("reference")).unwrap_or_default(),
            endpoints: fields.objects("endpoints").map(ports).collect(),
            environment_variables: fields.mapping("environment_variables").filter(|map| !map.is_empty()),
            bind_mounts: fields.objects("bind_mounts").map(pair).collect(),
        }
    }

    fn into_wire(self) -> Value {
        let mut wire = json!({
            "name": self.name,
            "type": self.kind,
            "image": { "type": "docker", "reference": self.image },
            "docker": { "privileged": true },
        });
        let endpoint = |(target, published)| json!({ "name": "connect", "protocol": "http", "target": target, "published": published });
        let endpoints: Vec<Value> = self.endpoints.into_iter().map(endpoint).collect();
        let volume = |(source, target)| json!({ "type": "bind", "readOnly": false, "source": source, "target": target });
        let volumes: Vec<Value> = self.bind_mounts.into_iter().map(volume).collect();
        for (name, list) in [("endpoints", endpoints), ("volumes", volumes)] {
            if !list.is_empty() {
                wire[name] = list.into();
            }
        }
        if let Some(variables) = self.environment_variables {
            let local = |(name, value)| (name, json!({ "type": "local", "value": value }));
            wire["environmentVariables"] = variables.into_iter().map(local).collect();
        }
        wire
    }
}

/// Problems when two applications share a name or a port.
pub(super) fn refuse_applications(report: &Report<'_>) -> Vec<Problem> {
    let Some(Value::Array(applications)) = report.fields.get("custom_applications") else {
        return Vec::new();
    };
    let (mut names, mut ports, mut problems) = (HashSet::new(), HashSet::new(), Vec::new());
    for (at, application) in applications.iter().enumerate() {
        let place = format!("custom_applications[{at}]");
        if let Some(name) = application["name"].as_str().filter(|name| !names.insert((*name).to_owned())) {
            let message = format!("two applications have the name `{name}`");
            problems.push(Problem::error(format!("{place}.name"), message));
        }
        let endpoints = application["endpoints"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (index, endpoint) in endpoints.iter().enumerate() {
            if let Some(port) = endpoint["published"].as_i64().filter(|port| !ports.insert(*port)) {
                let field = format!("{place}.endpoints[{index}].published");
                problems.push(Problem::error(field, format!("the port {port} is published twice")));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::super::super::document::SpecDocument;
    use super::super::super::problem::SpecError;
    use super::super::ComputeSpec;
    use super::*;

    fn read(mut value: Value) -> Result<Value, SpecError> {
        value["name"] = "c".into();
        value["type"] = "computeinstance".into();
        let spec = ComputeSpec::from_document(&SpecDocument::from_json(&value))?.spec;
        Ok(serde_json::to_value(spec.into_wire("local")).unwrap()["properties"].take())
    }

    #[test]
    fn local_accounts_follow_from_public_ssh() {
        for (value, disabled, ssh) in [
            (json!({}), true, Value::Null),
            (json!({ "ssh_public_access_enabled": true }), false, json!({ "sshPublicAccess": "Enabled" })),
            (json!({ "ssh_public_access_enabled": "no" }), true, json!({ "sshPublicAccess": "Disabled" })),
            (
                json!({ "ssh_settings": { "ssh_key_value": "k", "admin_username": "ignored" } }),
                true,
                json!({ "sshPublicAccess": "Disabled", "adminPublicKey": "k" }),
            ),
        ] {
            let body = read(value).unwrap();
            assert_eq!(body["disableLocalAuth"], disabled);
            assert_eq!(body["properties"].get("sshSettings").unwrap_or(&Value::Null), &ssh);
        }
    }

    #[test]
    fn minutes_win_over_the_duration_of_older_files() {
        for (value, expected) in [
            (json!({ "idle_time_before_shutdown": "PT1H" }), "PT1H"),
            (
                json!({ "idle_time_before_shutdown": "PT1H", "idle_time_before_shutdown_minutes": "20" }),
                "PT20M",
            ),
        ] {
            assert_eq!(read(value).unwrap()["properties"]["idleTimeBeforeShutdown"], expected);
        }
    }

    #[test]
    fn applications_share_neither_name_nor_port() {
        let application = |name: &str, port: i64| json!({ "name": name, "image": { "reference": "i" }, "endpoints": [{ "target": 8787, "published": port }] });
        let read_two = |one: Value, two: Value| read(json!({ "custom_applications": [one, two] }));
        let body = read_two(application("a", 8788), application("b", 8789)).unwrap();
        let services = body["properties"]["customServices"].as_array().unwrap().len();
        assert_eq!(services, 2);
        let fields = |error: SpecError| error.problems.iter().map(|p| p.field.clone()).collect::<Vec<_>>();
        let error = read_two(application("a", 8788), application("a", 8788)).unwrap_err();
        assert_eq!(
            fields(error),
            ["custom_applications[1].name", "custom_applications[1].endpoints[0].published"]
        );
    }
}
