//! Streams, without sockets: when the head leaves, what shares a write, what silence looks like, how much is held.

use crate::{
    chains::{Desk, Directed, asked, directed, firehose, pieces, step},
    client::{Answer, Ask, With, ask, next_piece, post},
    harness::{ms, soon},
};
use futures_util::StreamExt;
use http::Response;
use http_body_util::BodyExt;
use serde_json::json;
use std::time::Duration;
use tower_service::Service;
use windlass_core::{Endpoint, Error};
use windlass_server::{ResponseBody, Server, Settings, WindlassService};

fn service_with(endpoint: Endpoint, change: impl FnOnce(&mut Settings)) -> WindlassService {
    let mut settings = Settings::default();
    change(&mut settings);
    Server::new(vec![endpoint], settings).unwrap().service()
}

fn service(endpoint: Endpoint) -> WindlassService {
    service_with(endpoint, |_| {})
}

async fn open(service: &WindlassService, ask: Ask) -> Response<ResponseBody> {
    service.clone().call(ask).await.unwrap()
}

/// A stream whose run has said something.
async fn begun(service: &WindlassService, desk: &mut Desk, ask: Ask) -> (ResponseBody, Directed) {
    let (response, run) = tokio::join!(open(service, ask), async {
        let run = desk.next().await;
        run.say("first");
        run
    });
    let mut body = response.into_body();
    assert!(next_piece(&mut body).await.contains("first"));
    (body, run)
}

#[tokio::test(start_paused = true)]
async fn the_head_leaves_with_the_first_content() {
    let (endpoint, mut desk) = directed("ask");
    let service = service(endpoint);
    let mut opening = Box::pin(open(&service, ask("/stream", "a")));
    let run = tokio::select! {
        run = desk.next() => run,
        _ = &mut opening => panic!("nothing was said yet"),
    };
    run.say("");
    run.say("");
    assert!(tokio::time::timeout(Duration::from_secs(9), &mut opening).await.is_err());
    run.say("now");
    let mut response = opening.await;
    assert_eq!(next_piece(response.body_mut()).await, "{\"chunk\":\"now\"}\n");
}

