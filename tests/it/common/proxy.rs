//! The local workspace's own router on a loopback socket, and a proxy before it that breaks what it is told to break.

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azml::local::engine::supervisor::SupervisorLock;
use azml::local::home::Home;
use azml::local::server::{LaunchError, Launcher, router};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What happens to one request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The connection is reset before the service hears of it.
    Reset,
    /// The service does what it is asked to, and the connection is reset before it answers.
    LoseAnswer,
    /// The service does what it is asked to, and the answer breaks off half way.
    Truncate,
    /// The service does what it is asked to, and answers a little late.
    Delay,
    /// Somebody on the way answers with this status, and asks to wait for a millisecond.
    Answer(u16),
}

/// A request that came to the proxy.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The client's id of it, the same for every attempt.
    pub(crate) id: String,
    /// How often it has come, this time included.
    pub(crate) attempt: usize,
}

pub(crate) struct Proxy {
    pub(crate) origin: String,
    passed: Arc<Mutex<Vec<Passed>>>,
    connections: Arc<AtomicUsize>,
}

type Rule = dyn Fn(&Passed) -> Fault + Send + Sync;

struct Way {
    upstream: SocketAddr,
    host: String,
    rule: Box<Rule>,
    passed: Arc<Mutex<Vec<Passed>>>,
    attempts: Mutex<HashMap<String, usize>>,
}

impl Proxy {
    /// Serves the local workspace in `home` behind a proxy that treats every request as `rule` says.
    pub(crate) fn start(home: &Path, rule: impl Fn(&Passed) -> Fault + Send + Sync + 'static) -> Self {
        let upstream = serve(home);
        let listener = bind();
        let host = listener.local_addr().unwrap().to_string();
        let origin = format!("http://{host}");
        let (passed, connections) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let way = Way {
            upstream,
            host,
            rule: Box::new(rule),
            passed: Arc::clone(&passed),
            attempts: Mutex::default(),
        };
        let count = Arc::clone(&connections);
        in_background(async move {
            let (listener, way) = (TcpListener::from_std(listener).unwrap(), Arc::new(way));
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let way = Arc::clone(&way);
                tokio::spawn(async move { way.attend(stream).await });
            }
        });
        Self { origin, passed, connections }
    }

    /// What came so far.
    pub(crate) fn passed(&self) -> Vec<Passed> {
        self.passed.lock().unwrap().clone()
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Way {
    /// Takes requests from one connection until it ends, or is ended.
    async fn attend(&self, mut client: TcpStream) -> Option<()> {
        loop {
            let (head, body) = read_request(&mut client).await?;
            let passed = self.note(&head);
            let fault = (self.rule)(&passed);
            match fault {
                Fault::Reset => return reset(&client),
                Fault::Answer(status) => {
                    let body =
                        format!("{{\"error\": {{\"code\": \"E{status}\", \"message\": \"on the way\"}}}}");
                    let head = format!(
                        "HTTP/1.1 {status} x\r\nx-ms-retry-after-ms: 1\r\nx-ms-request-id: proxy\r\n\
                         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
                        body.len()
                    );
                    let is_head = passed.method == "HEAD";
                    client.write_all(head.as_bytes()).await.ok()?;
                    client.write_all(if is_head { b"" } else { body.as_bytes() }).await.ok()?;
                    continue;
                }
                Fault::None | Fault::LoseAnswer | Fault::Truncate | Fault::Delay => {}
            }
            let answer = self.forward(&head, &body).await?;
            match fault {
                Fault::LoseAnswer => return reset(&client),
                Fault::Truncate => {
                    client.write_all(&answer[..answer.len() - answer.len().min(8)]).await.ok()?;
                    return client.shutdown().await.ok();
                }
                Fault::Delay => tokio::time::sleep(Duration::from_millis(30)).await,
                _ => {}
            }
            client.write_all(&answer).await.ok()?;
        }
    }

    fn note(&self, head: &str) -> Passed {
        let mut words = head.split_whitespace();
        let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
        let id = header(head, "x-ms-client-request-id").expect("every request has an id").to_owned();
        let mut attempts = self.attempts.lock().unwrap();
        let attempt = attempts.entry(id.clone()).or_default();
        *attempt += 1;
        let passed = Passed { method, path, id, attempt: *attempt };
        self.passed.lock().unwrap().push(passed.clone());
        passed
    }

    /// The service's answer, its addresses on plain http like the proxy itself.
    async fn forward(&self, head: &str, body: &[u8]) -> Option<Vec<u8>> {
        let mut upstream = TcpStream::connect(self.upstream).await.ok()?;
        // Asked by HTTP/1.0 it answers in one piece and closes.
        upstream.write_all(head.replacen("HTTP/1.1", "HTTP/1.0", 1).as_bytes()).await.ok()?;
        upstream.write_all(body).await.ok()?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).await.ok()?;
        let end = find(&answer, b"\r\n\r\n").expect("an answer has a head") + 4;
        let secure = format!("https://{}", self.host);
        let body = replace(&answer[end..], secure.as_bytes(), format!("http://{}", self.host).as_bytes());
        let body = replace(&body, b"\"protocol\":\"https\"", b"\"protocol\":\"http\"");
        let answered = String::from_utf8(answer[..end].to_vec()).unwrap();
        let length = match head.starts_with("HEAD") {
            true => header(&answered, "content-length").unwrap_or("0").to_owned(),
            false => body.len().to_string(),
        };
        let mut head = String::new();
        for line in answered.replacen("HTTP/1.0", "HTTP/1.1", 1).lines().filter(|line| !line.is_empty()) {
            let name = line.split(':').next().unwrap().to_lowercase();
            if !["content-length", "connection"].contains(&name.as_str()) {
                head.push_str(&format!("{}\r\n", line.replace(&secure, &format!("http://{}", self.host))));
            }
        }
        Some([format!("{head}content-length: {length}\r\n\r\n").into_bytes(), body].concat())
    }
}

