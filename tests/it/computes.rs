//! `compute`: each verb, what it prints and how it refuses.

use serde_json::json;

use super::common::TestEnv;

#[test]
fn create_show_list_update_delete() {
    let env = TestEnv::new();
    let created = env.json(&[
        "compute",
        "create",
        "-n",
        "cpu",
        "--type",
        "AmlCompute",
        "--max-instances",
        "3",
        "--size",
        "Standard_DS3_v2",
        "-d",
        "300",
        "--tags",
        "a=1",
    ]);
    for (key, value) in [
        ("name", json!("cpu")),
        ("type", json!("amlcompute")),
        ("min_instances", json!(0)),
        ("max_instances", json!(3)),
        ("idle_time_before_scale_down", json!(300)),
        ("provisioning_state", json!("Succeeded")),
        ("tier", json!("dedicated")),
        ("ssh_public_access_enabled", json!(false)),
        ("network_settings", json!({})),
        ("tags", json!({"a": "1"})),
    ] {
        assert_eq!(created[key], value, "{key}");
    }
    assert_eq!(env.json(&["compute", "show", "-n", "cpu"]), created);
    env.ok(&["compute", "create", "-n", "bare", "-t", "amlcompute"]);
    let tagged = env.json(&["compute", "update", "-n", "bare", "--set", "tags.a=b"]);
    assert_eq!(tagged["tags"], json!({"a": "b"}), "tags cannot be set where there are none");
    env.ok(&["compute", "delete", "-n", "bare", "-y"]);
    let updated = env.json(&["compute", "update", "-n", "cpu", "--max-instances", "5"]);
    assert_eq!((&updated["max_instances"], &updated["size"]), (&json!(5), &created["size"]));
    let table = env.ok(&["compute", "list", "-o", "table"]);
    assert_eq!(table.lines().next(), Some("Name    Compute type    State      Instance type"));
    assert_eq!(env.json(&["compute", "list", "--type", "computeinstance"]), json!([]));
    env.ok(&["compute", "delete", "-n", "cpu", "--yes"]);
    assert_eq!(env.json(&["compute", "list"]), json!([]));
}

#[test]
fn an_unknown_compute_is_exit_code_3() {
    let env = TestEnv::new();
    for words in [
        &["compute", "show", "-n", "nope"][..],
        &["compute", "update", "-n", "nope"],
        &["compute", "delete", "-n", "nope", "-y"],
    ] {
        let stderr = env.fails(3, words);
        assert!(
            stderr.starts_with(
                "ERROR: (ComputeNotFound) Compute with name nope not found in provided workspace\n"
            ),
            "{stderr}"
        );
    }
}

#[test]
fn an_instance_is_made_for_the_user_that_options_name() {
    let env = TestEnv::new();
    let words =
        ["compute", "create", "-n", "ci", "-t", "computeinstance", "--dry-run", "--user-object-id", "o"];
    let planned = env.json(&[&words[..], &["--user-tenant-id", "t"]].concat());
    let settings = &planned[0]["body"]["properties"]["properties"]["personalComputeInstanceSettings"];
    assert_eq!(settings, &json!({"assignedUser": {"objectId": "o", "tenantId": "t"}}));
    let stderr = env.fails(1, &words);
    assert!(stderr.contains("user_tenant_id` is required"), "{stderr}");
}

#[test]
fn options_are_checked_like_the_fields_they_stand_for() {
    let env = TestEnv::new();
    let stderr =
        env.fails(1, &["compute", "create", "-n", "cpu", "--type", "amlcompute", "--max-instances", "lots"]);
    assert!(stderr.contains("--max-instances") && stderr.contains("lots"), "{stderr}");
    let stderr = env.fails(1, &["compute", "create", "-n", "cpu"]);
    assert!(stderr.contains("type"), "{stderr}");
    assert_eq!(env.json(&["compute", "list"]), json!([]));
}
