//! A blob service that has nothing and keeps nothing.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

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
        let is_write = line.starts_with("PUT");
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
        answers.write_all(match is_write {
            true => b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\netag: \"0x1\"\r\nlast-modified: Fri, 04 Nov 2022 21:36:08 GMT\r\n\r\n",
            false => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nx-ms-error-code: BlobNotFound\r\n\r\n",
        })?;
    }
}