#[tokio::test(start_paused = true)]
async fn after_some_silence_the_head_leaves_alone_and_signs_of_life_follow() {
    for (accept, sign) in [("application/x-ndjson", "\n"), ("text/event-stream", ": keep-alive\n\n")] {
        let (endpoint, mut desk) = directed("ask");
        let service = service(endpoint);
        let asked = tokio::time::Instant::now();
        let (response, run) =
            tokio::join!(open(&service, ask("/stream", "a").with("accept", accept)), desk.next());
        assert_eq!(response.status(), 200);
        assert_eq!(asked.elapsed().as_secs(), 10);
        let mut body = response.into_body();
        for seconds in [15, 30, 45] {
            let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!((piece.as_ref(), asked.elapsed().as_secs()), (sign.as_bytes(), seconds));
        }
        tokio::time::sleep(Duration::from_secs(7)).await;
        run.say("late");
        assert!(next_piece(&mut body).await.contains("late"));
        let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!((piece.as_ref(), asked.elapsed().as_secs()), (sign.as_bytes(), 45 + 7 + 15));
        run.fail(Error::step("late", "reason"));
        assert!(next_piece(&mut body).await.contains("{\"error\":{\"code\":\"step_failed\""));
        assert!(body.frame().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn pieces_that_are_ready_share_a_write_and_the_rest_leave_at_once() {
    let (endpoint, mut desk) = directed("ask");
    let service = service(endpoint);
    let (mut body, run) = begun(&service, &mut desk, ask("/stream?end=false", "a")).await;
    run.say("a");
    run.say("b");
    assert_eq!(next_piece(&mut body).await, "{\"chunk\":\"a\"}\n{\"chunk\":\"b\"}\n");
    for piece in ["c", "d"] {
        run.say(piece);
        assert_eq!(next_piece(&mut body).await, format!("{{\"chunk\":\"{piece}\"}}\n"));
    }
    run.say("e");
    drop(run);
    assert_eq!(next_piece(&mut body).await, "{\"chunk\":\"e\"}\n");
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn pieces_that_are_long_in_coming_do_not_hold_the_first_back() {
    // Each piece holds the thread for 400 µs and is followed by a turn without one, as on a loaded server.
    let chain = step(|_, _| {
        let mut ready = false;
        futures_util::stream::poll_fn(move |task| {
            ready = !ready;
            if !ready {
                task.waker().wake_by_ref();
                return std::task::Poll::Pending;
            }
            std::thread::sleep(Duration::from_micros(400));
            std::task::Poll::Ready(Some(Ok("a".into())))
        })
        .boxed()
    });
    let service = service(asked("ask", chain).build().unwrap());
    let mut body = open(&service, ask("/stream", "a")).await.into_body();
    for _ in 0..10 {
        let pieces = next_piece(&mut body).await.lines().count();
        assert!((1..=5).contains(&pieces), "{pieces} pieces were held back for one write");
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_takes_is_not_made() {
    let (endpoint, made) = firehose("ask");
    let service = service(endpoint);
    let mut body = open(&service, ask("/stream", "a")).await.into_body();
    let mut taken = 0;
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let ahead = made.get() * 1024 - taken;
        assert!(ahead <= 17 << 10, "{ahead} bytes were made ahead of the reader");
        taken += next_piece(&mut body).await.matches('x').count();
    }
    drop(body);
    assert!(made.get() * 1024 <= taken + (17 << 10));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_never_pauses_ends_at_its_deadline_too() {
    let (endpoint, _made) = firehose("ask");
    let service = service_with(endpoint, |settings| settings.timeouts.run = ms(1000));
    let mut body = open(&service, ask("/stream", "a")).await.into_body();
    next_piece(&mut body).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut text = String::new();
    while let Some(frame) = soon("the run ends", body.frame()).await {
        text = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
        tokio::task::yield_now().await;
    }
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["error"]["code"], &last["error"]["phase"]),
        (&json!("upstream_timeout"), &json!("total"))
    );
}

#[tokio::test(start_paused = true)]
async fn pieces_without_content_do_not_hold_the_thread() {
    let chain = step(|_, _| futures_util::stream::repeat_with(|| Ok("".into())).boxed());
    let service =
        service_with(asked("ask", chain).build().unwrap(), |settings| settings.timeouts.run = ms(1000));
    let answering = async { Answer::of(open(&service, ask("/stream", "a")).await).await };
    let ticking = async {
        loop {
            tokio::time::advance(Duration::from_millis(100)).await;
        }
    };
    let answer = tokio::select! { answer = answering => answer, () = ticking => unreachable!() };
    assert_eq!(answer.failure(), (504, "upstream_timeout".into()));
}

#[tokio::test(start_paused = true)]
async fn events_that_nobody_hears_of_do_not_hold_the_thread() {
    let chain = step(|_, cx| {
        futures_util::stream::poll_fn(move |task| {
            cx.custom("again", "".into());
            task.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .boxed()
    });
    let service =
        service_with(asked("ask", chain).build().unwrap(), |settings| settings.timeouts.run = ms(1000));
    let answering = async { Answer::of(open(&service, ask("/stream", "a")).await).await };
    let ticking = async {
        loop {
            tokio::time::advance(Duration::from_millis(100)).await;
        }
    };
    let answer = tokio::select! { answer = answering => answer, () = ticking => unreachable!() };
    assert_eq!(answer.failure(), (504, "upstream_timeout".into()));
}

#[tokio::test(start_paused = true)]
async fn an_early_failure_is_a_status_and_a_late_one_a_line() {
    let (endpoint, mut desk) = directed("ask");
    let service = service(endpoint);
    let (early, ()) = tokio::join!(open(&service, ask("/stream", "a")), async {
        let run = desk.next().await;
        run.say("");
        tokio::time::sleep(Duration::from_secs(5)).await;
        run.fail(Error::step("early", "reason"));
    });
    assert_eq!(Answer::of(early).await.failure(), (500, "step_failed".into()));
    let (body, run) = begun(&service, &mut desk, ask("/stream", "a")).await;
    run.fail(Error::step("late", "reason"));
    let rest = body.collect().await.unwrap().to_bytes();
    assert_eq!(rest.iter().filter(|byte| **byte == b'\n').count(), 1);
    assert!(rest.starts_with(b"{\"error\":"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_behind_a_head_that_left_alone_is_the_dialects_error_and_no_good_end() {
    let said = json!([{"role": "user", "content": "a"}]);
    let openai = json!({"model": "ask", "messages": said, "stream": true});
    for (ask, error) in [
        (ask("/stream", "a"), "\n{\"error\":{"),
        (post("/v1/chat/completions", &openai), "data: {\"error\":{"),
        (post("/ui/ask/chat", &json!({"messages": said})), "data: {\"type\":\"error\","),
        (post("/langserve/ask/stream", &json!({"input": {"question": "a"}})), "event: error\r\n"),
    ] {
        let (endpoint, mut desk) = directed("ask");
        let service = service(endpoint);
        let response = open(&service, ask).await;
        assert_eq!(response.status(), 200);
        let mut body = response.into_body();
        // A sign of life; with LangServe it is what starts the run.
        let (_, run) = tokio::join!(next_piece(&mut body), desk.next());
        run.fail(Error::step("s", "secret"));
        let text = body.collect().await.unwrap().to_bytes();
        let text = format!("\n{}", std::str::from_utf8(&text).unwrap());
        assert!(text.contains(error), "{text}");
        assert!(
            !["finish", "event: end", "{\"end\"", "secret"].iter().any(|word| text.contains(word)),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_without_output_is_an_end_alone() {
    let service = service(asked("ask", step(|_, _| pieces([""; 0]))).build().unwrap());
    let answer = Answer::of(open(&service, ask("/stream", "a")).await).await;
    assert_eq!((answer.status.as_u16(), answer.lines().len()), (200, 1));
    assert!(answer.lines()[0].get("end").is_some());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_body_drops_the_run() {
    let (endpoint, mut desk) = directed("ask");
    let service = service(endpoint);
    let (body, run) = begun(&service, &mut desk, ask("/stream", "a")).await;
    drop(body);
    assert!(run.is_dropped());
}
