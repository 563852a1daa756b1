//! Azurite, Microsoft's own emulator of blob storage: installed once below `target/`, one process a test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use azml::arm::Client;
use azml::arm::blobs::Container;
use azml::arm::transport::Transport as _;
use azml::net::{HttpOptions, HttpTransport, Limits};
use azml::wire::ids::WorkspaceId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

const PACKAGE: &str = "azurite@3.35.0";
/// Domain of the storage service, as datastores have it.
pub(crate) const ENDPOINT: &str = "azurite.test";
/// Name of the account with what clients put behind it: an emulator finds it in the path.
const ACCOUNT: &str = "devstore.blob.azurite.test";
const KEY: &[u8] = b"a key that opens the account of this test";

/// A running Azurite with an account; it ends with the test.
pub(crate) struct Azurite {
    process: Child,
    host: String,
}

impl Azurite {
    /// Starts one on a free port; an error says what is missing.
    pub(crate) fn start() -> Result<Self, String> {
        let main = install()?.join("node_modules/azurite/dist/src/blob/main.js");
        let mut process = Command::new("node")
            .arg(main)
            .args(["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"])
            .args(["--skipApiVersionCheck", "--disableTelemetry"])
            .env("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{}", Self::key()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| Some(line.split_once(" listens on http://")?.1.to_owned()));
        // It goes on to tell of every request, and would end if nobody listened.
        std::thread::spawn(move || lines.for_each(drop));
        let mut azurite = Self { process, host: String::new() };
        azurite.host = address.ok_or("Azurite ended before it listened")?.trim().to_owned();
        Ok(azurite)
    }

    /// The account's key, as the service gives it.
    pub(crate) fn key() -> String {
        BASE64.encode(KEY)
    }

    /// What a datastore says of its account: clients put `.blob.{ENDPOINT}` behind it.
    pub(crate) fn account_name(&self) -> String {
        format!("{}/devstore", self.host)
    }

    /// Address of a container.
    pub(crate) fn url(&self, container: &str) -> String {
        format!("http://{}/{ACCOUNT}/{container}", self.host)
    }

    /// The right to do anything in the account.
    pub(crate) fn signature() -> String {
        let (permissions, from, to) = ("rwdlac", "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z");
        let text = format!("{ACCOUNT}\n{permissions}\nb\nsco\n{from}\n{to}\n\nhttps,http\n2021-08-06\n\n");
        let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
        mac.update(text.as_bytes());
        let signature = BASE64.encode(mac.finalize().into_bytes());
        let query = [
            ("sv", "2021-08-06"),
            ("ss", "b"),
            ("srt", "sco"),
            ("spr", "https,http"),
            ("st", from),
            ("se", to),
            ("sp", permissions),
            ("sig", &signature),
        ];
        let encode = azml::wire::paths::encode_segment;
        query.map(|(name, value)| format!("{name}={}", encode(value))).join("&")
    }

    /// A container with every right to it.
    pub(crate) fn container(&self, name: &str) -> Container {
        Container::new(self.url(name), Self::signature())
    }

    /// Makes a container; a public one may be listed and read by anybody.
    pub(crate) fn make_container(&self, name: &str, is_public: bool) -> Container {
        let url = format!("{}?restype=container&{}", self.url(name), Self::signature());
        let mut request = http::Request::put(url).header("x-ms-version", "2021-08-06");
        if is_public {
            request = request.header("x-ms-blob-public-access", "container");
        }
        let transport = transport();
        let answer = block_on(transport.send(request.body(bytes::Bytes::new()).unwrap())).unwrap();
        assert_eq!(answer.status(), 201, "{}", String::from_utf8_lossy(answer.body()));
        self.container(name)
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client that only talks to storage.
pub(crate) fn client() -> Client {
    Client::new(Box::new(transport()), "", WorkspaceId::local())
}

fn transport() -> HttpTransport {
    HttpTransport::new(HttpOptions { roots: None, limits: Limits::default() })
}

/// Waits for what a client does.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Tried once, and not for minutes where there is no registry; what npm has fetched before will do.
fn install() -> Result<PathBuf, String> {
    static INSTALLED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    INSTALLED.get_or_init(install_once).clone()
}

fn install_once() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("azurite");
    let complete = folder.join("complete");
    if fs::read_to_string(&complete).is_ok_and(|installed| installed == PACKAGE) {
        return Ok(folder);
    }
    fs::create_dir_all(&folder).unwrap();
    let output = Command::new("npm")
        .args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefer-offline"])
        .args(["--fetch-retries", "1", "--prefix"])
        .arg(&folder)
        .arg(PACKAGE)
        .output()
        .map_err(|error| format!("npm: {error}"))?;
    if !output.status.success() {
        return Err(format!("npm install {PACKAGE}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    fs::write(complete, PACKAGE).unwrap();
    Ok(folder)
}
