//! The Azure CLI's configuration files and the variables that stand for their keys.
//!
//! `[defaults]` is also looked for in a local folder of the configuration folder's name (normally `.azure`) in
//! every folder from the current one up; other sections are read from the global file only.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::SettingsError;
use super::ini::Ini;
use crate::env_vars::{self, Environment};

/// Section of default option values.
pub const DEFAULTS: &str = "defaults";

/// A configured value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// The key.
    pub name: String,
    /// Variable name or file path.
    pub source: String,
    /// The value.
    pub value: String,
}

#[derive(Debug, Clone)]
struct ConfigFile {
    path: PathBuf,
    ini: Ini,
}

/// The files that are there, nearest first, and the variables.
#[derive(Debug, Clone)]
pub struct AzConfig {
    environment: Environment,
    directory: Option<PathBuf>,
    local: Vec<ConfigFile>,
    global: Option<ConfigFile>,
}

impl AzConfig {
    /// Reads the global file and every local one from `current_dir` up.
    pub fn load(environment: &Environment, current_dir: &Path) -> Result<Self, SettingsError> {
        let directory = environment
            .path(env_vars::AZURE_CONFIG_DIR)
            .or_else(|| environment.path(env_vars::HOME).map(|home| home.join(".azure")));
        let global = match &directory {
            Some(directory) => read(directory.join("config"))?,
            None => None,
        };
        let mut local = Vec::new();
        if let Some(name) = directory.as_deref().and_then(Path::file_name) {
            for folder in current_dir.ancestors() {
                let path = folder.join(name).join("config");
                if global.as_ref().is_none_or(|global| global.path != path) {
                    local.extend(read(path)?);
                }
            }
        }
        Ok(Self { environment: environment.clone(), directory, local, global })
    }

    /// The configuration folder, if the user has a home.
    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Another INI file of the configuration folder, such as `clouds.config`; `None` when it is not there.
    pub fn other_file(&self, name: &str) -> Result<Option<Ini>, SettingsError> {
        let Some(directory) = &self.directory else { return Ok(None) };
        Ok(read(directory.join(name))?.map(|file| file.ini))
    }

    /// A default option value. An empty variable hides the files and then counts as unset.
    pub fn default_value(&self, key: &str) -> Option<String> {
        let found = match self.environment.text(&variable(DEFAULTS, key)) {
            Some(value) => Some(value),
            None => self
                .local
                .iter()
                .chain(&self.global)
                .find_map(|file| file.ini.get(DEFAULTS, key))
                .map(str::to_owned),
        };
        found.filter(|value| !value.is_empty())
    }

    /// A value of another section: variable, then global file.
    pub fn value(&self, section: &str, key: &str) -> Option<String> {
        let found = match self.environment.text(&variable(section, key)) {
            Some(value) => Some(value),
            None => self.global.as_ref().and_then(|file| file.ini.get(section, key)).map(str::to_owned),
        };
        found.filter(|value| !value.is_empty())
    }

    /// A yes-or-no value of `[core]`.
    pub fn core_flag(&self, key: &'static str) -> Result<bool, SettingsError> {
        let Some(value) = self.value("core", key) else {
            return Ok(false);
        };
        match value.to_lowercase().as_str() {
            "1" | "yes" | "true" | "on" => Ok(true),
            "0" | "no" | "false" | "off" => Ok(false),
            _ => Err(SettingsError::BadValue { name: key, value, expected: "yes or no" }),
        }
    }

    /// What `configure --list-defaults` prints: every default in force; empty values are left out.
    pub fn list_defaults(&self) -> Vec<Configured> {
        let mut found: Vec<Configured> = Vec::new();
        for file in self.local.iter().chain(&self.global) {
            for (key, value) in file.ini.section(DEFAULTS) {
                if !found.iter().any(|known| known.name == key) {
                    found.push(self.in_force(file, key, value));
                }
            }
        }
        for key in ["group", "workspace", "location"] {
            let name = variable(DEFAULTS, key);
            if let Some(value) = self.environment.text(&name)
                && !found.iter().any(|known| known.name == key)
            {
                found.push(Configured { name: key.to_owned(), source: name, value });
            }
        }
        found.retain(|configured| !configured.value.is_empty());
        found
    }

