//! JMESPath, the language of `--query`, evaluated exactly as jmespath.py 1.1 evaluates it.
//!
//! `az` hands `--query` to that package, so its habits count here, not only the language's specification: key order is
//! kept, an unquoted text between backticks is a string literal, `[0][1:2]` is no projection. The module knows nothing of
//! output formats; it only reports which objects a multi-select hash wrote (see [`Selection`]).

mod functions;
mod interpreter;
mod lexer;
mod node;
mod numbers;
mod parser;
pub mod python;

use serde_json::Value;

use node::Node;
use parser::Tree;

/// How deeply an expression may nest. Every recursive walk over an expression is bounded by it.
const MAX_DEPTH: usize = 128;

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expression {
    tree: Tree,
}

impl Expression {
    /// Compiles the text of an expression.
    pub fn compile(text: &str) -> Result<Self, CompileError> {
        let tree = parser::parse(text)?;
        Ok(Self { tree })
    }

    /// Evaluates the expression on `input` and returns the result as plain JSON.
    pub fn search(&self, input: &Value) -> Result<Value, SearchError> {
        self.select(input)?.into_value()
    }

    /// Evaluates the expression on `input`, keeping apart whole objects and objects written by a multi-select hash.
    pub fn select<'a>(&'a self, input: &'a Value) -> Result<Selection<'a>, SearchError> {
        let node = interpreter::evaluate(&self.tree, &Node::Given(input))?;
        Ok(Selection { node })
    }
}

/// The result of an evaluation, before it becomes plain JSON.
#[derive(Debug)]
pub struct Selection<'a> {
    node: Node<'a>,
}

impl Selection<'_> {
    /// The result with the keys of every object in the order they have.
    pub fn into_value(self) -> Result<Value, SearchError> {
        self.node.to_value(false)
    }

    /// The result with the keys of whole objects sorted; the object of a multi-select hash keeps its written order.
    pub fn into_value_with_whole_objects_sorted(self) -> Result<Value, SearchError> {
        self.node.to_value(true)
    }
}

/// Why a text is not an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at column {column}")]
pub struct CompileError {
    /// What is wrong.
    pub message: String,
    /// Where, counted in characters from 0.
    pub column: usize,
}

/// Why an expression could not be evaluated. The texts are those of jmespath.py, which `az` shows as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// No function of that name.
    #[error("Unknown function: {name}()")]
    UnknownFunction {
        /// The name as written.
        name: String,
    },
    /// A function called with the wrong number of arguments.
    #[error(
        "Expected {}{expected} argument{} for function {function}(), received {received}",
        if *.variadic { "at least " } else { "" },
        if *.expected == 1 { "" } else { "s" }
    )]
    Arity {
        /// The function.
        function: &'static str,
        /// How many arguments it takes.
        expected: usize,
        /// How many it got.
        received: usize,
        /// Whether it takes more as well.
        variadic: bool,
    },
    /// An argument of the wrong type.
    #[error(
        "In function {function}(), invalid type for value: {value}, expected one of: {expected}, received: \"{received}\""
    )]
    Type {
        /// The function.
        function: &'static str,
        /// The value, as Python prints it.
        value: String,
        /// The accepted types, as Python prints a list.
        expected: String,
        /// The type of the value.
        received: &'static str,
    },
    /// An operation that has no meaning for its operands.
    #[error("{0}")]
    Unsupported(String),
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::json;

    use super::*;

    fn search(text: &str, input: Value) -> String {
        Expression::compile(text).unwrap().search(&input).unwrap().to_string()
    }

    #[test]
    fn a_multi_select_hash_keeps_its_written_order() {
        let input = json!([{"a": 1, "b": 2}]);
        assert_eq!(search("[].{z: b, a: a}", input), r#"[{"z":2,"a":1}]"#);
    }

    #[test]
    fn whole_objects_are_told_apart_from_hashes() {
        let input = json!({"whole": {"z": 1, "a": 2}});
        let expression =
            Expression::compile("[whole, {z: whole.z, a: whole.a}, merge(whole, whole)]").unwrap();
        let value = expression.select(&input).unwrap().into_value_with_whole_objects_sorted().unwrap();
        assert_eq!(value.to_string(), r#"[{"a":2,"z":1},{"z":1,"a":2},{"a":2,"z":1}]"#);
    }

    #[test]
    fn a_slice_behind_an_index_is_no_projection() {
        let input = json!({"a": [[{"b": 1}, {"b": 2}]]});
        assert_eq!(search("a[0][0:1].b", input.clone()), "null");
        assert_eq!(search("a[0] | [0:1].b", input), "[1]");
    }

    #[test]
    fn booleans_and_numbers_are_equal_only_inside_containers() {
        assert_eq!(search("a == `1`", json!({"a": true})), "false");
        assert_eq!(search("a == [`1`]", json!({"a": [true]})), "true");
        assert_eq!(search("contains(a, `1`)", json!({"a": [true]})), "true");
        assert_eq!(search("a == `1.0`", json!({"a": 1})), "true");
    }

    #[test]
    fn literals_may_be_unquoted_text() {
        assert_eq!(search("[?name==`abc`].name", json!([{"name": "abc"}])), r#"["abc"]"#);
    }

    #[test]
    fn compile_errors_carry_the_column() {
        let column = |text: &str| Expression::compile(text).unwrap_err().column;
        assert_eq!(column("name["), 5);
        assert_eq!(column("é"), 0);
        assert_eq!(column("\"é\" ^"), 4);
        assert_eq!(column("foo.#"), 4);
        assert_eq!(column(""), 0);
    }

    #[test]
    fn run_time_errors_read_like_those_of_the_reference() {
        let error = |text: &str| {
            Expression::compile(text).unwrap().search(&json!({"a": true})).unwrap_err().to_string()
        };
        assert_eq!(error("foo()"), "Unknown function: foo()");
        assert_eq!(error("length()"), "Expected 1 argument for function length(), received 0");
        assert_eq!(error("starts_with(@)"), "Expected 2 arguments for function starts_with(), received 1");
        assert_eq!(error("not_null()"), "Expected at least 1 argument for function not_null(), received 0");
        assert_eq!(
            error("length(a)"),
            "In function length(), invalid type for value: True, expected one of: ['string', 'array', 'object'], \
             received: \"boolean\""
        );
        assert_eq!(
            error("sum([a])"),
            "In function sum(), invalid type for value: True, expected one of: ['array-number'], received: \"bool\""
        );
        assert_eq!(error("'a' < `1`"), "'<' not supported between instances of 'str' and 'int'");
    }

    #[test]
    fn hostile_nesting_is_an_error_not_a_crash() {
        for text in [
            "(".repeat(100_000),
            format!("a{}", "[]".repeat(100_000)),
            format!("a{}", "||a".repeat(100_000)),
            format!("a{}", ".a".repeat(100_000)),
            "!".repeat(100_000),
            format!("`{}`", "[".repeat(100_000)),
            format!("{}a{}", "(a||".repeat(100), ")||a".repeat(100)),
        ] {
            let _ = Expression::compile(&text).map(|expression| expression.search(&json!({"a": [[1]]})));
        }
    }

    #[test]
    fn an_expression_reference_alone_is_no_result() {
        assert!(Expression::compile("&a").unwrap().search(&json!({})).is_err());
    }
}
