//! The Azure CLI's `config` file: INI as Python's `configparser` reads and writes it.

use std::fmt::Write as _;

/// Sections with their keys, in file order. Keys are lower-cased, section names are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ini {
    sections: Vec<(String, Vec<(String, String)>)>,
}

/// A file that is not INI.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct IniError {
    line: usize,
    message: &'static str,
}

impl Ini {
    /// Reads the text of a file. There are no inline comments; indented lines continue the value above.
    pub fn parse(text: &str) -> Result<Self, IniError> {
        let mut ini = Self::default();
        for (index, line) in text.lines().enumerate() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            ini.read_line(line, trimmed).map_err(|message| IniError { line: index + 1, message })?;
        }
        Ok(ini)
    }

    fn read_line(&mut self, line: &str, trimmed: &str) -> Result<(), &'static str> {
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            self.section_mut(name);
            return Ok(());
        }
        let (_, keys) = self.sections.last_mut().ok_or("there is no section header above this line")?;
        if line.starts_with([' ', '\t'])
            && let Some((_, value)) = keys.last_mut()
        {
            let _ = write!(value, "\n{trimmed}");
            return Ok(());
        }
        let at = trimmed.find(['=', ':']).ok_or("expected `key = value`")?;
        let (key, value) = (trimmed[..at].trim().to_lowercase(), trimmed[at + 1..].trim().to_owned());
        if value.replace("%%", "").contains('%') {
            return Err("`%` starts an interpolation in this file; write `%%`");
        }
        set_in(keys, key, value.replace("%%", "%"));
        Ok(())
    }

    /// The value of a key.
    pub fn get(&self, section: &str, key: &str) -> Option<&str> {
        self.section(section).find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// Keys and values of a section, in order.
    pub fn section<'a>(&'a self, section: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let found = self.sections.iter().find(|(name, _)| name == section);
        found.into_iter().flat_map(|(_, keys)| keys.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }

    /// Sets a key, making its section if needed.
    pub fn set(&mut self, section: &str, key: &str, value: &str) {
        set_in(self.section_mut(section), key.to_lowercase(), value.to_owned());
    }

    fn section_mut(&mut self, name: &str) -> &mut Vec<(String, String)> {
        let at = self.sections.iter().position(|(section, _)| section == name).unwrap_or_else(|| {
            self.sections.push((name.to_owned(), Vec::new()));
            self.sections.len() - 1
        });
        &mut self.sections[at].1
    }

    /// The bytes `configparser` writes: `key = value`, a blank line after each section.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, keys) in &self.sections {
            let _ = writeln!(text, "[{name}]");
            for (key, value) in keys {
                let value = value.replace('%', "%%").replace('\n', "\n\t");
                let _ = writeln!(text, "{key} = {value}");
            }
            text.push('\n');
        }
        text
    }
}

fn set_in(keys: &mut Vec<(String, String)>, key: String, value: String) {
    match keys.iter_mut().find(|(name, _)| *name == key) {
        Some((_, old)) => *old = value,
        None => keys.push((key, value)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn values_are_read_as_configparser_reads_them() {
        let ini =
            Ini::parse("# c\n[defaults]\nGroup = g1 ; c\nworkspace: w\n\n[Core]\noutput=json\n").unwrap();
        assert_eq!(ini.get("defaults", "group"), Some("g1 ; c"));
        assert_eq!(ini.get("defaults", "workspace"), Some("w"));
        assert_eq!(ini.get("core", "output"), None);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut ini = Ini::default();
        ini.set("defaults", "Group", "50%");
        ini.set("defaults", "workspace", "");
        let text = ini.to_text();
        assert_eq!(text, "[defaults]\ngroup = 50%%\nworkspace = \n\n");
        assert_eq!(Ini::parse(&text).unwrap(), ini);
    }

    #[test]
    fn a_file_that_is_not_ini_says_where() {
        assert_eq!(
            Ini::parse("\nx = 1\n").unwrap_err().to_string(),
            "line 2: there is no section header above this line"
        );
        assert!(Ini::parse("[a]\nnonsense\n").is_err());
    }
}
