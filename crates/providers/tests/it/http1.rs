//! HTTP/1 in clear text: connections that are used again and those that are not, and answers of every framing.

use crate::server::*;
use http::{Method, Request, StatusCode};
use hyper::body::Bytes;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime, task,
};
use windlass_core::Span;
use windlass_providers::{
    HttpPool, PoolSettings,
    http::{HttpError, Lane, Response, http1::LARGEST_HEAD},
};

const MOST: usize = 32 << 20;
const OK: &str = "HTTP/1.1 200 OK\r\n";

fn lane(url: &str, settings: PoolSettings) -> Arc<Lane> {
    HttpPool::new(settings).lane(&url.parse().unwrap(), None)
}

fn post(url: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(url).body(body.into()).unwrap()
}

async fn ask(lane: &Lane, url: &str) -> Result<(StatusCode, Bytes), HttpError> {
    let response = lane.send(&post(url, "{}")).await?;
    Ok((response.status(), whole(response).await?))
}

async fn whole(response: Response) -> Result<Bytes, HttpError> {
    response.into_body()?.whole(MOST).await
}

/// Asks once per answer, one after the other: gives the bodies, and which connections were used.
async fn asked(answers: Vec<Answer>) -> (Vec<String>, Vec<usize>) {
    asked_with(answers, PoolSettings::default()).await
}

async fn asked_with(answers: Vec<Answer>, settings: PoolSettings) -> (Vec<String>, Vec<usize>) {
    let count = answers.len();
    let mut server = Server::start(answers).await;
    let (url, mut bodies, mut connections) = (server.url(), Vec::new(), Vec::new());
    let lane = lane(&url, settings);
    for _ in 0..count {
        let (status, body) = ask(&lane, &url).await.unwrap();
        assert_eq!((status, lane.in_flight()), (StatusCode::OK, 0));
        bodies.push(String::from_utf8(body.into()).unwrap());
        connections.push(server.request().await.connection);
    }
    (bodies, connections)
}

/// The failure to get an answer, and what lies below it.
async fn failure(answer: Answer) -> String {
    let server = Server::start([answer]).await;
    let (url, lane) = (server.url(), lane(&server.url(), PoolSettings::default()));
    let error = ask(&lane, &url).await.unwrap_err();
    assert!(matches!(error, HttpError::Broken(_)) && lane.in_flight() == 0, "{error:?}");
    let below = std::error::Error::source(&error).unwrap().to_string();
    assert!(ask(&lane, &url).await.is_err(), "the connection was used again");
    below
}

#[tokio::test]
async fn a_connection_is_used_again_when_its_answer_is_over() {
    let server = Server::start([json(200, "{}")]).await;
    let (url, lane) = (server.url(), lane(&server.url(), PoolSettings::default()));
    let first = lane.send(&post(&url, "1")).await.unwrap();
    let second = lane.send(&post(&url, "2")).await.unwrap();
    drop((first, second));
    assert_eq!((lane.in_flight(), lane.shards()), (0, 1));
    let (_, connections) = asked(vec![json(200, "a"), json(200, "b"), json(200, "c")]).await;
    assert_eq!(connections, [0, 0, 0]);
}

