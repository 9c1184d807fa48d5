//! An answerer on loopback in the place of HashiCorp Vault: of its interface, what reads one secret.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

use super::secrets;

/// Answers until the process ends.
pub(super) fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that is gone is nothing to tell anybody.
            thread::spawn(move || drop(serve(&stream)));
        }
    });
    Ok(address)
}

fn serve(mut stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut requests = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if requests.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut header = String::new();
        while header != "\r\n" {
            header.clear();
            if requests.read_line(&mut header)? == 0 {
                return Ok(());
            }
        }
        stream.write_all(answer(&first).as_bytes())?;
    }
}

/// What a request is answered whose first line this is: `GET /v1/secret/data/PATH/NAME HTTP/1.1`.
fn answer(line: &str) -> String {
    let path = line.split(' ').nth(1).unwrap_or_default();
    let asked = path.rsplit('/').next().unwrap_or_default();
    let digits = asked.rsplit('_').next().unwrap_or_default();
    let found = digits.parse().ok().filter(|number| secrets::name(*number) == asked);
    let (status, body) = match found.map(secrets::value) {
        Some(value) => ("200 OK", serde_json::json!({ "data": { "data": { "value": value } } })),
        None => ("404 Not Found", serde_json::json!({ "errors": [] })),
    };
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::bench::peers::secrets;

    #[test]
    fn a_name_is_answered_with_its_value_and_another_with_404() {
        let found = answer(&format!("GET /v1/secret/data/a/b/{} HTTP/1.1\r\n", secrets::name(7)));
        assert!(found.starts_with("HTTP/1.1 200 OK\r\n") && found.contains(&secrets::value(7)));
        assert!(answer("GET /v1/secret/data/NONE HTTP/1.1\r\n").starts_with("HTTP/1.1 404"));
    }
}
