//! The text of an expression to tokens. Knows no grammar.

use serde_json::Value;

use super::CompileError;

/// A token and the column, in characters, where it starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) column: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Identifier(String),
    QuotedIdentifier(String),
    Literal(Value),
    Number(i64),
    LeftBracket,
    RightBracket,
    LeftParenthesis,
    RightParenthesis,
    LeftBrace,
    RightBrace,
    Comma,
    Colon,
    Dot,
    Star,
    Current,
    Pipe,
    Or,
    And,
    Reference,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// `[]`
    Flatten,
    /// `[?`
    Filter,
    End,
}

/// Splits the text; the last token is always [`TokenKind::End`].
pub(super) fn tokenize(text: &str) -> Result<Vec<Token>, CompileError> {
    let mut lexer = Lexer { characters: text.chars().collect(), position: 0 };
    let mut tokens = Vec::new();
    while let Some(character) = lexer.peek() {
        if matches!(character, ' ' | '\t' | '\n' | '\r') {
            lexer.position += 1;
            continue;
        }
        let column = lexer.position;
        let kind = lexer.token(character)?;
        tokens.push(Token { kind, column });
    }
    tokens.push(Token { kind: TokenKind::End, column: lexer.characters.len() });
    Ok(tokens)
}

struct Lexer {
    characters: Vec<char>,
    position: usize,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn token(&mut self, first: char) -> Result<TokenKind, CompileError> {
        match first {
            'a'..='z' | 'A'..='Z' | '_' => Ok(TokenKind::Identifier(self.identifier())),
            '0'..='9' | '-' => self.number(),
            '"' => self.quoted_identifier(),
            '\'' => self.raw_string(),
            '`' => self.literal(),
            _ => self.operator(first),
        }
    }

    fn operator(&mut self, first: char) -> Result<TokenKind, CompileError> {
        let column = self.position;
        self.position += 1;
        Ok(match first {
            '.' => TokenKind::Dot,
            '*' => TokenKind::Star,
            ']' => TokenKind::RightBracket,
            ',' => TokenKind::Comma,
            ':' => TokenKind::Colon,
            '@' => TokenKind::Current,
            '(' => TokenKind::LeftParenthesis,
            ')' => TokenKind::RightParenthesis,
            '{' => TokenKind::LeftBrace,
            '}' => TokenKind::RightBrace,
            '[' if self.accept(']') => TokenKind::Flatten,
            '[' if self.accept('?') => TokenKind::Filter,
            '[' => TokenKind::LeftBracket,
            '|' if self.accept('|') => TokenKind::Or,
            '|' => TokenKind::Pipe,
            '&' if self.accept('&') => TokenKind::And,
            '&' => TokenKind::Reference,
            '<' if self.accept('=') => TokenKind::LessOrEqual,
            '<' => TokenKind::Less,
            '>' if self.accept('=') => TokenKind::GreaterOrEqual,
            '>' => TokenKind::Greater,
            '!' if self.accept('=') => TokenKind::NotEqual,
            '!' => TokenKind::Not,
            '=' if self.accept('=') => TokenKind::Equal,
            other => return Err(error(column, format!("unknown token `{other}`"))),
        })
    }

    /// Takes the next character if it is the expected one.
    fn accept(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        self.position += usize::from(found);
        found
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let start = self.position;
        while self.peek().is_some_and(&keep) {
            self.position += 1;
        }
        self.characters[start..self.position].iter().collect()
    }

    fn identifier(&mut self) -> String {
        self.take_while(|character| character.is_ascii_alphanumeric() || character == '_')
    }

    fn number(&mut self) -> Result<TokenKind, CompileError> {
        let column = self.position;
        let negative = self.accept('-');
        let digits = self.take_while(|character| character.is_ascii_digit());
        if digits.is_empty() {
            return Err(error(column, "unknown token `-`".to_owned()));
        }
        // Numbers are indexes only, and beyond this one every list has ended.
        let magnitude = digits.parse().unwrap_or(i64::MAX);
        Ok(TokenKind::Number(if negative { -magnitude } else { magnitude }))
    }

    fn quoted_identifier(&mut self) -> Result<TokenKind, CompileError> {
        let column = self.position;
        let text = self.delimited('"')?;
        serde_json::from_str(&format!("\"{text}\""))
            .map(TokenKind::QuotedIdentifier)
            .map_err(|cause| error(column, format!("invalid quoted identifier: {cause}")))
    }

    fn raw_string(&mut self) -> Result<TokenKind, CompileError> {
        let text = self.delimited('\'')?;
        Ok(TokenKind::Literal(Value::String(text.replace("\\'", "'"))))
    }

    /// JSON between backticks; what is not JSON is taken as the inside of a JSON string, as older versions of the
    /// language had it.
    fn literal(&mut self) -> Result<TokenKind, CompileError> {
        let column = self.position;
        let text = self.delimited('`')?.replace("\\`", "`");
        serde_json::from_str(&text)
            .or_else(|_| serde_json::from_str(&format!("\"{}\"", text.trim_start())).map(Value::String))
            .map(TokenKind::Literal)
            .map_err(|_| error(column, format!("bad literal `{text}`")))
    }

    /// The text up to the closing delimiter. A backslash protects the next character; both stay in the text.
    fn delimited(&mut self, delimiter: char) -> Result<String, CompileError> {
        let column = self.position;
        self.position += 1;
        let mut text = String::new();
        while let Some(character) = self.peek() {
            self.position += 1;
            if character == delimiter {
                return Ok(text);
            }
            text.push(character);
            if character == '\\' {
                text.extend(self.peek());
                self.position += 1;
            }
        }
        Err(error(column, format!("unclosed {delimiter} delimiter")))
    }
}

fn error(column: usize, message: String) -> CompileError {
    CompileError { message, column }
}