#[tokio::test]
async fn a_request_is_in_flight_until_its_body_is_over_or_dropped() {
    let mut server = Server::start([sse(["a"]).hang(), json(200, "{}")]).await;
    let (url, lane) = (server.url(), lane(&server.url(), PoolSettings::default()));
    let mut body = lane.send(&post(&url, "")).await.unwrap().into_body().unwrap();
    assert_eq!(body.chunk().await.unwrap().unwrap(), "a");
    assert_eq!(lane.in_flight(), 1);
    drop(body);
    assert_eq!(lane.in_flight(), 0);
    server.client_gone().await;
    let mut body = lane.send(&post(&url, "")).await.unwrap().into_body().unwrap();
    assert_eq!((body.chunk().await.unwrap().unwrap(), lane.in_flight()), (Bytes::from("{}"), 0));
    assert_eq!((body.chunk().await.unwrap(), body.chunk().await.unwrap()), (None, None));
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_not_used() {
    let mut server = Server::start([json(200, "a").close(), json(200, "b")]).await;
    let (url, lane) = (server.url(), lane(&server.url(), PoolSettings::default()));
    for (body, connection) in [("a", 0), ("b", 1), ("b", 1)] {
        assert_eq!(ask(&lane, &url).await.unwrap().1, body);
        assert_eq!(server.request().await.connection, connection);
        if connection == 0 {
            server.closed().await;
        }
    }
}

#[tokio::test]
async fn idle_connections_are_closed_in_time_though_nothing_is_asked() {
    let mut server = Server::start([json(200, "{}")]).await;
    let (url, lane) = (server.url(), lane(&server.url(), PoolSettings::default()));
    ask(&lane, &url).await.unwrap();
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    server.client_gone().await;
    assert_eq!(started.elapsed().as_secs(), 60);
    ask(&lane, &url).await.unwrap();
    server.client_gone().await;
    assert_eq!(started.elapsed().as_secs(), 120);
}

#[tokio::test]
async fn idle_connections_are_bounded_in_number_and_age() {
    let answers = || vec![json(200, "a"), json(200, "b"), json(200, "c")];
    let none = PoolSettings { max_idle_per_host: 0, ..PoolSettings::default() };
    assert_eq!(asked_with(answers(), none).await.1, [0, 1, 2]);
    let short = PoolSettings { idle_timeout: Span(Duration::ZERO), ..PoolSettings::default() };
    assert_eq!(asked_with(answers(), short).await.1, [0, 1, 2]);
    let long = PoolSettings { idle_timeout: Span(Duration::MAX), ..PoolSettings::default() };
    assert_eq!(asked_with(answers(), long).await.1, [0, 0, 0]);
}

#[test]
fn runtimes_share_a_pool_but_no_connections() {
    let runtime = || runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let servers = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut server = servers.block_on(Server::start([json(200, "{}")]));
    let (url, lane) = (server.url(), lane(&server.url(), PoolSettings::default()));
    let (first, second) = (runtime(), runtime());
    let mut connection = |asking: &runtime::Runtime| {
        asking.block_on(ask(&lane, &url)).unwrap();
        servers.block_on(server.request()).connection
    };
    assert_eq!([&first, &second, &first, &second].map(&mut connection), [0, 1, 0, 1]);
    drop(first);
    assert_eq!([&second, &runtime(), &second].map(&mut connection), [1, 2, 1]);
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let answer = format!("{interim}{OK}content-length: 1\r\n\r\nx");
    let answers = (0..answer.len()).step_by(7).map(|cut| raw(&answer).in_two(cut)).collect();
    let (bodies, connections) = asked(answers).await;
    assert!(bodies.iter().all(|body| body == "x") && connections.iter().all(|connection| *connection == 0));
    assert!(
        failure(raw("HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n")).await.contains("switched protocols")
    );
}

#[tokio::test]
async fn connections_end_when_one_side_says_so() {
    let old = |more: &str| raw(format!("HTTP/1.0 200 OK\r\n{more}content-length: 1\r\n\r\nx"));
    let keep = old("connection: keep-alive\r\n");
    assert_eq!(asked(vec![old(""), keep.clone(), old(""), old("")]).await.1, [0, 1, 1, 2]);
    let until_close = |text: &str| raw(format!("{OK}\r\n{text}")).close();
    let (bodies, connections) = asked(vec![until_close("abc"), until_close(""), keep]).await;
    assert_eq!((bodies, connections), (vec!["abc".into(), String::new(), "x".into()], vec![0, 1, 2]));
    let close = with_headers(200, "connection: close\r\n", b"x");
    assert_eq!(asked(vec![close.clone(), close]).await.1, [0, 1]);
    let surplus = raw(format!("{OK}content-length: 1\r\n\r\nx{OK}"));
    assert_eq!(asked(vec![surplus, json(200, "x")]).await.1, [0, 1]);
}

#[tokio::test]
async fn a_caller_can_ask_for_the_connection_to_end() {
    let mut server = Server::start([json(200, "{}")]).await;
    let (url, lane) = (server.url(), lane(&server.url(), PoolSettings::default()));
    for connection in 0..2 {
        let request = Request::post(&url).header("connection", "close").body(Bytes::new()).unwrap();
        whole(lane.send(&request).await.unwrap()).await.unwrap();
        assert_eq!(server.request().await.connection, connection);
    }
}

#[tokio::test]
async fn chunks_with_extensions_and_trailers_may_be_cut_anywhere() {
    let chunks = "5;a=\"b\"\r\nhello\r\n06\r\n world\r\n0;last\r\nchecksum: 1\r\n\r\n";
    let answer = format!("{OK}transfer-encoding: chunked\r\n\r\n{chunks}");
    let answers: Vec<_> = (1..answer.len()).map(|cut| raw(&answer).in_two(cut)).collect();
    let count = answers.len();
    assert_eq!(asked(answers).await, (vec!["hello world".into(); count], vec![0; count]));
}

#[tokio::test]
async fn answers_that_are_none_are_refused() {
    let headed = |lines: &str| raw(format!("{OK}{lines}\r\nx"));
    for (answer, expect) in [
        (headed("content-length: 1\r\ncontent-length: 2\r\n"), "not one number"),
        (headed("content-length: 1, 2\r\n"), "not one number"),
        (headed("transfer-encoding: gzip, chunked\r\n"), "transfer coding"),
        (headed("transfer-encoding: chunked\r\n"), "framed as chunks"),
        (headed(&"a: 1\r\n".repeat(101)), "more than 100 headers"),
        (headed(&format!("a: {}\r\n", "x".repeat(LARGEST_HEAD))), "larger than 65536 bytes"),
        (raw("HTTP/1.1 100 Continue\r\n\r\n".repeat(LARGEST_HEAD / 20)), "larger than 65536 bytes"),
        (raw("SSH-2.0-OpenSSH_9.6\r\n"), "not HTTP/1"),
        (raw(format!("{OK}content-le")).close(), "before the answer's end"),
        (raw("").close(), "before the answer's end"),
        (headed("content-length: 2\r\n").close(), "before the answer's end"),
    ] {
        let below = failure(answer).await;
        assert!(below.contains(expect), "{expect}: {below}");
    }
}

#[tokio::test]
async fn what_came_before_a_mistake_is_heard() {
    let answer = format!("{OK}transfer-encoding: chunked\r\n\r\n1\r\nx\r\noops");
    let server = Server::start([raw(answer)]).await;
    let lane = lane(&server.url(), PoolSettings::default());
    let mut body = lane.send(&post(&server.url(), "")).await.unwrap().into_body().unwrap();
    assert_eq!(body.chunk().await.unwrap().unwrap(), "x");
    assert!(body.chunk().await.is_err() && body.chunk().await.is_err() && lane.in_flight() == 0);
}

#[tokio::test]
async fn large_bodies_pass_in_both_directions() {
    let large = "x".repeat(9 << 20);
    let mut server = Server::start([json(200, &large)]).await;
    let (url, lane) = (server.url(), lane(&server.url(), PoolSettings::default()));
    for _ in 0..2 {
        let response = lane.send(&post(&url, large.clone())).await.unwrap();
        assert_eq!(whole(response).await.unwrap(), large);
        let seen = server.request().await;
        assert!(seen.body == large && seen.connection == 0);
    }
}

#[tokio::test]
async fn an_answer_to_head_has_no_body() {
    let mut server = Server::start([raw(format!("{OK}content-length: 7\r\n\r\n")), json(200, "x")]).await;
    let (url, lane) = (server.url(), lane(&server.url(), PoolSettings::default()));
    let request = Request::builder().method(Method::HEAD).uri(&url).body(Bytes::new()).unwrap();
    assert_eq!(whole(lane.send(&request).await.unwrap()).await.unwrap(), "");
    assert_eq!(ask(&lane, &url).await.unwrap().1, "x");
    assert_eq!([server.request().await.connection, server.request().await.connection], [0, 0]);
}

/// Accepts a connection and reads the head of a request, and nothing of its body.
async fn head_only(listener: &TcpListener) -> TcpStream {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    socket.write_all(b"HTTP/1.1 413 Too Large\r\ncontent-length: 5\r\n\r\nlarge").await.unwrap();
    socket
}

/// A server that answers before it has all is heard, whether it then only stops reading or resets the connection.
#[tokio::test]
async fn an_early_answer_to_a_large_request_is_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let lane = lane(&url, PoolSettings::default());
    for resets in [false, true] {
        let serving = async {
            let mut socket = head_only(&listener).await;
            if !resets {
                while socket.read_u8().await.is_ok() {}
            }
        };
        let asking = async {
            let response = lane.send(&post(&url, vec![b'x'; 32 << 20])).await.unwrap();
            assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
            assert_eq!(whole(response).await.unwrap(), "large");
        };
        tokio::join!(serving, asking);
        assert_eq!(lane.in_flight(), 0);
    }
}

