//! Many requests to an HTTP/2 server that lets 100 share a connection: none waits for another.

use crate::hello;
use futures_util::future::join_all;
use http_body_util::Full;
use hyper::{Response, body::Bytes, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::sync::Arc;
use tokio::{net::TcpListener, sync::Barrier, task::JoinSet};
use windlass_core::Cx;
use windlass_providers::{HttpPool, OpenAi, PoolSettings, http::Http2};

const REQUESTS: usize = 300;

/// Answers nobody before all have asked.
async fn serve(listener: TcpListener, all_here: Arc<Barrier>) {
    let mut connections = JoinSet::new();
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let all_here = all_here.clone();
        let service = service_fn(move |_| {
            let all_here = all_here.clone();
            async move {
                all_here.wait().await;
                Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from(crate::server::ANSWER))))
            }
        });
        let mut server = http2::Builder::new(TokioExecutor::new());
        server.max_concurrent_streams(100);
        connections.spawn(server.serve_connection(TokioIo::new(socket), service));
    }
}

#[tokio::test]
async fn three_hundred_requests_are_in_flight_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(listener, Arc::new(Barrier::new(REQUESTS))));
    let pool = HttpPool::new(PoolSettings { http2: Http2::PriorKnowledge, ..PoolSettings::default() });
    let lane = pool.lane(&url.parse().unwrap(), None);
    let model =
        OpenAi::model("m").api_key("sk-test").base_url(url).max_retries(0).pool(pool).build().unwrap();
    let model = crate::Step(model);
    let model: Arc<dyn windlass_core::ChatModel> = Arc::new(model);
    for _ in 0..2 {
        let answers = join_all((0..REQUESTS).map(|_| model.clone().generate(hello(), Cx::default()))).await;
        assert!(answers.iter().all(Result::is_ok), "{:?}", answers.iter().find(|answer| answer.is_err()));
        assert_eq!((lane.shards(), lane.in_flight()), (4, 0));
    }
}