fn reset(client: &TcpStream) -> Option<()> {
    client.set_zero_linger().ok()
}

async fn read_request(client: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end + 4;
        }
        (client.read_buf(&mut bytes).await.ok()? > 0).then_some(())?;
    };
    let mut body = bytes.split_off(end);
    let head = String::from_utf8(bytes).unwrap();
    let length: usize = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    while body.len() < length {
        (client.read_buf(&mut body).await.ok()? > 0).then_some(())?;
    }
    Some((head, body))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut rest = bytes;
    let mut replaced = Vec::with_capacity(bytes.len());
    while let Some(at) = find(rest, from) {
        replaced.extend([&rest[..at], to].concat());
        rest = &rest[at + from.len()..];
    }
    replaced.extend(rest);
    replaced
}

/// Puts the local workspace in `home` on a socket.
fn serve(home: &Path) -> SocketAddr {
    let launcher = Supervisors { home: home.to_owned() };
    let service = azml::local::open(Home::new(home.to_owned()), Box::new(launcher)).unwrap();
    let listener = bind();
    let address = listener.local_addr().unwrap();
    in_background(async move {
        let listener = TcpListener::from_std(listener).unwrap();
        axum::serve(listener, router(Arc::new(service))).await.unwrap();
    });
    address
}

/// Starts supervisors of the program that is tested, not of this one.
struct Supervisors {
    home: PathBuf,
}

impl Launcher for Supervisors {
    fn launch(&self, job: &str, lock: SupervisorLock) -> Result<(), LaunchError> {
        let home = self.home.clone().into_os_string();
        let job_and_home = ["__supervise".into(), "--job".into(), job.into(), "--home".into(), home];
        let patience = ["--repeats", "0", "--first-pause", "1"].map(OsString::from);
        let words = [&job_and_home[..], &patience].concat();
        let program = Path::new(env!("CARGO_BIN_EXE_azml"));
        lock.launch(program, &words, &[]).map_err(|error| LaunchError::new(job, error))
    }
}

fn bind() -> StdListener {
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

fn in_background(work: impl Future<Output = ()> + Send + 'static) {
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    });
}