#[tokio::test]
async fn a_request_that_is_dropped_while_it_is_sent_takes_its_connection_along() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let lane = lane(&url, PoolSettings::default());
    let request = post(&url, vec![b'x'; 32 << 20]);
    let mut socket = tokio::select! {
        _ = lane.send(&request) => panic!("nothing was answered"),
        accepted = listener.accept() => accepted.unwrap().0,
    };
    assert_eq!(lane.in_flight(), 0);
    let mut rest = Vec::new();
    assert!(socket.read_to_end(&mut rest).await.is_err() || rest.len() < request.body().len());
}

#[tokio::test]
async fn hosts_may_have_names() {
    let mut server = Server::start([json(200, "{}")]).await;
    let url = server.url().replace("127.0.0.1", "localhost");
    assert_eq!(ask(&lane(&url, PoolSettings::default()), &url).await.unwrap().1, "{}");
    let seen = server.request().await;
    assert!(seen.header("host").unwrap().starts_with("localhost:"), "{}", seen.head);
    let nobody = "http://nobody.invalid/";
    let error = lane(nobody, PoolSettings::default()).send(&post(nobody, "")).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect(_)), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_is_given_up() {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let _fills_the_queue = std::net::TcpStream::connect(address).unwrap();
    task::yield_now().await;
    tokio::time::pause();
    let url = format!("http://{address}/");
    let error = lane(&url, PoolSettings::default()).send(&post(&url, "")).await.unwrap_err();
    assert!(matches!(error, HttpError::ConnectTimeout(_)), "{error:?}");
}