    fn in_force(&self, file: &ConfigFile, key: &str, value: &str) -> Configured {
        let name = variable(DEFAULTS, key);
        let (source, value) = match self.environment.text(&name) {
            Some(value) => (name, value),
            None => (file.path.display().to_string(), value.to_owned()),
        };
        Configured { name: key.to_owned(), source, value }
    }

    /// Writes defaults into the global file, or into the local one of `current_dir`.
    pub fn write_defaults(
        &self,
        pairs: &[(String, String)],
        local_to: Option<&Path>,
    ) -> Result<(), SettingsError> {
        let directory = self.directory.as_deref().ok_or(SettingsError::NoHome)?;
        let folder = match (local_to, directory.file_name()) {
            (Some(current_dir), Some(name)) => current_dir.join(name),
            _ => directory.to_path_buf(),
        };
        let path = folder.join("config");
        let mut ini = read(path.clone())?.map(|file| file.ini).unwrap_or_default();
        for (key, value) in pairs {
            ini.set(DEFAULTS, key, value);
        }
        write_private(&folder, &path, &ini.to_text())
            .map_err(|source| SettingsError::Unwritable { path, source })
    }
}

fn variable(section: &str, key: &str) -> String {
    format!("{}{}_{}", env_vars::AZURE_PREFIX, section.to_uppercase(), key.to_uppercase())
}

fn read(path: PathBuf) -> Result<Option<ConfigFile>, SettingsError> {
    match fs::read_to_string(&path) {
        Ok(text) => match Ini::parse(&text) {
            Ok(ini) => Ok(Some(ConfigFile { path, ini })),
            Err(source) => Err(SettingsError::NotIni { path, source }),
        },
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(SettingsError::Unreadable { path, source }),
    }
}

/// Replaces the file in one step, readable by its owner only, as `az` keeps it.
fn write_private(folder: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let temporary = path.with_extension(format!("azml-{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn variables_beat_the_nearest_file_beats_the_global_one() {
        let dir = tempfile::tempdir().unwrap();
        let (home, work) = (dir.path().join("home"), dir.path().join("work/a/b"));
        fs::create_dir_all(&work).unwrap();
        write(&home.join(".azure/config"), "[defaults]\ngroup = global\nworkspace = gw\nlocation = x\n");
        write(&dir.path().join("work/.azure/config"), "[defaults]\ngroup = near\n");
        let home_text = home.to_str().unwrap();
        let load = |variables: &[(&str, &str)]| {
            let environment = match variables {
                [] => Environment::from([("HOME", home_text)]),
                [one, ..] => Environment::from([("HOME", home_text), *one]),
            };
            AzConfig::load(&environment, &work).unwrap()
        };
        assert_eq!(load(&[]).default_value("group").as_deref(), Some("near"));
        assert_eq!(load(&[]).default_value("workspace").as_deref(), Some("gw"));
        let hidden = load(&[("AZURE_DEFAULTS_GROUP", "")]);
        assert_eq!(hidden.default_value("group"), None);
        let variable = load(&[("AZURE_DEFAULTS_GROUP", "v")]);
        assert_eq!(variable.default_value("group").as_deref(), Some("v"));
        assert_eq!(variable.list_defaults()[0].source, "AZURE_DEFAULTS_GROUP");
    }

    #[test]
    fn written_defaults_are_private_and_keep_other_sections() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(".azure/config");
        write(&file, "[core]\noutput = table\n\n");
        let environment = Environment::from([("HOME", dir.path().to_str().unwrap())]);
        let config = AzConfig::load(&environment, dir.path()).unwrap();
        config.write_defaults(&[("Group".to_owned(), "g".to_owned())], None).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "[core]\noutput = table\n\n[defaults]\ngroup = g\n\n");
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions()) & 0o777,
            0o600
        );
    }
}
