//! Bytes that PyYAML 6.0.3 wrote for the same values.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::*;

fn assert_written(cases: &[(&str, &str)], write: impl Fn(&Value) -> String) {
    for (json, expected) in cases {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(write(&value), *expected, "for {json}");
    }
}

#[test]
fn values_are_written_as_the_reference_writes_them() {
    let cases = [
        (r#""abc""#, "abc\n...\n"),
        (r#""""#, "''\n"),
        (r#""123""#, "'123'\n"),
        (r#""1_000""#, "'1_000'\n"),
        (r#""0x1F""#, "'0x1F'\n"),
        (r#""08""#, "08\n...\n"),
        (r#""017""#, "'017'\n"),
        (r#""1:30""#, "'1:30'\n"),
        (r#""1:60""#, "1:60\n...\n"),
        (r#""1.5""#, "'1.5'\n"),
        (r#""1.""#, "'1.'\n"),
        (r#""1e3""#, "1e3\n...\n"),
        (r#""1.0e+3""#, "'1.0e+3'\n"),
        (r#""-.5""#, "-.5\n...\n"),
        (r#"".inf""#, "'.inf'\n"),
        (r#"".NaN""#, "'.NaN'\n"),
        (r#""2024-01-01""#, "'2024-01-01'\n"),
        (r#""2024-1-1""#, "2024-1-1\n...\n"),
        (r#""2024-1-1 1:02:03 +01:00""#, "'2024-1-1 1:02:03 +01:00'\n"),
        (r#""2024-01-01T10:00:00.5Z""#, "'2024-01-01T10:00:00.5Z'\n"),
        (r#""yes""#, "'yes'\n"),
        (r#""Off""#, "'Off'\n"),
        (r#""oN""#, "oN\n...\n"),
        (r#""null""#, "'null'\n"),
        (r#""~""#, "'~'\n"),
        (r#""=""#, "'='\n"),
        (r#""<<""#, "'<<'\n"),
        (r#""it's""#, "it's\n...\n"),
        (r#""azureml:x:1""#, "azureml:x:1\n...\n"),
        (r#""https://h/p?a=b""#, "https://h/p?a=b\n...\n"),
        (r#""a: b""#, "'a: b'\n"),
        (r#""a:""#, "'a:'\n"),
        (r##""#x""##, "'#x'\n"),
        (r#""a #b""#, "'a #b'\n"),
        (r#""a#b""#, "a#b\n...\n"),
        (r#""@x""#, "'@x'\n"),
        (r#""- x""#, "'- x'\n"),
        (r#""-x""#, "-x\n...\n"),
        (r#""?x""#, "?x\n...\n"),
        (r#""? ""#, "'? '\n"),
        (r#""--- x""#, "'--- x'\n"),
        (r#""...""#, "'...'\n"),
        (r#""{a}""#, "'{a}'\n"),
        (r#""a, b""#, "a, b\n...\n"),
        (r#"" lead""#, "' lead'\n"),
        (r#""trail ""#, "'trail '\n"),
        (r#""two  blanks""#, "two  blanks\n...\n"),
        (r#""\u00e9 \u6f22\u5b57 \ud83d\ude00""#, "é 漢字 😀\n...\n"),
        (r#""tab\there""#, "\"tab\\there\"\n"),
        (r#""bell\u0007""#, "\"bell\\a\"\n"),
        (r#""del\u007f""#, "\"del\\x7F\"\n"),
        (r#""nel\u0085x""#, "'nel\u{85}  x'\n"),
        (r#""zero\ufeffwidth""#, "\"zero\\uFEFFwidth\"\n"),
        (r#""line1\nline2\n""#, "'line1\n\n  line2\n\n  '\n"),
        (r#""a\n b""#, "\"a\\n b\"\n"),
        (r#""a \nb""#, "\"a \\nb\"\n"),
        (r#""\n""#, "'\n\n  '\n"),
        ("true", "true\n...\n"),
        ("null", "null\n...\n"),
        ("5", "5\n...\n"),
        ("-0.0", "-0.0\n...\n"),
        ("1e20", "1.0e+20\n...\n"),
        ("1e-7", "1.0e-07\n...\n"),
        ("[]", "[]\n"),
        ("{}", "{}\n"),
        ("18446744073709551615", "18446744073709551615\n...\n"),
        (r#"{"b": 1, "a": [1, {"c": null}], "A": {}}"#, "A: {}\na:\n- 1\n- c: null\nb: 1\n"),
        (
            r#"{"k": "word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word"}"#,
            "k: word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word word word\n",
        ),
        (
            r#"{"k": "'word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word"}"#,
            "k: '''word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word word word'\n",
        ),
        (
            r#"{"k": "\tword word word word word word word word word word word word word word word word word word word word word word word word word word word word word word"}"#,
            "k: \"\\tword word word word word word word word word word word word word word word word\\\n  \\ word word word word word word word word word word word word word word\"\n",
        ),
        (
            r#"{"k": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx y"}"#,
            "k: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n  y\n",
        ),
        (r#"{"k": "line1\nline2\n"}"#, "k: 'line1\n\n  line2\n\n  '\n"),
        (r#"{"": 1}"#, "? ''\n: 1\n"),
        (
            r#"{"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk": 1}"#,
            "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: 1\n",
        ),
        (
            r#"{"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk": [1]}"#,
            "? kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\n: - 1\n",
        ),
        (r#"{"a\nb": {"c": 1}}"#, "? 'a\n\n  b'\n: c: 1\n"),
        (r#"[[1, [2]], [], {"a": [{"b": []}]}]"#, "- - 1\n  - - 2\n- []\n- a:\n  - b: []\n"),
        (r#"{"yes": "no", "1": "2", "a b": "c"}"#, "'1': '2'\na b: c\n'yes': 'no'\n"),
        (
            r#"{"k": ["word word word word word word word word word word word word word word word word word word word word word word word word word", "'word word word word word word word word word word word word word word word word word word word word word word word word word"]}"#,
            "k:\n- word word word word word word word word word word word word word word word word\n  word word word word word word word word word\n- '''word word word word word word word word word word word word word word word word\n  word word word word word word word word word'\n",
        ),
        (
            r#"{"image": "mcr.microsoft.com/azureml/x:latest", "tags": {"a": "é"}}"#,
            "image: mcr.microsoft.com/azureml/x:latest\ntags:\n  a: é\n",
        ),
    ];
    assert_written(&cases, dump);
}

#[test]
fn beyond_ascii_is_escaped_on_demand() {
    let cases = [
        ("\"é 漢字 😀\"", "\"\\xE9 \\u6F22\\u5B57 \\U0001F600\"\n"),
        ("{\"é\": \"a\u{a0}b\"}", "\"\\xE9\": \"a\\_b\"\n"),
        ("\"plain\"", "plain\n...\n"),
        (
            "{\"k\": \"é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é \"}",
            "k: \"\\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9\\\n  \\ \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9\\\n  \\ \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \"\n",
        ),
    ];
    assert_written(&cases, |value| dump_node_ascii(&Rc::new(Node::from_json(value))));
}

#[test]
fn what_only_yaml_can_say_is_written_as_it_was_read() {
    let cases = [
        ("base: &b [pip, wheel]\ndependencies: *b\n", "base: &id001\n- pip\n- wheel\ndependencies: *id001\n"),
        ("- &m {a: 1}\n- *m\n- &e []\n- *e\n", "- &id001\n  a: 1\n- *id001\n- &id002 []\n- *id002\n"),
        ("a: {<<: &d {x: [1]}, y: 2}\nb: *d\n", "a:\n  x: &id001\n  - 1\n  y: 2\nb:\n  x: *id001\n"),
        ("z: 1\non: yes\nday: 2024-01-31\n", "z: 1\ntrue: true\nday: 2024-01-31\n"),
        ("10: a\n9: b\n1.5: c\n", "1.5: c\n9: b\n10: a\n"),
        ("t: 2001-12-14t21:59:43.10-05:00\n", "t: 2001-12-14 21:59:43.100000-05:00\n"),
        ("a: .inf\nb: -.inf\nc: .nan\n", "a: .inf\nb: -.inf\nc: .nan\n"),
        ("a: &s text\nb: *s\n", "a: text\nb: text\n"),
    ];
    for (text, expected) in cases {
        let node = super::super::load::load(text).unwrap().unwrap();
        assert_eq!(dump_node_ascii(&node), expected, "for {text}");
    }
}

#[test]
fn deep_nesting_is_written() {
    let value = (0..100).fold(Value::from(1), |inner, _| Value::Array(vec![inner]));
    assert_eq!(dump(&value), format!("{}1\n", "- ".repeat(100)));
}
