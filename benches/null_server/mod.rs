//! A blob service that has nothing and keeps nothing.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// The SDK wants to know.
const MODIFIED: &str = "last-modified: Fri, 04 Nov 2022 21:36:08 GMT";

/// Starts one that answers after `latency`; its address with an account.
pub(crate) fn start(latency: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/devstore", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // It breaks off when the client goes away, which is no business of anybody's.
            std::thread::spawn(move || drop(serve(stream, latency)));
        }
    });
    url
}

fn serve(stream: TcpStream, latency: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut answers = stream.try_clone()?;
    let mut requests = BufReader::with_capacity(256 << 10, stream);
    let mut line = String::new();
    loop {
        line.clear();
        if requests.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let status = match line.starts_with("PUT") {
            true if line.contains("comp=metadata") => "200 OK",
            true => "201 Created",
            false => "404 Not Found",
        };
        let (mut length, mut waits) = (0, false);
        loop {
            line.clear();
            requests.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            waits |= name.eq_ignore_ascii_case("expect");
        }
        if waits {
            answers.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        io::copy(&mut requests.by_ref().take(length), &mut io::sink())?;
        std::thread::sleep(latency);
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\netag: \"0x1\"\r\n{MODIFIED}\r\n\r\n");
        answers.write_all(answer.as_bytes())?;
    }
}
