//! What is on the wire.

use super::*;
use crate::Difference;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn upstream(responses: &[&str]) -> Upstream {
    let exchanges: Vec<String> = responses
        .iter()
        .map(|response| {
            format!(
                r#"{{"request": {{"method": "POST", "path": "/v1", "body": {{"a": 1}}}}, "response": {response}}}"#
            )
        })
        .collect();
    serde_json::from_str(&format!(r#"{{"exchanges": [{}]}}"#, exchanges.join(","))).unwrap()
}

fn post(more: &str, body: &str) -> String {
    format!("POST /v1 HTTP/1.1\r\nHost: api.example\r\n{more}\r\n{body}")
}

fn sized(more: &str) -> String {
    post(&format!("Content-Length: 7\r\n{more}"), r#"{"a":1}"#)
}

/// Sends, and reads until the mock closes.
async fn talk(mock: &Mock, request: &str) -> (String, io::Result<()>) {
    let mut stream = TcpStream::connect(mock.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let end = loop {
        match stream.read_buf(&mut answer).await {
            Ok(0) => break Ok(()),
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    (String::from_utf8(answer).unwrap(), end)
}

#[tokio::test]
async fn whole_bodies_over_one_connection() {
    let one = r#"{"status": 429, "headers": {"retry-after-ms": "5"}, "body_json": {"a": 1.0}}"#;
    let mock = Mock::start(upstream(&[one, r#"{"status": 200, "body_raw": "<é>"}"#])).await.unwrap();
    let (answer, end) = talk(&mock, &(sized("") + &sized("Connection: close\r\n"))).await;
    end.unwrap();
    assert_eq!(
        answer,
        "HTTP/1.1 429 \r\nretry-after-ms: 5\r\ncontent-length: 10\r\n\r\n{\"a\": 1.0}\
         HTTP/1.1 200 \r\ncontent-length: 4\r\n\r\n<é>"
    );
    mock.finish().await.unwrap();
}

#[tokio::test]
async fn pieces_with_their_end() {
    let mock =
        Mock::start(upstream(&[r#"{"status": 200, "sse_frames": ["data: a\n\n", "", "b"]}"#])).await.unwrap();
    let (answer, end) = talk(&mock, &sized("Connection: close\r\n")).await;
    end.unwrap();
    let body = "9\r\ndata: a\n\n\r\n1\r\nb\r\n0\r\n\r\n";
    assert_eq!(answer, format!("HTTP/1.1 200 \r\ntransfer-encoding: chunked\r\n\r\n{body}"));
    mock.finish().await.unwrap();
}

#[tokio::test]
async fn a_cut_is_a_reset_after_the_last_piece() {
    let cut = r#"{"status": 200, "sse_frames": ["a"], "end": "connection_cut"}"#;
    let mock = Mock::start(upstream(&[cut])).await.unwrap();
    let (answer, end) = talk(&mock, &sized("")).await;
    assert!(answer.ends_with("\r\n\r\n1\r\na\r\n"), "{answer}");
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_close_says_nothing() {
    let mock = Mock::start(upstream(&[r#"{"behaviour": "close_without_response"}"#])).await.unwrap();
    let (answer, end) = talk(&mock, &sized("")).await;
    end.unwrap();
    assert_eq!(answer, "");
    mock.finish().await.unwrap();
}

#[tokio::test]
async fn a_body_may_come_in_chunks_to_an_absolute_target() {
    let mock = Mock::start(upstream(&[r#"{"status": 204}"#])).await.unwrap();
    let request = "POST http://api.example/v1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                   3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n";
    let (answer, end) = talk(&mock, request).await;
    end.unwrap();
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    mock.finish().await.unwrap();
}

#[tokio::test]
async fn what_nobody_expected_is_said() {
    let mock = Mock::start(upstream(&[r#"{"status": 200}"#])).await.unwrap();
    let (answer, _) = talk(&mock, &post("Content-Length: 7\r\nConnection: close\r\n", r#"{"a":2}"#)).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let difference = Difference::new("request of exchange 0: body $.a", "1", "2");
    assert_eq!(mock.finish().await.unwrap_err(), Wrong::Asked(difference));
}
