//! Tokens to a syntax tree, by operator precedence. Accepts what jmespath.py accepts, its leniencies included (a
//! missing comma between function arguments or hash entries, a doubled number in a slice).

use serde_json::Value;

use super::lexer::{Token, TokenKind, tokenize};
use super::{CompileError, MAX_DEPTH};

/// A syntax tree with its height, which the parser bounds so that nothing that walks a tree can exhaust the stack.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) syntax: Box<Syntax>,
    height: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Syntax {
    Current,
    Literal(Value),
    Field(String),
    /// The right side applied to the result of the left side: `a.b`, `a | b`.
    Chain(Tree, Tree),
    Index(Tree, i64),
    Slice(Tree, SliceBounds),
    ListProjection(Tree, Tree),
    ValueProjection(Tree, Tree),
    FilterProjection {
        source: Tree,
        condition: Tree,
        each: Tree,
    },
    Flatten(Tree),
    Or(Tree, Tree),
    And(Tree, Tree),
    Not(Tree),
    Compare(Comparator, Tree, Tree),
    MultiSelectList(Vec<Tree>),
    MultiSelectHash(Vec<(String, Tree)>),
    Call(String, Vec<Tree>),
    Reference(Tree),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// `[start:stop:step]`.
pub(super) type SliceBounds = [Option<i64>; 3];

impl From<Syntax> for Tree {
    fn from(syntax: Syntax) -> Self {
        let height = 1 + syntax.height_below();
        Self { syntax: Box::new(syntax), height }
    }
}

impl Syntax {
    fn height_below(&self) -> usize {
        match self {
            Self::Current | Self::Literal(_) | Self::Field(_) => 0,
            Self::Index(tree, _)
            | Self::Slice(tree, _)
            | Self::Flatten(tree)
            | Self::Not(tree)
            | Self::Reference(tree) => tree.height,
            Self::Chain(left, right)
            | Self::ListProjection(left, right)
            | Self::ValueProjection(left, right)
            | Self::Or(left, right)
            | Self::And(left, right)
            | Self::Compare(_, left, right) => left.height.max(right.height),
            Self::FilterProjection { source, condition, each } => {
                source.height.max(condition.height).max(each.height)
            }
            Self::MultiSelectList(trees) | Self::Call(_, trees) => {
                trees.iter().map(|tree| tree.height).max().unwrap_or(0)
            }
            Self::MultiSelectHash(pairs) => pairs.iter().map(|(_, tree)| tree.height).max().unwrap_or(0),
        }
    }
}

/// Binding powers, weakest first. A token that has none ends every expression.
mod power {
    pub(super) const NONE: u8 = 0;
    pub(super) const PIPE: u8 = 1;
    pub(super) const OR: u8 = 2;
    pub(super) const AND: u8 = 3;
    pub(super) const COMPARE: u8 = 5;
    pub(super) const FLATTEN: u8 = 9;
    /// Everything weaker ends a projection.
    pub(super) const PROJECTION: u8 = 10;
    pub(super) const STAR: u8 = 20;
    pub(super) const FILTER: u8 = 21;
    pub(super) const DOT: u8 = 40;
    pub(super) const NOT: u8 = 45;
    pub(super) const BRACE: u8 = 50;
    pub(super) const BRACKET: u8 = 55;
    pub(super) const CALL: u8 = 60;
}

fn binding_power(kind: &TokenKind) -> u8 {
    match kind {
        TokenKind::Pipe => power::PIPE,
        TokenKind::Or => power::OR,
        TokenKind::And => power::AND,
        kind if comparator(kind).is_some() => power::COMPARE,
        TokenKind::Flatten => power::FLATTEN,
        TokenKind::Star => power::STAR,
        TokenKind::Filter => power::FILTER,
        TokenKind::Dot => power::DOT,
        TokenKind::Not => power::NOT,
        TokenKind::LeftBrace => power::BRACE,
        TokenKind::LeftBracket => power::BRACKET,
        TokenKind::LeftParenthesis => power::CALL,
        _ => power::NONE,
    }
}

fn comparator(kind: &TokenKind) -> Option<Comparator> {
    Some(match kind {
        TokenKind::Equal => Comparator::Equal,
        TokenKind::NotEqual => Comparator::NotEqual,
        TokenKind::Less => Comparator::Less,
        TokenKind::LessOrEqual => Comparator::LessOrEqual,
        TokenKind::Greater => Comparator::Greater,
        TokenKind::GreaterOrEqual => Comparator::GreaterOrEqual,
        _ => return None,
    })
}

/// Parses a whole text.
pub(super) fn parse(text: &str) -> Result<Tree, CompileError> {
    if text.is_empty() {
        return Err(CompileError { message: "expression cannot be empty".to_owned(), column: 0 });
    }
    let mut parser = Parser { tokens: tokenize(text)?, position: 0, depth: 0 };
    let tree = parser.expression(power::NONE)?;
    parser.expect(&TokenKind::End)?;
    Ok(tree)
}

struct Parser {
    tokens: Vec<Token>,
    position: usize,
    depth: usize,
}

impl Parser {
    /// The token `ahead` of the current one; behind the last one stands the end.
    fn peek_at(&self, ahead: usize) -> &Token {
        &self.tokens[(self.position + ahead).min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> &TokenKind {
        &self.peek_at(0).kind
    }

    fn advance(&mut self) -> Token {
        let token = self.peek_at(0).clone();
        self.position += 1;
        token
    }

    fn accept(&mut self, kind: &TokenKind) -> bool {
        let found = self.peek() == kind;
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, kind: &TokenKind) -> Result<(), CompileError> {
        if self.accept(kind) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> CompileError {
        unexpected(self.peek_at(0))
    }

    fn expression(&mut self, binding: u8) -> Result<Tree, CompileError> {
        self.depth += 1;
        self.check_depth(self.depth)?;
        let mut left = self.prefix()?;
        while binding < binding_power(self.peek()) {
            left = self.infix(left)?;
            self.check_depth(left.height)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn check_depth(&self, depth: usize) -> Result<(), CompileError> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        let message = format!("expression nested more than {MAX_DEPTH} levels deep");
        Err(CompileError { message, column: self.peek_at(0).column })
    }

    fn prefix(&mut self) -> Result<Tree, CompileError> {
        let token = self.advance();
        let syntax = match token.kind {
            TokenKind::Literal(value) => Syntax::Literal(value),
            TokenKind::Identifier(name) => Syntax::Field(name),
            TokenKind::QuotedIdentifier(_) if *self.peek() == TokenKind::LeftParenthesis => {
                let message = "quoted identifier not allowed for function names".to_owned();
                return Err(CompileError { message, column: token.column });
            }
            TokenKind::QuotedIdentifier(name) => Syntax::Field(name),
            TokenKind::Current => Syntax::Current,
            TokenKind::Star => self.leading_star()?,
            TokenKind::Filter => return self.filter(Syntax::Current.into()),
            TokenKind::Flatten => return self.flatten(Syntax::Current.into()),
            TokenKind::LeftBrace => self.multi_select_hash()?,
            TokenKind::LeftBracket => return self.leading_bracket(),
            TokenKind::LeftParenthesis => {
                let inner = self.expression(power::NONE)?;
                self.expect(&TokenKind::RightParenthesis)?;
                return Ok(inner);
            }
            TokenKind::Not => Syntax::Not(self.expression(power::NOT)?),
            TokenKind::Reference => Syntax::Reference(self.expression(power::NONE)?),
            _ => return Err(unexpected(&token)),
        };
        Ok(syntax.into())
    }

    fn leading_star(&mut self) -> Result<Syntax, CompileError> {
        let each = match self.peek() {
            TokenKind::RightBracket => Syntax::Current.into(),
            _ => self.projection_side(power::STAR)?,
        };
        Ok(Syntax::ValueProjection(Syntax::Current.into(), each))
    }

    fn leading_bracket(&mut self) -> Result<Tree, CompileError> {
        match self.peek() {
            TokenKind::Number(_) | TokenKind::Colon => self.index_or_slice(Syntax::Current.into()),
            TokenKind::Star if self.peek_at(1).kind == TokenKind::RightBracket => {
                self.list_projection(Syntax::Current.into())
            }
            _ => Ok(self.multi_select_list()?.into()),
        }
    }

    fn infix(&mut self, left: Tree) -> Result<Tree, CompileError> {
        let token = self.advance();
        if let Some(comparator) = comparator(&token.kind) {
            let right = self.expression(power::COMPARE)?;
            return Ok(Syntax::Compare(comparator, left, right).into());
        }
        let syntax = match token.kind {
            TokenKind::Dot if self.accept(&TokenKind::Star) => {
                Syntax::ValueProjection(left, self.projection_side(power::DOT)?)
            }
            TokenKind::Dot => Syntax::Chain(left, self.dot_side(power::DOT)?),
            TokenKind::Pipe => Syntax::Chain(left, self.expression(power::PIPE)?),
            TokenKind::Or => Syntax::Or(left, self.expression(power::OR)?),
            TokenKind::And => Syntax::And(left, self.expression(power::AND)?),
            TokenKind::LeftParenthesis => self.call(left, token.column)?,
            TokenKind::Filter => return self.filter(left),
            TokenKind::Flatten => return self.flatten(left),
            TokenKind::LeftBracket => return self.bracket(left),
            _ => return Err(unexpected(&token)),
        };
        Ok(syntax.into())
    }

    fn bracket(&mut self, left: Tree) -> Result<Tree, CompileError> {
        match self.peek() {
            TokenKind::Number(_) | TokenKind::Colon => self.index_or_slice(left),
            _ => self.list_projection(left),
        }
    }

    fn list_projection(&mut self, source: Tree) -> Result<Tree, CompileError> {
        self.expect(&TokenKind::Star)?;
        self.expect(&TokenKind::RightBracket)?;
        let each = self.projection_side(power::STAR)?;
        Ok(Syntax::ListProjection(source, each).into())
    }

    fn flatten(&mut self, source: Tree) -> Result<Tree, CompileError> {
        let each = self.projection_side(power::FLATTEN)?;
        Ok(Syntax::ListProjection(Syntax::Flatten(source).into(), each).into())
    }

    fn filter(&mut self, source: Tree) -> Result<Tree, CompileError> {
        let condition = self.expression(power::NONE)?;
        self.expect(&TokenKind::RightBracket)?;
        let each = self.projection_side(power::FILTER)?;
        Ok(Syntax::FilterProjection { source, condition, each }.into())
    }

    fn index_or_slice(&mut self, source: Tree) -> Result<Tree, CompileError> {
        if let (&TokenKind::Number(index), false) = (self.peek(), self.peek_at(1).kind == TokenKind::Colon) {
            self.advance();
            self.expect(&TokenKind::RightBracket)?;
            return Ok(Syntax::Index(source, index).into());
        }
        let bounds = self.slice_bounds()?;
        // jmespath.py merges a slice into the index before it and then forgets that slices project.
        let merged = matches!(*source.syntax, Syntax::Index(..) | Syntax::Slice(..));
        let slice = Syntax::Slice(source, bounds).into();
        if merged {
            return Ok(slice);
        }
        let each = self.projection_side(power::STAR)?;
        Ok(Syntax::ListProjection(slice, each).into())
    }

    fn slice_bounds(&mut self) -> Result<SliceBounds, CompileError> {
        let mut bounds = SliceBounds::default();
        let mut part = 0;
        while !self.accept(&TokenKind::RightBracket) {
            match self.peek() {
                TokenKind::Colon if part < 2 => part += 1,
                &TokenKind::Number(number) => bounds[part] = Some(number),
                _ => return Err(self.unexpected()),
            }
            self.advance();
        }
        Ok(bounds)
    }

    fn call(&mut self, function: Tree, column: usize) -> Result<Syntax, CompileError> {
        let Syntax::Field(name) = *function.syntax else {
            return Err(CompileError { message: "invalid function name".to_owned(), column });
        };
        let mut arguments = Vec::new();
        while !self.accept(&TokenKind::RightParenthesis) {
            arguments.push(self.expression(power::NONE)?);
            self.accept(&TokenKind::Comma);
        }
        Ok(Syntax::Call(name, arguments))
    }

    fn multi_select_list(&mut self) -> Result<Syntax, CompileError> {
        let mut trees = vec![self.expression(power::NONE)?];
        while !self.accept(&TokenKind::RightBracket) {
            self.expect(&TokenKind::Comma)?;
            trees.push(self.expression(power::NONE)?);
        }
        Ok(Syntax::MultiSelectList(trees))
    }

    fn multi_select_hash(&mut self) -> Result<Syntax, CompileError> {
        let mut pairs = Vec::new();
        loop {
            let token = self.advance();
            let (TokenKind::Identifier(key) | TokenKind::QuotedIdentifier(key)) = token.kind else {
                return Err(unexpected(&token));
            };
            self.expect(&TokenKind::Colon)?;
            pairs.push((key, self.expression(power::NONE)?));
            if !self.accept(&TokenKind::Comma) && self.accept(&TokenKind::RightBrace) {
                return Ok(Syntax::MultiSelectHash(pairs));
            }
        }
    }

    /// What a projection applies to each element.
    fn projection_side(&mut self, binding: u8) -> Result<Tree, CompileError> {
        match self.peek() {
            kind if binding_power(kind) < power::PROJECTION => Ok(Syntax::Current.into()),
            TokenKind::LeftBracket | TokenKind::Filter => self.expression(binding),
            TokenKind::Dot => {
                self.advance();
                self.dot_side(binding)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn dot_side(&mut self, binding: u8) -> Result<Tree, CompileError> {
        match self.peek() {
            TokenKind::Identifier(_) | TokenKind::QuotedIdentifier(_) | TokenKind::Star => {
                self.expression(binding)
            }
            TokenKind::LeftBracket => {
                self.advance();
                Ok(self.multi_select_list()?.into())
            }
            TokenKind::LeftBrace => {
                self.advance();
                Ok(self.multi_select_hash()?.into())
            }
            _ => Err(self.unexpected()),
        }
    }
}

fn unexpected(token: &Token) -> CompileError {
    let message = match token.kind {
        TokenKind::End => "incomplete expression",
        _ => "unexpected token",
    };
    CompileError { message: message.to_owned(), column: token.column }
}
