//! The API's description and its page: exact, complete, and without any other host.

use crate::{
    chains::echo,
    client::{Answer, With, get},
    harness::TestServer,
};
use flate2::read::GzDecoder;
use serde_json::json;
use std::io::Read;
use windlass_server::{Mount, Mounts, Settings};

#[tokio::test]
async fn the_description_has_every_route_of_every_chain() {
    let native_alone = |settings: &mut Settings| {
        for (name, ..) in Mounts::known().filter(|(name, ..)| *name != "native") {
            settings.dialects.set(name, Mount::Off(false));
        }
    };
    let server = TestServer::with([echo("ask"), echo("team/tell")], native_alone).await;
    let document = server.get("/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    let own = ["/health", "/livez", "/readyz", "/metrics", "/"];
    let chain = |name| ["/invoke", "/stream", "/batch", ""].map(|operation| format!("/{name}{operation}"));
    let expect: Vec<_> =
        own.map(String::from).into_iter().chain(chain("ask")).chain(chain("team/tell")).collect();
    assert_eq!(paths, expect.iter().collect::<Vec<_>>());
    let alone = TestServer::of([echo("ask")]).await;
    let document = alone.get("/openapi.json").await.json();
    assert_eq!(document["paths"]["/invoke"]["post"]["operationId"], "invoke");
    assert_eq!(document, alone.server.openapi());
}

#[tokio::test]
async fn the_description_of_a_stream_says_how_its_chunks_combine() {
    let document = TestServer::of([echo("ask")]).await.get("/openapi.json").await.json();
    let stream = &document["paths"]["/ask/stream"]["post"];
    assert_eq!(stream["x-stream-merge"], "append");
    let names =
        stream["parameters"].as_array().unwrap().iter().map(|parameter| parameter["name"].as_str().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["X-Run-Id", "traceparent", "events", "end", "final"]);
    let input = &document["components"]["schemas"]["ask_Input"];
    assert_eq!((&input["required"], &input["additionalProperties"]), (&json!(["question"]), &json!(false)));
    assert!(stream["responses"]["200"]["content"]["text/event-stream"].is_object());
}

#[tokio::test]
async fn a_trusted_proxy_says_where_the_server_is_and_nobody_else() {
    let prefixed = get("/openapi.json").with("x-forwarded-prefix", "/ai");
    let trusting = |settings: &mut windlass_server::Settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    };
    let server = TestServer::with([echo("ask")], trusting).await;
    assert_eq!(server.send(prefixed.clone()).await.json()["servers"], json!([{"url": "/ai"}]));
    assert_eq!(
        server.send(get("/ask").with("x-forwarded-prefix", "/ai")).await.json()["links"]["docs"],
        "/ai/docs"
    );
    for evil in ["//evil.example", "https://evil.example", "/a\"b"] {
        let answer = server.send(get("/openapi.json").with("x-forwarded-prefix", evil)).await;
        assert_eq!(answer.json()["servers"], json!([{"url": "/"}]), "{evil}");
    }
    let server = TestServer::of([echo("ask")]).await;
    assert_eq!(server.send(prefixed).await.json()["servers"], json!([{"url": "/"}]));
}

fn check_links(page: &Answer) -> Vec<String> {
    let text = page.text();
    assert!(!text.contains("://") && !text.contains("\"//"), "the page names another host: {text}");
    let links = text.split('"').skip(1).step_by(2);
    links.filter(|link| link.starts_with("docs/")).map(|link| format!("/{link}")).collect()
}

#[tokio::test]
async fn the_page_and_all_it_needs_come_from_the_binary() {
    let server = TestServer::of([echo("ask")]).await;
    let page = server.get("/docs").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("http"),
        "{policy}"
    );
    let links = check_links(&page);
    assert_eq!(links.len(), 4);
    for link in links {
        let plain = server.get(&link).await;
        assert_eq!((plain.status.as_u16(), plain.header("content-encoding")), (200, ""), "{link}");
        assert_eq!(plain.header("x-content-type-options"), "nosniff");
        let packed = server.send(get(&link).with("accept-encoding", "br, gzip")).await;
        let unpacked = match packed.header("content-encoding") {
            "gzip" => {
                let mut text = Vec::new();
                GzDecoder::new(&*packed.body).read_to_end(&mut text).unwrap();
                text
            }
            _ => packed.body.to_vec(),
        };
        assert!(!plain.body.is_empty() && plain.body == unpacked, "{link}");
        assert_eq!(plain.header("content-type"), packed.header("content-type"));
    }
}

#[tokio::test]
async fn the_page_starts_with_the_description_beside_it() {
    let server = TestServer::of([echo("ask")]).await;
    let start = server.get("/docs/start.js").await;
    assert!(start.text().contains("url: \"openapi.json\"") && start.text().contains("validatorUrl: null"));
    let refused = server.send(get("/docs/swagger-ui.css").with("accept-encoding", "gzip;q=0")).await;
    assert_eq!(refused.header("content-encoding"), "");
}
